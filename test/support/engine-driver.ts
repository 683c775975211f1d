/** Drives the pure engine as the lanes do, on documents in memory. Time is what the test says. */

import type { Decision, State } from '../../src/charging/decision.ts'
import { createEngine } from '../../src/charging/engine.ts'
import { peerProfiles } from '../../src/diameter/gy/profiles.ts'
import { type Account, feesDueAt, type Line, type Subscription } from '../../src/domain/account.ts'
import type { AccountAnswer, ChargingAnswer } from '../../src/domain/answer.ts'
import { lineOfOperation } from '../../src/domain/operation-line.ts'
import type { OrderRecord } from '../../src/domain/order.ts'
import type { OutboxRecord } from '../../src/domain/record.ts'
import type {
  AccountRequest,
  ChargingRequest,
  EngineRequest,
  OperationReceipt,
  PeerProfile,
  RequestedUnits,
  RequestType,
  UsedUnits
} from '../../src/domain/request.ts'
import type { ChargingSession, ClosedSession } from '../../src/domain/session.ts'
import type { Catalogues } from '../../src/rating/catalogue.ts'
import { catalogues as standard } from './catalogue.ts'

export const profile: PeerProfile = peerProfiles['3gpp']

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
export const start = Date.UTC(2026, 10, 21, 12, 0, 0)

export interface UsageTemplate {
  ratingGroup?: number | null
  serviceIdentifiers?: number[]
  /** octets, or units of the given type; absent: none is asked for; null: an empty ask. */
  ask?: Partial<RequestedUnits> | null
  used?: Partial<UsedUnits>
}

/** A charging request with everything defaulted. */
export function request(
  type: RequestType,
  number: number,
  usages: UsageTemplate[] = [],
  more: Partial<ChargingRequest> = {}
): ChargingRequest {
  return {
    kind: 'charging',
    type,
    sessionId: 's;1',
    number,
    subscribers: [{ type: 'msisdn', value: '4915100000001' }],
    context: '32251',
    origin: { host: 'pgw.example', realm: 'example' },
    route: { protocol: 'gy', peer: 'pgw.example' },
    profile,
    facts: { plmn: '26201' },
    usages: usages.map(usage => ({
      ratingGroup: usage.ratingGroup === undefined ? 10 : usage.ratingGroup,
      serviceIdentifiers: usage.serviceIdentifiers ?? [],
      requested:
        usage.ask === undefined
          ? null
          : { octets: null, seconds: null, messages: null, ...(usage.ask ?? {}) },
      used:
        usage.used === undefined
          ? null
          : {
              octets: null,
              inputOctets: null,
              outputOctets: null,
              seconds: null,
              messages: null,
              ...usage.used
            }
    })),
    ...more
  }
}

export class EngineDriver {
  account: Account | null = null
  readonly lines = new Map<string, Line>()
  readonly sessions = new Map<string, ChargingSession>()
  readonly closed = new Map<string, ClosedSession>()
  readonly receipts = new Map<string, OperationReceipt>()
  readonly records: OutboxRecord[] = []
  readonly orders: OrderRecord[] = []
  now = start
  lineId = '4915100000001'
  readonly engine: ReturnType<typeof createEngine>

  constructor(catalogues: Catalogues | (() => Catalogues) = standard) {
    this.engine = createEngine(typeof catalogues === 'function' ? catalogues : () => catalogues)
  }

  static open(offers: string[], topUp: number, lines = ['4915100000001']): EngineDriver {
    const driver = new EngineDriver()
    driver.submit({
      kind: 'open-account',
      accountId: 'a1',
      lines: lines.map(msisdn => ({ msisdn })),
      offers,
      topUp
    })
    return driver
  }

  stateFor(request: EngineRequest): State {
    const due = [...this.sessions.values()]
      .filter(session => session.sweepAt <= this.now)
      .sort((a, b) => a.sweepAt - b.sweepAt)
      .slice(0, 64)
      .map(session => session.id)
    const rest = [...this.sessions.values()].filter(session => !due.includes(session.id))
    const fees = [...this.lines.values()]
      .map(line => [line.id, feesDueAt(line)] as const)
      .filter(([, at]) => at !== 0)
    const sweepAt = this.account?.sweepAt ?? 0
    const looked = sweepAt !== 0 && sweepAt <= this.now
    const sessionId = 'sessionId' in request ? (request.sessionId ?? '') : ''
    const key = 'operation' in request ? request.operation : null
    return deepFreeze({
      account: this.account,
      lines: new Map(this.lines),
      sessions: new Map(
        [...this.sessions].filter(([id]) => id === sessionId || (looked && due.includes(id)))
      ),
      lineId: this.lineOf(request),
      closed: this.sessions.has(sessionId) ? null : (this.closed.get(sessionId) ?? null),
      receipt: key === null ? null : (this.receipts.get(key.key) ?? null),
      original: request.kind === 'charging' ? this.originalOf(request) : null,
      due: looked ? due : [],
      dueLines: looked ? fees.filter(([, at]) => at <= this.now).map(([id]) => id) : [],
      nextDue: looked
        ? Math.min(
            ...rest.map(session => session.sweepAt),
            ...fees.map(([, at]) => at).filter(at => at > this.now),
            Infinity
          )
        : null
    })
  }

  private lineOf(request: EngineRequest): string {
    if (request.kind === 'charging') return this.lineId
    return lineOfOperation(this.account, request)
  }

  private originalOf({ event }: ChargingRequest): ClosedSession | null {
    const id = event?.original?.sessionId
    return (id === undefined ? undefined : this.closed.get(id)) ?? null
  }

  decide(request: EngineRequest): Decision {
    const state = this.stateFor(request)
    return this.engine.decide(
      { ...state, nextDue: state.nextDue === Infinity ? 0 : state.nextDue },
      request,
      this.now
    )
  }

  apply(decision: Decision): void {
    const { changes } = decision
    if (changes === null) return
    this.account = changes.account
    for (const line of changes.lines) this.lines.set(line.id, line)
    for (const { sessionId, receipt } of changes.closed) {
      this.sessions.delete(sessionId)
      this.closed.set(sessionId, receipt)
    }
    for (const session of changes.sessions) this.sessions.set(session.id, session)
    if (changes.receipt !== null) this.receipts.set(changes.receipt.key, changes.receipt.receipt)
    this.records.push(...changes.records)
    this.orders.push(...changes.orders)
  }

  charge(request: ChargingRequest): ChargingAnswer {
    const decision = this.decide(request)
    this.apply(decision)
    return decision.answer as ChargingAnswer
  }

  submit(request: AccountRequest): AccountAnswer {
    const decision = this.decide(request)
    this.apply(decision)
    return decision.answer as AccountAnswer
  }

  cdrs() {
    return this.records.filter(record => record.kind === 'cdr')
  }

  movements() {
    return this.records.filter(record => record.kind === 'movement')
  }

  events() {
    return this.records.filter(record => record.kind === 'event')
  }

  /** Those of the account, and then those of its lines. */
  subscriptions(): readonly Subscription[] {
    const lines = [...this.lines.values()]
    return [
      ...this.account!.subscriptions,
      ...lines.flatMap(({ subscriptions = [] }) => subscriptions)
    ]
  }

  wallet() {
    return this.account!.wallet
  }

  /** What the wallet was given less what CDRs and fees took; must equal available + reserved + open sessions' debits. */
  funded(): number {
    return this.movements()
      .filter(record => record.target === 'wallet')
      .reduce((sum, record) => sum + record.amount, 0)
  }

  /** Debits of open sessions, not yet in a CDR. */
  unrecorded(): number {
    let sum = 0
    for (const session of this.sessions.values()) {
      for (const service of session.services) {
        for (const part of service.parts) sum += part.amount
      }
    }
    return sum
  }
}

function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value
  if (value instanceof Map) {
    for (const item of value.values()) deepFreeze(item)
    return value
  }
  Object.freeze(value)
  for (const item of Object.values(value)) deepFreeze(item)
  return value
}
