/**
 * The lists of repeated members. V8 gives a list that grows room for many more, and nearly all of these stay short: up
 * to four are kept without room to grow. What they take is counted as they grow.
 */
import { budget } from './budget.ts'

/** Its header, that of its elements, and one. */
const oneWeight = 56
const slotWeight = 8
/** What the fifth makes: room for 23. */
const roomWeight = 152
/** Then room grows by half and 16, when it is full. */
const shareWeight = 16

/** A list of one. */
export function listOf(value: unknown): unknown[] {
  budget.weight += oneWeight
  return [value]
}

/** The list with this behind it; another one, or the same. */
export function append(list: unknown[], value: unknown): unknown[] {
  switch (list.length) {
    case 1:
      budget.weight += slotWeight
      return [list[0], value]
    case 2:
      budget.weight += slotWeight
      return [list[0], list[1], value]
    case 3:
      budget.weight += slotWeight
      return [list[0], list[1], list[2], value]
    default:
      budget.weight += list.length === 4 ? roomWeight : shareWeight
      list.push(value)
      return list
  }
}
