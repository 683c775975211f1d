/**
 * Claims of identities for lines, before the lines come to be or get them.
 *
 * An entry is never removed: it is stale once the line that it names has ended or has other numbers, and another line may
 * take its place then. An entry says by which change of numbers it was claimed, so that one that was claimed for a change
 * that is still under way is never taken for stale, and no entry stands for the same twice.
 */
import type { Line } from '../domain/account.ts'
import type { AccountAnswer } from '../domain/answer.ts'
import { hasNumber } from '../domain/line-numbers.ts'
import { type LineNumbers, type LineRef, lineIdOf } from '../domain/subscriber.ts'
import { identityKey } from './directory.ts'
import { decodeHolder, encodeHolder, type Holder } from './documents/receipts.ts'
import type { DirectoryKey, IdentityClaim } from './store.ts'

export interface Claim {
  readonly key: DirectoryKey
  readonly value: string
  /** Where in the request the identity stands. */
  readonly member: string
}

export const identityTypes = ['msisdn', 'imsi', 'tenant'] as const

export interface ClaimsOptions {
  resolve(key: DirectoryKey): Promise<string | null>
  claim(entry: IdentityClaim): Promise<string>
  /** The documents of lines, which may be of several accounts; null: there is none. */
  lines(refs: readonly LineRef[]): Promise<readonly (Line | null)[]>
}

/**
 * Claims all of them; why one could not be, of those that stood there before nothing is claimed then. `before`: what else
 * may be in the way.
 */
export async function claimAll(
  options: ClaimsOptions,
  claims: readonly Claim[],
  before: Promise<AccountAnswer | null> | null = null
): Promise<AccountAnswer | null> {
  const [refusal, standing] = await Promise.all([
    before,
    Promise.all(claims.map(({ key }) => options.resolve(key)))
  ])
  if (refusal !== null) return refusal
  const others = claims.flatMap((claim, i) => {
    const value = standing[i] ?? null
    return value === null || value === claim.value ? [] : [{ claim, value }]
  })
  const stale = new Map<Claim, string>()
  if (others.length > 0) {
    const holders = others.map(({ value }) => decodeHolder(value))
    const lines = await options.lines(holders)
    for (const [i, { claim, value }] of others.entries()) {
      const holder = holders[i]
      if (holder === undefined || !isStale(lines[i] ?? null, holder, claim.key)) return taken(claim)
      stale.set(claim, value)
    }
  }
  const claimed = await Promise.all(
    claims.map(claim => {
      const { key, value } = claim
      const replaces = stale.get(claim)
      return options.claim(replaces === undefined ? { key, value } : { key, value, replaces })
    })
  )
  const lost = claims.find((claim, i) => claimed[i] !== claim.value)
  return lost === undefined ? null : taken(lost)
}

/** A line that is not there may come: only what it was claimed for ends a claim. */
function isStale(line: Line | null, { changes }: Holder, { value }: DirectoryKey): boolean {
  if (line === null || changes > (line.past?.changes ?? 0)) return false
  const at = value.indexOf(':')
  const type = identityTypes.find(known => known === value.slice(0, at))
  return type !== undefined && !hasNumber(line, type, value.slice(at + 1))
}

function taken({ key, member }: Claim): AccountAnswer {
  const detail = `${key.value} belongs to another account or line`
  return { kind: 'refused', reason: 'identity-taken', detail, member }
}

/** A claim for each identity of each line, or why there cannot be. `ids`: those of the lines, unless they have the usual ones. */
export function claimsOf(
  accountId: string,
  lines: readonly LineNumbers[],
  ids: readonly string[] | null
): Claim[] | AccountAnswer {
  const claims: Claim[] = []
  const seen = new Set<string>()
  for (const [index, line] of lines.entries()) {
    const lineId = ids === null ? lineIdOf(line) : ids[index]
    if (lineId == null) return invalid('a line has no msisdn, imsi or tenant')
    for (const claim of claimsFor({ accountId, lineId, changes: 0 }, line, `lines/${index}/`)) {
      if (seen.has(claim.key.value)) return invalid(`${claim.key.value} stands in two lines`)
      seen.add(claim.key.value)
      claims.push(claim)
    }
  }
  return claims
}

/** Those of one line, for these identities. */
export function claimsFor(holder: Holder, numbers: LineNumbers, place: string): Claim[] {
  const value = encodeHolder(holder)
  return identityTypes.flatMap(type => {
    const identity = numbers[type]
    if (identity === undefined) return []
    return [{ key: identityKey(type, identity), value, member: `${place}${type}` }]
  })
}

function invalid(detail: string): AccountAnswer {
  return { kind: 'refused', reason: 'invalid', detail }
}
