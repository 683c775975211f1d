/**
 * A list in the order of arrival, from which any item leaves in constant time: the links are members of the items.
 *
 * For what every request enters and leaves. A Map or Set of V8 gets a new table every so many insertions, and the old
 * one refers to the new one: once a table is old, all that come after it, and all that they held when they were left,
 * outlive the request until the next full collection. An item that has left this list refers to nothing of it.
 */

export interface Linked<T> {
  /** null in an item that is in no list, and in the first one of a list. */
  earlier: T | null
  later: T | null
}

export interface LinkedList<T extends Linked<T>> {
  first(): T | null
  /** The item is in no list. */
  push(item: T): void
  /** Nothing happens when the item is not in this list, unless it is in another one. */
  delete(item: T): void
}

export function createLinkedList<T extends Linked<T>>(): LinkedList<T> {
  let first: T | null = null
  let last: T | null = null
  return {
    first: () => first,
    push(item) {
      item.earlier = last
      if (last === null) first = item
      else last.later = item
      last = item
    },
    delete(item) {
      const { earlier, later } = item
      if (earlier === null && first !== item) return
      if (earlier === null) first = later
      else earlier.later = later
      if (later === null) last = earlier
      else later.earlier = earlier
      item.earlier = null
      item.later = null
    }
  }
}
