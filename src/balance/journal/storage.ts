/**
 * Where journaled records are kept: a queue that outlives the process. The disk is the real one (folder.ts); the
 * simulation has one in memory. Records are one line of text.
 */
export interface JournalStorage {
  /** Appends a record. `done(true)`: it is on disk, and a crash does not lose it; `done(false)`: it is not kept. */
  append(record: string, done: (kept: boolean) => void): void
  /**
   * The oldest records, at most so many; none: nothing waits. The same ones again until `advance` is called. Not to
   * be called again before it has settled.
   */
  read(most: number): Promise<readonly string[]>
  /** The records last read are done with. */
  advance(): Promise<void>
  /** Sets records aside for people to look at; resolves once they are on disk. */
  bury(letters: readonly string[]): Promise<void>
  /** Looks whether records can be kept, and takes over what processes that have died left behind. */
  adopt(): Promise<void>
  stats(): JournalStorageStats
  /** Writes what waits; what is not replayed stays for the next process. */
  close(): Promise<void>
}

export interface JournalStorageStats {
  /** Records that wait to be replayed. */
  readonly records: number
  /** What they take on disk, and what waits to be written. */
  readonly octets: number
  /** The last write failed, or the next one will. */
  readonly failing: boolean
  /** Damaged records met since the start. */
  readonly corrupt: number
}
