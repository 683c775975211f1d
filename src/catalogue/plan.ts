/** Which version of the catalogue is in force when: one plan for all servers on a store. Pure. */
import { GyroError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'

/** A version, in force from then on until the next one is. */
export interface PlanEntry {
  readonly version: string
  /** 0: ever since. */
  readonly from: EpochMs
}

export interface Plan {
  /** In the order in which they take effect; at least one. */
  readonly entries: readonly PlanEntry[]
  /** Whether open sessions are re-authorized when the next version takes effect. */
  readonly reauthorize: boolean
}

/** What was in force so long ago may still be asked for, by requests that waited in a journal. */
const pastMs = 26 * 3_600_000
/** A folder that is watched while somebody works on it must not make the plan long. */
const pastMax = 32

/** What is in force at an instant; before all entries the first. */
export function entryAt({ entries }: Plan, at: EpochMs): PlanEntry {
  const found = entries.findLast(({ from }) => from <= at) ?? entries[0]
  if (found === undefined) throw new GyroError('GYRO_ASSERTION', 'a plan without a version')
  return found
}

/**
 * The plan that has these versions from now on. What is in force now by it takes effect now unless it is so already:
 * never earlier, because what was granted stays as it was.
 */
export function planOf(
  before: Plan | null,
  versions: readonly PlanEntry[],
  now: EpochMs,
  reauthorize: boolean
): Plan {
  const running = entryAt({ entries: versions, reauthorize }, now)
  const coming = versions.filter(({ from }) => from > now)
  if (before === null) {
    return { entries: [{ version: running.version, from: 0 }, ...coming], reauthorize }
  }
  const past = before.entries.filter(({ from }) => from <= now)
  const last = past.at(-1)
  if (last?.version !== running.version) past.push({ version: running.version, from: now })
  const needed = past.filter((_, index) => (past[index + 1]?.from ?? now) > now - pastMs)
  return { entries: [...needed.slice(-pastMax), ...coming], reauthorize }
}

export function sameVersions(a: Plan | null, b: Plan): boolean {
  if (a?.entries.length !== b.entries.length) return false
  return a.entries.every(({ version, from }, index) => {
    const other = b.entries[index]
    return other?.version === version && other.from === from
  })
}

export function encodePlan({ entries, reauthorize }: Plan): string {
  const rows = entries.map(({ version, from }) => [version, from])
  return JSON.stringify({ format: 1, reauthorize, entries: rows })
}

/** Throws GYRO_DOCUMENT_FORMAT on what another program wrote. */
export function decodePlan(text: string): Plan {
  const plan = JSON.parse(text) as {
    readonly format: number
    readonly reauthorize: boolean
    readonly entries: readonly (readonly [string, EpochMs])[]
  }
  if (plan.format !== 1) {
    const detail = `the plan of catalogue versions has format ${plan.format}, and this program knows 1`
    throw new GyroError('GYRO_DOCUMENT_FORMAT', `${detail}; use the program that wrote it`)
  }
  const entries = plan.entries.map(([version, from]) => ({ version, from }))
  return { entries, reauthorize: plan.reauthorize }
}
