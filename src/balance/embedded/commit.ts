/** One group of commits inside a write transaction: reads see what the transaction wrote before. */
import type { AccountKey, Commit, CommitResult, DocumentKeys, Documents, Write } from '../store.ts'
import { versionWidth } from '../versions.ts'
import type { Environment, Table } from './environment.ts'
import {
  accountKey,
  accountSweepKey,
  directoryKey,
  dueAccountKey,
  dueLineKey,
  dueSessionKey,
  endKey,
  feesKey,
  instantText,
  lineKey,
  listedKey,
  operationKey,
  outboxKey,
  receiptKey,
  sessionKey,
  sweepKey
} from './keys.ts'

const written: CommitResult = { ok: true }

export interface CommitContext {
  readonly environment: Environment
  /** The number of the next outbox record. */
  nextRecord(): number
  now(): number
}

/** All checks of an account come before its first write. */
export function applyCommit(context: CommitContext, commit: Commit): CommitResult {
  const { state } = context.environment
  const { key, expected, wanted, write } = commit
  const name = accountKey(key.accountId)
  if (versionOf(state, name) !== expected) {
    return { ok: false, documents: readDocuments(state, key, wanted) }
  }
  if (write === null) return written
  state.putSync(name, write.version + write.account)
  if (expected === '') state.putSync(listedKey(key.accountId), '')
  for (const line of write.lines) {
    state.putSync(lineKey(key.accountId, line.id), line.document)
    if (line.feesAt !== null) moveLine(state, key.accountId, line.id, line.feesAt)
  }
  for (const session of write.sessions) {
    state.putSync(sessionKey(key.accountId, session.id), session.document)
    if (session.sweepAt !== null) moveSession(state, key.accountId, session.id, session.sweepAt)
    enter(context, session)
  }
  for (const closed of write.closed) close(context, key.accountId, closed)
  for (const operation of write.operations) {
    const operationName = operationKey(key.accountId, operation.key)
    putEnding(context, operationName, operation.value, operation.ttlSeconds)
  }
  if (write.sweepAt !== null) moveAccount(state, key.accountId, write.sweepAt)
  for (const record of write.records) {
    const place = outboxKey(key.partition, context.nextRecord())
    context.environment.outbox.putSync(place, record)
  }
  for (const order of write.orders) {
    const place = outboxKey(key.partition, context.nextRecord())
    context.environment.orders.putSync(place, order)
  }
  return written
}

/** The version is the beginning of the account document. */
function versionOf(state: Table, name: string): string {
  return state.getBinaryFast(name)?.toString('latin1', 0, versionWidth) ?? ''
}

export function readDocuments(state: Table, key: AccountKey, wanted: DocumentKeys): Documents {
  const account = state.get(accountKey(key.accountId))
  return {
    version: account?.slice(0, versionWidth) ?? '',
    account: account?.slice(versionWidth) ?? null,
    lines: wanted.lines.map(id => state.get(lineKey(key.accountId, id)) ?? null),
    sessions: wanted.sessions.map(id => state.get(sessionKey(key.accountId, id)) ?? null)
  }
}

function moveSession(state: Table, accountId: string, id: string, sweepAt: number): void {
  const place = sweepKey(accountId, id)
  const before = state.get(place)
  const after = instantText(sweepAt)
  if (before === after) return
  if (before !== undefined) state.removeSync(dueSessionKey(accountId, before, id))
  state.putSync(place, after)
  state.putSync(dueSessionKey(accountId, after, id), '')
}

function moveLine(state: Table, accountId: string, id: string, feesAt: number): void {
  const place = feesKey(accountId, id)
  const before = state.get(place)
  const after = feesAt === 0 ? undefined : instantText(feesAt)
  if (before === after) return
  if (before !== undefined) state.removeSync(dueLineKey(accountId, before, id))
  if (after === undefined) {
    state.removeSync(place)
    return
  }
  state.putSync(place, after)
  state.putSync(dueLineKey(accountId, after, id), '')
}

function close(context: CommitContext, accountId: string, closed: Write['closed'][number]): void {
  const { state } = context.environment
  const place = sweepKey(accountId, closed.id)
  const before = state.get(place)
  if (before !== undefined) {
    state.removeSync(dueSessionKey(accountId, before, closed.id))
    state.removeSync(place)
  }
  state.removeSync(sessionKey(accountId, closed.id))
  state.putSync(receiptKey(closed.hour, accountId, closed.id), closed.receipt)
  enter(context, closed)
}

function enter(
  context: CommitContext,
  { id, directory }: Write['sessions'][number] | Write['closed'][number]
): void {
  if (directory === null) return
  const name = directoryKey({ kind: 'session', value: id })
  putEnding(context, name, directory.value, directory.ttlSeconds)
}

/** An entry with an end: ignored when that is past, and removed some time after it. */
function putEnding(
  { environment, now }: CommitContext,
  name: string,
  value: string,
  ttlSeconds: number
): void {
  const until = instantText(now() + ttlSeconds * 1_000)
  environment.state.putSync(name, until + value)
  environment.state.putSync(endKey(until, name), '')
}

function moveAccount(state: Table, accountId: string, sweepAt: number): void {
  const place = accountSweepKey(accountId)
  const before = state.get(place)
  const after = sweepAt === 0 ? undefined : instantText(sweepAt)
  if (before === after) return
  if (before !== undefined) state.removeSync(dueAccountKey(before, accountId))
  if (after === undefined) {
    state.removeSync(place)
    return
  }
  state.putSync(place, after)
  state.putSync(dueAccountKey(after, accountId), '')
}
