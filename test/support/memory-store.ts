/** A plain model of the store: the oracle of the conformance suite, and a store for tests of its callers. */

import { createLocalExchange } from '../../src/balance/local-exchange.ts'
import type {
  AccountKey,
  Commit,
  CommitResult,
  DirectoryKey,
  DocumentKeys,
  Documents,
  Store,
  Write
} from '../../src/balance/store.ts'
import type { CatalogueShelf, Exchange, Outbox, OutboxEntry } from '../../src/charging/ports.ts'

interface StoredAccount {
  version: string
  account: string
  readonly lines: Map<string, string>
  readonly sessions: Map<string, string>
  readonly sweep: Map<string, number>
  readonly fees: Map<string, number>
  readonly operations: Map<string, { value: string; until: number }>
  sweepAt: number
}

interface Leases {
  last: { readonly holder: object; readonly until: number } | null
}

export interface MemoryState {
  readonly accounts: Map<string, StoredAccount>
  readonly identities: Map<string, string>
  readonly directory: Map<string, { value: string; until: number }>
  readonly receipts: Map<string, Map<number, string>>
  readonly outbox: Map<number, OutboxEntry[]>
  readonly catalogues: Map<string, string>
  readonly orders: Map<number, OutboxEntry[]>
  readonly leases: Leases
  readonly orderLeases: Leases
  readonly exchange: Exchange
  records: number
}

export function createMemoryState(): MemoryState {
  return {
    accounts: new Map(),
    identities: new Map(),
    directory: new Map(),
    receipts: new Map(),
    outbox: new Map(),
    catalogues: new Map(),
    orders: new Map(),
    leases: { last: null },
    orderLeases: { last: null },
    exchange: createLocalExchange(),
    records: 0
  }
}

function outboxOf(
  entries: Map<number, OutboxEntry[]>,
  leases: Leases,
  self: object,
  partitions: number,
  now: () => number
): Outbox {
  return {
    partitions,
    async read(limit) {
      const heads = new Map<number, OutboxEntry[]>()
      for (const [partition, list] of entries) {
        if (list.length > 0) heads.set(partition, list.slice(0, limit))
      }
      return heads
    },
    async acknowledge(done) {
      for (const [partition, ids] of done) {
        const left = (entries.get(partition) ?? []).filter(entry => !ids.includes(entry.id))
        entries.set(partition, left)
      }
    },
    async depth() {
      return [...entries.values()].reduce((sum, list) => sum + list.length, 0)
    },
    async lease(holdMs) {
      const { last } = leases
      if (last !== null && last.holder !== self && last.until > now()) return false
      leases.last = { holder: self, until: now() + holdMs }
      return true
    }
  }
}

/** Two stores over one state behave as two processes over one server. */
export function createMemoryStore(
  state = createMemoryState(),
  partitions = 64,
  now: () => number = Date.now
): Store {
  const self = {}
  return {
    partitions,
    outbox: outboxOf(state.outbox, state.leases, self, partitions, now),
    orders: outboxOf(state.orders, state.orderLeases, self, partitions, now),
    spills: null,
    exchange: state.exchange,
    async commit(group) {
      return group.map(commit => commitOne(state, commit, now()))
    },
    async load(requests) {
      return requests.map(({ key, wanted }) => read(state, key, wanted))
    },
    async resolve(entries) {
      return entries.map(entry => lookUp(state, entry, now()))
    },
    async claim(entries) {
      return entries.map(({ key, value, replaces }) => {
        const known = state.identities.get(key.value)
        const standing = known === replaces ? undefined : known
        if (standing === undefined) state.identities.set(key.value, value)
        return standing ?? value
      })
    },
    async dueSessions(key, at, limit) {
      const sweep = state.accounts.get(key.accountId)?.sweep ?? new Map<string, number>()
      const entries = ordered(sweep)
      const due = entries.filter(([, sweepAt]) => sweepAt <= at).slice(0, limit)
      return { sessions: due.map(([id]) => id), next: entries[due.length]?.[1] ?? 0 }
    },
    async dueLines(key, at, limit) {
      const fees = state.accounts.get(key.accountId)?.fees ?? new Map<string, number>()
      const entries = ordered(fees)
      const due = entries.filter(([, feesAt]) => feesAt <= at).slice(0, limit)
      return { lines: due, next: entries[due.length]?.[1] ?? 0 }
    },
    async dueAccounts(at, limit) {
      const due = new Map<string, number>()
      for (const [id, { sweepAt }] of state.accounts) {
        if (sweepAt > 0 && sweepAt <= at) due.set(id, sweepAt)
      }
      return ordered(due)
        .slice(0, limit)
        .map(([id]) => id)
    },
    async closedSession(key, sessionId, hours) {
      const byHour = state.receipts.get(`${key.accountId}\n${sessionId}`)
      for (const hour of hours) {
        const receipt = byHour?.get(hour)
        if (receipt !== undefined) return receipt
      }
      return null
    },
    async dropReceipts(beforeHour) {
      for (const byHour of state.receipts.values()) {
        for (const hour of byHour.keys()) if (hour < beforeHour) byHour.delete(hour)
      }
    },
    async operation(key, operationKey) {
      const receipt = state.accounts.get(key.accountId)?.operations.get(operationKey)
      return receipt !== undefined && receipt.until > now() ? receipt.value : null
    },
    async listAccounts(cursor, limit) {
      return page([...state.accounts.keys()], cursor, limit)
    },
    async listLines(key, limit) {
      return [...(state.accounts.get(key.accountId)?.lines.keys() ?? [])].sort().slice(0, limit)
    },
    async listSessions(key, cursor, limit) {
      return page([...(state.accounts.get(key.accountId)?.sweep.keys() ?? [])], cursor, limit)
    },
    catalogues: memoryShelf(state.catalogues),
    async ping() {},
    async close() {}
  }
}

function commitOne(state: MemoryState, commit: Commit, now: number): CommitResult {
  const { key, expected, wanted, write } = commit
  const stored = state.accounts.get(key.accountId)
  if ((stored?.version ?? '') !== expected) {
    return { ok: false, documents: read(state, key, wanted) }
  }
  if (write !== null) apply(state, key, stored, write, now)
  return { ok: true }
}

function apply(
  state: MemoryState,
  key: AccountKey,
  before: StoredAccount | undefined,
  write: Write,
  now: number
): void {
  const stored: StoredAccount = before ?? {
    version: '',
    account: '',
    lines: new Map(),
    sessions: new Map(),
    sweep: new Map(),
    fees: new Map(),
    operations: new Map(),
    sweepAt: 0
  }
  state.accounts.set(key.accountId, stored)
  stored.version = write.version
  stored.account = write.account
  for (const line of write.lines) {
    stored.lines.set(line.id, line.document)
    if (line.feesAt === 0) stored.fees.delete(line.id)
    else if (line.feesAt !== null) stored.fees.set(line.id, line.feesAt)
  }
  for (const session of write.sessions) {
    stored.sessions.set(session.id, session.document)
    if (session.sweepAt !== null) stored.sweep.set(session.id, session.sweepAt)
    enter(state, session, now)
  }
  for (const closed of write.closed) {
    stored.sessions.delete(closed.id)
    stored.sweep.delete(closed.id)
    const name = `${key.accountId}\n${closed.id}`
    const byHour = state.receipts.get(name) ?? new Map<number, string>()
    state.receipts.set(name, byHour.set(closed.hour, closed.receipt))
    enter(state, closed, now)
    if (closed.directory !== null) {
      const until = now + closed.directory.ttlSeconds * 1000
      state.directory.set(closed.id, { value: closed.directory.value, until })
    }
  }
  for (const { key: operationKey, value, ttlSeconds } of write.operations) {
    stored.operations.set(operationKey, { value, until: now + ttlSeconds * 1000 })
  }
  if (write.sweepAt !== null) stored.sweepAt = write.sweepAt
  const entries = state.outbox.get(key.partition) ?? []
  state.outbox.set(key.partition, entries)
  for (const value of write.records) entries.push({ id: String(++state.records), value })
  const orders = state.orders.get(key.partition) ?? []
  state.orders.set(key.partition, orders)
  for (const value of write.orders) orders.push({ id: String(++state.records), value })
}

function enter(
  state: MemoryState,
  { id, directory }: Write['sessions'][number] | Write['closed'][number],
  now: number
): void {
  if (directory === null) return
  state.directory.set(id, { value: directory.value, until: now + directory.ttlSeconds * 1000 })
}

function read(state: MemoryState, key: AccountKey, wanted: DocumentKeys): Documents {
  const stored = state.accounts.get(key.accountId)
  return {
    version: stored?.version ?? '',
    account: stored?.account ?? null,
    lines: wanted.lines.map(id => stored?.lines.get(id) ?? null),
    sessions: wanted.sessions.map(id => stored?.sessions.get(id) ?? null)
  }
}

function lookUp(state: MemoryState, entry: DirectoryKey, now: number): string | null {
  if (entry.kind === 'identity') return state.identities.get(entry.value) ?? null
  const found = state.directory.get(entry.value)
  return found !== undefined && found.until > now ? found.value : null
}

/** By instant, then by the octets of the id. */
function ordered(entries: ReadonlyMap<string, number>): [string, number][] {
  return [...entries].sort(
    (a, b) => a[1] - b[1] || Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0]))
  )
}

function page(all: readonly string[], cursor: string | null, limit: number) {
  const sorted = [...all].sort()
  const rest = cursor === null ? sorted : sorted.filter(id => id > cursor)
  const ids = rest.slice(0, limit)
  return { ids, next: rest.length > limit ? (ids[ids.length - 1] ?? null) : null }
}

/** The plan and the last claim lie among the versions, under names that no version has. */
function memoryShelf(kept: Map<string, string>): CatalogueShelf {
  return {
    async save(version, source) {
      kept.set(version, source)
    },
    load: async version => kept.get(version) ?? null,
    versions: async () => [...kept.keys()].filter(key => !key.startsWith('/')),
    async drop(version) {
      kept.delete(version)
    },
    plan: async () => kept.get('/plan') ?? null,
    async publish(plan) {
      kept.set('/plan', plan)
    },
    async claim(task) {
      const last = kept.get('/claim')
      kept.set('/claim', task)
      return last !== task
    }
  }
}
