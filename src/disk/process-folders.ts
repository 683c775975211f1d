/**
 * Folders of processes within one folder of all: each process has its own, locked while it lives (gyro.lock). What a
 * dead process left is taken over, under its lock, by whoever comes first.
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../domain/log.ts'
import type { Random } from '../domain/time.ts'
import { readLock, takeLock } from './lock.ts'

/** What processes are named by. */
const ownName = /^[0-9a-f]{16}$/

export class ProcessFolders {
  readonly #folder: string
  readonly #logger: Logger
  /** Of this process; made when the first record is written. */
  readonly #ownPath: string
  /** Folders that this process has, and how each is given back. */
  readonly #held = new Map<string, () => void>()

  constructor(folder: string, random: Random, logger: Logger) {
    this.#folder = folder
    this.#logger = logger
    this.#ownPath = join(folder, random.hex(16))
  }

  /** The folder of this process, made and locked when it is first asked for. Throws when it cannot be. */
  own(): string {
    if (!this.#held.has(this.#ownPath)) this.#hold(this.#ownPath)
    return this.#ownPath
  }

  isOwn(path: string): boolean {
    return path === this.#ownPath
  }

  /**
   * Takes over what dead processes left: `found` gets the path of a folder and its files in the order of their names,
   * and says whether there is anything in it. Never rejects.
   */
  async adopt(found: (path: string, files: readonly string[]) => Promise<boolean>): Promise<void> {
    const names = await readdir(this.#folder).catch(() => [])
    for (const name of names.filter(candidate => ownName.test(candidate))) {
      // Another process was quicker, or the folder is not ours to read: the next look will see.
      await this.#takeOver(join(this.#folder, name), found).catch((error: unknown) => {
        this.#logger.debug({ folder: name, error: String(error) }, 'a folder was not taken over')
      })
    }
  }

  /** A folder in which nothing is left is removed. */
  async giveBack(path: string): Promise<void> {
    this.#held.get(path)?.()
    this.#held.delete(path)
    if ((await readdir(path)).length === 0) await rm(path, { recursive: true, force: true })
  }

  async giveBackAll(): Promise<void> {
    for (const path of [...this.#held.keys()]) await this.giveBack(path)
  }

  async #takeOver(
    path: string,
    found: (path: string, files: readonly string[]) => Promise<boolean>
  ): Promise<void> {
    if (this.#held.has(path) || readLock(path) !== null) return
    this.#hold(path)
    let taken = false
    try {
      taken = await found(path, (await readdir(path)).toSorted())
    } finally {
      if (!taken) await this.giveBack(path)
    }
  }

  #hold(path: string): void {
    this.#held.set(path, takeLock(path, null))
  }
}
