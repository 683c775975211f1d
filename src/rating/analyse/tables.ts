/** Rows of tables that no usage is priced by, although the rule of their table is. */
import type { Catalogue, PriceRule } from '../catalogue.ts'
import type { Situation } from '../classify.ts'
import { findPrice, priced, ruleObstacle } from '../match.ts'
import { rowOf } from '../table.ts'
import { type Check, type Discovery, exampleOf, type Subject, whereOf } from './finding.ts'

export const idleRows: Check = subject => {
  const { catalogue, source } = subject
  const used = usedRows(subject)
  const named = new Set(rulesOf(catalogue).map(({ table }) => table?.id))
  return (source.tables ?? []).flatMap(({ table, columns, rows }) => {
    const column = columns[0] ?? ''
    if (!named.has(table)) {
      const message = 'no rule names this table; name it, or remove the file'
      return [idle(['tables', table, -1, column], message)]
    }
    return rows.flatMap((cells, index): readonly Discovery[] => {
      if (used.has(keyOf(table, index + 2))) return []
      const row = cells.slice(0, 2).join(', ')
      const why = 'the rules of the table do not match there, or other rows take it all'
      const shown = usageOfRow(subject, table, index + 2)
      const message = `no usage is priced by the row ${row}: ${why}${shown?.message ?? ''}`
      return [
        { ...idle(['tables', table, index, column], message), example: shown?.example ?? null }
      ]
    })
  })
}

function rulesOf({ offers }: Catalogue): readonly PriceRule[] {
  return [...offers.values()].flatMap(({ prices }) => prices)
}

/** Table and line of every row that some usage is priced by. */
function usedRows({ catalogue, witnesses }: Subject): ReadonlySet<string> {
  const used = new Set<string>()
  const all = [...witnesses.values()].flat()
  for (const rule of rulesOf(catalogue)) {
    if (rule.table === undefined) continue
    for (const { situation, bands } of all) {
      if (ruleObstacle(rule, situation, bands) !== null) continue
      const { row } = priced(rule, situation)
      if (row !== undefined) used.add(keyOf(row.table, row.line))
    }
  }
  return used
}

/** A usage that the row is for and that another price takes, or none; null: other rows take it all. */
function usageOfRow({ catalogue, witnesses }: Subject, table: string, line: number) {
  for (const offer of catalogue.offers.values()) {
    for (const rule of offer.prices) {
      if (rule.table?.id !== table) continue
      const of = rule.service === '' ? [...witnesses.values()].flat() : witnesses.get(rule.service)
      const fits = of?.find(({ situation }) => isOfRow(rule, situation, line))
      if (fits === undefined) continue
      const taken = findPrice([offer], fits.situation, fits.bands)
      const by = taken === null ? 'has no price' : `is rated by ${nameOf(taken)}`
      return { message: `; ${whereOf(fits)} ${by}`, example: exampleOf(fits, offer.id) }
    }
  }
  return null
}

function isOfRow({ table }: PriceRule, situation: Situation, line: number): boolean {
  if (table === undefined || situation.emergency) return false
  return rowOf(table, situation)?.row?.line === line
}

function nameOf({ ref }: PriceRule): string {
  return ref.slice(ref.indexOf('/') + 1)
}

function keyOf(table: string, line: number): string {
  return `${table}:${line}`
}

function idle(path: Discovery['path'], message: string): Discovery {
  return { code: 'row-never-applies', severity: 'warning', path, message, example: null }
}
