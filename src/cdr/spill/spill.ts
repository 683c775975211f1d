/**
 * Records on disk between outbox and CDR database.
 *
 * Order is kept over all servers of a store: each file has a place, and a mark with that place in the store before its
 * first record. Files are delivered in the order of their places, and what is in the outbox of the store only while there
 * is no mark. Who reads the outbox looks at the marks after that: what others took out before was marked before.
 *
 * A record is removed from the outbox when it is on disk, and its file when all of it is in the database. Between the two
 * steps it is in both, and is delivered twice, which the keys of the database make harmless.
 */
import type { Logger } from '../../domain/log.ts'
import type { SpillBoard, SpillMark } from '../../domain/spill.ts'
import type { Clock, Random } from '../../domain/time.ts'
import { openSpillFiles, type SpillFiles } from './files.ts'

/** Whose records are next: nobody has spilled; this process has the first file; another one has it. */
export type SpillTurn = 'none' | 'mine' | 'elsewhere'

export interface Spill {
  /** Some server has records on its disk, as far as is known here. */
  outstanding(): boolean
  turn(): Promise<SpillTurn>
  /** The next records of the first file, when it is this process' turn; none: look again whose turn it is. */
  read(most: number): Promise<readonly string[]>
  /** What was read is in the database. */
  advance(): Promise<void>
  /** Once it resolves to true, the records are on disk. They were read from the outbox just before. */
  keep(records: readonly string[]): Promise<boolean>
  stats(): SpillStats
  close(): Promise<void>
}

export interface SpillStats {
  /** Of this process: not delivered yet. */
  readonly records: number
  readonly octets: number
  /** Since the start. */
  readonly spilled: number
  readonly delivered: number
  /** Damaged records found since the start. */
  readonly damaged: number
  /** The disk is full, as far as it may be used, or cannot be written. */
  readonly failing: boolean
  /** Files of other processes that are to be delivered first. */
  readonly elsewhere: number
}

export interface SpillOptions {
  readonly folder: string
  readonly board: SpillBoard
  /** As this machine calls itself. */
  readonly host: string
  /** What this process may take on disk. */
  readonly octetsMax: number
  /** What must stay free on the disk. */
  readonly freeMin: number
  /** Of a file; 64 MiB unless given. */
  readonly segmentOctets?: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Between two looks for what dead processes left, at the disk, and at the marks while one file is delivered. */
const lookMs = 1_000
/** The same file of another server is the first one for so long: it may be gone. */
const patienceMs = 60_000
const awayMs = 10_000

/** Rejects with GYRO_CONFIG_INVALID when the folder cannot be used. */
export async function openSpill(options: SpillOptions): Promise<Spill> {
  const { board, folder, host, random, logger, segmentOctets = 64 * 1_048_576 } = options
  let root = ''
  const files = await openSpillFiles({
    folder,
    storeId: board.storeId,
    segmentOctets,
    random,
    logger,
    async opened(order, path) {
      if (await board.mark({ order, host, folder: path, root })) return
      throw new Error('another server has begun to spill at the same instant')
    }
  })
  root = files.root
  await files.adopt()
  const spill = new SpillOnDisk(options, files)
  await spill.look()
  return spill
}

class SpillOnDisk implements Spill {
  readonly #options: SpillOptions
  readonly #files: SpillFiles
  /** Places of all files, as last seen; null: not looked yet. */
  #marks: readonly SpillMark[] | null = null
  #lookedAt = Number.NEGATIVE_INFINITY
  #adoptedAt = Number.NEGATIVE_INFINITY
  #first = { order: 0, since: 0, seenAt: 0, told: false }
  #free = { octets: Number.POSITIVE_INFINITY, at: Number.NEGATIVE_INFINITY }
  #full = false
  #spilled = 0
  #delivered = 0
  #read = 0

  constructor(options: SpillOptions, files: SpillFiles) {
    this.#options = options
    this.#files = files
  }

  outstanding(): boolean {
    return this.#marks === null || this.#marks.length > 0 || this.#files.orders().length > 0
  }

  async turn(): Promise<SpillTurn> {
    const { clock } = this.#options
    const now = clock.monotonic()
    const known = this.#marks?.[0]
    const mine = known !== undefined && this.#files.orders().includes(known.order)
    if (mine && now - this.#lookedAt < lookMs) return 'mine'
    const [first] = await this.look()
    if (first === undefined) return 'none'
    if (this.#files.orders().includes(first.order)) return 'mine'
    await this.#waitFor(first)
    return 'elsewhere'
  }

  async read(most: number): Promise<readonly string[]> {
    const order = this.#marks?.[0]?.order
    // What was looked at meanwhile, to spill more, may begin with a file of another server.
    if (order === undefined || !this.#files.orders().includes(order)) return []
    const records = await this.#files.read(order, most)
    this.#read = records.length
    if (records.length > 0 || !(await this.#files.remove(order))) return records
    await this.#options.board.unmark(order)
    this.#marks = (this.#marks ?? []).filter(mark => mark.order !== order)
    if (this.#marks.length === 0) {
      this.#options.logger.info({ delivered: this.#delivered }, 'all spilled records are delivered')
    }
    return records
  }

  async advance(): Promise<void> {
    await this.#files.advance()
    this.#delivered += this.#read
    this.#read = 0
  }

  async keep(records: readonly string[]): Promise<boolean> {
    const { board, clock } = this.#options
    if (await this.#isFull(records)) return false
    const marks = await board.marks()
    this.#marks = marks
    const newest = Math.max(0, ...this.#files.orders(), ...marks.slice(-1).map(markOrder))
    // What another server has spilled since is before this.
    this.#files.turnPage(newest)
    const kept = await this.#files.append(records, Math.max(clock.now(), newest + 1))
    if (kept) this.#spilled += records.length
    return kept
  }

  stats(): SpillStats {
    const { records, octets, damaged, failing } = this.#files.stats()
    const mine = new Set(this.#files.orders())
    const others = (this.#marks ?? []).filter(({ order }) => !mine.has(order))
    return {
      records,
      octets,
      spilled: this.#spilled,
      delivered: this.#delivered,
      damaged,
      failing: failing || this.#full,
      elsewhere: others.length
    }
  }

  async close(): Promise<void> {
    const { records } = this.#files.stats()
    await this.#files.close()
    if (records === 0) return
    this.#options.logger.warn(
      { records, folder: this.#options.folder },
      'spilled records stay on disk: other servers deliver nothing to the CDR database before a server on this folder has'
    )
  }

  /** The marks, with those of this process' files, and without those of files that are gone. */
  async look(): Promise<readonly SpillMark[]> {
    const { board, clock, host } = this.#options
    this.#lookedAt = clock.monotonic()
    let marks = await board.marks()
    const missing = this.#files.orders().filter(order => !marks.some(mark => mark.order === order))
    for (const order of missing) {
      const folder = this.#files.folderOf(order)
      await board.mark({ order, host, folder, root: this.#files.root })
    }
    if (missing.length > 0) marks = await board.marks()
    this.#marks = marks
    return marks
  }

  /** The first file is not this process': it may be a dead one's, or be gone. */
  async #waitFor(first: SpillMark): Promise<void> {
    const { board, clock, logger } = this.#options
    const now = clock.monotonic()
    // While the database is away nobody looks, and nobody is to blame.
    if (first.order !== this.#first.order || now - this.#first.seenAt > awayMs) {
      this.#first = { order: first.order, since: now, seenAt: now, told: false }
    }
    this.#first.seenAt = now
    if (now - this.#adoptedAt < lookMs) return
    this.#adoptedAt = now
    await this.#files.adopt()
    if (this.#files.orders().includes(first.order)) return
    if (first.root === this.#files.root && !(await this.#files.exists(first.order))) {
      // It was delivered and removed, and its process was killed before it could take the mark away.
      logger.info({ place: first.order }, 'removes the mark of spilled records that are delivered')
      await board.unmark(first.order)
    } else if (now - this.#first.since > patienceMs && !this.#first.told) {
      this.#first.told = true
      logger.error(
        { alarm: 'spill-elsewhere', ...first },
        'nothing goes to the CDR database before a server has delivered what it spilled: start one on that machine and folder, or see gyro cdr spills'
      )
    }
  }

  async #isFull(records: readonly string[]): Promise<boolean> {
    const { clock, octetsMax, freeMin, logger, folder } = this.#options
    const now = clock.monotonic()
    if (now - this.#free.at > lookMs) this.#free = { octets: await this.#files.free(), at: now }
    const needed = records.reduce((sum, { length }) => sum + length + lineOctets, 0)
    const { onDisk } = this.#files.stats()
    const full = onDisk + needed > octetsMax || this.#free.octets - needed < freeMin
    this.#free.octets -= needed
    if (full && !this.#full) {
      logger.error(
        { alarm: 'spill-full', folder, octets: onDisk, free: this.#free.octets },
        'the disk for spilled outbox records is full, as far as GYRO_SPILL_OCTETS and GYRO_SPILL_FREE let it: records go on to wait in the store'
      )
    }
    this.#full = full
    return full
  }
}

function markOrder({ order }: SpillMark): number {
  return order
}

/** Checksum, length and line feed. */
const lineOctets = 18
