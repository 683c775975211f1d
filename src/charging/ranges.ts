/**
 * Sets of request numbers as text such as `1-4,6`: what an open session has settled.
 *
 * Numbers nearly always come in order, so the set nearly always is one range and stays a few characters.
 */

/** Whether the number is larger than all in the set. */
export function isBeyond(ranges: string, value: number): boolean {
  return ranges === '' || value > lastOf(ranges).number
}

/** Whether the number is in the set. */
export function inRanges(ranges: string, value: number): boolean {
  if (isBeyond(ranges, value)) return false
  return parse(ranges).some(([from, to]) => value >= from && value <= to)
}

/** The set with the number in it. */
export function withNumber(ranges: string, value: number): string {
  if (ranges === '') return String(value)
  const last = lastOf(ranges)
  if (value === last.number + 1) {
    return last.inRange ? `${ranges.slice(0, last.at)}${value}` : `${ranges}-${value}`
  }
  const merged: [number, number][] = []
  let added: [number, number] = [value, value]
  for (const range of parse(ranges)) {
    if (range[1] + 1 < added[0]) merged.push(range)
    else if (range[0] > added[1] + 1) {
      merged.push(added)
      added = range
    } else added = [Math.min(range[0], added[0]), Math.max(range[1], added[1])]
  }
  merged.push(added)
  return merged.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',')
}

/** The largest number of a set that is not empty, where it stands, and whether it ends a range. */
function lastOf(ranges: string): { number: number; at: number; inRange: boolean } {
  let at = ranges.length
  while (at > 0 && ranges.charCodeAt(at - 1) >= 48) at -= 1
  return { number: Number(ranges.slice(at)), at, inRange: ranges[at - 1] === '-' }
}

function parse(ranges: string): [number, number][] {
  if (ranges === '') return []
  return ranges.split(',').map(part => {
    const dash = part.indexOf('-')
    if (dash < 0) return [Number(part), Number(part)]
    return [Number(part.slice(0, dash)), Number(part.slice(dash + 1))]
  })
}
