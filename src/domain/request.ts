/** What a front-end asks of the engine: the common form of a CCR and of an Nchf request. */
import type { NetworkFacts } from './facts.ts'
import type { AddLines, ChangeLine, EndLine } from './lines.ts'
import type { MicroUnits } from './money.ts'
import type { Operation } from './operation.ts'
import type { Order } from './order.ts'
import type { CdrRecord, ClosingCause } from './record.ts'
import type { Correction } from './restore.ts'
import type { RequestOrigin, SessionRoute } from './route.ts'
import type { SetLimit } from './set-limit.ts'
import type { SubscriberId } from './subscriber.ts'
import type { ChangeOffer, OpenAccount, Subscribe, Unsubscribe } from './subscriptions.ts'
import type { EpochMs } from './time.ts'
import type { Units, UnitType } from './units.ts'
import type { MediatedUsage } from './usage-book.ts'

/** CC-Request-Type 416: 1, 2, 3, 4. */
export type RequestType = 'initial' | 'update' | 'termination' | 'event'

/** Requested-Service-Unit 437. All members null: the server chooses. */
export interface RequestedUnits {
  readonly octets: Units | null
  readonly seconds: Units | null
  readonly messages: Units | null
  /** Of the octets those from the user; present when the client counts both directions by themselves. */
  readonly inputOctets?: Units
  /** CC-Money 413: a sum to be reserved or moved as it is, without rating (TS 32.299 5.2.2, RFC 8506 6.3, 6.4). */
  readonly money?: RequestedMoney
}

/** An amount of money that the client has rated itself. */
export interface RequestedMoney {
  /** Above zero. */
  readonly amount: MicroUnits
  /** ISO 4217 name, or digits when the number is no currency's; null: the account's. */
  readonly currency: string | null
}

/** The sum of the Used-Service-Units 446 of one Multiple-Services-Credit-Control: usage since the last report. */
export interface UsedUnits {
  /** CC-Total-Octets, or the sum of CC-Input-Octets and CC-Output-Octets; null when no volume is reported. */
  readonly octets: Units | null
  readonly inputOctets: Units | null
  readonly outputOctets: Units | null
  readonly seconds: Units | null
  readonly messages: Units | null
  /** CC-Money 413, where the client rates by itself. */
  readonly money?: RequestedMoney
}

/** Multiple-Services-Credit-Control 456 / multipleUnitUsage: one rating group of a request. */
export interface MultipleUnitUsage {
  /** Rating-Group 432 as received; null when the client sent none. */
  readonly ratingGroup: number | null
  /** Service-Identifier 439, in order of arrival. */
  readonly serviceIdentifiers: readonly number[]
  /** null: no units are asked for (RSU absent, RFC 8506 8.16). */
  readonly requested: RequestedUnits | null
  /** null: nothing is reported. */
  readonly used: UsedUnits | null
  /** The part of `used` that came after the tariff switch (Tariff-Change-Usage 452). */
  readonly after?: UsedUnits
  /** The part of `used` of which the client cannot say on which side of the switch it was. */
  readonly straddling?: UsedUnits
  /** uPFID: each user plane function has a quota of its own for the rating group. Absent on Gy. */
  readonly upf?: string
  /** Usage that the consumer metered without quota (OFFLINE_CHARGING): recorded, and not debited. */
  readonly offline?: UsedUnits
}

/** What differs between clients in how they must be answered. */
export interface PeerProfile {
  readonly name: string
  /** Send Volume-/Time-Quota-Threshold with grants. */
  readonly thresholds: boolean
  /** Honour the values of Requested-Service-Unit; else every ask is treated as empty. */
  readonly requestedUnits: boolean
  /** The outcome for usage of a session that is not open. */
  readonly unknownSession: 'unknown-session' | 'success'
  /** The Rating-Group of a service that the client names none for; null or absent: that of the context. */
  readonly ratingGroup?: number | null
  /** No grant is larger, whatever is asked for; null or absent: the policy alone decides. */
  readonly grantMax?: Readonly<Record<UnitType, Units | null>> | null
  /** Understands Tariff-Time-Change; else a grant ends with Validity-Time at the switch. */
  readonly tariffSwitch: boolean
  /** Understands the final unit actions REDIRECT and RESTRICT_ACCESS; else TERMINATE is all it gets. */
  readonly redirect: boolean
  /** Is told that units are final; absent: it is. Some clients end at their next report then, whatever was topped up. */
  readonly finalUnits?: boolean
  /** Understands QoS-Final-Unit-Indication, which it gets beside Final-Unit-Indication. */
  readonly qosFinalUnits: boolean
  /** Understands pools of granted units. */
  readonly pools: boolean
  /** Is told cost and balance when it asks (AoC-Request-Type). */
  readonly advice: boolean
  /** CC-Session-Failover 418. */
  readonly sessionFailover: boolean
  /** Credit-Control-Failure-Handling 427 in answers; null: the client's own. */
  readonly failureHandling: 'terminate' | 'continue' | 'retry-and-terminate' | null
  /** Direct-Debiting-Failure-Handling 428 in answers; null: the client's own. */
  readonly directDebitingFailureHandling: 'terminate-or-buffer' | 'continue' | null
  /**
   * Session ids are derived from initial requests (Nchf), so that a repeat finds its session. The initial request of a
   * session that has gone on is then the first of another one. `any-number`: while it has not gone on, every initial
   * request is a repeat; `same-number`: only one with the same number is. Absent: the peer names its sessions.
   */
  readonly derivedSessions?: 'any-number' | 'same-number'
}

/** Requested-Action 436. */
export type RequestedAction = 'direct-debiting' | 'refund' | 'check-balance' | 'price-enquiry'

/** What a one-time event asks for beside its usages. */
export interface EventDetails {
  readonly action: RequestedAction
  /** CC-Correlation-Id 411, hexadecimal; null: none. */
  readonly correlation: string | null
  /** The debit that Refund-Information 2022 names; null: it names none. */
  readonly original: EventReference | null
}

/** A debit by the session id and request number that it was made with. */
export interface EventReference {
  readonly sessionId: string
  readonly number: number
}

/** A request of a charging session or event (CCR, Nchf create / update / release). */
export interface ChargingRequest {
  readonly kind: 'charging'
  readonly type: RequestType
  /** The key of the session: see session-key.ts. */
  readonly sessionId: string
  /**
   * CC-Request-Number 415 or invocationSequenceNumber: with session and type the request key. From 2^32 on it is a
   * digest of the content (see nchf/reference.ts), which says nothing of an order.
   */
  readonly number: number
  readonly subscribers: readonly SubscriberId[]
  /** The specification number of Service-Context-Id 461: `32251`, `32260`, `32274`. */
  readonly context: string
  readonly origin: RequestOrigin
  readonly route: SessionRoute
  readonly profile: PeerProfile
  readonly facts: NetworkFacts
  /** Charging information blocks for the CDR, an object of them by name as JSON; absent: none. */
  readonly information?: string
  readonly usages: readonly MultipleUnitUsage[]
  /** When it was received, if it could not be decided then and is decided now. */
  readonly receivedAt?: EpochMs
  /** Usage that the online path never saw, as a file says it; absent: it comes from the network. */
  readonly mediated?: MediatedUsage
  /** Of an event; absent: DIRECT_DEBITING that names nothing else. */
  readonly event?: EventDetails
  /** The client asks to be told the cost (AoC-Request-Type 2055). */
  readonly advice?: boolean
  /** An event whose service was delivered already (PEC): what was used is debited in full. */
  readonly delivered?: true
  /** Of an event whose id says nothing of its repeats under other ids. */
  readonly likeness?: Likeness
  /** On the monotonic clock: from then on the request must not be decided any more. Absent: the server's own limit. */
  readonly deadline?: number
  /** The trace-id that the consumer gave with an initial request or event, 32 hexadecimal digits; absent: none. */
  readonly traceId?: string
}

/** What an event has in common with its retransmissions, which may come under another id. */
export interface Likeness {
  /** A digest of the content without invocationTimeStamp and retransmissionIndicator. */
  readonly digest: string
  /** invocationTimeStamp. */
  readonly stampedAt: EpochMs
  /** retransmissionIndicator. */
  readonly retransmitted: boolean
}

/** Whether an operation receipt leads to a session's receipt, and so is worth no more than that. */
export function leadsToReceipt(key: string): boolean {
  return key.startsWith('\0')
}

/** The operation receipt that leads from a CC-Correlation-Id to the session id of its last debit. */
export function correlationKey(correlation: string): string {
  return `\0correlation:${correlation}`
}

/** Credits the wallet. */
export interface TopUp {
  readonly kind: 'top-up'
  readonly accountId: string
  /** Above zero. */
  readonly amount: MicroUnits
  readonly operation: Operation
}

export interface Block {
  readonly kind: 'block'
  readonly accountId: string
  readonly reason: string
}

export interface Unblock {
  readonly kind: 'unblock'
  readonly accountId: string
}

/** Closes the sessions whose supervision time (Tcc) has run out. */
export interface Sweep {
  readonly kind: 'sweep'
  readonly accountId: string
}

/** Has the clients of one session, or of every open one of the account, re-authorize or end it. */
export interface OrderSessions extends Order {
  readonly kind: 'order'
  readonly accountId: string
  /** null: every open session. */
  readonly sessionId: string | null
}

/** Closes a session that its client says it does not have, unless a request of it has come since. */
export interface CloseSession {
  readonly kind: 'close-session'
  readonly accountId: string
  readonly sessionId: string
  /** The session's last request that was known when the client was asked. */
  readonly lastAt: EpochMs
  readonly cause: ClosingCause
}

/** Gives back what the debits of a CDR took, because its key belongs to another CDR. */
export interface ReverseCdr {
  readonly kind: 'reverse-cdr'
  readonly accountId: string
  readonly cdr: CdrRecord
  /** The digest of the record, so that it is reversed once however often it is delivered. */
  readonly operation: Operation
}

export type AccountRequest =
  | OpenAccount
  | TopUp
  | Correction
  | Subscribe
  | ChangeOffer
  | Unsubscribe
  | AddLines
  | ChangeLine
  | EndLine
  | SetLimit
  | Block
  | Unblock
  | Sweep
  | OrderSessions
  | CloseSession
  | ReverseCdr

/** Everything that may change an account goes through the same door. */
export type EngineRequest = ChargingRequest | AccountRequest

/** What was already done under an idempotency key. */
export interface OperationReceipt {
  readonly digest: string
  readonly at: EpochMs
  readonly result: string
}
