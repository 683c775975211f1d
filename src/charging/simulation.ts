/** What explanations and simulations are made of. Types only. */
import type { Account, Line } from '../domain/account.ts'
import type { EngineAnswer } from '../domain/answer.ts'
import type { NetworkFacts } from '../domain/facts.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { OrderRecord } from '../domain/order.ts'
import type { CdrRecord, OutboxRecord } from '../domain/record.ts'
import type { ChargingRequest, EngineRequest, UsedUnits } from '../domain/request.ts'
import type { ChargingSession } from '../domain/session.ts'
import type { NewLine } from '../domain/subscriptions.ts'
import type { EpochMs } from '../domain/time.ts'
import type { QuotaUnit, Units, UnitType } from '../domain/units.ts'
import type { Price } from '../rating/catalogue.ts'
import type { Explanation, LimitHeld, StopHeld } from './explanation.ts'

export type * from './explanation.ts'

export interface Holding {
  readonly available: number
  readonly reserved: number
}

export interface BucketChange {
  readonly bucket: string
  readonly offer: string
  readonly allowance: string
  /** Empty for a shared bucket. */
  readonly lineId: string
  readonly unit: QuotaUnit
  readonly validUntil: EpochMs | null
  /** null: it was not there, or is not any more. */
  readonly before: Holding | null
  readonly after: Holding | null
}

/** One request of a scenario: what it was, what was answered, and what it changed. */
export interface PlayedRequest {
  readonly at: EpochMs
  readonly request: EngineRequest
  readonly answer: EngineAnswer
  /** null: the request is none of the network. */
  readonly explanation: Explanation | null
  readonly wallet: { readonly before: Holding; readonly after: Holding }
  /** Every bucket of the account and of the lines at hand. */
  readonly buckets: readonly BucketChange[]
  readonly records: readonly OutboxRecord[]
  /** What the server would ask of the clients of open sessions. */
  readonly orders: readonly OrderRecord[]
  /** Debited from the wallet by usage. */
  readonly debited: MicroUnits
}

/** A whole session of one service: units that the subscriber would like to use, in so many reports. */
export interface UseStep {
  readonly do: 'use'
  readonly at: EpochMs
  readonly lineId: string
  readonly sessionId: string
  readonly context: string
  readonly ratingGroup: number | null
  readonly serviceIdentifiers: readonly number[]
  readonly facts: NetworkFacts
  readonly units: Units
  readonly reports: number
}

export type ScenarioStep =
  | UseStep
  | {
      readonly do: 'charge'
      readonly at: EpochMs
      readonly lineId: string
      readonly request: ChargingRequest
    }
  | {
      readonly do: 'operate'
      readonly at: EpochMs
      readonly request: Exclude<EngineRequest, ChargingRequest>
    }
  /** Only shows how the account stands then. */
  | { readonly do: 'look'; readonly at: EpochMs }

export interface PlayedStep {
  readonly at: EpochMs
  readonly requests: readonly PlayedRequest[]
  /** Of a `use`: how much of it was granted and used. */
  readonly used: { readonly unit: UnitType; readonly units: Units } | null
  /** The account after the step. */
  readonly account: Account
  readonly lines: readonly Line[]
}

/** Documents that a scenario begins with. */
export interface Snapshot {
  readonly account: Account
  readonly lines: readonly Line[]
  readonly sessions: readonly ChargingSession[]
}

export interface Simulation {
  readonly catalogue: string
  readonly before: { readonly account: Account; readonly lines: readonly Line[] }
  readonly steps: readonly PlayedStep[]
  /** Every price that the steps name, with its terms; null: in no version that is known here. */
  readonly prices: ReadonlyMap<string, Price | null>
}

/** A new account that exists only in the simulation. */
export interface HypotheticalAccount {
  readonly offers: readonly string[]
  readonly topUp: MicroUnits
  readonly lines: readonly NewLine[]
}

/** A step as it is asked for: the catalogue and the account say what its words mean. */
export interface StepWanted {
  readonly do:
    | 'use'
    | 'initial'
    | 'update'
    | 'termination'
    | 'event'
    | 'top-up'
    | 'subscribe'
    | 'block'
    | 'unblock'
    | 'look'
  /** null: that of the step before, and `after` milliseconds later. */
  readonly at: EpochMs | null
  readonly after: EpochMs
  /** MSISDN or IMSI of a line of the account; null: its first. Of a `subscribe`: null is the account itself. */
  readonly line: string | null
  /** null: one of its own for each `use` and event, one for all the others. */
  readonly session: string | null
  /** null: counted by session. */
  readonly number: number | null
  readonly context: string | null
  /** `data`, `voice`, `sms`, or a service of the catalogue; null: that of the rating group. */
  readonly service: string | null
  readonly ratingGroup: number | null
  readonly serviceIdentifiers: readonly number[]
  readonly facts: NetworkFacts
  /** Of a `use`: in the unit of the service, and in how many reports. */
  readonly units: Units
  readonly reports: number
  readonly usages: readonly UsageWanted[]
  /** Of a top-up. */
  readonly money: MicroUnits
  readonly offer: string
  /** Of a `subscribe`: what ends, by its id or its offer; null: nothing. */
  readonly replaces: string | null
  readonly reason: string
}

/** One rating group of a request that a scenario spells out. */
export interface UsageWanted {
  readonly service: string | null
  readonly ratingGroup: number | null
  readonly serviceIdentifiers: readonly number[]
  readonly used: Partial<UsedUnits> | null
  readonly asked: Partial<Record<UnitType, Units>> | null
}

export interface ScenarioWanted {
  /** An account of the store by its id, as it stands; or one made up. */
  readonly account: string | HypotheticalAccount
  /** When the first step happens; null: now. */
  readonly start: EpochMs | null
  readonly steps: readonly StepWanted[]
}

/** The amount under one price of a record, worked out again. */
export interface Rerated {
  readonly price: string
  readonly unit: QuotaUnit
  readonly terms: Price | null
  /** Counted by the session under this price before the record, and in it. */
  readonly before: Units
  readonly units: Units
  /** As recorded. */
  readonly amount: MicroUnits
  /** Worked out from the terms; null: the version of the catalogue is not known here. */
  readonly rerated: MicroUnits | null
}

/** A finished record, with its amounts worked out again. */
export interface RecordExplained {
  readonly cdr: CdrRecord
  readonly prices: readonly Rerated[]
  /** Whether every amount is what the named price gives; null: not all prices are known here. */
  readonly agrees: boolean | null
}

/** An open session, with what it has been charged worked out again. */
export interface SessionExplained {
  readonly session: ChargingSession
  readonly limits: readonly LimitHeld[]
  readonly stops: readonly StopHeld[]
  readonly prices: readonly Rerated[]
  readonly agrees: boolean | null
}

/** Dry runs and explanations. Nothing here writes. */
export interface Simulator {
  /**
   * Plays a scenario. null: there is no such account. Rejects with GYRO_INPUT_INVALID on a step that means nothing,
   * and with GYRO_STORE_UNAVAILABLE.
   */
  simulate(scenario: ScenarioWanted): Promise<Simulation | null>
  /** null: no session of this name is open. */
  explainSession(sessionId: string): Promise<SessionExplained | null>
  explainRecord(cdr: CdrRecord): Promise<RecordExplained>
}
