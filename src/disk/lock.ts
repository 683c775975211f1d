/**
 * The lock of a folder, such as an embedded store's: a file that names the process that has it, and the API of that process.
 * It is held as long as that very process lives; a lock that a killed process left is taken over.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GyroError } from '../domain/errors.ts'

const fileName = 'gyro.lock'
/** Processes that take over the same stale lock at once. */
const attemptsMax = 20

export interface LockHolder {
  readonly pid: number
  /** `host:port` of its HTTP API; null: it has none. */
  readonly apiAddress: string | null
}

interface LockFile extends LockHolder {
  /** Start of the process in ticks since boot, where the system tells: process ids are used again. */
  readonly started: string | null
}

/** Who has the store in this folder; null: nobody who lives. */
export function readLock(folder: string): LockHolder | null {
  const lock = parse(readText(join(folder, fileName)))
  if (lock === null || !isAlive(lock)) return null
  return { pid: lock.pid, apiAddress: lock.apiAddress }
}

/** Takes the lock; the result gives it back. Throws GYRO_STORE_LOCKED. Creates the folder. */
export function takeLock(folder: string, apiAddress: string | null): () => void {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, fileName)
  const mine: LockFile = { pid: process.pid, apiAddress, started: startOf(process.pid) }
  const text = JSON.stringify(mine)
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text)
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      if (link(draft, path)) return () => giveBack(path, text)
      const standing = readText(path)
      const holder = parse(standing)
      if (holder !== null && isAlive(holder)) throw locked(folder, holder)
      if (standing !== null) removeStale(path, standing)
    }
  } finally {
    rmSync(draft, { force: true })
  }
  throw new GyroError('GYRO_STORE_LOCKED', `${path} cannot be taken: other processes try as well`)
}

function locked(folder: string, holder: LockHolder): GyroError {
  const api =
    holder.apiAddress === null ? 'which has no API' : `whose API is at ${holder.apiAddress}`
  return new GyroError(
    'GYRO_STORE_LOCKED',
    `the store in ${folder} is in use by process ${holder.pid}, ${api}; use that API or end the process`
  )
}

/** A hard link appears with its whole content or not at all. */
function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Another process may have put its own lock there since: that one is put back. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  if (readText(aside) !== stale) link(aside, path)
  rmSync(aside, { force: true })
}

function giveBack(path: string, text: string): void {
  if (readText(path) === text) rmSync(path, { force: true })
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function parse(text: string | null): LockFile | null {
  try {
    const lock = JSON.parse(text ?? 'null')
    return typeof lock?.pid === 'number' ? lock : null
  } catch {
    return null
  }
}

function isAlive(lock: LockFile): boolean {
  try {
    process.kill(lock.pid, 0)
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  const stat = statOf(lock.pid)
  if (stat === null) return true
  if (deadStates.has(stat[0] ?? '')) return false
  return lock.started === null || stat[startField] === lock.started
}

/** A process that was killed keeps its number until its parent has asked for its end, which may be never. */
const deadStates = new Set(['Z', 'X'])
const startField = 19

/** The fields of /proc/<pid>/stat from the state (3) on; the name in field 2 may contain spaces and parentheses. */
function statOf(pid: number): readonly string[] | null {
  const stat = readText(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? null
}

function startOf(pid: number): string | null {
  return statOf(pid)?.[startField] ?? null
}
