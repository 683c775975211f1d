/** Which numbers a line has, and had. */
import type { Line } from './account.ts'
import type { IdentityType, SubscriberId } from './subscriber.ts'
import { identitiesOf, isIdentity } from './subscriber.ts'
import type { EpochMs } from './time.ts'

/** The past of a line keeps so many pairs of numbers. */
const numbersMax = 8

export function hasEnded({ past }: Line): boolean {
  return past !== undefined && past.endedAt !== 0
}

/** Whether an identity is one of the line's now. */
export function hasNumber(line: Line, type: IdentityType, value: string): boolean {
  return (
    !hasEnded(line) && identitiesOf(line).some(([known, own]) => known === type && own === value)
  )
}

/** Whether none of the identities is the line's any more; one that is known by its session alone belongs to it. */
export function isGone(line: Line, subscribers: readonly SubscriberId[]): boolean {
  if (line.past === undefined) return false
  let named = false
  for (const { type, value } of subscribers) {
    if (!isIdentity(type)) continue
    if (hasNumber(line, type, value)) return false
    named = true
  }
  return named
}

interface Numbers {
  readonly msisdn: string | null
  readonly imsi: string | null
}

/** What it had at an instant, as far back as is known. */
export function numbersAt(line: Line, at: EpochMs): Numbers {
  return line.past?.numbers.find(({ until }) => at < until) ?? line
}

/** The line with these numbers from now on. */
export function renumbered(line: Line, { msisdn, imsi }: Numbers, now: EpochMs): Line {
  const { changes = 0, numbers = [] } = line.past ?? {}
  const before = { msisdn: line.msisdn, imsi: line.imsi, until: now }
  const known = [...numbers, before].slice(-numbersMax)
  return { ...line, msisdn, imsi, past: { changes: changes + 1, endedAt: 0, numbers: known } }
}

/** The line as it is when it has ended: its last numbers stay, for what is still recorded of it. */
export function ended(line: Line, now: EpochMs): Line {
  const { changes = 0, numbers = [] } = line.past ?? {}
  return { ...line, past: { changes: changes + 1, endedAt: now, numbers } }
}
