/** Reads of accounts and sessions: afresh from the store, never from the cache, so they include every answer given. */

import type { Present } from '../charging/decision.ts'
import type { AccountView, Page } from '../charging/ports.ts'
import { GyroError } from '../domain/errors.ts'
import type { ChargingSession } from '../domain/session.ts'
import { partitionOf } from '../domain/subscriber.ts'
import type { Clock } from '../domain/time.ts'
import { decodeAccount, decodeLine } from './documents/account.ts'
import { decodeLineRef } from './documents/receipts.ts'
import { decodeSession } from './documents/session.ts'
import type { AccountKey, Documents, Store } from './store.ts'

/** Accounts looked through for open sessions in one step, and steps in one page at most. */
const accountsPerStep = 100
const stepsPerPage = 50

export interface Views {
  view(accountId: string): Promise<AccountView | null>
  list(cursor: string | null, limit: number): Promise<Page<AccountView>>
  sessions(
    accountId: string,
    cursor: string | null,
    limit: number
  ): Promise<Page<ChargingSession> | null>
  session(sessionId: string): Promise<ChargingSession | null>
  allSessions(cursor: string | null, limit: number): Promise<Page<ChargingSession>>
}

/** Where a page of all sessions begins: in which page of accounts, at which account, at which of its sessions. */
interface Position {
  readonly accounts: string | null
  readonly index: number
  readonly sessions: string | null
}

export function createViews(store: Store, present: Present, clock: Clock): Views {
  async function views(accountIds: readonly string[]): Promise<AccountView[]> {
    const keys = accountIds.map(id => keyOf(store, id))
    const lines = await Promise.all(keys.map(key => store.listLines(key)))
    const loaded = await store.load(
      keys.map((key, i) => ({ key, wanted: { lines: lines[i] ?? [], sessions: [] } }))
    )
    const now = clock.now()
    return loaded.flatMap(documents => {
      if (documents.account === null) return []
      const found = documents.lines.filter(text => text !== null).map(decodeLine)
      return [present(decodeAccount(documents.account), found, now)]
    })
  }

  return {
    async view(accountId) {
      return (await views([accountId]))[0] ?? null
    },
    async list(cursor, limit) {
      const { ids, next } = await store.listAccounts(cursor, limit)
      return { items: await views(ids), next }
    },
    ...createSessionViews(store)
  }
}

function keyOf(store: Store, accountId: string): AccountKey {
  return { partition: partitionOf(accountId, store.partitions), accountId }
}

function createSessionViews(store: Store): Pick<Views, 'session' | 'sessions' | 'allSessions'> {
  async function sessionsOf(
    key: AccountKey,
    cursor: string | null,
    limit: number
  ): Promise<Page<ChargingSession>> {
    const { ids, next } = await store.listSessions(key, cursor, limit)
    if (ids.length === 0) return { items: [], next }
    const [documents] = await store.load([{ key, wanted: { lines: [], sessions: ids } }])
    const texts = documents?.sessions.filter(text => text !== null) ?? []
    return { items: texts.map(decodeSession), next }
  }

  /** Adds sessions of one account; where to go on within it when the page is full, null when it has no more. */
  async function fillFrom(
    items: ChargingSession[],
    key: AccountKey,
    from: string | null,
    limit: number
  ): Promise<string | null> {
    let cursor = from
    do {
      const page = await sessionsOf(key, cursor, limit - items.length)
      items.push(...page.items)
      cursor = page.next
    } while (cursor !== null && items.length < limit)
    return cursor
  }

  /** Adds sessions of the accounts from the position on; the position after the last when the page is full. */
  async function fill(
    items: ChargingSession[],
    ids: readonly string[],
    { accounts, index: first, sessions: from }: Position,
    limit: number
  ): Promise<Position | null> {
    const keys = ids.map(id => keyOf(store, id))
    const loaded = await store.load(keys.map(key => ({ key, wanted: { lines: [], sessions: [] } })))
    for (const [index, key] of keys.entries()) {
      if (index < first || !hasSessions(loaded[index])) continue
      const sessions = await fillFrom(items, key, index === first ? from : null, limit)
      if (sessions !== null) return { accounts, index, sessions }
      if (items.length >= limit) return { accounts, index: index + 1, sessions: null }
    }
    return null
  }

  async function sessions(
    accountId: string,
    cursor: string | null,
    limit: number
  ): Promise<Page<ChargingSession> | null> {
    const key = keyOf(store, accountId)
    const [documents] = await store.load([{ key, wanted: { lines: [], sessions: [] } }])
    if (documents === undefined || documents.account === null) return null
    return sessionsOf(key, cursor, limit)
  }

  async function allSessions(cursor: string | null, limit: number): Promise<Page<ChargingSession>> {
    const items: ChargingSession[] = []
    let from = decodePosition(cursor)
    for (let step = 0; step < stepsPerPage; step++) {
      const { ids, next } = await store.listAccounts(from.accounts, accountsPerStep)
      const full = await fill(items, ids, from, limit)
      if (full !== null) return { items, next: encodePosition(full) }
      if (next === null) return { items, next: null }
      from = { accounts: next, index: 0, sessions: null }
    }
    return { items, next: encodePosition(from) }
  }

  return { session: id => openSession(store, id), sessions, allSessions }
}

async function openSession(store: Store, sessionId: string): Promise<ChargingSession | null> {
  const [value] = await store.resolve([{ kind: 'session', value: sessionId }])
  if (value === null || value === undefined) return null
  const key = keyOf(store, decodeLineRef(value).accountId)
  const wanted = { lines: [], sessions: [sessionId] }
  const [documents] = await store.load([{ key, wanted }])
  const text = documents?.sessions[0] ?? null
  return text === null ? null : decodeSession(text)
}

function hasSessions(documents: Documents | undefined): boolean {
  if (documents === undefined || documents.account === null) return false
  return decodeAccount(documents.account).openSessions > 0
}

function encodePosition({ accounts, index, sessions }: Position): string {
  return JSON.stringify([accounts, index, sessions])
}

function decodePosition(cursor: string | null): Position {
  if (cursor === null) return { accounts: null, index: 0, sessions: null }
  try {
    const [accounts, index, sessions] = JSON.parse(cursor) as unknown[]
    if (isText(accounts) && isText(sessions) && Number.isSafeInteger(index)) {
      return { accounts, index: index as number, sessions }
    }
  } catch {
    // Said below, as for any other text that is no cursor.
  }
  throw new GyroError(
    'GYRO_INPUT_INVALID',
    'the cursor is not one that a page of sessions ended with: begin again without a cursor'
  )
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}
