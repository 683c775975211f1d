/** A bounded memory of what this process has answered lately; what it forgets is found out from the store. */
import { createHash } from 'node:crypto'

const entriesMax = 50_000

export interface Recent<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
}

/** Keys may be long, so their digests are kept. The older half is forgotten at once when it is full. */
export function createRecent<T>(): Recent<T> {
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  return {
    get(key) {
      if (young.size === 0 && old.size === 0) return undefined
      const short = digest(key)
      return young.get(short) ?? old.get(short)
    },
    set(key, value) {
      if (young.size >= entriesMax / 2) {
        old = young
        young = new Map()
      }
      young.set(digest(key), value)
    }
  }
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}
