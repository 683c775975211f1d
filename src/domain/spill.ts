/**
 * The outbox on disk: what waits for the CDR database and does not fit into the state store. The store keeps a mark for
 * each file, so that every server knows what has to be delivered before the records that it reads. Types only.
 */
import type { EpochMs } from './time.ts'

/** One file of spilled records that are not in the CDR database yet. */
export interface SpillMark {
  /** Its place among the files of all servers: what was in the outbox first is in the file with the lower one. */
  readonly order: number
  /** The machine, as it calls itself: for people. */
  readonly host: string
  /** The folder of its process: for people. */
  readonly folder: string
  /** Random name of the disk folder in which the folders of processes lie. */
  readonly root: string
}

/** What waits in the outbox of the store. */
export interface Backlog {
  readonly records: number
  /** Memory that they take. */
  readonly octets: number
  /** When the oldest came; null: none waits. */
  readonly oldestAt: EpochMs | null
  /** Used share of the memory that the store may take, from 0 to 1; 0: it is not bounded. */
  readonly memory: number
}

/** What servers on one store tell each other of their spills. All methods reject with GYRO_STORE_UNAVAILABLE. */
export interface SpillBoard {
  /** Random name of this store, the same for as long as it holds anything. */
  readonly storeId: string
  backlog(): Promise<Backlog>
  /** In their order. */
  marks(): Promise<readonly SpillMark[]>
  /** False: another file has this place. */
  mark(mark: SpillMark): Promise<boolean>
  unmark(order: number): Promise<void>
  /** Gives the store the name of one that is lost, so that what was spilled for that is delivered on this one. */
  inherit(storeId: string): Promise<void>
  /** One server spills at a time: true while it is this one. Correctness never depends on it. */
  lease(holdMs: number): Promise<boolean>
}
