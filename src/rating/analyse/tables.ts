/** Rows of tables that no usage is priced by, although the rule of their table is. */
import type { Catalogue, PriceRule } from '../catalogue.ts'
import { priced, ruleObstacle } from '../match.ts'
import type { Check, Discovery, Subject } from './finding.ts'

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
      return [
        idle(['tables', table, index, column], `no usage is priced by the row ${row}: ${why}`)
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

function keyOf(table: string, line: number): string {
  return `${table}:${line}`
}

function idle(path: Discovery['path'], message: string): Discovery {
  return { code: 'row-never-applies', severity: 'warning', path, message, example: null }
}
