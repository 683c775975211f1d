/**
 * Prefixes of numbers, of which the longest that fits decides: a tree of digits in flat arrays. A look-up reads
 * one cell for each digit; slices looked up in a map took 7 us with 60,000 prefixes, this takes a fraction of one.
 */

export interface PrefixTable {
  /** The value of the longest prefix of the digits; undefined: none fits. */
  find(digits: string): string | undefined
}

const radix = 10
const zero = 0x30

export function createPrefixTable(entries: Iterable<readonly [string, string]>): PrefixTable {
  let children = new Int32Array(radix * 1_024)
  let values = new Int32Array(1_024)
  let nodes = 1
  const names: string[] = []
  const numbers = new Map<string, number>()

  function childOf(node: number, digit: number): number {
    const at = node * radix + digit
    const known = children[at] ?? 0
    if (known !== 0) return known
    if (nodes === values.length) {
      children = grown(children)
      values = grown(values)
    }
    children[at] = nodes
    return nodes++
  }

  function numberOf(name: string): number {
    const known = numbers.get(name)
    if (known !== undefined) return known
    names.push(name)
    numbers.set(name, names.length)
    return names.length
  }

  for (const [prefix, name] of entries) {
    let node = 0
    for (let i = 0; i < prefix.length; i++) node = childOf(node, prefix.charCodeAt(i) - zero)
    values[node] = numberOf(name)
  }
  return new DigitTree(children.slice(0, nodes * radix), values.slice(0, nodes), names)
}

class DigitTree implements PrefixTable {
  /** Ten cells for each node: the node of each further digit, or 0. */
  readonly children: Int32Array
  /** For each node the place of its name, from 1; 0: no prefix ends here. */
  readonly values: Int32Array
  readonly names: readonly string[]

  constructor(children: Int32Array, values: Int32Array, names: readonly string[]) {
    this.children = children
    this.values = values
    this.names = names
  }

  find(digits: string): string | undefined {
    const { children, values } = this
    let node = 0
    let found = 0
    for (let i = 0; i < digits.length; i++) {
      const digit = digits.charCodeAt(i) - zero
      node = digit >= 0 && digit < radix ? (children[node * radix + digit] as number) : 0
      if (node === 0) break
      found = values[node] || found
    }
    return found === 0 ? undefined : this.names[found - 1]
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}
