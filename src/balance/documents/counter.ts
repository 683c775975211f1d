/**
 * What limits have counted, in account and line documents: `[id, subscription, offer, limit, unit, amount, own, beyond,
 * used, reserved, from, until, level, status]`, with -1 for no amount.
 */
import type { Counter } from '../../domain/account.ts'
import { quoted, unitAt, unitNumbers } from './format.ts'

const beyond = ['no', 'period', 'always'] as const

export function encodeCounters(counters: readonly Counter[]): string {
  let text = ''
  for (const counter of counters) text += `${text === '' ? '[' : ','}${encodeCounter(counter)}`
  return text === '' ? '[]' : `${text}]`
}

function encodeCounter(counter: Counter): string {
  const { amount, own, used, reserved, validFrom, validUntil, level } = counter
  const names = `${quoted(counter.id)},${quoted(counter.subscriptionId)},${quoted(counter.offer)},${quoted(counter.limit)}`
  const terms = `${unitNumbers[counter.unit]},${amount ?? -1},${own ?? -1},${beyond.indexOf(counter.beyond)}`
  return `[${names},${terms},${used},${reserved},${validFrom},${validUntil},${level},${quoted(counter.status)}]`
}

export function decodeCounter(members: readonly unknown[]): Counter {
  const [id, subscriptionId, offer, limit] = members as string[]
  return {
    id: id ?? '',
    subscriptionId: subscriptionId ?? '',
    offer: offer ?? '',
    limit: limit ?? '',
    unit: unitAt(members[4]),
    amount: amountAt(members[5]),
    own: amountAt(members[6]),
    beyond: beyond[members[7] as number] ?? 'no',
    used: members[8] as number,
    reserved: members[9] as number,
    validFrom: members[10] as number,
    validUntil: members[11] as number | null,
    level: members[12] as number,
    status: members[13] as string
  }
}

function amountAt(member: unknown): number | null {
  return member === -1 ? null : (member as number)
}
