/** The small catalogue of the fixtures with offers, tables and settings of a test's own, as files. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Catalogue, Catalogues } from '../../src/rating/catalogue.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'

export interface SmallFiles {
  /** By id: everything below `kind` and `name`. */
  readonly offers: Readonly<Record<string, string>>
  /** By name without ending. */
  readonly tables?: Readonly<Record<string, string>>
  /** Put in front of catalogue.yaml. */
  readonly settings?: string
}

/** Home is 262-01, eu is France and Italy, all else is world; internet is rating group 10, voice 100 and 101. */
export function smallFolder(t: Test, { offers, tables = {}, settings = '' }: SmallFiles): string {
  const folder = t.testdir()
  cpSync('test/fixtures/catalogues/small', folder, { recursive: true })
  rmSync(join(folder, 'offers'), { recursive: true })
  mkdirSync(join(folder, 'offers'))
  mkdirSync(join(folder, 'tables'))
  for (const [id, text] of Object.entries(offers)) {
    const head = text.includes('kind: ') ? '' : 'kind: base\n'
    writeFileSync(join(folder, 'offers', `${id}.yaml`), `offer: ${id}\nname: ${id}\n${head}${text}`)
  }
  for (const [name, text] of Object.entries(tables)) {
    writeFileSync(join(folder, 'tables', `${name}.csv`), text)
  }
  const file = join(folder, 'catalogue.yaml')
  writeFileSync(file, settings + readFileSync(file, 'utf8'))
  return folder
}

export async function smallCatalogue(t: Test, files: SmallFiles): Promise<Catalogue> {
  return await loadCatalogue(smallFolder(t, files))
}

export function inForce(current: Catalogue, ...earlier: readonly Catalogue[]): Catalogues {
  const all = [current, ...earlier]
  return { current, byVersion: new Map(all.map(catalogue => [catalogue.version, catalogue])) }
}
