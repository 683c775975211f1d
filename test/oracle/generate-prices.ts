/** Random prices of every model, and tables of them. */
import type { Dice } from './generate.ts'
import type { WrittenPrice, WrittenTable, WrittenTier } from './written.ts'

type Kind = 'net' | 'calls' | 'texts'

/** What a price pays for; a step or a minimum may be smaller. */
const sizes = {
  net: ['1 kB', '1 KiB', '100 kB', '1 MB', '1 MiB', '1.5 MB'],
  calls: ['1 s', '6 s', '30 s', '60 s', '1 min', '7 s', '0.5 h'],
  texts: [1, 1, 3]
} as const

const smallest = { net: ['1 B', '7 B', '999 B'], calls: ['1 s'], texts: [1] } as const

/** Where tiers may end, ascending; some fall between two steps. */
const bounds = {
  net: ['999 B', '1 kB', '1 MB', '1.5 MB', '10 MB', '1 GB'],
  calls: ['1 s', '59 s', '60 s', '100 s', '1 h'],
  texts: [1, 2, 5]
} as const

/** The terms of a rule, of any model. */
export function writeTerms(dice: Dice, service: Kind): WrittenPrice {
  if (dice.often(8)) return { flat: writeMoney(dice) }
  if (dice.often(8)) {
    const size = dice.one<string | number>([...sizes[service], ...bounds[service]])
    return { package: { size, price: writeMoney(dice) } }
  }
  if (dice.often(8)) {
    // Each stair a digit more than the one before, so that none is lower.
    const first = writeMoney(dice)
    return { stairs: writeTiers(dice, service, index => `${index + 1}${first}`) }
  }
  if (dice.often(30)) {
    const tiers = writeTiers(dice, service, () => (dice.often(10) ? '0.00' : writeMoney(dice)))
    const tiering = dice.often(50) ? { tiering: dice.one(['graduated', 'volume'] as const) } : {}
    return { tiers: withPrice(dice, tiers), ...tiering, ...writeCounting(dice, service) }
  }
  const counting = writeCounting(dice, service)
  const nothing = dice.often(5) && counting['set-up'] !== undefined
  return { price: nothing ? '0.00' : writeMoney(dice), ...counting }
}

/** Tiers that cost nothing at all are refused. */
function withPrice(dice: Dice, tiers: readonly WrittenTier[]): readonly WrittenTier[] {
  if (tiers.some(({ price }) => price !== '0.00')) return tiers
  return tiers.map((tier, index) => (index === 0 ? { ...tier, price: writeMoney(dice) } : tier))
}

function writeTiers(
  dice: Dice,
  service: Kind,
  money: (index: number) => string
): readonly WrittenTier[] {
  const ends = [...bounds[service]].filter(() => dice.often(50))
  const some = ends.length === 0 ? [bounds[service][1]] : ends
  return [
    ...some.map((end, index) => ({ 'up-to': end, price: money(index) })),
    { price: money(some.length) }
  ]
}

function writeCounting(dice: Dice, service: Kind): WrittenPrice {
  const size = () => dice.one<string | number>(sizes[service])
  const part = () => (dice.often(30) ? dice.one<string | number>(smallest[service]) : size())
  const given = service !== 'texts' || dice.often(40)
  return {
    ...(given ? { per: size(), step: part() } : {}),
    ...(dice.often(30) ? { minimum: part() } : {}),
    ...(dice.often(30) ? { 'set-up': writeMoney(dice) } : {})
  }
}

const rows = {
  'by-country': ['208', '262 222', '310', '*'].map(country => [country, 'net'] as const),
  'by-zone-service': [
    ['home', 'net'],
    ['home near', 'calls'],
    ['near', '*'],
    ['*', 'net'],
    ['*', 'texts'],
    ['far', 'calls']
  ],
  'by-destination': ['germany', 'mobile britain', '*'].map(to => [to, 'calls'] as const)
} as const
const columns = {
  'by-country': ['country'],
  'by-zone-service': ['zone', 'service'],
  'by-destination': ['destination']
} as const

/** Every row with the same chance of not being there, in any order. */
export function writeTable(dice: Dice, table: keyof typeof rows): WrittenTable {
  const keys = columns[table]
  const written = rows[table].filter(() => dice.often(75))
  const kept = written.length === 0 ? rows[table].slice(0, 1) : written
  const cells = kept.map(([first, service]): readonly string[] => {
    const names = keys.length === 1 ? [first] : [first, service]
    if (service === '*' || dice.often(12)) {
      return [...names, dice.one(['free', 'blocked']), '', '', '', '']
    }
    const kind = service as Kind
    const size = () => String(dice.one<string | number>(sizes[kind]))
    const minimum = dice.often(20) ? size() : ''
    const setUp = dice.often(20) ? writeMoney(dice) : ''
    return [...names, writeMoney(dice), size(), size(), minimum, setUp]
  })
  const order = dice.often(50) ? cells : cells.toReversed()
  return { table, columns: [...keys, 'price', 'per', 'step', 'minimum', 'set-up'], rows: order }
}

/** Above zero, with up to six decimals. */
function writeMoney(dice: Dice): string {
  const decimals = dice.below(7)
  const digits = String(1 + dice.below(10 ** Math.min(decimals, 4) * 3))
  if (decimals === 0) return digits
  const padded = digits.padStart(decimals + 1, '0')
  return `${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`
}
