/**
 * The real clock, timers and random numbers: the only place that reads them.
 *
 * Everything else is given these ports, so that a simulation can be repeated to the letter.
 */
import { randomFillSync } from 'node:crypto'
import type { Clock, Random, Scheduler } from '../domain/time.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now()
}

/** Timers do not keep the process alive: sockets do, and a process without any has nothing left to serve. */
export const systemScheduler: Scheduler = {
  soon(run) {
    setImmediate(run)
  },
  later(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  }
}

/** A pause that, unlike timers of the scheduler, holds the process: it is waiting for something and not done. */
export function pause(delayMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, delayMs))
}

/** Random octets are drawn in blocks: one call of the system for some hundred identifiers. */
const poolOctets = 4_096
const pool = Buffer.alloc(poolOctets)
let drawn = poolOctets

function draw(octets: number): number {
  if (drawn + octets > poolOctets) {
    randomFillSync(pool)
    drawn = 0
  }
  const from = drawn
  drawn += octets
  return from
}

export const systemRandom: Random = {
  /** At most 8,192 digits. */
  hex(digits) {
    const octets = (digits + 1) >> 1
    const from = draw(octets)
    return pool.toString('hex', from, from + octets).slice(0, digits)
  },
  fraction() {
    return pool.readUIntBE(draw(6), 6) / 2 ** 48
  }
}
