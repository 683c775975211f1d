/**
 * Charging information blocks of the network as JSON text, an object of blocks by name, which is kept for the CDR and
 * never read on the way of a usual request: what comes with every update is mostly the same text again.
 *
 * A later message speaks of what has changed, so its blocks are laid over those before: a member that it has replaces
 * the one before as a whole, and what it does not mention stays as it was said last, or at first. Only the groups that hold
 * many independent members are merged by member. Deeper structures are often choices (a location is in NR or in E-UTRA):
 * mixing two of them would tell of a place where nobody has been.
 */
import { jsonDepth } from '../domain/json-depth.ts'
import { limits } from '../domain/limits.ts'

type Block = Readonly<Record<string, unknown>>

/** Members of blocks that are groups of members themselves. */
const groups: ReadonlySet<string> = new Set(['pduSessionInformation', 'userInformation'])

/** Blocks of the specification have some ten levels; databases that read them recurse. */
const depthMax = 32

/** First of the text where it is there: the names of the blocks that were too large to be kept. */
const leftOut = 'leftOut'
const leftOutStart = `{"${leftOut}":[`

/** Whether a block was too large to be kept. */
export function isIncomplete(information: string): boolean {
  return information.startsWith(leftOutStart)
}

/** What is kept with what is said now; empty: nothing. The same text when nothing is new. */
export function mergeInformation(kept: string, said: string | undefined): string {
  if (said === undefined || said === kept) return kept
  if (kept === '' && fits(said)) return said
  const before = blocksOf(kept)
  const now = blocksOf(said)
  const names = (before[leftOut] ?? []) as readonly string[]
  const blocks: Record<string, unknown> = {}
  for (const name in before) if (name !== leftOut) blocks[name] = before[name]
  for (const name in now) blocks[name] = over(blocks[name], now[name], true)
  const text = bounded(blocks, names)
  return text === kept ? kept : text
}

function blocksOf(text: string): Block {
  return text === '' ? {} : JSON.parse(text)
}

/** `deep`: also the groups within it. */
function over(before: unknown, now: unknown, deep: boolean): unknown {
  if (!isBlock(before) || !isBlock(now)) return now
  // Spreading also defines a member that is called __proto__, which an assignment would not.
  const merged: Record<string, unknown> = { ...before, ...now }
  if (!deep) return merged
  for (const name of groups) {
    if (name in now && name in before) merged[name] = over(before[name], now[name], false)
  }
  return merged
}

function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The largest blocks are left out until the others fit. */
function bounded(blocks: Record<string, unknown>, before: readonly string[]): string {
  const missing = new Set(before)
  for (const name in blocks) {
    if (jsonDepth(JSON.stringify(blocks[name])) < depthMax) continue
    delete blocks[name]
    missing.add(name)
  }
  for (;;) {
    const whole = missing.size === 0 ? blocks : { [leftOut]: [...missing].slice(0, 32), ...blocks }
    const text = JSON.stringify(whole)
    if (fits(text)) return text
    const [largest] = Object.keys(blocks).sort((a, b) => sizeOf(blocks[b]) - sizeOf(blocks[a]))
    if (largest === undefined) return ''
    delete blocks[largest]
    missing.add(largest)
  }
}

function fits(text: string): boolean {
  return text.length <= limits.informationCharacters && jsonDepth(text) <= depthMax
}

function sizeOf(block: unknown): number {
  return JSON.stringify(block).length
}
