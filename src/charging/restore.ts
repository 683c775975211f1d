/**
 * Brings an account to its ledger after its store has lost a tail. The ledger has these movements already, so what is moved
 * here is told as an event and is no further entry; see docs/charging-rules.md, section 13.
 */
import type { Account } from '../domain/account.ts'
import type { AccountAnswer } from '../domain/answer.ts'
import type { Restore } from '../domain/restore.ts'
import {
  type Books,
  type BucketPlace,
  bucketsAt,
  recordEvent,
  recordMovement,
  replaceBuckets,
  sharedPlace
} from './books.ts'
import { refuse } from './operations.ts'

/** The account as its numbers go on: behind those that the ledger has. */
export function numbered(account: Account, { from, upTo }: Restore): Account {
  return from === account.records && upTo > from ? { ...account, records: upTo } : account
}

/** `account` is as it was before. Done once for its operation. */
export function restore(books: Books, account: Account, request: Restore): AccountAnswer {
  const { from, differences, lineId, operation } = request
  if (from !== null && from !== account.records) {
    return refuse('invalid', 'the account has gone on since; compare it again')
  }
  const place: BucketPlace = lineId === '' ? sharedPlace : { source: 'line', lineId }
  for (const [target, amount] of differences) {
    if (target === 'wallet') {
      if (!Number.isSafeInteger(books.available + books.reserved + amount)) {
        return refuse('invalid', 'the amount is more than an account can hold')
      }
      books.available += amount
      tell(books, lineId, target, amount, books.before.currency)
    } else restoreBucket(books, place, target, amount, operation.key)
  }
  return { kind: 'done', repeated: false }
}

function restoreBucket(
  books: Books,
  place: BucketPlace,
  id: string,
  amount: number,
  reference: string
): void {
  const line = books.knownLines.get(place.lineId)
  const before = place.source === 'account' ? books.before.buckets : (line?.buckets ?? [])
  const known = before.find(bucket => bucket.id === id)
  const now = bucketsAt(books, place).find(bucket => bucket.id === id)
  const unit = known?.unit ?? now?.unit
  // It was bought in the tail that is lost, so nothing is known of it but its id.
  if (unit === undefined) return
  const text = unit === 'money' ? books.before.currency : unit
  if (now === undefined) {
    // It has ended in this very decision, with the units that it had here.
    recordMovement(books, { type: 'write-off', amount: -amount, target: id, unit: text, reference })
    return
  }
  // A period that had begun in the lost tail too was given twice; the ledger keeps it once.
  const twice = known === undefined ? now.available + now.reserved : 0
  if (twice !== 0) {
    recordMovement(books, { type: 'adjustment', amount: -twice, target: id, unit: text, reference })
  }
  const available = now.available + amount - twice
  replaceBuckets(
    books,
    place,
    bucketsAt(books, place).map(bucket => (bucket.id === id ? { ...bucket, available } : bucket))
  )
  tell(books, place.lineId, id, amount, text)
}

function tell(books: Books, lineId: string, subject: string, used: number, unit: string): void {
  const direction = used < 0 ? 'down' : 'up'
  const empty = { threshold: '', status: '' }
  recordEvent(books, {
    type: 'restored',
    lineId,
    subject,
    direction,
    used,
    amount: 0,
    unit,
    ...empty
  })
}
