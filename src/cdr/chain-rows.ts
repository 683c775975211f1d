/** CDRs against the digests of their links. */

export const digestOctets = 32

export interface FoundRow {
  readonly recorded: number
  readonly digest: string
}

interface Span {
  readonly first: number
  readonly last: number
}

/** What did not fit, collected over all links, because a row may have been moved far. */
export interface Misplaced {
  /** Digests without their row, and the numbers where they belong. */
  readonly unmatched: Map<string, number[]>
  /** Rows that are not what the chain has at their number. */
  readonly rows: FoundRow[]
}

interface Link extends Span {
  readonly digests: string
}

/** `links` follow each other; `rows` and `dropped` are of their numbers, in order. How many were dropped. */
export function compareDigests(
  links: readonly Link[],
  rows: readonly FoundRow[],
  dropped: readonly Span[],
  misplaced: Misplaced
): number {
  const remaining = { rows, at: 0 }
  const isDropped = runs(dropped)
  let gone = 0
  for (const { first, last, digests } of links) {
    for (let number = first; number <= last; number += 1) {
      const start = (number - first) * 2 * digestOctets
      const digest = digests.slice(start, start + 2 * digestOctets)
      if (takeRow(remaining, number, digest, misplaced)) continue
      if (isDropped(number)) gone += 1
      else misplaced.unmatched.set(digest, [...(misplaced.unmatched.get(digest) ?? []), number])
    }
  }
  // At numbers that no link has: links were taken out.
  misplaced.rows.push(...rows.slice(remaining.at))
  return gone
}

/** Goes past the rows up to that number; whether one of them is what the chain has there. */
function takeRow(
  remaining: { readonly rows: readonly FoundRow[]; at: number },
  number: number,
  digest: string,
  misplaced: Misplaced
): boolean {
  let found = false
  for (;;) {
    const row = remaining.rows[remaining.at]
    if (row === undefined || row.recorded > number) return found
    if (!found && row.recorded === number && row.digest === digest) found = true
    else misplaced.rows.push(row)
    remaining.at += 1
  }
}

/** Asked of numbers in rising order. */
function runs(spans: readonly Span[]): (number: number) => boolean {
  const sorted = [...spans].sort((a, b) => a.last - b.last)
  let at = 0
  return number => {
    while ((sorted[at]?.last ?? Number.POSITIVE_INFINITY) < number) at += 1
    return (sorted[at]?.first ?? Number.POSITIVE_INFINITY) <= number
  }
}
