/**
 * All versions of a catalogue folder: the one that stands in it is in force until the first of those in `versions/`,
 * each a whole catalogue in a folder of its own that says from when it is (`effective-from`).
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { EpochMs } from '../../domain/time.ts'
import type { Catalogue } from '../catalogue.ts'
import { type Finding, type Place, readCatalogue, textOf } from './load.ts'
import { localTimeAt } from './local-time.ts'
import { invalidCatalogue, type Path } from './problem.ts'

/** A version and from when it is in force. */
export interface Scheduled {
  readonly catalogue: Catalogue
  /** 0: ever since. */
  readonly from: EpochMs
}

/** A version as it was read. `place` is as in ReadCatalogue; files are named from the catalogue folder. */
export interface ScheduledRead extends Scheduled {
  place(path: Path): Place
}

/** Every version in the order in which they take effect, the one that is in force first; or all that is wrong. */
export type ReadSchedule =
  | { readonly versions: readonly [ScheduledRead, ...ScheduledRead[]] }
  | { readonly versions: null; readonly findings: readonly Finding[] }

const versionsFolder = 'versions'

/**
 * Loads and checks every version in a catalogue folder. Throws GYRO_CATALOGUE_INVALID with a line
 * `file:line:column: key: problem` for everything that is wrong.
 */
export async function loadSchedule(
  folder: string
): Promise<readonly [ScheduledRead, ...ScheduledRead[]]> {
  const read = await readSchedule(folder)
  if (read.versions !== null) return read.versions
  throw invalidCatalogue(`The catalogue in ${folder}`, read.findings.map(textOf))
}

/** Reads and checks every version in a catalogue folder, and tells what is wrong instead of throwing. */
export async function readSchedule(folder: string): Promise<ReadSchedule> {
  const findings: Finding[] = []
  const first = await readCatalogue(folder)
  if (first.catalogue === null) findings.push(...first.findings)
  else if (first.effectiveFrom !== null) {
    const message = `is for catalogues in ${versionsFolder}/; leave it out: this one is in force until they are`
    findings.push({ ...first.place(fromPath), message })
  }
  const later: ScheduledRead[] = []
  for (const name of await foldersIn(folder, findings)) {
    const version = await readVersion(folder, `${versionsFolder}/${name}`, findings)
    if (version !== null) later.push(version)
  }
  if (first.catalogue === null) return { versions: null, findings }
  checkTogether(first.catalogue, later, findings)
  if (findings.length > 0) return { versions: null, findings }
  const { catalogue, place } = first
  return { versions: [{ catalogue, from: 0, place }, ...later.toSorted((a, b) => a.from - b.from)] }
}

const fromPath: Path = ['catalogue', 'effective-from']

async function readVersion(
  folder: string,
  name: string,
  findings: Finding[]
): Promise<ScheduledRead | null> {
  const within = <T extends Place>(place: T): T => ({ ...place, file: `${name}/${place.file}` })
  const read = await readCatalogue(join(folder, name))
  if (read.catalogue === null) {
    findings.push(...read.findings.map(within))
    return null
  }
  const place = (path: Path) => within(read.place(path))
  const { catalogue, effectiveFrom } = read
  if (effectiveFrom === null) {
    const message = `lacks the key effective-from; add the local time from which this catalogue is in force`
    findings.push({ ...place(['catalogue']), message })
    return null
  }
  const from = localTimeAt(effectiveFrom, catalogue.timeZone)
  if (from !== null) return { catalogue, from, place }
  findings.push({ ...place(fromPath), message: `"${effectiveFrom}" is no date and time` })
  return null
}

/** What each may be by itself, but not beside the others. */
function checkTogether(
  first: Catalogue,
  later: readonly ScheduledRead[],
  findings: Finding[]
): void {
  const seen = new Set<EpochMs>()
  for (const { catalogue, from, place } of later) {
    if (seen.has(from)) {
      const message = 'another version takes effect at the same instant; change one'
      findings.push({ ...place(fromPath), message })
    }
    seen.add(from)
    if (catalogue.currency === first.currency) continue
    const message = `must be ${first.currency} as in the other versions: accounts hold money in it`
    findings.push({ ...place(['catalogue', 'currency']), message })
  }
}

/** The folders of versions. A file there would be passed over in silence. */
async function foldersIn(folder: string, findings: Finding[]): Promise<string[]> {
  const entries = await readdir(join(folder, versionsFolder)).catch(() => [])
  const found: string[] = []
  for (const name of entries.filter(entry => !entry.startsWith('.')).toSorted()) {
    const file = `${versionsFolder}/${name}`
    // It may be a link, as where configuration is mounted.
    if ((await stat(join(folder, file))).isDirectory()) found.push(name)
    else {
      const message = `is no folder; each version has one of its own in ${versionsFolder}/`
      findings.push({ file, line: 1, column: 1, key: 'file', message })
    }
  }
  return found
}
