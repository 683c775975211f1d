/**
 * Thresholds of limits and allowances: each is told once when it is passed, and sets the status of its policy counter.
 */
import type { Bucket, Counter } from '../domain/account.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Units } from '../domain/units.ts'
import type { Allowance, Threshold } from '../rating/catalogue.ts'
import { reachedAt } from '../rating/threshold.ts'
import { type Books, type BucketPlace, recordEvent } from './books.ts'

/** What has thresholds: a limit or an allowance. */
interface Watched {
  readonly id: string
  readonly thresholds?: readonly Threshold[]
}

/** How many of the thresholds are reached with so many units used, of an amount. */
export function levelOf(
  thresholds: readonly Threshold[],
  used: Units,
  amount: Units | null
): number {
  let level = 0
  while (level < thresholds.length) {
    const next = thresholds[level]
    if (next === undefined || used < reachedAt(next, amount)) break
    level += 1
  }
  return level
}

/** The status that the highest threshold reached has set; empty: none. */
export function statusAt(thresholds: readonly Threshold[], level: number): string {
  for (let index = level - 1; index >= 0; index--) {
    const status = thresholds[index]?.status ?? ''
    if (status !== '') return status
  }
  return ''
}

type Subject = Pick<Counter | Bucket, 'offer' | 'unit'> & {
  readonly level?: number
  readonly used: Units
  readonly amount: Units | null
}

/** Tells of every threshold between the level that was known and the one that is reached now. */
export function tellThresholds(
  books: Books,
  place: BucketPlace,
  watched: Watched,
  subject: Subject,
  level: number,
  at: EpochMs | null
): void {
  const thresholds = watched.thresholds ?? []
  const before = subject.level ?? 0
  const tell = (index: number, direction: 'up' | 'down') => {
    const threshold = thresholds[index]
    if (threshold === undefined || !threshold[direction]) return
    recordEvent(
      books,
      {
        type: 'threshold',
        lineId: place.lineId,
        subject: `${subject.offer}/${watched.id}`,
        threshold: threshold.name,
        direction,
        status: statusAt(thresholds, direction === 'up' ? index + 1 : index),
        used: subject.used,
        amount: subject.amount ?? 0,
        unit: subject.unit === 'money' ? books.before.currency : subject.unit
      },
      at ?? books.now
    )
  }
  for (let index = before; index < level; index++) tell(index, 'up')
  for (let index = before - 1; index >= level; index--) tell(index, 'down')
}

/** The period of a bucket is over, and so is what its thresholds have set. */
export function tellEnd(
  books: Books,
  place: BucketPlace,
  allowance: Allowance,
  bucket: Bucket,
  at: EpochMs
): void {
  if (bucket.level === undefined || bucket.rolled === true) return
  tellThresholds(books, place, allowance, { ...bucket, used: 0, amount: bucket.total }, 0, at)
}
