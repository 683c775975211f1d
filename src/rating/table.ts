/**
 * Prices by row: one rule whose price is looked up by where, what and to whom.
 *
 * A tree of maps, one level a column. The value itself goes before `*`, in the first column first, so that the row that
 * fits most closely is found in as many steps as there are columns.
 */
import type { KeyColumn, PriceRule, PriceTable, TableTree } from './catalogue.ts'
import type { Situation } from './classify.ts'

/** Stands for every value that has no row of its own. */
export const anyValue = '*'

/** The row for a usage; null: there is none. */
export function rowOf({ columns, tree }: PriceTable, situation: Situation): PriceRule | null {
  return look(tree, columns, 0, situation)
}

function look(
  tree: TableTree,
  columns: readonly KeyColumn[],
  depth: number,
  situation: Situation
): PriceRule | null {
  const column = columns[depth]
  if (column === undefined) return null
  const last = depth === columns.length - 1
  const value = keyOf(column, situation)
  for (const key of value === null ? [anyValue] : [value, anyValue]) {
    const next = tree.get(key)
    if (next === undefined) continue
    if (last) return next as PriceRule
    const found = look(next as TableTree, columns, depth + 1, situation)
    if (found !== null) return found
  }
  return null
}

function keyOf(column: KeyColumn, situation: Situation): string | null {
  switch (column) {
    case 'country':
      return situation.facts.plmn?.slice(0, 3) ?? null
    case 'network':
      return situation.facts.plmn ?? null
    case 'zone':
      return situation.zone
    case 'service':
      return situation.service.id
    case 'destination':
      return situation.destination
  }
}
