/** What units cost under a price as it is written, in exact fractions: the words of docs/charging-rules.md, one by one. */
import { decimal, dividedBy, type Fraction, fraction, plus, roundedUp, times } from './fraction.ts'
import type { WrittenPrice, WrittenTier } from './written.ts'

const factors: Readonly<Record<string, bigint>> = {
  B: 1n,
  kB: 1000n,
  MB: 1000n * 1000n,
  GB: 1000n * 1000n * 1000n,
  KiB: 1024n,
  MiB: 1024n * 1024n,
  s: 1n,
  min: 60n,
  h: 3600n
}

/** What so many units cost, counted from zero, in millionths. */
export function price(rule: WrittenPrice, units: bigint): bigint {
  if (rule.free === true || rule.blocked === true || units === 0n) return 0n
  if (rule.flat !== undefined) return millionths(rule.flat)
  if (rule.package !== undefined) {
    const blocks = dividedBy(fraction(units), fraction(amount(rule.package.size)))
    return roundedUp(blocks) * millionths(rule.package.price)
  }
  if (rule.stairs !== undefined) return millionths(tierOf(rule.stairs, units).price)
  const setUp = fraction(millionths(rule['set-up'] ?? '0'))
  return roundedUp(plus(setUp, forUnits(rule, counted(rule, units))))
}

/** The minimum whole, then in started steps. */
function counted(rule: WrittenPrice, units: bigint): bigint {
  const least = amount(rule.minimum ?? 0)
  if (units <= least) return least
  const step = amount(rule.step ?? 1)
  return least + roundedUp(dividedBy(fraction(units - least), fraction(step))) * step
}

function forUnits(rule: WrittenPrice, units: bigint): Fraction {
  const each = (text: string) =>
    dividedBy(fraction(millionths(text)), fraction(amount(rule.per ?? 1)))
  if (rule.tiers === undefined) return times(each(rule.price ?? '0'), fraction(units))
  if (rule.tiering === 'volume') return forVolume(rule, rule.tiers, units, each)
  let sum = fraction(0n)
  let from = 0n
  for (const tier of rule.tiers) {
    const end = tier['up-to'] === undefined ? units : amount(tier['up-to'])
    const until = end < units ? end : units
    if (until > from) sum = plus(sum, times(each(tier.price), fraction(until - from)))
    from = end
  }
  return sum
}

/** The most that any number of counted units up to here costs, all of them at the price of its tier. */
function forVolume(
  rule: WrittenPrice,
  tiers: readonly WrittenTier[],
  units: bigint,
  each: (text: string) => Fraction
): Fraction {
  let most = times(each(tierOf(tiers, units).price), fraction(units))
  const least = amount(rule.minimum ?? 0)
  const step = amount(rule.step ?? 1)
  for (const tier of tiers) {
    if (tier['up-to'] === undefined) continue
    const end = amount(tier['up-to'])
    // Within a tier more units never cost less, so its last number of counted units is enough.
    const last = end < least ? -1n : least + ((end - least) / step) * step
    if (last < 0n || last > units || tierOf(tiers, last) !== tier) continue
    const here = times(each(tier.price), fraction(last))
    if (here.top * most.bottom > most.top * here.bottom) most = here
  }
  return most
}

function tierOf(tiers: readonly WrittenTier[], units: bigint): WrittenTier {
  const found = tiers.find(tier => tier['up-to'] === undefined || units <= amount(tier['up-to']))
  if (found === undefined) throw new Error('the tiers end')
  return found
}

export function millionths(text: string): bigint {
  return roundedUp(times(decimal(text), fraction(1_000_000n)))
}

/** `10 MB`, `1.5 min`, or a number of messages. */
export function amount(text: string | number): bigint {
  if (typeof text === 'number') return BigInt(text)
  const [number = '', unit = ''] = text.split(' ')
  return roundedUp(times(decimal(number), fraction(factors[unit] ?? 0n)))
}
