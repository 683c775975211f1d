/**
 * The streams of a connection, in tables that keep nothing of what they have forgotten.
 *
 * A connection of Node.js has its streams in a Map and a Set. V8 gives these a new table after some tens of changes, and
 * the old one leads to the new one. Once a table of a connection is in the old generation, all later ones hang on it,
 * with the streams that were in them: answered requests are copied as if they were in use, and fill the old
 * generation until it is marked as a whole. Tables that are changed in place lead to what is open alone.
 */
import type { ServerHttp2Session } from 'node:http2'

/** A power of two. */
const buckets = 256

interface Entry<T> {
  readonly id: number
  stream: T | null
  next: Entry<T> | null
}

/** What Node.js asks of a Map of streams by their ids. */
export class StreamTable<T> {
  readonly #first: (Entry<T> | null)[] = new Array<Entry<T> | null>(buckets).fill(null)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: number): T | undefined {
    return this.#find(id)?.stream ?? undefined
  }

  set(id: number, stream: T): this {
    const known = this.#find(id)
    if (known !== null) known.stream = stream
    else {
      const at = bucketOf(id)
      this.#first[at] = { id, stream, next: this.#first[at] ?? null }
      this.#size++
    }
    return this
  }

  delete(id: number): boolean {
    const at = bucketOf(id)
    let before: Entry<T> | null = null
    let entry = this.#first[at] ?? null
    while (entry !== null && entry.id !== id) {
      before = entry
      entry = entry.next
    }
    if (entry === null) return false
    if (before === null) this.#first[at] = entry.next
    else before.next = entry.next
    entry.next = null
    entry.stream = null
    this.#size--
    return true
  }

  /** Also of streams that leave meanwhile. */
  forEach(visit: (stream: T, id: number) => void): void {
    const all: [T, number][] = []
    for (const first of this.#first) {
      for (let entry = first; entry !== null; entry = entry.next) {
        if (entry.stream !== null) all.push([entry.stream, entry.id])
      }
    }
    for (const [stream, id] of all) visit(stream, id)
  }

  #find(id: number): Entry<T> | null {
    let entry = this.#first[bucketOf(id)] ?? null
    while (entry !== null && entry.id !== id) entry = entry.next
    return entry
  }
}

/** The ids of one side go up by two. */
function bucketOf(id: number): number {
  return (id >>> 1) & (buckets - 1)
}

/** What Node.js asks of a Set of streams that have no id yet; those of a server get theirs at once. */
export class StreamSet<T> {
  readonly #streams: T[] = []

  get size(): number {
    return this.#streams.length
  }

  add(stream: T): this {
    if (!this.#streams.includes(stream)) this.#streams.push(stream)
    return this
  }

  delete(stream: T): boolean {
    const at = this.#streams.lastIndexOf(stream)
    if (at < 0) return false
    this.#streams.splice(at, 1)
    return true
  }

  forEach(visit: (stream: T) => void): void {
    for (const stream of [...this.#streams]) visit(stream)
  }
}

/**
 * Gives a new connection such tables. They are no part of the interface of Node.js: where it has them otherwise the
 * connection stays as it is, and false is returned.
 */
export function replaceTables(session: ServerHttp2Session): boolean {
  const symbol = Object.getOwnPropertySymbols(session).find(
    ({ description }) => description === 'state'
  )
  const state: unknown = symbol && Reflect.get(session, symbol)
  if (typeof state !== 'object' || state === null) return false
  if (!('streams' in state && 'pendingStreams' in state)) return false
  if (!isEmpty(state.streams) || !isEmpty(state.pendingStreams)) return false
  state.streams = new StreamTable()
  state.pendingStreams = new StreamSet()
  return true
}

function isEmpty(table: unknown): boolean {
  return typeof table === 'object' && table !== null && 'size' in table && table.size === 0
}
