/**
 * Files of spilled records. Each store has a folder within the one that is configured, and in it each process its own,
 * locked while it lives:
 *
 *     data/spill/root.id                                   names this disk folder
 *     data/spill/<store>/<process>/gyro.lock               who has it
 *     data/spill/<store>/<process>/<place>.spill           records, one a line (disk/lines.ts), with `.done` beside it
 *     data/spill/<store>/*.damaged                         files with damaged records, kept when the rest was delivered
 *
 * What a dead process left is taken over by any other one of the same store on that machine.
 */
import { constants } from 'node:fs'
import {
  access,
  link,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  statfs,
  writeFile
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ProcessFolders } from '../../disk/process-folders.ts'
import {
  findSegment,
  type LastRead,
  passOver,
  readSegment,
  removeSegment,
  type Segment,
  saveProgress
} from '../../disk/segment.ts'
import { SegmentWriter } from '../../disk/writer.ts'
import { GyroError } from '../../domain/errors.ts'
import type { Logger } from '../../domain/log.ts'
import type { Random } from '../../domain/time.ts'
import { orderOf, spillEnding, spillWords } from './names.ts'

/** Read at once: the records of a batch. */
const readOctets = 2 * 1_048_576

export interface SpillFilesOptions {
  readonly folder: string
  readonly storeId: string
  /** A file of this size is followed by another one. */
  readonly segmentOctets: number
  /** The file is there, and empty; rejects when it may not be used. */
  readonly opened: (order: number, folder: string) => Promise<void>
  readonly random: Random
  readonly logger: Logger
}

/** Makes the folder. Rejects with GYRO_CONFIG_INVALID when it cannot be used. */
export async function openSpillFiles(options: SpillFilesOptions): Promise<SpillFiles> {
  const { folder, random } = options
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return new SpillFiles(options, await nameFolder(folder, random))
  } catch (error) {
    throw new GyroError(
      'GYRO_CONFIG_INVALID',
      `the folder ${folder} for spilled outbox records cannot be used: ${(error as Error).message}; ` +
        'create it for the user of this process, or set GYRO_SPILL to another one',
      { cause: error }
    )
  }
}

/** The name appears whole, and whoever is first gives it. */
async function nameFolder(folder: string, random: Random): Promise<string> {
  const path = join(folder, 'root.id')
  const known = await readFile(path, 'utf8').catch(() => '')
  if (known !== '') return known
  const draft = `${path}.${random.hex(8)}`
  await writeFile(draft, random.hex(16), { flush: true })
  await link(draft, path).catch(() => undefined)
  await rm(draft, { force: true })
  return readFile(path, 'utf8')
}

export class SpillFiles {
  /** Name of the disk folder. */
  readonly root: string
  readonly #folder: string
  readonly #folders: ProcessFolders
  readonly #writer: SegmentWriter
  readonly #logger: Logger
  /** In their order. */
  readonly #segments: Segment[] = []
  #last: LastRead | null = null
  #nextOrder = 0
  #damaged = 0

  constructor(options: SpillFilesOptions, root: string) {
    const { folder, storeId, random, logger, segmentOctets } = options
    this.root = root
    this.#logger = logger
    this.#folder = join(folder, storeId)
    this.#folders = new ProcessFolders(this.#folder, random, logger)
    this.#writer = new SegmentWriter({
      nextPath: () => join(this.#folders.own(), `${this.#nextOrder++}${spillEnding}`),
      opened: async segment => {
        await options.opened(orderOf(segment.path), dirname(segment.path))
        this.#add([segment])
      },
      segmentOctets,
      words: spillWords,
      logger
    })
  }

  /** The places of this process' files. */
  orders(): readonly number[] {
    return this.#segments.map(({ path }) => orderOf(path))
  }

  /** The folder of the file with this place. */
  folderOf(order: number): string {
    return dirname(this.#at(order)?.path ?? this.#folder)
  }

  /** A group of records with one fsync; files that are begun have this place or a higher one. False: none is kept. */
  append(records: readonly string[], order: number): Promise<boolean> {
    this.#nextOrder = Math.max(this.#nextOrder, order)
    if (records.length === 0) return Promise.resolve(true)
    return new Promise(resolve => {
      let left = records.length
      let all = true
      const done = (kept: boolean) => {
        all &&= kept
        left -= 1
        if (left === 0) resolve(all)
      }
      for (const record of records) this.#writer.append(record, done)
    })
  }

  /** What is appended from now on goes into a new file, if the present one has a lower place. */
  turnPage(order: number): void {
    const current = this.#writer.current()
    if (current !== null && orderOf(current.path) < order) this.#writer.leave(current)
  }

  /** The next records of that file; the same ones again until `advance`. None: it is done with. */
  async read(order: number, most: number): Promise<readonly string[]> {
    const segment = this.#at(order)
    while (segment !== undefined && segment.position < segment.size) {
      const log = { words: spillWords, logger: this.#logger }
      const { next, lines, records, damaged } = await readSegment(segment, most, log, readOctets)
      this.#damaged += damaged
      this.#last = { segment, next, lines }
      if (records.length > 0) return records
      await this.advance()
    }
    return []
  }

  async advance(): Promise<void> {
    if (this.#last === null) return
    const { segment } = this.#last
    passOver(this.#last)
    this.#last = null
    await saveProgress(segment)
  }

  /** Removes a file that is done with; false: it is being written. */
  async remove(order: number): Promise<boolean> {
    const segment = this.#at(order)
    if (segment === undefined || !this.#writer.leave(segment)) return false
    if (segment.position < segment.size) return false
    this.#segments.splice(this.#segments.indexOf(segment), 1)
    await removeSegment(segment)
    const folder = dirname(segment.path)
    const used = this.#segments.some(({ path }) => dirname(path) === folder)
    if (!used && !this.#folders.isOwn(folder)) await this.#folders.giveBack(folder)
    return true
  }

  /** Takes over what dead processes left. */
  async adopt(): Promise<void> {
    await this.#folders.adopt(async (path, files) => {
      const found: Segment[] = []
      for (const name of files) {
        if (name.endsWith(spillEnding)) found.push(await findSegment(join(path, name), true))
      }
      this.#add(found)
      const records = found.reduce((sum, segment) => sum + segment.records, 0)
      if (records > 0) {
        this.#logger.warn({ folder: path, records }, 'delivers what a dead process has spilled')
      }
      return found.length > 0
    })
  }

  /** Whether any process of this disk folder has the file. */
  async exists(order: number): Promise<boolean> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const path = join(this.#folder, name, `${order}${spillEnding}`)
      if ((await stat(path).catch(() => null)) !== null) return true
    }
    return false
  }

  /** Octets that the disk has left for this user. */
  async free(): Promise<number> {
    const { bavail, bsize } = await statfs(dirname(this.#folder))
    return bavail * bsize
  }

  stats() {
    let records = 0
    let octets = this.#writer.waiting()
    let onDisk = octets
    for (const { records: waiting, size, position } of this.#segments) {
      records += waiting
      octets += size - position
      onDisk += size
    }
    return { records, octets, onDisk, damaged: this.#damaged, failing: this.#writer.failing() }
  }

  /** What is not delivered stays for the next process. */
  async close(): Promise<void> {
    await this.#writer.close()
    await this.#folders.giveBackAll()
  }

  #at(order: number): Segment | undefined {
    return this.#segments.find(segment => orderOf(segment.path) === order)
  }

  #add(found: readonly Segment[]): void {
    this.#segments.push(...found)
    this.#segments.sort((a, b) => orderOf(a.path) - orderOf(b.path))
  }
}
