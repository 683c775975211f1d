/**
 * A bounded map that keeps what was used lately: two generations, the older of which is dropped whole.
 *
 * A hit costs one look-up and no bookkeeping, which a list in order of use would not allow.
 */
export interface RecentMap<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
  delete(key: string): void
  /** Entries of both generations. */
  size(): number
}

/** Keeps at least half of `entriesMax` of the entries used last, and never more than `entriesMax`. */
export function createRecentMap<T>(entriesMax: number): RecentMap<T> {
  const half = Math.max(1, Math.floor(entriesMax / 2))
  let young = new Map<string, T>()
  let old = new Map<string, T>()

  function put(key: string, value: T): void {
    if (young.size >= half) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }

  return {
    get(key) {
      const value = young.get(key)
      if (value !== undefined) return value
      const aged = old.get(key)
      if (aged !== undefined) {
        old.delete(key)
        put(key, aged)
      }
      return aged
    },
    set(key, value) {
      old.delete(key)
      put(key, value)
    },
    delete(key) {
      young.delete(key)
      old.delete(key)
    },
    size: () => young.size + old.size
  }
}
