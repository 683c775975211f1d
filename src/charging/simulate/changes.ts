/** Buckets before and after a request, side by side. */
import type { Account, Bucket, Line } from '../../domain/account.ts'
import type { BucketChange } from '../simulation.ts'

/** An account and its lines at an instant. */
export interface Stand {
  readonly account: Account
  readonly lines: readonly Line[]
}

/** Every bucket that there was or is; `before` null: there was no account. */
export function bucketChanges(before: Stand | null, after: Stand): readonly BucketChange[] {
  const changes = new Map<string, BucketChange>()
  for (const [lineId, bucket] of bucketsOf(before)) {
    changes.set(keyOf(lineId, bucket), changeOf(lineId, bucket, holding(bucket), null))
  }
  for (const [lineId, bucket] of bucketsOf(after)) {
    const key = keyOf(lineId, bucket)
    const known = changes.get(key)?.before ?? null
    changes.set(key, changeOf(lineId, bucket, known, holding(bucket)))
  }
  return [...changes.values()]
}

function bucketsOf(stand: Stand | null): readonly (readonly [string, Bucket])[] {
  if (stand === null) return []
  return [
    ...stand.account.buckets.map(bucket => ['', bucket] as const),
    ...stand.lines.flatMap(line => line.buckets.map(bucket => [line.id, bucket] as const))
  ]
}

function keyOf(lineId: string, bucket: Bucket): string {
  return `${lineId}\n${bucket.id}`
}

function changeOf(
  lineId: string,
  bucket: Bucket,
  before: BucketChange['before'],
  after: BucketChange['after']
): BucketChange {
  const { id, offer, allowance, unit, validUntil } = bucket
  return { bucket: id, offer, allowance, lineId, unit, validUntil, before, after }
}

function holding({ available, reserved }: Bucket): NonNullable<BucketChange['before']> {
  return { available, reserved }
}
