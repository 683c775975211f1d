/**
 * A world with its own time and one order of everything that happens: whatever is scheduled is an entry, and a
 * seeded choice among the entries that are due says which comes next. A seed replays a run exactly.
 */
import type { Clock, EpochMs, Random, Scheduler } from '../../src/domain/time.ts'

export interface World {
  now(): EpochMs
  /** A number from 0 up to, not including, 1. */
  fraction(): number
  /** An integer from 0 up to, not including, `below`. */
  below(below: number): number
  chance(probability: number): boolean
  /** Runs the function after so many milliseconds of the world's time; call the result to cancel. */
  after(delayMs: number, run: () => void): () => void
  /** Lets entries happen, each followed by whatever promises it settles, until the condition holds. */
  runUntil(done: () => boolean, everyStep: () => void): Promise<void>
  /** Ends the run with this error, wherever it was found. */
  fail(message: string): void
  /** Entries that have happened. */
  steps(): number
  clock(skewMs: number): Clock
  scheduler(alive: () => boolean): Scheduler
  random(): Random
}

interface Entry {
  at: EpochMs
  run: () => void
  cancelled: boolean
}

const start = Date.UTC(2026, 10, 21, 12, 0, 0)
const stepsMax = 5_000_000

export function createWorld(seed: number): World {
  const fraction = mulberry(seed)
  const below = (limit: number) => Math.floor(fraction() * limit)
  let time = start
  let steps = 0
  let failure: string | null = null
  const due: Entry[] = []
  /** By instant, latest first. */
  const later: Entry[] = []

  function after(delayMs: number, run: () => void): () => void {
    const entry: Entry = { at: time + Math.max(0, Math.ceil(delayMs)), run, cancelled: false }
    if (entry.at <= time) due.push(entry)
    else insert(later, entry)
    return () => {
      entry.cancelled = true
    }
  }

  function next(): Entry {
    if (due.length === 0) {
      const first = later.at(-1)
      if (first === undefined) throw new Error('the world stands still before its end')
      time = first.at
      while (later.length > 0 && later.at(-1)!.at <= time) due.push(later.pop()!)
    }
    const index = below(due.length)
    const entry = due[index]!
    due[index] = due.at(-1)!
    due.pop()
    return entry
  }

  return {
    now: () => time,
    fraction,
    below,
    chance: probability => fraction() < probability,
    after,
    async runUntil(done, everyStep) {
      while (!done()) {
        const entry = next()
        if (entry.cancelled) continue
        steps++
        if (steps > stepsMax) throw new Error('the world does not come to its end')
        entry.run()
        // Everything that promises lead to happens before the next entry.
        await new Promise<void>(resolve => setImmediate(resolve))
        if (failure !== null) throw new Error(failure)
        everyStep()
      }
    },
    fail(message) {
      failure ??= message
    },
    steps: () => steps,
    clock: skewMs => ({ now: () => time + skewMs, monotonic: () => time - start }),
    scheduler(alive) {
      const guarded = (run: () => void) => () => {
        if (alive()) run()
      }
      return {
        soon: run => void after(0, guarded(run)),
        later: (delayMs, run) => after(delayMs, guarded(run))
      }
    },
    random() {
      const own = mulberry(below(2 ** 31))
      return {
        hex: digits =>
          Array.from({ length: digits }, () => Math.floor(own() * 16).toString(16)).join(''),
        fraction: own
      }
    }
  }
}

function insert(entries: Entry[], entry: Entry): void {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (entries[middle]!.at > entry.at) low = middle + 1
    else high = middle
  }
  entries.splice(low, 0, entry)
}

/** A small generator of numbers: the same for the same seed on every machine. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
