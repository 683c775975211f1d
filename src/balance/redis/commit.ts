/** Group commit: one script call for the group, or in a cluster one for each partition. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { GyroError } from '../../domain/errors.ts'
import type { Commit, CommitResult, Write } from '../store.ts'
import { replyCode, unavailable } from './errors.ts'
import { directoryKey, type Keys } from './keys.ts'
import { type Packed, packCommit, readReply } from './pack.ts'
import { allReplies, type Call, type Servers } from './servers.ts'

const script = readFileSync(new URL('./lua/commit.lua', import.meta.url), 'utf8')
const scriptSha = createHash('sha1').update(script).digest('hex')

/** Replicas have this long to confirm a group. */
const waitMs = 1_000
/** Each time the script was flushed in between. */
const loadsMax = 8

const expiringMax = 10_000

interface Target {
  readonly servers: Servers
  readonly names: Keys
  readonly waitReplicas: number
  readonly expiring: Set<string>
}

export type CommitGroup = (group: readonly Commit[]) => Promise<readonly CommitResult[]>

/** The result rejects with GYRO_STORE_UNAVAILABLE when it is not known what was applied. */
export function createCommit(servers: Servers, names: Keys, waitReplicas: number): CommitGroup {
  const commit = servers.cluster ? commitByPartition : commitAtOnce
  const expiring = new Set<string>()
  return async group => {
    // An entry is only a command spared: a hash that was never told is dropped by its age all the same.
    if (expiring.size > expiringMax) expiring.clear()
    try {
      return await commit({ servers, names, waitReplicas, expiring }, group)
    } catch (error) {
      throw unavailable(error)
    }
  }
}

async function commitAtOnce(target: Target, group: readonly Commit[]): Promise<CommitResult[]> {
  const { servers, names, waitReplicas, expiring } = target
  const first = group[0]
  if (first === undefined) return []
  const packed: Packed = { keys: [], args: [], expiring }
  for (const commit of group) packCommit(packed, names, commit, true)
  const call = scriptCall(names.account(first.key), packed)
  const reply = await runScript(servers, call, waitReplicas)
  const results = new Array<CommitResult>(group.length)
  readReply(reply, group, null, results)
  return results
}

/**
 * Encoded here, in one pass over what may be hundreds of arguments. Lengths are in octets; as nearly everything is
 * ASCII, where octets and characters are as many, they are measured one by one only when that proves wrong.
 */
function scriptCall(key: string, packed: Packed): Call {
  const wire = encodeCall(packed, charactersOf)
  const ascii = Buffer.byteLength(wire) === wire.length
  const bytes = ascii
    ? Buffer.from(wire, 'latin1')
    : Buffer.from(encodeCall(packed, Buffer.byteLength), 'utf8')
  return { key, name: 'evalsha', args: [], wire: bytes }
}

function encodeCall({ keys, args }: Packed, lengthOf: (text: string) => number): string {
  const count = keys.length + args.length + 3
  let wire = `*${count}\r\n$7\r\nevalsha\r\n$40\r\n${scriptSha}\r\n`
  const keyCount = String(keys.length)
  wire += `$${keyCount.length}\r\n${keyCount}\r\n`
  for (const name of keys) wire += `$${lengthOf(name)}\r\n${name}\r\n`
  for (const arg of args) {
    const text = typeof arg === 'string' ? arg : String(arg)
    wire += `$${lengthOf(text)}\r\n${text}\r\n`
  }
  return wire
}

function charactersOf(text: string): number {
  return text.length
}

/** A script that Redis does not know (any more) was not run: it is loaded, and the call repeated. */
async function runScript(servers: Servers, call: Call, waitReplicas: number): Promise<unknown> {
  for (let loads = 0; ; loads++) {
    try {
      if (waitReplicas === 0) return await servers.send(call)
      const [reply, confirmed] = await servers.sendAll([call, waitCall(call.key, waitReplicas)])
      if (reply instanceof Error) throw reply
      checkConfirmed(confirmed, waitReplicas)
      return reply
    } catch (error) {
      if (replyCode(error) !== 'NOSCRIPT' || loads === loadsMax) throw error
      await servers.send(loadCall(call.key))
    }
  }
}

function loadCall(key: string): Call {
  return { key, name: 'script', args: ['LOAD', script] }
}

/** WAIT counts for what its connection wrote before it, so it follows its group in the same write. */
export function waitCall(key: string, replicas: number): Call {
  return { key, name: 'wait', args: [replicas, waitMs] }
}

export function checkConfirmed(confirmed: unknown, replicas: number): void {
  if (confirmed instanceof Error) throw confirmed
  if (Number(confirmed) >= replicas) return
  throw new GyroError(
    'GYRO_STORE_UNAVAILABLE',
    `only ${Number(confirmed)} of ${replicas} replicas confirmed a commit; see wait-replicas`
  )
}

interface Part {
  readonly commits: Commit[]
  readonly places: number[]
}

async function commitByPartition(
  target: Target,
  group: readonly Commit[]
): Promise<CommitResult[]> {
  await writeDirectory(target.servers, group)
  const parts = new Map<number, Part>()
  group.forEach((commit, place) => {
    let part = parts.get(commit.key.partition)
    if (part === undefined) {
      part = { commits: [], places: [] }
      parts.set(commit.key.partition, part)
    }
    part.commits.push(commit)
    part.places.push(place)
  })
  const results = new Array<CommitResult>(group.length)
  await runParts(target, [...parts.values()], results)
  return results
}

/** Directory entries lie in other slots: they stand before the commit that needs them. */
async function writeDirectory(servers: Servers, group: readonly Commit[]): Promise<void> {
  const calls: Call[] = []
  for (const { write } of group) {
    if (write === null) continue
    for (const session of write.sessions) pushDirectory(calls, session)
    for (const closed of write.closed) pushDirectory(calls, closed)
  }
  if (calls.length > 0) allReplies(await servers.sendAll(calls))
}

function pushDirectory(
  calls: Call[],
  { id, directory }: Write['sessions'][number] | Write['closed'][number]
): void {
  if (directory === null) return
  const key = directoryKey({ kind: 'session', value: id })
  calls.push({ key, name: 'set', args: [key, directory.value, 'EX', directory.ttlSeconds] })
}

async function runParts(
  { servers, names, waitReplicas, expiring }: Target,
  parts: readonly Part[],
  results: CommitResult[]
): Promise<void> {
  let left = parts.map(part => {
    const packed: Packed = { keys: [], args: [], expiring }
    for (const commit of part.commits) packCommit(packed, names, commit, false)
    return { part, call: scriptCall(packed.keys[0] ?? '', packed) }
  })
  for (let loads = 0; left.length > 0; loads++) {
    const calls = left.map(({ call }) => call)
    const waits = waitReplicas === 0 ? [] : calls.map(({ key }) => waitCall(key, waitReplicas))
    const replies = await servers.sendAll([...calls, ...waits])
    for (const confirmed of replies.slice(calls.length)) checkConfirmed(confirmed, waitReplicas)
    const unknown = left.filter((_, i) => replyCode(replies[i]) === 'NOSCRIPT')
    left.forEach(({ part }, i) => {
      const reply = replies[i]
      if (!(reply instanceof Error)) readReply(reply, part.commits, part.places, results)
      else if (replyCode(reply) !== 'NOSCRIPT' || loads === loadsMax) throw reply
    })
    if (unknown.length > 0) {
      allReplies(await servers.sendAll(unknown.map(({ call }) => loadCall(call.key))))
    }
    left = unknown
  }
}
