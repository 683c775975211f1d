/** The document of a charging session, and what remains of it once it is closed. */
import type { NetworkFacts } from './facts.ts'
import type { MicroUnits } from './money.ts'
import type { RequestOrigin, SessionRoute } from './route.ts'
import type { EpochMs } from './time.ts'
import type { QuotaUnit, Units } from './units.ts'

/**
 * One source of a grant, in the order in which it is drawn. From a bucket of units, `amount` is 0; from the wallet,
 * `amount` is what using all of `units` adds to the session's price, less what buckets of money pay of it: those
 * stand before the wallet, with `units` 0.
 */
export interface Draw {
  /** `wallet`, or where the bucket is kept. */
  readonly source: 'wallet' | 'account' | 'line'
  /** The bucket's id; empty for the wallet. */
  readonly bucket: string
  readonly units: Units
  readonly amount: MicroUnits
}

/** The price of emergency calls, which no catalogue names and nobody pays. */
export const emergencyPrice = 'emergency'

/** What a grant holds of a limit, in the unit that the limit counts. */
export interface Hold {
  readonly source: 'account' | 'line'
  readonly counter: string
  readonly units: Units
}

/** A tariff switch within a grant (Tariff-Time-Change 451). */
export interface TariffSwitch {
  readonly at: EpochMs
  /** The price of what is used from then on. */
  readonly price: string
}

/** Units handed out and not yet reported, with the reservation that covers them. */
export interface Grant {
  readonly unit: QuotaUnit
  readonly units: Units
  /** The price that the usage is rated by, whenever it arrives; empty when nothing but buckets may be drawn. */
  readonly price: string
  /** Where the service was used when it was granted. */
  readonly zone: string
  readonly draws: readonly Draw[]
  readonly at: EpochMs
  readonly final: boolean
  /** Absent: one price holds for all of it. */
  readonly change?: TariffSwitch
  /** The pool that it belongs to (G-S-U-Pool-Identifier 453); absent: none. */
  readonly pool?: number
  /** When the period began in which its price counts; absent: it counts in the session. */
  readonly period?: EpochMs
  /** How it was used when it was granted, where the catalogue wants to know. */
  readonly access?: GrantAccess
  /** The limits that its usage counts under; absent: none. */
  readonly holds?: readonly Hold[]
}

export interface GrantAccess {
  /** 3GPP-RAT-Type; absent: not said. */
  readonly rat?: number
  /** 5QI or QCI; absent: not said. */
  readonly qos?: number
}

/** What a session has counted under one price; the price of further usage depends on it. */
export interface PricePosition {
  /** `catalogueVersion:offer/rule`. */
  readonly price: string
  readonly units: Units
  readonly amount: MicroUnits
}

/** A slice of a session's usage for its CDR: one service under one price or bucket. */
export interface UsagePart {
  /** The price, or empty for usage drawn from a bucket or without a price. */
  readonly price: string
  /** The bucket drawn, or empty. */
  readonly bucket: string
  readonly zone: string
  readonly unit: QuotaUnit
  readonly units: Units
  readonly amount: MicroUnits
  /** The position under the price before the first unit of this slice: the session's, or that of the period. */
  readonly before: Units
  /** When the period began in which the price counts; absent: it counts in the session. */
  readonly period?: EpochMs
  /** Consumed although no price was found; not debited. */
  readonly suspense: boolean
}

/** One service of a session: its rating group with its service identifiers. Totals are those of the session, parts
 * those since its last CDR. */
export interface ServiceUsage {
  readonly ratingGroup: number
  readonly serviceIdentifiers: readonly number[]
  /** uPFID, when the rating group is served by several user plane functions; else empty. */
  readonly upf: string
  readonly inputOctets: Units
  readonly outputOctets: Units
  readonly octets: Units
  readonly seconds: Units
  readonly messages: Units
  readonly grant: Grant | null
  readonly parts: readonly UsagePart[]
}

/** What the CDRs of a session that goes on have said so far. */
export interface RecordChain {
  /** When the record that is open now began. */
  readonly openedAt: EpochMs
  /** What they said of each service, in the order of `services`; one that is missing came later. */
  readonly recorded: readonly RecordedTotals[]
}

export type RecordedTotals = Pick<
  ServiceUsage,
  'inputOctets' | 'outputOctets' | 'octets' | 'seconds' | 'messages'
>

export interface ChargingSession {
  readonly format: 1
  readonly id: string
  readonly accountId: string
  readonly lineId: string
  readonly context: string
  readonly origin: RequestOrigin
  /** Where orders of the server go: as the last request came. */
  readonly route: SessionRoute
  readonly startedAt: EpochMs
  readonly lastAt: EpochMs
  /** When its reservations end unless another request comes (Tcc, RFC 8506 13). */
  readonly expiresAt: EpochMs
  /** What the expiry index says: never later than expiresAt. */
  readonly sweepAt: EpochMs
  /** CDRs already written for this session id. */
  readonly cdrs: number
  /** The CC-Request-Number of the initial request; -1 when none was seen. */
  readonly initial: number
  /** Update numbers already settled, as ranges: `1-4,6`. */
  readonly settled: string
  /** The last answers, in the compact form of charging/receipt.ts, newest last. */
  readonly answers: readonly string[]
  readonly services: readonly ServiceUsage[]
  readonly positions: readonly PricePosition[]
  readonly facts: NetworkFacts
  /** What the network has said beside the facts, as JSON (charging/information.ts); empty: nothing. */
  readonly information: string
  /** Absent: none of its CDRs was cut, so the one that is open began with the session. */
  readonly chain?: RecordChain
  /** The trace-id that the consumer gave with its initial request; absent: none (trace/trace-id.ts). */
  readonly traceId?: string
}

/** Something that one event debited and that may be given back. */
export interface Debit {
  /** CC-Request-Number of the event; -1: a session. */
  readonly number: number
  /** -1: any, because a session does not keep it. */
  readonly ratingGroup: number
  /** The price, or empty for units drawn from a bucket. */
  readonly price: string
  readonly bucket: string
  readonly zone: string
  readonly unit: QuotaUnit
  /** What is left to be given back. */
  readonly units: Units
  readonly amount: MicroUnits
}

/** What the events of a session id have done, beside its receipt. */
export interface EventLedger {
  readonly lineId: string
  /** Numbers of the debits and of the refunds answered, as ranges: `0-2`. */
  readonly debited: string
  readonly refunded: string
  /** The last answers, in the compact form of charging/receipt.ts, newest last. */
  readonly answers: readonly string[]
  /** In the order in which they were made; without those given back in whole. */
  readonly debits: readonly Debit[]
}

/** Of a receipt that was made again from CDRs, which do not say it: whatever comes for the session has come before. */
export const everyNumber = -2

/** The receipt of a closed session: enough to know a repeat, and to continue the count for late usage. */
export interface ClosedSession {
  /** The answers that it kept when it was terminated. Never stored: there while the process remembers them. */
  readonly answers?: readonly string[]
  /** Whether a termination or event closed it, or its supervision time; `last` then is that of a late termination. */
  readonly end: 'terminated' | 'expired'
  /** CC-Request-Number of the request that closed it; -1 when none did; or `everyNumber`. */
  readonly last: number
  readonly initial: number
  readonly settled: string
  /** CDRs written so far. */
  readonly cdrs: number
  /** The start of the session: its CDRs' partition. */
  readonly startedAt: EpochMs
  readonly positions: readonly PricePosition[]
  /** There once an event under this session id has moved anything. */
  readonly events?: EventLedger
  /** That of the session. */
  readonly traceId?: string
}
