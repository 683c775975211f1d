/** A small catalogue made by hand, independent of the loader. */
import type { Catalogue, Catalogues, Offer, PriceRule } from '../../src/rating/catalogue.ts'
import { createPrefixTable } from '../../src/rating/prefix-table.ts'

const MB = 1_000_000
const version = 'c0ffee00'

export const perMegabyte = {
  model: 'per-unit',
  amount: 10_000,
  per: MB,
  step: 100_000,
  minimum: 0,
  setUp: 0
} as const

function rule(
  offer: string,
  id: string,
  service: string,
  price: PriceRule['price'],
  zones: string[] | null = null
): PriceRule {
  return {
    ref: `${version}:${offer}/${id}`,
    service,
    match: { zones: zones === null ? null : new Set(zones), destinations: null, legs: null },
    price
  }
}

const offers: Offer[] = [
  {
    id: 'go',
    kind: 'base',
    name: 'pay as you go',
    fee: 0,
    creditLimit: 0,
    allowances: [],
    prices: [
      rule('go', 'home', 'internet', perMegabyte, ['home']),
      rule('go', 'world', 'internet', { ...perMegabyte, amount: 2_000_000, step: 10_000 }, [
        'world'
      ]),
      rule('go', 'free', 'free-internet', { model: 'free' }),
      rule('go', 'voice', 'voice', {
        model: 'per-unit',
        amount: 90_000,
        per: 60,
        step: 1,
        minimum: 60,
        setUp: 150_000
      }),
      rule('go', 'sms', 'sms', {
        model: 'per-unit',
        amount: 70_000,
        per: 1,
        step: 1,
        minimum: 0,
        setUp: 0
      })
    ]
  },
  {
    id: 'pack',
    kind: 'addon',
    name: '5 MB for 30 days',
    fee: 1_000_000,
    creditLimit: 0,
    allowances: [
      {
        id: 'data',
        services: new Set(['internet']),
        match: { zones: new Set(['home']), destinations: null, legs: null },
        unit: 'octets',
        amount: 5 * MB,
        period: { kind: 'days', days: 30, renews: false },
        sharing: 'account',
        priority: 10
      }
    ],
    prices: []
  },
  {
    id: 'family',
    kind: 'base',
    name: 'shared data and minutes of each line',
    fee: 0,
    creditLimit: 0,
    allowances: [
      {
        id: 'pool',
        services: new Set(['internet']),
        match: { zones: new Set(['home']), destinations: null, legs: null },
        unit: 'octets',
        amount: 20 * MB,
        period: { kind: 'calendar-month' },
        sharing: 'account',
        priority: 100
      },
      {
        id: 'minutes',
        services: new Set(['voice']),
        match: { zones: null, destinations: null, legs: null },
        unit: 'seconds',
        amount: 600,
        period: { kind: 'calendar-month' },
        sharing: 'line',
        priority: 100
      }
    ],
    prices: [rule('family', 'home', 'internet', perMegabyte, ['home'])]
  },
  {
    id: 'post',
    kind: 'base',
    name: 'postpaid',
    fee: 0,
    creditLimit: 1_000_000,
    allowances: [],
    prices: [rule('post', 'home', 'internet', perMegabyte, ['home'])]
  },
  {
    id: 'iot',
    kind: 'base',
    name: '1 MB a month, then blocked',
    fee: 0,
    creditLimit: 0,
    allowances: [
      {
        id: 'data',
        services: new Set(['internet']),
        match: { zones: new Set(['home']), destinations: null, legs: null },
        unit: 'octets',
        amount: MB,
        period: { kind: 'calendar-month' },
        sharing: 'account',
        priority: 100
      }
    ],
    prices: [rule('iot', 'none', 'internet', { model: 'blocked' })]
  }
]

export const catalogue: Catalogue = {
  version,
  currency: 'EUR',
  timeZone: 'Europe/Berlin',
  calendar: null,
  finalUnits: new Map(),
  quota: {
    validity: 3600,
    tcc: 7200,
    rateAfter: 60,
    target: 300,
    threshold: 20,
    sizes: {
      octets: { initial: 10 * MB, min: MB, max: 1000 * MB },
      seconds: { initial: 60, min: 30, max: 3600 },
      messages: { initial: 1, min: 1, max: 100 }
    }
  },
  services: new Map([
    ['internet', { id: 'internet', unit: 'octets', destinations: false }],
    ['free-internet', { id: 'free-internet', unit: 'octets', destinations: false }],
    ['voice', { id: 'voice', unit: 'seconds', destinations: true }],
    ['sms', { id: 'sms', unit: 'messages', destinations: true }]
  ]),
  ratingGroups: new Map([
    [10, 'internet'],
    [11, 'internet'],
    [20, 'free-internet'],
    [100, 'voice'],
    [200, 'sms']
  ]),
  contexts: new Map([
    ['32251', 10],
    ['32260', 100],
    ['32274', 200]
  ]),
  free: [],
  contextPatterns: [],
  contextServices: new Map(),
  zones: new Map([['26201', 'home']]),
  otherZone: 'world',
  homeZone: 'home',
  destinations: createPrefixTable([['49', 'home']]),
  otherDestination: 'abroad',
  shortNumbers: new Map(),
  routingNumbers: new Map(),
  routingDigits: 0,
  unnamedRefunds: true,
  countryCode: '49',
  emergencyNumbers: new Set(['112', '110']),
  offers: new Map(offers.map(offer => [offer.id, offer])),
  rules: new Map(offers.flatMap(offer => offer.prices.map(price => [price.ref, price] as const))),
  source: '{}'
}

export const catalogues: Catalogues = {
  current: catalogue,
  byVersion: new Map([[version, catalogue]])
}
