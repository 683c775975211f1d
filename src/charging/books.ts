/**
 * The working copy of an account's balances within one decision.
 *
 * A decision opens the books, moves amounts between available, reserved and consumed, and closes them to new
 * documents. Nothing outside sees a half-done movement, and the documents it began with are never changed.
 */
import {
  type Account,
  type Bucket,
  type Counter,
  feesDueAt,
  type Line,
  type OfferChange,
  type OwnOffers,
  type PriceCount,
  type Subscription
} from '../domain/account.ts'
import { assert, assertCountable } from '../domain/errors.ts'
import type { MicroUnits } from '../domain/money.ts'
import type { EventRecord, MovementRecord, OutboxRecord } from '../domain/record.ts'
import type { Grant } from '../domain/session.ts'
import type { EpochMs } from '../domain/time.ts'
import { add, type Units } from '../domain/units.ts'
import type { CountedOver } from '../rating/prices/types.ts'
import type { SessionDraft } from './draft.ts'

export interface Books {
  readonly now: EpochMs
  /** As it was before the decision. */
  readonly before: Account
  status: Account['status']
  blockReason: string | null
  available: MicroUnits
  reserved: MicroUnits
  subscriptions: readonly Subscription[]
  ownOffers: readonly OwnOffers[] | undefined
  changes: readonly OfferChange[] | undefined
  buckets: readonly Bucket[]
  counts: readonly PriceCount[] | undefined
  counters: readonly Counter[]
  badDebt: MicroUnits
  /** What usage has cost in this decision, whatever paid it. */
  spent: MicroUnits
  /** Something was told to others that must be written, also when the request itself changes nothing. */
  told: boolean
  /** As they were before the decision. */
  readonly knownLines: ReadonlyMap<string, Line>
  /** The lines that this decision is about: those it brings forward. */
  lineIds: readonly string[]
  /** Lines as they are now, where they changed. */
  changedLines: Map<string, Line> | null
  readonly records: OutboxRecord[]
  /** Where the session at hand counts by periods; null: it does not. */
  covers: PeriodGrants | null
  openSessions: number
  sweepAt: EpochMs
}

/** What counts of periods are to learn of a session. */
export interface PeriodGrants {
  /** null: it held no grant under one of them when it came to hand. */
  readonly session: SessionDraft | null
  /** Its grants as the counts know them. */
  readonly grants: readonly Grant[]
  /** Counts that have changed since. */
  readonly touched: readonly TouchedCount[]
}

export interface TouchedCount {
  readonly lineId: string
  readonly ref: string
  readonly over: CountedOver
  readonly from: EpochMs
}

/** Where a bucket is kept. */
export interface BucketPlace {
  readonly source: 'account' | 'line'
  /** Empty for a shared bucket. */
  readonly lineId: string
}

export const sharedPlace: BucketPlace = { source: 'account', lineId: '' }

export function openBooks(
  account: Account,
  lines: ReadonlyMap<string, Line>,
  lineIds: readonly string[],
  now: EpochMs
): Books {
  return {
    now,
    before: account,
    status: account.status,
    blockReason: account.blockReason,
    available: account.wallet.available,
    reserved: account.wallet.reserved,
    subscriptions: account.subscriptions,
    ownOffers: account.ownOffers,
    changes: account.changes,
    buckets: account.buckets,
    counts: account.counts,
    counters: account.counters,
    badDebt: account.badDebt,
    spent: 0,
    told: false,
    knownLines: lines,
    lineIds,
    changedLines: null,
    records: [],
    covers: null,
    openSessions: account.openSessions,
    sweepAt: account.sweepAt
  }
}

/** The same books for trying something out: what is done to them changes no document. */
export function scratchOf<T extends { readonly books: Books }>(context: T): T {
  const { books } = context
  const changed = books.changedLines === null ? null : new Map(books.changedLines)
  return { ...context, books: { ...books, changedLines: changed, records: [...books.records] } }
}

/** The account document after the decision. */
export function closeBooks(books: Books): Account {
  assert(books.reserved >= 0, 'reserved money is below zero')
  assertCountable(Number.isSafeInteger(books.available), 'the wallet is not a safe integer')
  // Else the release of a reservation would fail one day.
  assertCountable(fits(books, 0), 'the wallet holds more than a safe integer')
  assert(books.openSessions >= 0, 'fewer than no sessions are open')
  const account = accountOf(books)
  if (books.ownOffers !== undefined) account.ownOffers = books.ownOffers
  if (books.changes !== undefined) account.changes = books.changes
  if (books.counts !== undefined) account.counts = books.counts
  return account
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function accountOf(books: Books): Mutable<Account> {
  return {
    format: 1,
    id: books.before.id,
    status: books.status,
    blockReason: books.blockReason,
    currency: books.before.currency,
    createdAt: books.before.createdAt,
    lastAt: books.now,
    records: books.before.records + books.records.length,
    openSessions: books.openSessions,
    sweepAt: earliestOf(books),
    wallet: { available: books.available, reserved: books.reserved },
    subscriptions: books.subscriptions,
    buckets: books.buckets,
    counters: books.counters,
    badDebt: books.badDebt
  }
}

/** The lines at hand may have fees that are due sooner than anything else. */
function earliestOf({ sweepAt, changedLines }: Books): EpochMs {
  if (changedLines === null) return sweepAt
  let earliest = sweepAt
  for (const line of changedLines.values()) {
    const due = feesDueAt(line)
    if (due !== 0 && (earliest === 0 || due < earliest)) earliest = due
  }
  return earliest
}

const noLines: readonly Line[] = []

/** The lines that the decision changed. */
export function changedLines(books: Books): readonly Line[] {
  return books.changedLines === null ? noLines : [...books.changedLines.values()]
}

export function lineOf(books: Books, lineId: string): Line {
  const line = books.changedLines?.get(lineId) ?? books.knownLines.get(lineId)
  assert(line !== undefined, 'a line that the decision needs was not loaded')
  return line
}

export function replaceLine(books: Books, line: Line): void {
  books.changedLines ??= new Map()
  books.changedLines.set(line.id, line)
}

/** The number of the next outbox record: without gaps within the account. */
export function nextRecord(books: Books): number {
  return books.before.records + books.records.length + 1
}

export function record(books: Books, entry: OutboxRecord): void {
  assert(entry.record === nextRecord(books), 'an outbox record is out of order')
  books.records.push(entry)
}

export function recordMovement(
  books: Books,
  movement: Pick<MovementRecord, 'type' | 'amount' | 'target' | 'unit' | 'reference'>,
  at: EpochMs = books.now
): void {
  record(books, {
    kind: 'movement',
    accountId: books.before.id,
    record: nextRecord(books),
    at,
    ...movement
  })
}

/** Whether so much more fits, also once everything that is reserved is available again. */
export function fits({ available, reserved }: Books, amount: MicroUnits): boolean {
  return Number.isSafeInteger(available + reserved + amount)
}

/** Tells others of something; it is written whatever becomes of the request. */
export function recordEvent(
  books: Books,
  event: Omit<EventRecord, 'kind' | 'accountId' | 'record' | 'at'>,
  at: EpochMs = books.now
): void {
  books.told = true
  record(books, {
    kind: 'event',
    accountId: books.before.id,
    record: nextRecord(books),
    at,
    ...event
  })
}

/** Takes money out of what is available and holds it for a grant. */
export function reserveMoney(books: Books, amount: MicroUnits): void {
  books.available = add(books.available, -amount)
  books.reserved = add(books.reserved, amount)
}

/** Ends a reservation of money: `cost` is consumed, the rest is available again. */
export function settleMoney(books: Books, reserved: MicroUnits, cost: MicroUnits): void {
  books.reserved = add(books.reserved, -reserved)
  books.available = add(books.available, reserved - cost)
}

export function bucketsAt(books: Books, place: BucketPlace): readonly Bucket[] {
  return place.source === 'account' ? books.buckets : lineOf(books, place.lineId).buckets
}

export function replaceBuckets(books: Books, place: BucketPlace, buckets: readonly Bucket[]): void {
  if (place.source === 'account') {
    books.buckets = buckets
    return
  }
  replaceLine(books, { ...lineOf(books, place.lineId), buckets })
}

export function recordExpiry(books: Books, bucket: Bucket, units: Units, at: EpochMs): void {
  recordMovement(
    books,
    {
      type: 'expiry',
      amount: -units,
      target: bucket.id,
      unit: unitText(books, bucket),
      reference: bucket.offer
    },
    at
  )
}

/** What a bucket is counted in, in records: a currency, or the type of its units. */
export function unitText({ before }: Books, { unit }: Bucket): string {
  return unit === 'money' ? before.currency : unit
}
