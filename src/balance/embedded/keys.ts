/**
 * Keys in LMDB. What belongs to an account lies together, so that a commit touches few pages.
 * Instants and hours have a fixed width, so that keys are in their order.
 */
import type { DirectoryKey } from '../store.ts'

export const metaKey = 'm'

const instantWidth = 15
const hourWidth = 9
const partitionWidth = 5

export const accountKey = (accountId: string) => `a${accountId}\n`
export const lineKey = (accountId: string, id: string) => `a${accountId}\nl${id}`
export const sessionKey = (accountId: string, id: string) => `a${accountId}\ns${id}`
/** Of an open session: its instant in the index beside it. */
export const sweepKey = (accountId: string, id: string) => `a${accountId}\nt${id}`
export const dueSessionKey = (accountId: string, sweepAt: string, id: string) =>
  `a${accountId}\nu${sweepAt}${id}`
/** Of a line with fees of its own: when the next one is due, in the index beside it. */
export const feesKey = (accountId: string, id: string) => `a${accountId}\nf${id}`
export const dueLineKey = (accountId: string, feesAt: string, id: string) =>
  `a${accountId}\ng${feesAt}${id}`
export const operationKey = (accountId: string, key: string) => `a${accountId}\no${key}`
export const accountSweepKey = (accountId: string) => `a${accountId}\nx`
/** For listing accounts without their documents. */
export const listedKey = (accountId: string) => `l${accountId}`
export const dueAccountKey = (sweepAt: string, accountId: string) => `x${sweepAt}${accountId}`
export const directoryKey = ({ kind, value }: DirectoryKey) =>
  kind === 'identity' ? `i${value}` : `d${value}`
export const receiptKey = (hour: number, accountId: string, sessionId: string) =>
  `r${String(hour).padStart(hourWidth, '0')}\n${accountId}\n${sessionId}`
/** The end of an entry that does not live for ever. */
export const endKey = (until: string, key: string) => `e${until}${key}`
export const catalogueKey = (version: string) => `c${version}`
export const planKey = 'pp'
export const claimKey = 'pc'

export const outboxKey = (partition: number, record: number) =>
  partitionText(partition) + instantText(record)
export const partitionText = (partition: number) => String(partition).padStart(partitionWidth, '0')

/** An instant, or any whole number, with a fixed width. */
export function instantText(instant: number): string {
  return String(instant).padStart(instantWidth, '0')
}

export function receiptRange(beforeHour: number): { start: string; end: string } {
  return { start: 'r', end: `r${String(beforeHour).padStart(hourWidth, '0')}` }
}

/** All keys that begin so. */
export function rangeOf(prefix: string): { start: string; end: string } {
  const last = prefix.length - 1
  return {
    start: prefix,
    end: prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1)
  }
}

/** Splits a fixed-width instant from the text behind it. */
export function splitInstant(text: string): { instant: number; rest: string } {
  return { instant: Number(text.slice(0, instantWidth)), rest: text.slice(instantWidth) }
}
