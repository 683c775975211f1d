/** Writes accounts into a store that has none, as they were in one that is lost. */
import type { RecordedSession } from '../charging/reconciliation.ts'
import { type Account, feesDueAt, type Line } from '../domain/account.ts'
import { GyroError } from '../domain/errors.ts'
import { limits } from '../domain/limits.ts'
import { hasEnded } from '../domain/line-numbers.ts'
import type { OperationReceipt } from '../domain/request.ts'
import { type ClosedSession, everyNumber } from '../domain/session.ts'
import { identitiesOf, partitionOf } from '../domain/subscriber.ts'
import { derivedTraceId } from '../trace/trace-id.ts'
import { identityKey } from './directory.ts'
import { accountHead, encodeAccount, encodeLine } from './documents/account.ts'
import { encodeClosed, encodeHolder, encodeLineRef, encodeOperation } from './documents/receipts.ts'
import type { Commit, Store, Write } from './store.ts'
import type { Versions } from './versions.ts'

export interface LostAccount {
  readonly account: Account
  readonly lines: readonly Line[]
  readonly sessions: readonly RecordedSession[]
  readonly operations: readonly {
    readonly key: string
    readonly receipt: OperationReceipt
    readonly ttlSeconds: number
  }[]
}

const hourMs = 3_600_000
const directorySeconds = 48 * 3_600
const none: readonly never[] = []

/** Rejects with GYRO_CONFLICT when the store holds anything, or servers use it. */
export async function checkEmpty(store: Store): Promise<void> {
  const nodes = await store.exchange.nodes()
  if (nodes.some(({ hosts }) => hosts !== null)) {
    throw new GyroError('GYRO_CONFLICT', 'a server uses this store: stop every server on it first')
  }
  const { ids } = await store.listAccounts(null, 1)
  const waiting = await store.outbox.depth()
  if (ids.length === 0 && waiting === 0) return
  const holds = ids.length > 0 ? `accounts, such as ${ids[0]}` : 'records for the CDR database'
  throw new GyroError(
    'GYRO_CONFLICT',
    `this store is not empty, it has ${holds}: name an empty one`
  )
}

/** Writes the accounts; why some of them could not be, in words. */
export async function writeLost(
  store: Store,
  versions: Versions,
  accounts: readonly LostAccount[]
): Promise<readonly string[]> {
  const claims = accounts.flatMap(({ account, lines }) =>
    lines.flatMap(line => {
      if (hasEnded(line)) return []
      const changes = line.past?.changes ?? 0
      const value = encodeHolder({ accountId: account.id, lineId: line.id, changes })
      return identitiesOf(line).map(([type, name]) => ({ key: identityKey(type, name), value }))
    })
  )
  const problems: string[] = []
  for (let at = 0; at < claims.length; at += limits.lookupsPerGroup) {
    const some = claims.slice(at, at + limits.lookupsPerGroup)
    const standing = await store.claim(some)
    some.forEach(({ key, value }, index) => {
      const other = standing[index] ?? ''
      if (other !== value)
        problems.push(`${key.value} belongs to ${other.split('\n').slice(0, 2).join(', line ')}`)
    })
  }
  for (let at = 0; at < accounts.length; at += limits.commitsPerGroup) {
    const some = accounts.slice(at, at + limits.commitsPerGroup)
    const results = await store.commit(some.map(lost => commitOf(store, versions, lost)))
    results.forEach(({ ok }, index) => {
      if (!ok) problems.push(`account ${some[index]?.account.id} is there already`)
    })
  }
  return problems
}

function commitOf({ partitions }: Store, versions: Versions, lost: LostAccount): Commit {
  const { account, lines, sessions, operations } = lost
  const write: Write = {
    version: versions.next(),
    account: encodeAccount(account, accountHead(account, null)),
    lines: lines.map(line => {
      const feesAt = feesDueAt(line) || null
      return { id: line.id, document: encodeLine(line), added: true, feesAt }
    }),
    sessions: none,
    closed: sessions.map(closedOf),
    operations: operations.map(({ key, receipt, ttlSeconds }) => ({
      key,
      value: encodeOperation(receipt),
      ttlSeconds
    })),
    sweepAt: account.sweepAt || null,
    records: none,
    orders: none
  }
  const key = { accountId: account.id, partition: partitionOf(account.id, partitions) }
  return { key, expected: '', wanted: { lines: none, sessions: none }, write }
}

/** Of one that its client has ended nothing new comes; another one goes on with the numbers of its CDRs. */
function closedOf(session: RecordedSession): Write['closed'][number] {
  const { accountId, lineId, sessionId, cdrs, startedAt, endedAt, released } = session
  const receipt: ClosedSession = {
    end: released ? 'terminated' : 'expired',
    last: released ? everyNumber : -1,
    initial: 0,
    settled: '',
    cdrs,
    startedAt,
    positions: [],
    ...givenTraceOf(session)
  }
  const value = encodeLineRef({ accountId, lineId })
  return {
    id: sessionId,
    receipt: encodeClosed(receipt),
    hour: Math.floor(endedAt / hourMs),
    directory: { value, ttlSeconds: directorySeconds }
  }
}

/** What follows from the session id need not be kept, nor that of a session that gets no further CDR. */
function givenTraceOf({ released, sessionId, traceId }: RecordedSession): { traceId?: string } {
  if (released || traceId === null || traceId === derivedTraceId(sessionId)) return {}
  return { traceId }
}
