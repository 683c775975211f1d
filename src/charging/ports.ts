/** What front-ends, the HTTP API and commands may ask of the house. Types only. */
import type { Account, Line } from '../domain/account.ts'
import type { AccountAnswer, ChargingAnswer } from '../domain/answer.ts'
import type { OrderResult, SessionOrder } from '../domain/order.ts'
import type { CdrRecord } from '../domain/record.ts'
import type { AccountRequest, ChargingRequest } from '../domain/request.ts'
import type { ChargingSession } from '../domain/session.ts'

/** Charges a request of the network. The reply is called exactly once, in this turn or a later one, and before the deadline. */
export type Charge = (request: ChargingRequest, reply: (answer: ChargingAnswer) => void) => void

/** An account as it stands at this instant: renewals and expiries that are due have been applied. */
export interface AccountView {
  readonly account: Account
  readonly lines: readonly Line[]
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Opaque; null: there is no more. */
  readonly next: string | null
}

/** Accounts, for the HTTP API and commands. Methods reject with GYRO_STORE_UNAVAILABLE when the store is away. */
export interface Accounts {
  submit(request: AccountRequest): Promise<AccountAnswer>
  view(accountId: string): Promise<AccountView | null>
  /** Every account, in any order. */
  list(cursor: string | null, limit: number): Promise<Page<AccountView>>
  /** Open sessions of an account. null: the account does not exist. */
  sessions(
    accountId: string,
    cursor: string | null,
    limit: number
  ): Promise<Page<ChargingSession> | null>
  /** The open session of this id; null: there is none. */
  session(sessionId: string): Promise<ChargingSession | null>
  /** Open sessions of all accounts. */
  allSessions(cursor: string | null, limit: number): Promise<Page<ChargingSession>>
}

/** Finished CDRs, newest first. */
export interface CdrReader {
  list(accountId: string | null, cursor: string | null, limit: number): Promise<Page<CdrRecord>>
  /** Those of one session in their order, at most 1,000. */
  ofSession(sessionId: string): Promise<readonly CdrRecord[]>
}

/** What the outbox of a store hands to the CDR writer. */
export interface OutboxEntry {
  /** Opaque; for acknowledging. */
  readonly id: string
  /** An OutboxRecord as JSON. */
  readonly value: string
}

export interface Outbox {
  readonly partitions: number
  /** The oldest entries of each partition, at most `limit` a partition; partitions without entries are left out. */
  read(limit: number): Promise<ReadonlyMap<number, readonly OutboxEntry[]>>
  /** Removes entries, by partition. */
  acknowledge(entries: ReadonlyMap<number, readonly string[]>): Promise<void>
  /** Entries waiting, over all partitions. */
  depth(): Promise<number>
  /** One drain at a time is enough: true while this process holds the lease. Correctness never depends on it. */
  lease(holdMs: number): Promise<boolean>
}

/** A message in the inbox of a node. */
export interface Message {
  /** Opaque; ordered by arrival. */
  readonly id: string
  readonly value: string
}

/**
 * Where the servers on one store find each other, and leave each other messages. A node is one server, named anew at
 * each start. Nothing here is money: what is lost is counted by who misses it.
 */
export interface Exchange {
  /** Says which peers the node reaches, and which processes hold their connections; it counts as gone after `holdMs` unless it is said again. */
  announce(node: string, hosts: readonly string[], holdMs: number): Promise<void>
  /** The node takes no more messages; what is left in its inbox is for others. */
  leave(node: string): Promise<void>
  /** Every node that is known; `hosts` is null when it is gone and was not forgotten yet. */
  nodes(): Promise<readonly { readonly node: string; readonly hosts: readonly string[] | null }[]>
  post(node: string, values: readonly string[]): Promise<void>
  /** The messages behind that one, oldest first; `0` for all. */
  receive(node: string, after: string, limit: number): Promise<readonly Message[]>
  remove(node: string, ids: readonly string[]): Promise<void>
  /** Forgets the node with its inbox. */
  forget(node: string): Promise<void>
}

/**
 * Brings orders to the clients of one access protocol. Resolves with what became of the order, after as many tries
 * as the protocol's rules allow; never rejects.
 */
export interface Notifier {
  deliver(order: SessionOrder): Promise<OrderResult>
}
