/** Listing and due entries in LMDB: ranges of keys. */
import type { AccountKey, DueLines, DueSessions } from '../store.ts'
import type { Table } from './environment.ts'
import {
  dueAccountKey,
  dueLineKey,
  dueSessionKey,
  lineKey,
  listedKey,
  rangeOf,
  splitInstant,
  sweepKey
} from './keys.ts'

interface Page {
  readonly ids: readonly string[]
  readonly next: string | null
}

export function dueSessions(
  state: Table,
  { accountId }: AccountKey,
  now: number,
  limit: number
): DueSessions {
  const { found, next } = dueUnder(state, dueSessionKey(accountId, '', ''), now, limit)
  return { sessions: found.map(([id]) => id), next }
}

export function dueLines(
  state: Table,
  { accountId }: AccountKey,
  now: number,
  limit: number
): DueLines {
  const { found, next } = dueUnder(state, dueLineKey(accountId, '', ''), now, limit)
  return { lines: found, next }
}

function dueUnder(
  state: Table,
  prefix: string,
  now: number,
  limit: number
): { readonly found: readonly [string, number][]; readonly next: number } {
  const found: [string, number][] = []
  for (const key of state.getKeys({ ...rangeOf(prefix), limit: limit + 1 })) {
    const { instant, rest } = splitInstant(key.slice(prefix.length))
    if (instant > now || found.length === limit) return { found, next: instant }
    found.push([rest, instant])
  }
  return { found, next: 0 }
}

export function dueAccounts(state: Table, now: number, limit: number): string[] {
  const prefix = dueAccountKey('', '')
  const accounts: string[] = []
  for (const key of state.getKeys({ ...rangeOf(prefix), limit })) {
    const { instant, rest } = splitInstant(key.slice(prefix.length))
    if (instant > now) break
    accounts.push(rest)
  }
  return accounts
}

export function listAccounts(state: Table, cursor: string | null, limit: number): Page {
  return page(state, listedKey(''), cursor, limit)
}

export function listSessions(
  state: Table,
  { accountId }: AccountKey,
  cursor: string | null,
  limit: number
): Page {
  return page(state, sweepKey(accountId, ''), cursor, limit)
}

export function listLines(state: Table, { accountId }: AccountKey, limit?: number): string[] {
  const prefix = lineKey(accountId, '')
  const range = limit === undefined ? rangeOf(prefix) : { ...rangeOf(prefix), limit }
  return Array.from(state.getKeys(range), key => key.slice(prefix.length))
}

/** The cursor is the last id of the page before. */
function page(state: Table, prefix: string, cursor: string | null, limit: number): Page {
  const { start, end } = rangeOf(prefix)
  const range =
    cursor === null
      ? { start, end, limit: limit + 1 }
      : { start: prefix + cursor, end, exclusiveStart: true, limit: limit + 1 }
  const found = Array.from(state.getKeys(range), key => key.slice(prefix.length))
  const ids = found.slice(0, limit)
  return { ids, next: found.length > limit ? (ids[ids.length - 1] ?? null) : null }
}
