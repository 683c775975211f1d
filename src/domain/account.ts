/**
 * The documents of an account: what it owns, and what each of its lines owns.
 *
 * Documents are plain JSON with a format number. Every commit of an account rewrites the Account document,
 * so its version stands for the account and everything beside it (lines, sessions).
 */
import type { MicroUnits } from './money.ts'
import type { EpochMs } from './time.ts'
import type { QuotaUnit, Units } from './units.ts'

export interface Wallet {
  /** What may still be reserved or debited; below zero after usage beyond the balance. Excludes `reserved`. */
  readonly available: MicroUnits
  /** Held by grants of open sessions; never below zero. */
  readonly reserved: MicroUnits
}

/** An allowance of an offer for one period, or a part of it. */
export interface Bucket {
  /** Unique in its document: subscription, allowance and period start. */
  readonly id: string
  readonly subscriptionId: string
  readonly offer: string
  readonly allowance: string
  /** `money`: millionths, which pay for some services before the wallet does. */
  readonly unit: QuotaUnit
  /** What the bucket was filled with. */
  readonly total: Units
  /** What may still be reserved or drawn. Excludes `reserved`. */
  readonly available: Units
  readonly reserved: Units
  /** Lower is drawn first. */
  readonly priority: number
  readonly validFrom: EpochMs
  /** The first instant at which it is no longer valid; null: never ends. */
  readonly validUntil: EpochMs | null
  /** Its period is over and was followed by the next; it only waits for units that a session still holds. */
  readonly ended?: boolean
  /** What was left of the period before; absent: given by the allowance itself. */
  readonly rolled?: boolean
  /** Thresholds of its allowance that have been reached; absent: none. */
  readonly level?: number
  /** Policy counter status that they have set; absent: none. */
  readonly status?: string
}

/** What a line, or the account, has used in the present period under a limit of an offer. */
export interface Counter {
  /** Unique in its document: subscription and limit. */
  readonly id: string
  readonly subscriptionId: string
  readonly offer: string
  readonly limit: string
  readonly unit: QuotaUnit
  /** The amount in force, the subscriber's own or that of the offer; null: only counted. */
  readonly amount: Units | null
  /** Chosen by the subscriber; null: the offer's holds. */
  readonly own: Units | null
  /** Whether the subscriber goes on when it is reached: no, until the period ends, or always. */
  readonly beyond: 'no' | 'period' | 'always'
  /** Used in this period. */
  readonly used: Units
  /** Held by grants of open sessions, whatever period they began in. */
  readonly reserved: Units
  readonly validFrom: EpochMs
  /** The first instant of the next period; null: it never ends. */
  readonly validUntil: EpochMs | null
  /** Thresholds that have been reached in this period. */
  readonly level: number
  /** Policy counter status that they have set; empty: none. */
  readonly status: string
}

/** What was used in a period under a price that counts by periods; the price of further usage depends on it. */
export interface PriceCount {
  /** `offer/rule`: a new version of the catalogue goes on counting. */
  readonly price: string
  readonly from: EpochMs
  /** The first instant of the next period. */
  readonly until: EpochMs
  readonly units: Units
  /** Handed out in grants and not yet reported. */
  readonly held: Units
  /** Absent: no grant is open under it. */
  readonly open?: CountHolds
}

/** What the open grants of a count hold, of whatever sessions they are, and what the count holds beside them. */
export interface CountHolds {
  readonly wallet: MicroUnits
  /** Of buckets of money. */
  readonly buckets: MicroUnits
  /** Reserved of the wallet beside the grants; below zero: what they hold of it in excess, which is available. */
  readonly cover: MicroUnits
  readonly limits: readonly LimitHolds[]
}

/** Of a limit of money that some of the grants, or all, count under. */
export interface LimitHolds {
  /** Where the counter is; empty: in the account. */
  readonly lineId: string
  readonly counter: string
  /** Units of these grants that money is to pay. */
  readonly units: Units
  /** Held by them. */
  readonly money: MicroUnits
  /** As that of the wallet. */
  readonly cover: MicroUnits
}

/** A fee that was paid, and the period that it is for. */
export interface PaidFee {
  readonly amount: MicroUnits
  readonly from: EpochMs
  readonly until: EpochMs
}

export interface Subscription {
  readonly id: string
  readonly offer: string
  /**
   * Its periods are counted from here: when it was bought, or the offer that it replaced within its period, or taken up
   * again after it had been suspended.
   */
  readonly since: EpochMs
  /** Absent: no fee, or one that is for no period. */
  readonly paid?: PaidFee
  /** Of an offer with a fee for each period: the end of what is paid. Absent: the fee was for once. */
  readonly paidUntil?: EpochMs
  /** The fee of the period that began then could not be paid. Absent: it is in force. */
  readonly suspendedAt?: EpochMs
  /** The line that it is for alone. Absent: the account, with all its lines. */
  readonly line?: string
}

/** Offers that some lines have for themselves, each of these lines exactly these: once each, in the order of their names. */
export interface OwnOffers {
  readonly offers: readonly string[]
  /** How many lines. */
  readonly lines: number
}

/**
 * A subscription that was replaced or ended. Lines learn of it when they are next looked at, because an account may have
 * thousands of them.
 */
export interface OfferChange {
  readonly at: EpochMs
  /** The subscription that ended. */
  readonly from: string
  /** What replaced it; null: nothing. */
  readonly to: Pick<Subscription, 'id' | 'offer' | 'since' | 'line'> | null
  readonly policy: 'carry' | 'reset' | 'prorate'
}

export interface Account {
  readonly format: 1
  readonly id: string
  readonly status: 'active' | 'blocked'
  readonly blockReason: string | null
  /** ISO 4217 code. */
  readonly currency: string
  readonly createdAt: EpochMs
  /** The latest instant at which anything was decided; time never goes back behind it. */
  readonly lastAt: EpochMs
  /** Outbox records numbered so far; the next one gets this plus one. */
  readonly records: number
  readonly openSessions: number
  /**
   * No open session expires before this instant, and no fee in a line document is due; 0: nothing is scheduled. May be
   * earlier than needed.
   */
  readonly sweepAt: EpochMs
  readonly wallet: Wallet
  /** Those of the account, and those of single lines that give to all lines. */
  readonly subscriptions: readonly Subscription[]
  /** What the line documents have of subscriptions, by lines that have the same. Absent: none. */
  readonly ownOffers?: readonly OwnOffers[]
  /** The last ones, oldest first; absent: none. */
  readonly changes?: readonly OfferChange[]
  /** Shared by all lines. */
  readonly buckets: readonly Bucket[]
  /** Of prices that count what all lines use. Absent: none. */
  readonly counts?: readonly PriceCount[]
  /** Of limits that all lines share. */
  readonly counters: readonly Counter[]
  /** Consumed beyond the overdraft, and given up. */
  readonly badDebt: MicroUnits
}

/** What has changed about the numbers of a line. */
export interface LinePast {
  /** How often they have changed, the end of the line included. */
  readonly changes: number
  /** Its numbers may be other lines' from then on, and only what its sessions still report is charged; 0: it goes on. */
  readonly endedAt: EpochMs
  /** What it had before, oldest first, at most 8. */
  readonly numbers: readonly {
    readonly msisdn: string | null
    readonly imsi: string | null
    readonly until: EpochMs
  }[]
}

export interface Line {
  readonly format: 1
  /**
   * The first identity it was opened with, its MSISDN or else its IMSI, with `.2` and so on where a line of the account
   * had it before. It stays when the numbers change.
   */
  readonly id: string
  readonly accountId: string
  readonly msisdn: string | null
  readonly imsi: string | null
  /** tenantIdentifier that leads to it beside these; absent: none, or the id says it. */
  readonly tenant?: string
  readonly createdAt: EpochMs
  /** Allowances that each line has for itself. */
  readonly buckets: readonly Bucket[]
  /** Of prices that count what this line uses. Absent: none. */
  readonly counts?: readonly PriceCount[]
  /** Of limits that each line has for itself. */
  readonly counters: readonly Counter[]
  /** Those that are for this line alone, but for those that give to all lines. Absent: none. */
  readonly subscriptions?: readonly Subscription[]
  /** Absent: it has the numbers that it was opened with. */
  readonly past?: LinePast
}

/** When the first fee in the document of a line is due; 0: none is. */
export function feesDueAt(line: Line | undefined): EpochMs {
  if (line?.subscriptions === undefined) return 0
  let earliest = 0
  for (const { paidUntil, suspendedAt } of line.subscriptions) {
    if (paidUntil === undefined || suspendedAt !== undefined) continue
    if (earliest === 0 || paidUntil < earliest) earliest = paidUntil
  }
  return earliest
}

/** An account that holds nothing yet. `now`: its first instant. */
export function emptyAccount(id: string, currency: string, now: EpochMs): Account {
  return {
    format: 1,
    id,
    status: 'active',
    blockReason: null,
    currency,
    createdAt: now,
    lastAt: now,
    records: 0,
    openSessions: 0,
    sweepAt: 0,
    wallet: { available: 0, reserved: 0 },
    subscriptions: [],
    buckets: [],
    counters: [],
    badDebt: 0
  }
}
