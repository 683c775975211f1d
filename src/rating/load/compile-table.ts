/** Tables of prices: each row becomes a rule of its own, found by its keys. */
import type { KeyColumn, PriceRule, PriceTable, Service, TableTree } from '../catalogue.ts'
import type { Counting } from '../prices/types.ts'
import { anyValue } from '../table.ts'
import { checkName } from './compile-network.ts'
import { compilePrice, kindOf, type PricePlace } from './compile-price.ts'
import type { Known } from './known.ts'
import type { Path, Report } from './problem.ts'
import type { PriceFile, RuleFile, TableFile } from './source.ts'

const keyColumns: readonly KeyColumn[] = ['country', 'network', 'zone', 'service', 'destination']

/** Columns that say what a row costs, in the words of a rule. */
const priceColumns = ['price', 'per', 'step', 'minimum', 'set-up'] as const satisfies readonly (
  | keyof Counting
  | keyof PriceFile
)[]

/** The table of a rule; null: it cannot be read, which is reported. */
export function compileTable(
  rule: PriceRule,
  entry: RuleFile,
  service: Service | null,
  known: Known,
  place: PricePlace
): PriceTable | null {
  const file = known.tables.get(entry.table ?? '')
  if (file === undefined) {
    checkName(known.tables, entry.table ?? '', [...place.at, 'table'], 'table', place.report)
    return null
  }
  const columns = columnsOf(file, place)
  if (columns === null) return null
  if (entry.service !== undefined && columns.includes('service')) {
    const message = `${file.table} has a column service; remove the one or the other`
    place.report([...place.at, 'service'], message, true)
  }
  const tree = new Map<string, TableTree | PriceRule>()
  const rows: PriceRule[] = []
  for (const [index, cells] of file.rows.entries()) {
    const row = { file, columns, index, cells }
    const keys = keysOf(row, known, place)
    if (keys === null) continue
    const priced = compileRow(rule, entry, row, serviceOf(row, service, known), place)
    rows.push(priced)
    for (const path of combinations(keys)) {
      if (insert(tree, path, priced)) continue
      const at = ['tables', file.table, index, columns[0] ?? '']
      place.report(at, `${path.join(', ')} stands here a second time; remove one`)
    }
  }
  return { id: file.table, columns, rows, tree }
}

interface Row {
  readonly file: TableFile
  readonly columns: readonly KeyColumn[]
  readonly index: number
  readonly cells: readonly string[]
}

/** The columns that are keys; null: there is a column that is nothing, or none that is a key. */
function columnsOf(file: TableFile, { report }: PricePlace): readonly KeyColumn[] | null {
  const keys = file.columns.filter(name => isKey(name)) as KeyColumn[]
  const at = ['tables', file.table, -1]
  const known = [...keyColumns, ...priceColumns]
  const wrong = file.columns.find(name => !(known as string[]).includes(name))
  if (wrong !== undefined) {
    report([...at, wrong], `is not a column of a table of prices; those are ${known.join(', ')}`)
    return null
  }
  const twice = file.columns.find((name, index) => file.columns.indexOf(name) !== index)
  if (twice !== undefined) report([...at, twice], `column ${twice} stands here twice; remove one`)
  if (keys.length === 0 || !file.columns.includes('price')) {
    report(at, `must have a column price, and one of ${keyColumns.join(', ')} at least`)
    return null
  }
  return twice === undefined ? keys : null
}

const isKey = (name: string): boolean => (keyColumns as readonly string[]).includes(name)

const forms: Readonly<Record<'country' | 'network', readonly [RegExp, string]>> = {
  country: [/^\d{3}$/, 'an MCC, three digits'],
  network: [/^\d{5,6}$/, 'MCC and MNC, five or six digits']
}

/** What the row is for, column by column: several values stand with spaces between. null: a cell is empty. */
function keysOf(
  { file, columns, index, cells }: Row,
  known: Known,
  { report }: PricePlace
): readonly (readonly string[])[] | null {
  const keys = columns.map(column => {
    const at = ['tables', file.table, index, column]
    const values = (cells[file.columns.indexOf(column)] ?? '').split(' ').filter(Boolean)
    if (values.length === 0) report(at, 'is empty; write * for what has no row of its own')
    for (const value of values) {
      if (value !== anyValue) checkKey(column, value, known, at, report)
    }
    return values
  })
  return keys.every(values => values.length > 0) ? keys : null
}

function checkKey(column: KeyColumn, value: string, known: Known, at: Path, report: Report): void {
  if (column === 'country' || column === 'network') {
    const [form, text] = forms[column]
    if (!form.test(value)) report(at, `${value} must be ${text}`)
    return
  }
  const names = {
    zone: known.zones,
    service: known.services,
    destination: known.destinations
  }[column]
  if (names !== null) checkName(names, value, at, column, report)
}

function serviceOf({ file, cells }: Row, service: Service | null, known: Known): Service | null {
  const column = file.columns.indexOf('service')
  if (column < 0) return service
  const found = (cells[column] ?? '').split(' ').map(id => known.services?.get(id))
  const [first] = found
  return found.every(other => other?.unit === first?.unit) ? (first ?? null) : null
}

function compileRow(
  rule: PriceRule,
  entry: RuleFile,
  row: Row,
  service: Service | null,
  place: PricePlace
): PriceRule {
  const { file, columns, index, cells } = row
  const at = ['tables', file.table, index]
  const text = (name: string): string => cells[file.columns.indexOf(name)] ?? ''
  const name = `row ${index + 2}`
  const priced = priceOf(text, entry)
  const unit = service?.unit ?? null
  if (unit === null && priced.price !== undefined) {
    const message = 'a price needs services that are all counted in one unit; name them'
    place.report([...at, columns.includes('service') ? 'service' : 'price'], message)
  }
  const here: PricePlace = { ...place, name, unit, at }
  const kind = kindOf(priced, here)
  const { table: _none, ...own } = rule
  return {
    ...own,
    ref: `${rule.ref}@${columns.map(column => text(column).replaceAll(' ', '+')).join('/')}`,
    service: service?.id ?? '',
    price: kind === null ? { model: 'blocked' } : compilePrice(priced, kind, here),
    row: { table: file.table, line: index + 2 }
  }
}

/** The row in the words of a rule; an empty cell is a key that is not there. */
function priceOf(text: (name: string) => string, { over, counted }: RuleFile): PriceFile {
  const price = text('price')
  if (price === 'free' || price === 'blocked') return { [price]: true }
  const found: Record<string, string | number> = {}
  for (const name of priceColumns) {
    const value = text(name)
    if (value === '') continue
    const messages = /^\d+$/.test(value) && name !== 'price' && name !== 'set-up'
    found[name] = messages ? Number(value) : value
  }
  return {
    ...(found as PriceFile),
    ...(over === undefined ? {} : { over }),
    ...(counted === undefined ? {} : { counted })
  }
}

function combinations(keys: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return keys.reduce<readonly (readonly string[])[]>(
    (paths, values) => paths.flatMap(path => values.map(value => [...path, value])),
    [[]]
  )
}

/** Puts a row into the tree; false: its place is taken. */
function insert(
  tree: Map<string, TableTree | PriceRule>,
  path: readonly string[],
  row: PriceRule
): boolean {
  let node = tree
  for (const key of path.slice(0, -1)) {
    let next = node.get(key) as Map<string, TableTree | PriceRule> | undefined
    if (next === undefined) {
      next = new Map()
      node.set(key, next)
    }
    node = next
  }
  const last = path.at(-1) ?? ''
  if (node.has(last)) return false
  node.set(last, row)
  return true
}
