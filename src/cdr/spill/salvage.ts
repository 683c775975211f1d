/** What servers of a lost store have spilled: stored without that store, and left for servers on the next one. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readLock } from '../../disk/lock.ts'
import { findSegment, readSegment } from '../../disk/segment.ts'
import { GyroError } from '../../domain/errors.ts'
import type { Logger } from '../../domain/log.ts'
import type { CdrWriter } from '../writer.ts'
import { orderOf, spillEnding, spillWords } from './names.ts'

export interface Salvaged {
  /** The name of the store; null: nothing was spilled. */
  readonly storeId: string | null
  readonly records: number
}

const batchMax = 2_000

/**
 * Stores what lies in the folder, in its order. The files stay: servers on a store of the same name deliver them again,
 * which makes no second row, and has accounts take back what was debited in vain. Rejects with GYRO_CONFLICT when they
 * are of several stores, or of a server that runs.
 */
export async function salvageSpills(
  folder: string,
  writer: CdrWriter,
  logger: Logger
): Promise<Salvaged> {
  const stores = new Map<string, string[]>()
  for (const storeId of await readdir(folder).catch(() => [])) {
    const paths = await spilledIn(join(folder, storeId))
    if (paths.length > 0) stores.set(storeId, paths)
  }
  if (stores.size > 1) {
    throw new GyroError(
      'GYRO_CONFLICT',
      `${folder} has spilled records of several stores (${[...stores.keys()].join(', ')}): move away what is not of the lost one`
    )
  }
  const [storeId = null] = stores.keys()
  const paths = storeId === null ? [] : (stores.get(storeId) ?? [])
  let records = 0
  for (const path of paths.sort((a, b) => orderOf(a) - orderOf(b))) {
    records += await storeFile(path, writer, logger)
  }
  return { storeId, records }
}

async function spilledIn(store: string): Promise<string[]> {
  const found: string[] = []
  for (const name of await readdir(store).catch(() => [])) {
    const path = join(store, name)
    const files = (await readdir(path).catch(() => [])).filter(file => file.endsWith(spillEnding))
    if (files.length > 0 && readLock(path) !== null) {
      throw new GyroError('GYRO_CONFLICT', `a server uses ${path}: stop every server first`)
    }
    found.push(...files.map(file => join(path, file)))
  }
  return found
}

async function storeFile(path: string, writer: CdrWriter, logger: Logger): Promise<number> {
  const segment = await findSegment(path, true)
  let stored = 0
  while (segment.position < segment.size) {
    const log = { words: spillWords, logger }
    const { records, next } = await readSegment(segment, batchMax, log)
    await writer.write(records)
    stored += records.length
    segment.position = next
  }
  return stored
}
