/** Packs commits into the keys and arguments of lua/commit.lua, and reads its reply. */
import { limits } from '../../domain/limits.ts'
import type { AccountKey, Commit, CommitResult, DocumentKeys, Documents, Write } from '../store.ts'
import { versionWidth } from '../versions.ts'
import { directoryKey, type Keys, receiptField } from './keys.ts'

const base = 65_536
/** Arguments of one command inside the script stay well below the stack of Lua. */
const idsPerOperation = 500
/** Receipts vanish by themselves some time after nobody asks for them any more. */
const receiptSeconds = (limits.receiptHours + 2) * 3_600

const written: CommitResult = { ok: true }

export interface Packed {
  readonly keys: string[]
  readonly args: (string | number)[]
  /** Hashes of receipts that have been told when to vanish, by this process. */
  readonly expiring: Set<string>
}

/** Adds a commit. Directory entries have other hash tags and are left to the caller in Redis Cluster. */
export function packCommit(packed: Packed, names: Keys, commit: Commit, directory: boolean): void {
  const { keys, args } = packed
  const { key, wanted, write } = commit
  const shapeAt = args.length
  keys.push(names.account(key))
  args.push(0, commit.expected)
  if (write === null) {
    pushWanted(keys, names, key, wanted)
    args[shapeAt] = countWanted(wanted)
    return
  }
  args.push(write.version + write.account)
  const firstDocument = keys.length
  packDocuments(packed, names.line, key, wanted.lines, write.lines)
  packDocuments(packed, names.session, key, wanted.sessions, write.sessions)
  packUnwanted(packed, names.line, key, wanted.lines, write.lines)
  packUnwanted(packed, names.session, key, wanted.sessions, write.sessions)
  const values = 1 + keys.length - firstDocument
  const operations = packOperations(packed, names, commit, write, directory)
  args[shapeAt] = countWanted(wanted) + base * (values + base * operations)
}

function countWanted(wanted: DocumentKeys): number {
  return wanted.lines.length + wanted.sessions.length
}

function pushWanted(keys: string[], names: Keys, key: AccountKey, wanted: DocumentKeys): void {
  for (const id of wanted.lines) keys.push(names.line(key, id))
  for (const id of wanted.sessions) keys.push(names.session(key, id))
}

interface DirectoryEntry {
  readonly value: string
  readonly ttlSeconds: number
}

interface WrittenDocument {
  readonly id: string
  readonly document: string
}

type NameOf = (key: AccountKey, id: string) => string

/** Above so many documents an index pays. */
const fewDocuments = 16

/** The wanted documents in their order, with a value where they are written. */
function packDocuments(
  { keys, args }: Packed,
  nameOf: NameOf,
  key: AccountKey,
  wanted: readonly string[],
  documents: readonly WrittenDocument[]
): void {
  const byId = documents.length > fewDocuments ? new Map(documents.map(d => [d.id, d])) : null
  for (const id of wanted) {
    keys.push(nameOf(key, id))
    args.push((byId === null ? find(documents, id) : byId.get(id))?.document ?? '')
  }
}

function find(documents: readonly WrittenDocument[], id: string): WrittenDocument | undefined {
  for (const entry of documents) if (entry.id === id) return entry
  return undefined
}

function packUnwanted(
  { keys, args }: Packed,
  nameOf: NameOf,
  key: AccountKey,
  wanted: readonly string[],
  documents: readonly WrittenDocument[]
): void {
  const ids = wanted.length > fewDocuments ? new Set(wanted) : null
  for (const { id, document } of documents) {
    if (ids === null ? wanted.includes(id) : ids.has(id)) continue
    keys.push(nameOf(key, id))
    args.push(document)
  }
}

/** All that is not a plain document: indexes, receipts, outbox. Returns the number of operations. */
function packOperations(
  packed: Packed,
  names: Keys,
  commit: Commit,
  write: Write,
  directory: boolean
): number {
  const { key } = commit
  const before = packed.keys.length
  if (commit.expected === '') push(packed, names.accounts(key.partition), 'ZADD', 0, key.accountId)
  packLines(packed, names, key, write)
  for (const { id, sweepAt, directory: entry } of write.sessions) {
    if (sweepAt !== null) push(packed, names.sessions(key), 'ZADD', sweepAt, id)
    if (directory) packDirectory(packed, id, entry)
  }
  for (const closed of write.closed) {
    packClosed(packed, names, key, closed)
    if (directory) packDirectory(packed, closed.id, closed.directory)
  }
  for (const operation of write.operations) {
    const name = names.operation(key, operation.key)
    push(packed, name, 'SET', operation.value, 'EX', operation.ttlSeconds)
  }
  if (write.sweepAt === 0) push(packed, names.due(key.partition), 'ZREM', key.accountId)
  else if (write.sweepAt !== null) {
    push(packed, names.due(key.partition), 'ZADD', write.sweepAt, key.accountId)
  }
  packRecords(packed, names.outbox(key.partition), write.records)
  if (write.orders.length > 0) packRecords(packed, names.orders(key.partition), write.orders)
  return packed.keys.length - before
}

function packClosed(
  packed: Packed,
  names: Keys,
  key: AccountKey,
  closed: Write['closed'][number]
): void {
  const receipts = names.receipts(key.partition, closed.hour)
  push(packed, names.session(key, closed.id), 'DEL')
  push(packed, names.sessions(key), 'ZREM', closed.id)
  push(packed, receipts, 'HSET', receiptField(key, closed.id), closed.receipt)
  if (packed.expiring.has(receipts)) return
  packed.expiring.add(receipts)
  push(packed, receipts, 'EXPIRE', receiptSeconds)
}

function packRecords(packed: Packed, stream: string, records: readonly string[]): void {
  for (const record of records) push(packed, stream, 'XADD', '*', 'r', record)
}

function packDirectory(packed: Packed, id: string, entry: DirectoryEntry | null): void {
  if (entry === null) return
  const name = directoryKey({ kind: 'session', value: id })
  push(packed, name, 'SET', entry.value, 'EX', entry.ttlSeconds)
}

function packLines(packed: Packed, names: Keys, key: AccountKey, write: Write): void {
  let added: string[] = []
  for (const line of write.lines) {
    if (!line.added) continue
    added.push(line.id)
    if (added.length < idsPerOperation) continue
    push(packed, names.lines(key), 'SADD', ...added)
    added = []
  }
  if (added.length > 0) push(packed, names.lines(key), 'SADD', ...added)
  for (const { id, feesAt } of write.lines) {
    if (feesAt === 0) push(packed, names.fees(key), 'ZREM', id)
    else if (feesAt !== null) push(packed, names.fees(key), 'ZADD', feesAt, id)
  }
}

function push(packed: Packed, key: string, name: string, ...args: (string | number)[]): void {
  packed.keys.push(key)
  packed.args.push(name, args.length, ...args)
}

/** The keys of all documents of a request, the account's first. */
export function documentKeys(names: Keys, key: AccountKey, wanted: DocumentKeys): string[] {
  const keys = [names.account(key)]
  pushWanted(keys, names, key, wanted)
  return keys
}

/** Documents from values in the order of `documentKeys`, from a position on. */
export function readDocuments(
  values: readonly (string | null)[],
  from: number,
  wanted: DocumentKeys
): Documents {
  const account = values[from] ?? null
  const lines = from + 1
  const sessions = lines + wanted.lines.length
  return {
    version: account === null ? '' : account.slice(0, versionWidth),
    account: account === null ? null : account.slice(versionWidth),
    lines: values.slice(lines, sessions),
    sessions: values.slice(sessions, sessions + wanted.sessions.length)
  }
}

/** Puts the results of one script call in their places of the whole group. */
export function readReply(
  reply: unknown,
  commits: readonly Commit[],
  places: readonly number[] | null,
  results: CommitResult[]
): void {
  for (let i = 0; i < commits.length; i++) results[places?.[i] ?? i] = written
  if (!Array.isArray(reply)) return
  let at = 0
  while (at < reply.length) {
    const index = Number(reply[at])
    const commit = commits[index]
    if (commit === undefined) return
    const documents = readDocuments(reply, at + 1, commit.wanted)
    results[places?.[index] ?? index] = { ok: false, documents }
    at += 2 + countWanted(commit.wanted)
  }
}
