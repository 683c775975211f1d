/**
 * Receipts and directory entries as text, and back.
 *
 * The receipt of a closed session is kept for a day for every session, so it has a compact text of its own:
 * `t<last>|<settled>|<startedAt>|<initial>|<cdrs>` and three fields for each price, whole numbers in base 36; a capital
 * letter stands for the usual case, where the initial request had number 0 and one CDR was written.
 */
import type { OperationReceipt } from '../../domain/request.ts'
import type { ClosedSession, PricePosition } from '../../domain/session.ts'
import type { LineRef } from '../../domain/subscriber.ts'
import { parseJson, unreadable } from './format.ts'

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
  return { accountId: value.slice(0, at), lineId: value.slice(at + 1) }
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
  return text
}

/** Throws GYRO_DOCUMENT_FORMAT when the text is not such a receipt. */
export function decodeClosed(text: string): ClosedSession {
  const usual = text.startsWith('T') || text.startsWith('X')
  const fields = text.slice(1).split('|')
  const header = usual ? 3 : 5
  if (!/^[tTxX]/.test(text) || fields.length < header || (fields.length - header) % 3 !== 0) {
    throw unreadable('receipt', text, 'it has another form')
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
    positions
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

function protect(text: string): string {
  return /[%|]/.test(text) ? text.replaceAll('%', '%25').replaceAll('|', '%7c') : text
}

function restore(text: string): string {
  return text.includes('%') ? text.replaceAll('%7c', '|').replaceAll('%25', '%') : text
}
