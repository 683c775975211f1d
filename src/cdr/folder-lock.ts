/** One process for an embedded folder: a file in it names the process that uses it. */
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { GyroError } from '../domain/errors.ts'

/** Folders that this process holds: its own number in a file may also be of a process before it. */
const held = new Set<string>()

/**
 * Takes the folder; call the result to give it back. A lock that a process left when it was killed is taken over.
 * Throws GYRO_STORE_LOCKED while another process, or this one, uses the folder.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'gyro.lock')
  const mine = `${process.pid} ${startOf(process.pid)}\n`
  for (let attempt = 0; attempt < 3 && !held.has(path); attempt += 1) {
    if (create(path, mine) && read(path) === mine) {
      held.add(path)
      return () => {
        held.delete(path)
        remove(path)
      }
    }
    const other = read(path)
    if (other !== null && isAlive(other)) break
    remove(path)
  }
  throw new GyroError(
    'GYRO_STORE_LOCKED',
    `the folder ${folder} is in use by process ${read(path)?.split(' ')[0] ?? 'unknown'}; ` +
      'stop that process, or name another folder'
  )
}

function create(path: string, text: string): boolean {
  try {
    const file = openSync(path, 'wx')
    writeSync(file, text)
    closeSync(file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** Whether the process that wrote the lock still runs. */
function isAlive(lock: string): boolean {
  const [number = '', start = ''] = lock.trim().split(' ')
  const pid = Number(number)
  // In containers every run has the same number: what this process does not hold, one before it did.
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
  const stat = statOf(pid)
  // A process that was killed keeps its number until its parent has asked for its end, which may be never.
  if (stat[0] === 'Z' || stat[0] === 'X') return false
  // Numbers are used again; the start of a process tells two apart where the system has it.
  const now = stat[startField] ?? ''
  return now === '' || start === '' || now === start
}

const startField = 19

/** When the process started, in ticks since boot; empty where that is not known. */
function startOf(pid: number): string {
  return statOf(pid)[startField] ?? ''
}

/** The fields of /proc/pid/stat from the state (3) on; none where the system has no such file. */
function statOf(pid: number): readonly string[] {
  const stat = read(`/proc/${pid}/stat`)
  return stat === null ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
