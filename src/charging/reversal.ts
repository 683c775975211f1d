/**
 * Reversals: a CDR whose key belongs to another CDR was debited although the session had been charged already, so what
 * it took is given back. The ledger says which CDR it was; see docs/charging-rules.md, section 13.
 */
import type { Bucket } from '../domain/account.ts'
import type { AccountAnswer } from '../domain/answer.ts'
import type { CdrPart } from '../domain/record.ts'
import type { ReverseCdr } from '../domain/request.ts'
import { add, type Units } from '../domain/units.ts'
import {
  type Books,
  type BucketPlace,
  bucketsAt,
  recordMovement,
  settleMoney,
  sharedPlace
} from './books.ts'
import { returnUnits } from './bucket-units.ts'
import { refuse } from './operations.ts'

/** What was taken from one bucket; below zero: given to it, by a refund. */
interface Taken {
  readonly unit: CdrPart['unit']
  units: Units
}

/** Done once for its operation. What nothing was debited for changes nothing. */
export function reverseCdr(books: Books, { cdr }: ReverseCdr): AccountAnswer {
  const { amount } = cdr
  if (!Number.isSafeInteger(books.available + amount)) {
    return refuse('invalid', 'the amount is more than an account can hold')
  }
  const reference = `${cdr.sessionId} ${cdr.number}`
  if (amount !== 0) {
    settleMoney(books, 0, -amount)
    const unit = books.before.currency
    recordMovement(books, { type: 'adjustment', amount, target: 'wallet', unit, reference })
  }
  for (const [target, { unit, units }] of takenFrom(cdr.parts)) {
    if (units === 0) continue
    recordMovement(books, { type: 'adjustment', amount: units, target, unit, reference })
    const lost = units - giveBack(books, cdr.lineId, target, units)
    if (lost === 0) continue
    recordMovement(books, { type: 'write-off', amount: -lost, target, unit, reference })
  }
  return { kind: 'done', repeated: false }
}

function takenFrom(parts: readonly CdrPart[]): ReadonlyMap<string, Taken> {
  const taken = new Map<string, Taken>()
  for (const { bucket, unit, units } of parts) {
    if (bucket === '') continue
    const known = taken.get(bucket)
    if (known === undefined) taken.set(bucket, { unit, units })
    else known.units = add(known.units, units)
  }
  return taken
}

/** How many of the units found their bucket: none when it has ended, and never more than it has room for. */
function giveBack(books: Books, lineId: string, id: string, units: Units): Units {
  const bucket = bucketOf(books, lineId, id)
  if (bucket === undefined) return 0
  const room = bucket.total - bucket.available - bucket.reserved
  const moved = units > 0 ? Math.min(units, room) : -Math.min(-units, bucket.available)
  if (moved === 0 || !returnUnits(books, lineId, id, moved)) return 0
  return moved
}

function bucketOf(books: Books, lineId: string, id: string): Bucket | undefined {
  const places: BucketPlace[] = [sharedPlace]
  if (books.lineIds.includes(lineId)) places.push({ source: 'line', lineId })
  for (const place of places) {
    const found = bucketsAt(books, place).find(bucket => bucket.id === id)
    if (found !== undefined) return found
  }
  return undefined
}
