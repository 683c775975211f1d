/**
 * A toy engine for tests of the lanes, and a bench to run the service on: one octet costs one millionth, sessions
 * live an hour, and a request of context `boom` meets a bug. Time is what the test says.
 */

import { decodeAccount } from '../../src/balance/documents/account.ts'
import {
  type ChargingService,
  createChargingService,
  type ServiceOptions
} from '../../src/balance/service.ts'
import type { Commit, Documents, Store } from '../../src/balance/store.ts'
import type { Changes, Decide, Decision, State } from '../../src/charging/decision.ts'
import { peerProfiles } from '../../src/diameter/gy/profiles.ts'
import type { Account } from '../../src/domain/account.ts'
import type { AccountAnswer, ChargingAnswer, Outcome } from '../../src/domain/answer.ts'
import { assert, GyroError } from '../../src/domain/errors.ts'
import type { AccountRequest, ChargingRequest, RequestType } from '../../src/domain/request.ts'
import type { ChargingSession, ClosedSession } from '../../src/domain/session.ts'
import type { SubscriberId } from '../../src/domain/subscriber.ts'
import type { EpochMs } from '../../src/domain/time.ts'
import { createMemoryState, createMemoryStore } from '../support/memory-store.ts'

export const hour = 3_600_000

export const decide: Decide = (state, request, clock) => {
  const now = Math.max(clock, state.account?.lastAt ?? 0)
  return request.kind === 'charging' ? charge(state, request, now) : operate(state, request, now)
}

function charge(state: State, request: ChargingRequest, now: EpochMs): Decision {
  assert(request.context !== 'boom', 'the toy was told to fail')
  const { account } = state
  if (account === null || !state.lines.has(state.lineId)) return refuse('user-unknown')
  if (request.context === 'denied') return refuse('service-denied')
  const open = state.sessions.get(request.sessionId)
  const number = String(request.number)
  const settled = open?.settled ?? state.closed?.settled ?? ''
  if (settled.split(',').includes(number)) return repeat
  const used = request.usages.reduce((sum, usage) => sum + (usage.used?.octets ?? 0), 0)
  const session = open ?? sessionOf(state, request, now)
  const next: ChargingSession = {
    ...session,
    lastAt: now,
    settled: settled === '' ? number : `${settled},${number}`
  }
  const ends = request.type !== 'initial' && request.type !== 'update'
  const late = open === undefined && !ends && request.type !== 'initial'
  const opened = open === undefined ? 1 : 0
  const count = account.openSessions + (ends || late ? opened - 1 : opened)
  return {
    answer: { kind: 'charging', outcome: 'success', units: [], repeated: false },
    changes: changesOf(account, now, {
      openSessions: Math.max(0, count),
      sweepAt: account.sweepAt === 0 ? next.sweepAt : Math.min(account.sweepAt, next.sweepAt),
      wallet: { ...account.wallet, available: account.wallet.available - used },
      sessions: ends || late ? [] : [next],
      closed: ends || late ? [{ sessionId: next.id, receipt: receiptOf(next) }] : []
    })
  }
}

const repeat: Decision = {
  answer: { kind: 'charging', outcome: 'success', units: [], repeated: true },
  changes: null
}

function operate(state: State, request: AccountRequest, now: EpochMs): Decision {
  const { account } = state
  if (request.kind === 'open-account') {
    if (account !== null) return refused('account-exists')
    if (request.offers.includes('none')) return refused('offer-unknown')
    const opened = newAccount(request.accountId, now, request.topUp)
    const lines = request.lines.map(({ msisdn, imsi }) => ({
      format: 1 as const,
      id: msisdn ?? imsi ?? '',
      accountId: request.accountId,
      msisdn: msisdn ?? null,
      imsi: imsi ?? null,
      createdAt: now,
      buckets: [],
      counters: []
    }))
    return { answer: done, changes: { ...changesOf(opened, now, {}), lines } }
  }
  if (account === null) return refused('account-unknown')
  if (request.kind === 'sweep') return sweep(state, account, now)
  if (request.kind !== 'top-up') {
    assert(request.kind !== 'block', 'the toy was told to fail')
    const wallet = { ...account.wallet, available: account.wallet.available - 1_000 }
    return { answer: done, changes: changesOf(account, now, { wallet }) }
  }
  if (state.receipt !== null) return { answer: { kind: 'done', repeated: true }, changes: null }
  const wallet = { ...account.wallet, available: account.wallet.available + request.amount }
  const { key, digest } = request.operation
  const changes = changesOf(account, now, { wallet })
  return {
    answer: done,
    changes: { ...changes, receipt: { key, receipt: { digest, at: now, result: 'done' } } }
  }
}

function sweep(state: State, account: Account, now: EpochMs): Decision {
  if (state.due.length === 0) return { answer: done, changes: null }
  const closed = state.due.map(id => {
    const session = state.sessions.get(id)
    assert(session !== undefined, 'a due session is in the state')
    return { sessionId: id, receipt: receiptOf(session) }
  })
  return {
    answer: done,
    changes: changesOf(account, now, {
      openSessions: account.openSessions - closed.length,
      sweepAt: state.nextDue ?? account.sweepAt,
      closed
    })
  }
}

const done: AccountAnswer = { kind: 'done', repeated: false }

function refuse(outcome: Outcome): Decision {
  return { answer: { kind: 'charging', outcome, units: [], repeated: false }, changes: null }
}

function refused(reason: 'account-exists' | 'account-unknown' | 'offer-unknown'): Decision {
  return { answer: { kind: 'refused', reason, detail: reason }, changes: null }
}

function changesOf(
  account: Account,
  now: EpochMs,
  { sessions = [], closed = [], ...changed }: Partial<Account & Changes>
): Changes {
  return {
    account: { ...account, ...changed, lastAt: now },
    lines: [],
    sessions,
    closed,
    records: [],
    orders: [],
    receipt: null
  }
}

function newAccount(id: string, now: EpochMs, available: number): Account {
  return {
    format: 1,
    id,
    status: 'active',
    blockReason: null,
    currency: 'EUR',
    createdAt: now,
    lastAt: now,
    records: 0,
    openSessions: 0,
    sweepAt: 0,
    wallet: { available, reserved: 0 },
    subscriptions: [],
    buckets: [],
    counters: [],
    badDebt: 0
  }
}

function sessionOf(state: State, request: ChargingRequest, now: EpochMs): ChargingSession {
  return {
    format: 1,
    id: request.sessionId,
    accountId: state.account?.id ?? '',
    lineId: state.lineId,
    context: request.context,
    origin: request.origin,
    route: request.route,
    startedAt: now,
    lastAt: now,
    expiresAt: now + hour,
    sweepAt: now + hour,
    cdrs: 0,
    initial: request.number,
    settled: '',
    answers: [],
    services: [],
    positions: [],
    facts: {},
    information: '',
    ...(request.traceId === undefined ? {} : { traceId: request.traceId })
  }
}

function receiptOf(session: ChargingSession): ClosedSession {
  const { initial, settled, cdrs, startedAt, positions } = session
  return { end: 'terminated', last: 0, initial, settled, cdrs, startedAt, positions }
}

/** A charging request for the toy. */
export function message(
  type: RequestType,
  number: number,
  octets: number,
  more: Partial<ChargingRequest> = {}
): ChargingRequest {
  const used = { octets, inputOctets: null, outputOctets: null, seconds: null, messages: null }
  return {
    kind: 'charging',
    type,
    sessionId: 'session-1',
    number,
    subscribers: [msisdn('4915100000001')],
    context: '32251',
    origin: { host: 'pgw.example', realm: 'example' },
    route: { protocol: 'gy', peer: 'pgw.example' },
    profile: peerProfiles['3gpp'],
    facts: {},
    usages: [{ ratingGroup: 10, serviceIdentifiers: [], requested: null, used }],
    ...more
  }
}

export function msisdn(value: string): SubscriberId {
  return { type: 'msisdn', value }
}

/** What a store was asked, and how it is to behave. */
export interface Watched {
  readonly store: Store
  readonly groups: (readonly Commit[])[]
  readonly asked: string[]
  /** Commits and loads that will fail from now on; `after`: once they are applied. */
  fail: 'before' | 'after' | null
  /** Runs before each commit, as another server would. */
  meanwhile: (() => Promise<unknown>) | null
}

export interface Bench {
  readonly state: ReturnType<typeof createMemoryState>
  readonly logged: { fields: object; message: string }[]
  now: EpochMs
  /** A service, one of any number, on the common state. */
  serve(more?: Partial<ServiceOptions>): { service: ChargingService; watched: Watched }
  /** Lets turns and promises come to rest. */
  rest(): Promise<void>
  /** Moves the time on and lets timers run. */
  advance(ms: number): Promise<void>
  account(id?: string): Account
}

export function createBench(): Bench {
  const state = createMemoryState()
  const timers: { at: number; run: () => void; cancelled: boolean }[] = []
  const logged: Bench['logged'] = []
  const log = (fields: object, message: string) => void logged.push({ fields, message })
  let serial = 0
  const bench: Bench = {
    state,
    logged,
    now: Date.UTC(2026, 10, 21, 12),
    serve(more = {}) {
      const watched = watch(createMemoryStore(state, 16, () => bench.now))
      const service = createChargingService({
        store: watched.store,
        decide,
        present: (account, lines) => ({ account, lines }),
        clock: { now: () => bench.now, monotonic: () => bench.now },
        scheduler: {
          soon: run => void setImmediate(run),
          later(delayMs, run) {
            const timer = { at: bench.now + delayMs, run, cancelled: false }
            timers.push(timer)
            return () => {
              timer.cancelled = true
            }
          }
        },
        random: {
          hex: digits => (++serial).toString(16).padStart(digits, '0'),
          fraction: () => 0.5
        },
        logger: { debug: () => undefined, info: log, warn: log, error: log },
        ...more
      })
      return { service, watched }
    },
    async rest() {
      for (let turn = 0; turn < 40; turn++) await new Promise(resolve => setImmediate(resolve))
    },
    async advance(ms) {
      const end = bench.now + ms
      for (;;) {
        await bench.rest()
        timers.sort((a, b) => a.at - b.at)
        const timer = timers[0]
        if (timer === undefined || timer.at > end) break
        timers.shift()
        bench.now = Math.max(bench.now, timer.at)
        if (!timer.cancelled) timer.run()
      }
      bench.now = end
    },
    account(id = 'a1') {
      const stored = state.accounts.get(id)
      assert(stored !== undefined, 'the account is stored')
      return decodeAccount(stored.account)
    }
  }
  return bench
}

function watch(model: Store): Watched {
  const away = () => new GyroError('GYRO_STORE_UNAVAILABLE', 'the store is away')
  const watched: Watched = {
    groups: [],
    asked: [],
    fail: null,
    meanwhile: null,
    store: {
      ...model,
      async commit(group) {
        watched.groups.push(group)
        if (watched.fail === 'before') throw away()
        const other = watched.meanwhile
        watched.meanwhile = null
        if (other !== null) await other()
        const results = await model.commit(group)
        if (watched.fail === 'after') throw away()
        return results
      },
      async load(requests): Promise<readonly Documents[]> {
        watched.asked.push(`load ${requests.length}`)
        if (watched.fail !== null) throw away()
        return model.load(requests)
      },
      async resolve(entries) {
        watched.asked.push(`resolve ${entries.map(entry => entry.value).join(' ')}`)
        if (watched.fail !== null) throw away()
        return model.resolve(entries)
      },
      async ping() {
        if (watched.fail !== null) throw away()
      },
      async closedSession(key, id, hours) {
        watched.asked.push(`receipt ${id}`)
        return model.closedSession(key, id, hours)
      },
      async claim(entries) {
        watched.asked.push(`claim ${entries.length}`)
        return model.claim(entries)
      }
    }
  }
  return watched
}

/** Sends a charging request; the answer when it is there. */
export function ask(service: ChargingService, request: ChargingRequest): Promise<ChargingAnswer> {
  return new Promise(resolve => service.charge(request, resolve))
}

/** Opens account `a1` with one line of MSISDN 4915100000001 and IMSI 262010000000001. */
export function open(
  service: ChargingService,
  more: Partial<Extract<AccountRequest, { kind: 'open-account' }>> = {}
): Promise<AccountAnswer> {
  return service.accounts.submit({
    kind: 'open-account',
    accountId: 'a1',
    lines: [{ msisdn: '4915100000001', imsi: '262010000000001' }],
    offers: [],
    topUp: 1_000_000,
    ...more
  })
}
