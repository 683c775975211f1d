/** Reads a catalogue folder. All files are checked, and all problems are told at once. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalogue } from '../catalogue.ts'
import { compileParts } from './compile.ts'
import { readPrefixes, readTable } from './csv.ts'
import { invalidCatalogue, keyText, type Path, type Report } from './problem.ts'
import type { Part } from './schema.ts'
import {
  type CatalogueParts,
  type CatalogueSource,
  canonicalSource,
  type OfferFile,
  type TableFile
} from './source.ts'
import { validatePart } from './validate.ts'
import { type Position, readYaml } from './yaml.ts'

export { catalogueFromSource, compileCatalogue } from './compile.ts'

const parts = ['catalogue', 'services', 'zones', 'destinations'] as const
const prefixFile = 'destinations.csv'

/** A file that was read, and where its keys are. Paths begin within the file. */
interface ReadFile {
  readonly name: string
  locate(path: Path, atKey: boolean): Position
}

/** Something that is wrong with a catalogue, where it is written. */
export interface Finding extends Position {
  readonly file: string
  readonly key: string
  readonly message: string
}

/** Where something is written. */
export interface Place extends Position {
  readonly file: string
  readonly key: string
}

/** A catalogue as it was read: what it is compiled to and where things stand, or all that is wrong with it. */
export type ReadCatalogue =
  | {
      readonly catalogue: Catalogue
      /** `effective-from` as it is written; null: it is not. */
      readonly effectiveFrom: string | null
      /** Paths begin with a file; an offer is named by its id: `['offers', 'basic', 'prices', 2]`. */
      place(path: Path): Place
    }
  | { readonly catalogue: null; readonly findings: readonly Finding[] }

interface Findings {
  /** By their text, so that each is told once. */
  readonly found: Map<string, Finding>
  /** Places of YAML faults. What else is found wrong there only follows from the fault. */
  readonly faulty: Set<string>
  /** By the first steps of a path: `zones`, `offers/0`. */
  readonly files: Map<string, ReadFile>
}

/**
 * Loads and checks the catalogue in a folder: `catalogue.yaml`, `services.yaml`, `zones.yaml`,
 * `destinations.yaml`, `offers/*.yaml`, and `destinations.csv` if there is one. Throws
 * GYRO_CATALOGUE_INVALID with a line `file:line:column: key: problem` for everything that is wrong.
 */
export async function loadCatalogue(folder: string): Promise<Catalogue> {
  const read = await readCatalogue(folder)
  if (read.catalogue !== null) return read.catalogue
  throw invalidCatalogue(`The catalogue in ${folder}`, read.findings.map(textOf))
}

/** Reads and checks the catalogue in a folder, as loadCatalogue does, and tells what is wrong instead of throwing. */
export async function readCatalogue(folder: string): Promise<ReadCatalogue> {
  const findings: Findings = { found: new Map(), faulty: new Set(), files: new Map() }
  const report = reporter(findings)
  await refuseOtherFiles(folder, findings)
  const [catalogue, services, zones, destinations] = await Promise.all(
    parts.map(part => readPart(folder, part, { name: `${part}.yaml`, path: [part] }, findings))
  )
  const prefixes = await readPrefixFile(folder, findings)
  const offers = await readOffers(folder, findings)
  const tables = await readTables(folder, findings)
  // Nothing gets here unless its schema has found it to be what its type says.
  const source = {
    catalogue,
    services,
    zones,
    destinations,
    prefixes,
    offers,
    ...(tables.length === 0 ? {} : { tables })
  } as CatalogueParts
  const causes = new Set(findings.found.keys())
  const whole = causes.size === 0
  const text = whole ? canonicalSource({ format: 1, ...source } as CatalogueSource) : ''
  const compiled = compileParts(source, text, report)
  if (compiled === null || findings.found.size > 0) {
    const found = [...findings.found.values()].toSorted(byPlace)
    // What a file lacks that could not be read comes before what others then miss in it.
    const isCause = (finding: Finding) => causes.has(textOf(finding))
    const ordered = [...found.filter(isCause), ...found.filter(each => !isCause(each))]
    return { catalogue: null, findings: ordered }
  }
  return {
    catalogue: compiled,
    effectiveFrom: source.catalogue?.['effective-from'] ?? null,
    place: path => placeOf(findings, byIndex(path, offers))
  }
}

/** The path with the number of an offer's file instead of its id. */
function byIndex(path: Path, offers: readonly (OfferFile | null)[]): Path {
  const [part, id, ...rest] = path
  if (part !== 'offers' || typeof id !== 'string') return path
  return [part, offers.findIndex(file => file?.offer === id), ...rest]
}

async function readOffers(folder: string, findings: Findings): Promise<(OfferFile | null)[]> {
  const names = await namesIn(join(folder, 'offers'))
  const files = names.filter(name => name.endsWith('.yaml'))
  if (files.length === 0) {
    add(findings, 'offers', { line: 1, column: 1 }, 'offers', 'there is no offer; add a .yaml file')
  }
  const offers = files.map((name, index) =>
    readPart(folder, 'offers', { name: `offers/${name}`, path: ['offers', index] }, findings)
  )
  return (await Promise.all(offers)) as (OfferFile | null)[]
}

/** The content of a file, or null when it has not the form that it should have. */
async function readPart(
  folder: string,
  part: Part,
  file: { readonly name: string; readonly path: Path },
  findings: Findings
): Promise<unknown> {
  const text = await readText(folder, file.name)
  if (text === null) {
    add(findings, file.name, { line: 1, column: 1 }, 'file', 'there is no such file; create it')
    return null
  }
  const yaml = readYaml(text)
  findings.files.set(file.path.join('/'), { name: file.name, locate: yaml.locate })
  for (const fault of yaml.faults) add(findings, file.name, fault, fault.key, fault.message)
  for (const { line, column } of yaml.faults) findings.faulty.add(`${file.name}:${line}:${column}`)
  if (yaml.value === undefined) return null
  return validatePart(part, yaml.value, file.path, reporter(findings)) ? yaml.value : null
}

async function readPrefixFile(folder: string, findings: Findings): Promise<unknown> {
  const text = await readText(folder, prefixFile)
  if (text === null) return []
  const table = readPrefixes(text)
  findings.files.set('prefixes', {
    name: prefixFile,
    locate: path => table.locate(Number(path[0]), String(path[1]))
  })
  for (const fault of table.faults) add(findings, prefixFile, fault, fault.key, fault.message)
  return validatePart('prefixes', table.rows, ['prefixes'], reporter(findings)) ? table.rows : null
}

async function readTables(folder: string, findings: Findings): Promise<readonly TableFile[]> {
  const names = await namesIn(join(folder, 'tables'))
  const tables: TableFile[] = []
  for (const name of names.filter(other => other.endsWith('.csv'))) {
    const file = `tables/${name}`
    const { table, faults, locate } = readTable(name, (await readText(folder, file)) ?? '')
    findings.files.set(`tables/${table.table}`, { name: file, locate })
    for (const fault of faults) add(findings, file, fault, fault.key, fault.message)
    if (validatePart('tables', [table], ['tables'], reporter(findings))) tables.push(table)
  }
  return tables
}

/** Files that are nearly a part of the catalogue would be passed over in silence. */
async function refuseOtherFiles(folder: string, findings: Findings): Promise<void> {
  const known = [...parts.map(part => `${part}.yaml`), prefixFile]
  const here = (await namesIn(folder)).filter(name => !known.includes(name))
  const offers = (await namesIn(join(folder, 'offers'))).filter(name => !name.endsWith('.yaml'))
  const tables = (await namesIn(join(folder, 'tables'))).filter(name => !name.endsWith('.csv'))
  const there = [...offers.map(name => `offers/${name}`), ...tables.map(name => `tables/${name}`)]
  for (const name of [...here, ...there]) {
    if (!/\.(ya?ml|csv|json)$/i.test(name)) continue
    const message = `is not a file of a catalogue; those are ${known.join(', ')}, offers/*.yaml and tables/*.csv`
    add(findings, name, { line: 1, column: 1 }, 'file', message)
  }
}

function reporter(findings: Findings): Report {
  return (path, message, atKey = false) => {
    const { file, key, ...at } = placeOf(findings, path, atKey)
    add(findings, file, at, key, message)
  }
}

function placeOf(findings: Findings, path: Path, atKey = false): Place {
  const depth = path[0] === 'offers' || path[0] === 'tables' ? 2 : 1
  const file = findings.files.get(path.slice(0, depth).join('/'))
  const key = path.slice(depth)
  const at = file?.locate(key, atKey) ?? { line: 1, column: 1 }
  // The number of a row is said by its line.
  const inRow = path[0] === 'tables' && typeof key[0] === 'number'
  const named = keyText(inRow ? key.slice(1) : key) || (inRow ? 'row' : 'file')
  return { ...at, file: file?.name ?? keyText(path), key: named }
}

function add(findings: Findings, file: string, at: Position, key: string, message: string): void {
  const { line, column } = at
  if (findings.faulty.has(`${file}:${line}:${column}`)) return
  const finding = { file, line, column, key, message }
  findings.found.set(textOf(finding), finding)
}

/** As editors and people read it: `file:line:column: key: message`. */
export function textOf({ file, line, column, key, message }: Finding): string {
  return `${file}:${line}:${column}: ${key}: ${message}`
}

function byPlace(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted()
  } catch {
    return []
  }
}

async function readText(folder: string, name: string): Promise<string | null> {
  try {
    return await readFile(join(folder, name), 'utf8')
  } catch {
    return null
  }
}
