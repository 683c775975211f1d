/** Commits for tests of stores. */
import type { AccountKey, DocumentKeys, Store, Write } from '../../src/balance/store.ts'
import { createVersions } from '../../src/balance/versions.ts'
import { partitionOf } from '../../src/domain/subscriber.ts'

const versions = createVersions({ hex: digits => 'a'.repeat(digits), fraction: () => 0 }, 'tests')

export const nothing: DocumentKeys = { lines: [], sessions: [] }

export const nextVersion = () => versions.next()

export function keyOf(store: Store, accountId: string): AccountKey {
  return { partition: partitionOf(accountId, store.partitions), accountId }
}

export function writeOf(changes: Partial<Write> = {}): Write {
  return {
    version: versions.next(),
    account: '{"format":1}',
    lines: [],
    sessions: [],
    closed: [],
    operations: [],
    sweepAt: null,
    records: [],
    orders: [],
    ...changes
  }
}
