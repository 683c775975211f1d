/**
 * Receipts and directory entries as text, and back.
 *
 * The receipt of a closed session is kept for a day for every session, so it has a compact text of its own:
 * `t<last>|<settled>|<startedAt>|<initial>|<cdrs>` and three fields for each price, whole numbers in base 36; a capital
 * letter stands for the usual case, where the initial request had number 0 and one CDR was written. What events did
 * follows on a line of its own: `[line, debited, refunded, answers, debits]`, and a debit is
 * `[number, rating group, price, bucket, zone, unit, units, amount]`. The trace-id that a consumer gave is on a third line, behind
 * an empty one where there were no events.
 */
import type { OperationReceipt } from '../../domain/request.ts'
import type { ClosedSession, EventLedger, PricePosition } from '../../domain/session.ts'
import type { LineRef } from '../../domain/subscriber.ts'
import { parseJson, unitAt, unitNumbers, unreadable } from './format.ts'

export function encodeOperation(receipt: OperationReceipt): string {
  return JSON.stringify(receipt)
}

export function decodeOperation(text: string): OperationReceipt {
  return parseJson(text, 'operation receipt') as OperationReceipt
}

/** Directory value of an identity or a session. */
export function encodeLineRef(ref: LineRef): string {
  return `${ref.accountId}\n${ref.lineId}`
}

export function decodeLineRef(value: string): LineRef {
  const at = value.indexOf('\n')
  if (at < 0) throw unreadable('directory entry', value, 'it names no line')
  const end = value.indexOf('\n', at + 1)
  const lineId = end < 0 ? value.slice(at + 1) : value.slice(at + 1, end)
  return { accountId: value.slice(0, at), lineId }
}

/** The line that claimed an identity. `changes`: of its numbers, this one included. */
export interface Holder extends LineRef {
  readonly changes: number
}

/** Directory value of an identity: what a line was opened with has none of a change. */
export function encodeHolder({ accountId, lineId, changes }: Holder): string {
  const ref = encodeLineRef({ accountId, lineId })
  return changes === 0 ? ref : `${ref}\n${changes}`
}

export function decodeHolder(value: string): Holder {
  const ref = decodeLineRef(value)
  const rest = value.slice(ref.accountId.length + ref.lineId.length + 2)
  return { ...ref, changes: Number(rest) }
}

/** At most 64 octets for a usual session of one price. */
export function encodeClosed(closed: ClosedSession): string {
  const kind = closed.end === 'terminated' ? 't' : 'x'
  const usual = closed.initial === 0 && closed.cdrs === 1
  let text = usual ? kind.toUpperCase() : kind
  text += `${base36(closed.last)}|${protect(closed.settled)}|${base36(closed.startedAt)}`
  if (!usual) text += `|${base36(closed.initial)}|${base36(closed.cdrs)}`
  for (const position of closed.positions) {
    text += `|${protect(position.price)}|${base36(position.units)}|${base36(position.amount)}`
  }
  if (closed.events !== undefined) text += `\n${encodeEvents(closed.events)}`
  if (closed.traceId === undefined) return text
  return `${text}${closed.events === undefined ? '\n\n' : '\n'}${closed.traceId}`
}

function encodeEvents({ lineId, debited, refunded, answers, debits }: EventLedger): string {
  const entries = debits.map(
    ({ number, ratingGroup, price, bucket, zone, unit, units, amount }) => {
      return [number, ratingGroup, price, bucket, zone, unitNumbers[unit], units, amount]
    }
  )
  return JSON.stringify([lineId, debited, refunded, answers, entries])
}

function decodeEvents(text: string): EventLedger {
  const members = parseJson(text, 'receipt of events') as unknown[]
  return {
    lineId: members[0] as string,
    debited: members[1] as string,
    refunded: members[2] as string,
    answers: members[3] as string[],
    debits: (members[4] as unknown[][]).map(entry => ({
      number: entry[0] as number,
      ratingGroup: entry[1] as number,
      price: entry[2] as string,
      bucket: entry[3] as string,
      zone: entry[4] as string,
      unit: unitAt(entry[5]),
      units: entry[6] as number,
      amount: entry[7] as number
    }))
  }
}

/** Throws GYRO_DOCUMENT_FORMAT when the text is not such a receipt. */
export function decodeClosed(stored: string): ClosedSession {
  const [text = '', events = '', traceId] = stored.split('\n', 3)
  const usual = text.startsWith('T') || text.startsWith('X')
  const fields = text.slice(1).split('|')
  const header = usual ? 3 : 5
  if (!/^[tTxX]/.test(text) || fields.length < header || (fields.length - header) % 3 !== 0) {
    throw unreadable('receipt', text, 'it has another form')
  }
  if (traceId !== undefined && !/^[\da-f]{32}$/.test(traceId)) {
    throw unreadable('receipt', stored, 'its trace id is damaged')
  }
  const positions: PricePosition[] = []
  for (let at = header; at < fields.length; at += 3) {
    positions.push({
      price: restore(fields[at] ?? ''),
      units: number36(fields[at + 1], text),
      amount: number36(fields[at + 2], text)
    })
  }
  return {
    end: /^t/i.test(text) ? 'terminated' : 'expired',
    last: number36(fields[0], text),
    initial: usual ? 0 : number36(fields[3], text),
    settled: restore(fields[1] ?? ''),
    cdrs: usual ? 1 : number36(fields[4], text),
    startedAt: number36(fields[2], text),
    positions,
    ...(events === '' ? {} : { events: decodeEvents(events) }),
    ...(traceId === undefined ? {} : { traceId })
  }
}

function base36(value: number): string {
  return value.toString(36)
}

function number36(field: string | undefined, text: string): number {
  const value =
    field !== undefined && /^-?[0-9a-z]+$/.test(field) ? Number.parseInt(field, 36) : Number.NaN
  if (!Number.isSafeInteger(value)) throw unreadable('receipt', text, 'a number in it is damaged')
  return value
}

const protectedCharacters: readonly (readonly [string, string])[] = [
  ['%', '%25'],
  ['|', '%7c'],
  ['\n', '%0a']
]

function protect(text: string): string {
  if (!/[%|\n]/.test(text)) return text
  return protectedCharacters.reduce((safe, [from, to]) => safe.replaceAll(from, to), text)
}

function restore(text: string): string {
  if (!text.includes('%')) return text
  return protectedCharacters.reduceRight((plain, [from, to]) => plain.replaceAll(to, from), text)
}
