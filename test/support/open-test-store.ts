/** Opens a store with the real clock, real random numbers, and a log that a test can read. */
import { randomBytes } from 'node:crypto'
import { openStore, type StoreOptions } from '../../src/balance/open-store.ts'
import type { Store } from '../../src/balance/store.ts'
import type { Logger } from '../../src/domain/log.ts'
import type { Clock, Random } from '../../src/domain/time.ts'

export const testClock: Clock = { now: Date.now, monotonic: () => performance.now() }

export const testRandom: Random = {
  hex: digits =>
    randomBytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits),
  fraction: Math.random
}

export interface KeptLog extends Logger {
  readonly messages: string[]
}

export function keepLog(): KeptLog {
  const messages: string[] = []
  const keep = (_fields: object, message: string) => {
    messages.push(message)
  }
  return { messages, debug: keep, info: keep, warn: keep, error: keep }
}

export function openTestStore(url: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  return openStore(url, { logger: keepLog(), clock: testClock, random: testRandom, ...options })
}
