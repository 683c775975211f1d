/** Accounts and CDRs in memory, for tests of the HTTP API alone. The contract tests in test/e2e use the real ones. */
import { createSnapshots } from '../../src/balance/snapshots.ts'
import type { ChainBook } from '../../src/charging/chain.ts'
import type {
  Accounts,
  CatalogueControl,
  CdrReader,
  ExportBook,
  Page,
  Reload
} from '../../src/charging/ports.ts'
import type { Reconciler } from '../../src/charging/reconciliation.ts'
import type { Simulator } from '../../src/charging/simulation.ts'
import type { Account, Line } from '../../src/domain/account.ts'
import type { AccountAnswer } from '../../src/domain/answer.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import type { AccountRequest } from '../../src/domain/request.ts'
import type { ChargingSession } from '../../src/domain/session.ts'
import type { UsageIntake } from '../../src/domain/usage-book.ts'
import { systemScheduler } from '../../src/ops/clock.ts'
import { createSimulator } from '../../src/server/simulator.ts'
import { catalogues } from '../support/catalogue.ts'
import { createMemoryStore } from '../support/memory-store.ts'

interface Entry {
  account: Account
  lines: Line[]
  readonly operations: Map<string, string>
}

const now = Date.parse('2026-11-21T10:00:00Z')

export function memoryAccounts() {
  const entries = new Map<string, Entry>()
  const sessions: ChargingSession[] = []
  const seen: AccountRequest[] = []
  let failure: Error | null = null

  function submit(request: AccountRequest): AccountAnswer {
    const entry = entries.get(request.accountId)
    if (request.kind === 'open-account') {
      if (entry) return { kind: 'refused', reason: 'account-exists', detail: 'it exists' }
      if (request.offers.includes('nothing')) {
        return { kind: 'refused', reason: 'offer-unknown', detail: 'no offer "nothing"' }
      }
      entries.set(request.accountId, open(request))
      return { kind: 'done', repeated: false }
    }
    if (!entry) return { kind: 'refused', reason: 'account-unknown', detail: 'no such account' }
    if ('operation' in request && request.operation !== null) {
      const digest = entry.operations.get(request.operation.key)
      if (digest === request.operation.digest) return { kind: 'done', repeated: true }
      if (digest) return { kind: 'refused', reason: 'key-reused', detail: 'other content' }
    }
    const answer = apply(entry, request)
    if (answer.kind === 'done' && 'operation' in request && request.operation !== null) {
      entry.operations.set(request.operation.key, request.operation.digest)
    }
    return answer
  }

  const accounts: Accounts = {
    async submit(request) {
      if (failure) throw failure
      seen.push(request)
      return submit(request)
    },
    async view(id) {
      if (failure) throw failure
      return entries.get(id) ?? null
    },
    async list(cursor, limit) {
      return pageOf([...entries.values()], cursor, limit)
    },
    async sessions(id, cursor, limit) {
      if (!entries.has(id)) return null
      return pageOf(
        sessions.filter(session => session.accountId === id),
        cursor,
        limit
      )
    },
    async session(id) {
      return sessions.find(session => session.id === id) ?? null
    },
    async allSessions(cursor, limit) {
      return pageOf(sessions, cursor, limit)
    }
  }
  return {
    accounts,
    sessions,
    seen,
    fail: (error: Error | null) => {
      failure = error
    }
  }
}

export function memoryCdrs(records: readonly CdrRecord[]): CdrReader {
  return {
    async list(accountId, cursor, limit, traceId) {
      return pageOf(
        records.filter(
          record =>
            (accountId === null || record.accountId === accountId) &&
            (traceId === undefined || record.traceId === traceId)
        ),
        cursor,
        limit
      )
    },
    async ofSession(sessionId) {
      return records.filter(record => record.sessionId === sessionId)
    }
  }
}

/** Nothing was recorded. */
export const noChain: ChainBook = {
  heads: async () => ({ seals: [], now: { last: 0, head: '' } }),
  verify: async key => ({
    after: 0,
    last: 0,
    head: '',
    cdrs: 0,
    dropped: 0,
    seals: 0,
    keyed: key !== null,
    signed: 0,
    faults: []
  })
}

/** Nothing to compare. */
export const noReconciler: Reconciler = {
  page: async () => ({ report: emptyReport, next: null }),
  account: async () => null
}

const emptyReport = {
  accounts: 0,
  openSessions: 0,
  wallets: new Map(),
  breaks: [],
  cdrs: 0,
  octets: 0n,
  zeroRatedOctets: 0n,
  suspense: 0
}

/** Nothing was recorded, so nothing is due. */
export const noExports: ExportBook = {
  next: async () => null,
  hold: async () => {},
  finish: async () => {},
  release: async () => {},
  recorded: async () => [],
  last: async () => 0
}

/** Dry runs on the small catalogue, over a store in which there is nothing. */
export function memorySimulator(): Simulator {
  return createSimulator({
    versions: { catalogues: () => catalogues, fetch: async () => {} },
    snapshots: createSnapshots(createMemoryStore()),
    clock: { now: () => now, monotonic: () => 0 },
    scheduler: systemScheduler
  })
}

function pageOf<T>(items: readonly T[], cursor: string | null, limit: number): Page<T> {
  const from = Number(cursor ?? 0)
  const next = from + limit < items.length ? String(from + limit) : null
  return { items: items.slice(from, from + limit), next }
}

function open(request: Extract<AccountRequest, { kind: 'open-account' }>): Entry {
  const account: Account = {
    format: 1,
    id: request.accountId,
    status: 'active',
    blockReason: null,
    currency: 'EUR',
    createdAt: now,
    lastAt: now,
    records: 0,
    openSessions: 0,
    sweepAt: 0,
    wallet: { available: request.topUp, reserved: 0 },
    subscriptions: request.offers.map(offer => ({ id: `${offer}#1`, offer, since: now })),
    buckets: [],
    counters: [],
    badDebt: 0
  }
  const lines = request.lines.map(
    ({ msisdn = null, imsi = null }): Line => ({
      format: 1,
      id: msisdn ?? imsi ?? '',
      accountId: request.accountId,
      msisdn,
      imsi,
      createdAt: now,
      buckets: [
        {
          id: 'b#1',
          subscriptionId: 'family-20gb#1',
          offer: 'family-20gb',
          allowance: 'minutes',
          unit: 'seconds',
          total: 18_000,
          available: 18_000,
          reserved: 0,
          priority: 1,
          validFrom: now,
          validUntil: null
        }
      ],
      counters: []
    })
  )
  return { account, lines, operations: new Map() }
}

function apply(
  entry: Entry,
  request: Exclude<AccountRequest, { kind: 'open-account' }>
): AccountAnswer {
  const { account } = entry
  switch (request.kind) {
    case 'top-up': {
      const available = account.wallet.available + request.amount
      entry.account = { ...account, wallet: { ...account.wallet, available } }
      break
    }
    case 'subscribe':
      if (request.offer === 'data-5gb' && account.wallet.available < 4_990_000) {
        return { kind: 'refused', reason: 'funds-insufficient', detail: 'it costs 4.990000' }
      }
      break
    case 'block':
      entry.account = { ...account, status: 'blocked', blockReason: request.reason }
      break
    case 'unblock':
      entry.account = { ...account, status: 'active', blockReason: null }
      break
    case 'sweep':
      break
  }
  return { kind: 'done', repeated: false }
}

/** A catalogue that never changes. */
export function memoryCatalogue(): CatalogueControl {
  const lastReload: Reload = {
    at: now,
    trigger: 'start',
    result: 'changed',
    problems: [],
    withdrawn: []
  }
  const running = { version: catalogues.current.version, effectiveFrom: null }
  return {
    status: () => ({ folder: 'conf/catalogue', running, coming: [], lastReload }),
    reload: async trigger => ({ ...lastReload, trigger, result: 'unchanged' })
  }
}

/** An intake that nothing is sent to. */
export const noUsage: UsageIntake = {
  load: async () => ({
    totals: { charged: 0, duplicates: 0, suspended: 0, closed: 0 },
    refused: []
  }),
  dryRun: async () => ({
    records: 0,
    duplicates: 0,
    unknown: 0,
    unpriced: 0,
    invalid: 0,
    amount: 0,
    currency: 'EUR'
  }),
  suspended: async () => ({ items: [], next: null }),
  replay: async () => ({
    totals: { charged: 0, duplicates: 0, suspended: 0, closed: 0 },
    next: null
  })
}
