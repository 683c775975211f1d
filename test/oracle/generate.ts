/** Random catalogues and random lives of accounts. The same seed gives the same ones. */

import { writeTable, writeTerms } from './generate-prices.ts'
import type { Place } from './rater.ts'
import type {
  WrittenAllowance,
  WrittenCatalogue,
  WrittenLimit,
  WrittenOffer,
  WrittenRule
} from './written.ts'

export interface Dice {
  /** From 0 up to, not including, the number. */
  below(limit: number): number
  one<T>(of: readonly T[]): T
  /** True this often in a hundred. */
  often(percent: number): boolean
}

/** Mulberry32: small, quick, and good enough to choose by. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    one: of => of[below(of.length)] as (typeof of)[number],
    often: percent => below(100) < percent
  }
}

export const groups = [
  { group: 10, service: 'net', unit: 'octets' },
  { group: 11, service: 'net', unit: 'octets' },
  { group: 100, service: 'calls', unit: 'seconds' },
  { group: 200, service: 'texts', unit: 'messages' }
] as const

const legs = ['originating', 'originating', 'terminating', 'forwarding'] as const
const zones = ['home', 'near', 'far']
const destinations = ['germany', 'mobile', 'britain', 'elsewhere']
const rats = ['utran', 'eutra', 'eutra', 'nr'] as const
const networks = [null, '26201', '26202', '20801', '22201', '310410']
const numbers = [
  'tel:+4930123456',
  'tel:+491512345678',
  '01512345678',
  '00447700900123',
  'tel:+3312345678',
  '115',
  '112'
]

const network = {
  services: {
    services: [
      { service: 'net', unit: 'octets', 'rating-groups': [10, 11] },
      { service: 'calls', unit: 'seconds', destinations: true, 'rating-groups': [100] },
      { service: 'texts', unit: 'messages', destinations: true, 'rating-groups': [200] }
    ],
    contexts: { '32251': 10, '32260': 100, '32274': 200 }
  },
  zones: {
    home: 'home',
    other: 'far',
    zones: [
      { zone: 'home', networks: ['26201', '26202'] },
      { zone: 'near', countries: ['208', '222', '262'] },
      { zone: 'far' }
    ]
  },
  destinations: {
    other: 'elsewhere',
    destinations: [
      { destination: 'germany', prefixes: ['49'], numbers: ['115'] },
      { destination: 'mobile', prefixes: ['4915', '4916', '447'] },
      { destination: 'britain', prefixes: ['44'] },
      { destination: 'elsewhere' }
    ]
  },
  prefixes: []
} as const

export function writeCatalogue(dice: Dice): WrittenCatalogue {
  const base = ['base', 'parent', 'grandparent'].slice(0, dice.one([1, 1, 1, 2, 3]))
  const addons = ['extra', 'more'].filter(() => dice.often(70))
  return {
    format: 1,
    catalogue: {
      currency: 'EUR',
      'time-zone': 'UTC',
      'country-code': '49',
      emergency: ['112', '110'],
      quota: {
        validity: 3600,
        'rate-after': dice.one([0, 60]),
        target: 300,
        threshold: 20,
        sizes: {
          octets: { initial: '10 MB', min: '1 MB', max: '1 GB' },
          seconds: { initial: '60 s', min: '30 s', max: '3600 s' },
          messages: { initial: 1, min: 1, max: 100 }
        }
      }
    },
    ...network,
    services: {
      ...network.services,
      ...(dice.often(15) ? { free: [{ service: 'net', zones: some(dice, zones) }] } : {})
    },
    offers: [
      ...base.map((id, index) => writeOffer(dice, id, 'base', base[index + 1])),
      ...addons.map((id, index) => {
        const parent = dice.often(30) ? addons[index + 1] : undefined
        return writeOffer(dice, id, 'addon', parent)
      })
    ],
    tables: tableNames.map(table => writeTable(dice, table))
  }
}

function writeOffer(
  dice: Dice,
  offer: string,
  kind: WrittenOffer['kind'],
  parent: string | undefined
): WrittenOffer {
  const rules = kind === 'base' ? 2 + dice.below(6) : dice.below(3)
  const limits = limitNames.filter(() => dice.often(25))
  const allowances = kind === 'base' ? dice.below(3) : 1 + dice.below(2)
  return {
    offer,
    kind,
    name: offer,
    allowances: Array.from({ length: allowances }, (_, i) => writeAllowance(dice, `a${i}`)),
    ...(limits.length === 0 ? {} : { limits: limits.map(limit => writeLimit(dice, limit)) }),
    prices: withBases(Array.from({ length: rules }, (_, i) => writeRule(dice, kind, i))),
    ...(parent === undefined ? {} : { 'prices-of': parent })
  }
}

/** Without the mark-ups that no rule for their service comes after, which a catalogue may not have. */
function withBases(rules: readonly WrittenRule[]): WrittenRule[] {
  const priorityOf = ({ priority }: WrittenRule) => priority ?? 100
  const sorted = rules.toSorted((a, b) => priorityOf(a) - priorityOf(b))
  return rules.filter(rule => {
    if (rule['mark-up'] === undefined || rule.of !== undefined) return true
    const later = sorted.slice(sorted.indexOf(rule) + 1).filter(next => !('mark-up' in next))
    return later.some(({ service }) => service === undefined || service === rule.service)
  })
}

function writeMatch(dice: Dice, service: string) {
  return {
    ...(dice.often(50) ? { zones: some(dice, zones) } : {}),
    ...(service !== 'net' && dice.often(50) ? { destinations: some(dice, destinations) } : {}),
    ...(service !== 'net' && dice.often(15) ? { legs: [dice.one(legs)] } : {}),
    ...(dice.often(10) ? { rats: [dice.one(rats)] } : {})
  }
}

function some(dice: Dice, of: readonly string[]): string[] {
  const first = dice.below(of.length)
  return of.filter((_, index) => index === first || dice.often(30))
}

function writeAllowance(dice: Dice, allowance: string): WrittenAllowance {
  const service = dice.one(['net', 'net', 'calls', 'texts'])
  const amounts = {
    net: ['1 B', '1 MB', '2.5 MB', '64 KiB', '100 MB'],
    calls: ['1 s', '1.5 min', '300 min', '59 s'],
    texts: [1, 5, 100]
  }
  return {
    allowance,
    services: [service],
    ...writeMatch(dice, service),
    amount: dice.one<string | number>(amounts[service as keyof typeof amounts]),
    period: dice.one(['calendar-month', 'unlimited', '30 days', '7 days']),
    ...(dice.often(50) ? { sharing: dice.one(['account', 'line'] as const) } : {}),
    ...(dice.often(60) ? { priority: dice.one([0, 50, 100, 200]) } : {})
  }
}

/** A few, so that an offer often has one of the name of another that it inherits. */
const limitNames = ['cap', 'daily', 'own'] as const

function writeLimit(dice: Dice, limit: string): WrittenLimit {
  const service = dice.one(['net', 'net', 'calls', 'texts'])
  const { rats: _none, ...match } = writeMatch(dice, service)
  const amounts = {
    net: ['1 B', '5 MB', '1 GB', '3 GB'],
    calls: ['59 s', '300 min'],
    texts: [1, 20]
  }
  const units = { amount: dice.one<string | number>(amounts[service as keyof typeof amounts]) }
  return {
    limit,
    services: [service],
    ...match,
    ...(dice.often(40) ? { money: dice.one(['0.07', '1.00', '25.000001', '5000.00']) } : units),
    period: dice.one(['day', 'week', 'calendar-month', '7 days', 'unlimited']),
    sharing: dice.one(['account', 'line'] as const),
    ...(dice.often(40) ? { action: dice.one(['stop', 'tell'] as const) } : {})
  }
}

/** By the columns that they have. */
export const tableNames = ['by-country', 'by-zone-service', 'by-destination'] as const

function writeRule(dice: Dice, kind: WrittenOffer['kind'], index: number): WrittenRule {
  const service = dice.one(['net', 'net', 'calls', 'texts'] as const)
  const first = dice.often(25) ? { priority: dice.one([50, 100, 200]) } : {}
  const own = { rule: `r${index}`, ...first, ...writeMatch(dice, service) }
  if (dice.often(10)) return { ...own, service, free: true }
  if (dice.often(7)) return { ...own, service, blocked: true }
  const markUp = { ...own, service, 'mark-up': dice.one(['20 %', '-12.5 %', '+150 %']) }
  if (kind === 'addon' && dice.often(40)) return { ...markUp, of: '*' }
  if (dice.often(20)) return markUp
  if (dice.often(8)) {
    const { destinations: _none, legs: _nor, ...rest } = own
    return { ...rest, table: 'by-zone-service', ...writePeriod(dice) }
  }
  if (service === 'net' && dice.often(12)) return { ...own, service, table: 'by-country' }
  if (service === 'calls' && dice.often(25)) return { ...own, service, table: 'by-destination' }
  return { ...own, service, ...writeTerms(dice, service), ...writePeriod(dice) }
}

function writePeriod(dice: Dice): Pick<WrittenRule, 'over' | 'counted'> {
  if (!dice.often(20)) return {}
  const over = dice.one(['day', 'calendar-month'] as const)
  return { over, ...(dice.often(50) ? { counted: dice.one(['line', 'account'] as const) } : {}) }
}

export function writePlace(dice: Dice, group: number): Place {
  const called = group >= 100 ? dice.one(numbers) : null
  return { group, plmn: dice.one(networks), called, leg: dice.one(legs), rat: dice.one(rats) }
}

/** How much is used in one stretch: often little, now and then very much, and often at the edge of a step. */
export function writeUnits(dice: Dice, group: number): number {
  if (group === 200) return 1 + dice.below(6)
  if (group === 100) return dice.one([1, 59, 60, 61, 1 + dice.below(600), 1 + dice.below(20_000)])
  const edge = dice.one([1, 1_000, 1_024, 100_000, 1_000_000, 1_048_576])
  return dice.one([
    1 + dice.below(2_000),
    edge * (1 + dice.below(20)),
    edge * (1 + dice.below(20)) + 1,
    1 + dice.below(20_000_000),
    1 + dice.below(2_000_000_000)
  ])
}

/** Reports that add up to the units: mostly few, sometimes a hundred, and some of nothing. */
export function split(dice: Dice, units: number): number[] {
  const reports = dice.often(3) ? 100 : dice.one([1, 1, 2, 3, 4 + dice.below(6)])
  const cuts = Array.from({ length: reports - 1 }, () => dice.below(units + 1)).sort(
    (a, b) => a - b
  )
  return [...cuts, units].map((cut, index) => cut - (cuts[index - 1] ?? 0))
}
