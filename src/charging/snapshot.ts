/**
 * Snapshots: accounts and lines told whole when anything but usage has changed them, in the same commit. The ledger has
 * every balance; what it does not have is who the account is, and what it may use until when.
 */
import type { Account, Bucket, Counter, Line } from '../domain/account.ts'
import { type Books, closeBooks, nextRecord, record } from './books.ts'

/** Must be called when the decision is done with the books. `whole`: also when nothing has changed. */
export function recordSnapshot(books: Books, whole = false): void {
  const lines = linesToTell(books)
  if (!whole && lines.length === 0 && !hasChanged(books)) return
  const number = nextRecord(books)
  record(books, {
    kind: 'account',
    accountId: books.before.id,
    record: number,
    at: books.now,
    account: { ...closeBooks(books), records: number },
    lines: whole ? [...(books.changedLines?.values() ?? [])] : lines
  })
}

const none: readonly Line[] = []

/** Lines that are new, or that more than usage has changed. */
function linesToTell({ changedLines, knownLines }: Books): readonly Line[] {
  if (changedLines === null) return none
  let told: Line[] | null = null
  for (const line of changedLines.values()) {
    const before = knownLines.get(line.id)
    if (before !== undefined && sameLine(before, line)) continue
    told ??= []
    told.push(line)
  }
  return told ?? none
}

function hasChanged(books: Books): boolean {
  const { before } = books
  // The first record of an account, be it the technical one, says what it is.
  if (before.records === 0 && books.records.length > 0) return true
  return !(
    before.status === books.status &&
    before.blockReason === books.blockReason &&
    before.badDebt === books.badDebt &&
    before.subscriptions === books.subscriptions &&
    before.ownOffers === books.ownOffers &&
    before.changes === books.changes &&
    sameBuckets(before.buckets, books.buckets) &&
    sameCounters(before.counters, books.counters)
  )
}

/** Whether nothing but usage lies between them. */
export function sameAccount(a: Account, b: Account): boolean {
  return (
    a.status === b.status &&
    a.blockReason === b.blockReason &&
    a.currency === b.currency &&
    a.badDebt === b.badDebt &&
    sameText(a.subscriptions, b.subscriptions) &&
    sameText(a.ownOffers, b.ownOffers) &&
    sameText(a.changes, b.changes) &&
    sameBuckets(a.buckets, b.buckets) &&
    sameCounters(a.counters, b.counters)
  )
}

/** Whether nothing but usage lies between them. */
export function sameLine(a: Line, b: Line): boolean {
  return (
    a === b ||
    (a.msisdn === b.msisdn &&
      a.imsi === b.imsi &&
      a.tenant === b.tenant &&
      sameText(a.past, b.past) &&
      sameText(a.subscriptions, b.subscriptions) &&
      sameBuckets(a.buckets, b.buckets) &&
      sameCounters(a.counters, b.counters))
  )
}

function sameText(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

function sameBuckets(before: readonly Bucket[], after: readonly Bucket[]): boolean {
  if (before === after) return true
  if (before.length !== after.length) return false
  for (let index = 0; index < after.length; index++) {
    const a = before[index]
    const b = after[index]
    if (a !== b && a !== undefined && b !== undefined && !sameBucket(a, b)) return false
  }
  return true
}

function sameBucket(a: Bucket, b: Bucket): boolean {
  return (
    a.id === b.id &&
    a.total === b.total &&
    a.validUntil === b.validUntil &&
    a.ended === b.ended &&
    // Thresholds that were told are not told again.
    a.level === b.level
  )
}

function sameCounters(before: readonly Counter[], after: readonly Counter[]): boolean {
  if (before === after) return true
  if (before.length !== after.length) return false
  for (let index = 0; index < after.length; index++) {
    const a = before[index]
    const b = after[index]
    if (a !== b && a !== undefined && b !== undefined && !sameCounter(a, b)) return false
  }
  return true
}

function sameCounter(a: Counter, b: Counter): boolean {
  return (
    a.id === b.id &&
    a.own === b.own &&
    a.amount === b.amount &&
    a.beyond === b.beyond &&
    a.validFrom === b.validFrom &&
    a.validUntil === b.validUntil &&
    a.level === b.level
  )
}
