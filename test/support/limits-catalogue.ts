/**
 * Offers with everything that bounds and gives: written as an operator would, compiled by the loader.
 *
 * Data costs 0.01 a megabyte at home in started steps of 100 kB and 2.00 abroad in steps of 10 kB; calls cost 0.09 a
 * minute by the second; a message costs 0.07.
 */
import type { Catalogue } from '../../src/rating/catalogue.ts'
import { compileCatalogue } from '../../src/rating/load/compile.ts'
import type { CatalogueSource, OfferFile } from '../../src/rating/load/source.ts'
import { EngineDriver } from './engine-driver.ts'

const prices = [
  {
    rule: 'home',
    service: 'internet',
    zones: ['home'],
    price: '0.01',
    per: '1 MB',
    step: '100 kB'
  },
  { rule: 'world', service: 'internet', price: '2.00', per: '1 MB', step: '10 kB' },
  { rule: 'voice', service: 'voice', price: '0.09', per: '60 s', step: '1 s' },
  { rule: 'sms', service: 'sms', price: '0.07' }
]

export const standardOffers: readonly OfferFile[] = [
  { offer: 'go', kind: 'base', name: 'Go', prices },
  {
    offer: 'capped',
    kind: 'base',
    name: 'Data abroad up to 10.00 a month',
    limits: [
      {
        limit: 'roaming',
        services: ['internet'],
        zones: ['world'],
        money: '10.00',
        period: 'calendar-month',
        passable: true,
        settable: true,
        thresholds: [{ at: '80 %' }, { at: '100 %', status: 'capped', tell: 'both' }]
      }
    ],
    'prices-of': 'go'
  },
  {
    offer: 'metered',
    kind: 'base',
    name: '3 MB a day of each line, 50 MB a week together',
    limits: [
      { limit: 'daily', services: ['internet'], amount: '3 MB', period: 'day', sharing: 'line' },
      { limit: 'weekly', services: ['internet'], amount: '50 MB', period: 'week' },
      { limit: 'own', services: ['sms'], counts: 'units', settable: true, period: 'day' }
    ],
    'prices-of': 'go'
  },
  {
    offer: 'flat',
    kind: 'base',
    name: 'Flat with fair use at 25 MB',
    'credit-limit': '50.00',
    overdraft: '1.00',
    limits: [
      {
        limit: 'fair-use',
        services: ['internet'],
        zones: ['home'],
        amount: '25 MB',
        period: 'calendar-month',
        action: 'tell',
        thresholds: [{ at: '80 %' }, { at: '100 %', status: 'throttled', tell: 'both' }]
      }
    ],
    prices: [{ rule: 'home', service: 'internet', zones: ['home'], free: true }],
    'prices-of': 'go'
  },
  {
    offer: 'rolling',
    kind: 'base',
    name: '10 MB a month, 4 MB roll over',
    allowances: [
      {
        allowance: 'data',
        services: ['internet'],
        zones: ['home'],
        amount: '10 MB',
        period: 'calendar-month',
        rollover: { max: '4 MB' },
        thresholds: [{ at: '50 %' }, { at: '10 MB', status: 'used-up', tell: 'both' }]
      }
    ],
    'prices-of': 'go'
  },
  {
    offer: 'stopping',
    kind: 'base',
    name: '1 MB a month and then nothing',
    allowances: [
      {
        allowance: 'data',
        services: ['internet'],
        amount: '1 MB',
        period: 'anniversary',
        'used-up': 'stop',
        'final-units': 'portal'
      }
    ],
    'prices-of': 'go'
  },
  {
    offer: 'promo',
    kind: 'addon',
    name: '5.00 for data at home',
    allowances: [
      {
        allowance: 'gift',
        services: ['internet', 'sms'],
        zones: ['home'],
        money: '5.00',
        period: '30 days'
      }
    ]
  },
  {
    offer: 'nights',
    kind: 'addon',
    name: 'Nights',
    allowances: [
      {
        allowance: 'data',
        services: ['internet'],
        zones: ['home'],
        times: ['night'],
        amount: '100 MB',
        period: 'week'
      }
    ]
  },
  {
    offer: 'plan',
    kind: 'base',
    name: '10.00 a month',
    fee: '10.00',
    'fee-every': 'anniversary',
    allowances: [
      {
        allowance: 'data',
        services: ['internet'],
        zones: ['home'],
        amount: '100 MB',
        period: 'anniversary'
      },
      {
        allowance: 'minutes',
        services: ['voice'],
        amount: '100 min',
        period: 'anniversary',
        sharing: 'line',
        rollover: { for: '10 days' }
      }
    ],
    'prices-of': 'go'
  }
]

export function catalogueOf(
  offers: readonly OfferFile[] = standardOffers,
  quota: object = {}
): Catalogue {
  return compileCatalogue(sourceOf(offers, quota))
}

/** The files of which the catalogue is made, for tests that need others of them too. */
export function sourceOf(offers: readonly OfferFile[], quota: object = {}): CatalogueSource {
  return {
    format: 1,
    catalogue: {
      currency: 'EUR',
      'time-zone': 'Europe/Berlin',
      'country-code': '49',
      emergency: ['112'],
      quota: {
        validity: 3600,
        'rate-after': 60,
        target: 300,
        threshold: 20,
        sizes: {
          octets: { initial: '10 MB', min: '1 MB', max: '1 GB' },
          seconds: { initial: '60 s', min: '30 s', max: '3600 s' },
          messages: { initial: 1, min: 1, max: 100 }
        },
        ...quota
      },
      calendar: {
        bands: [
          {
            band: 'night',
            windows: [{ days: ['every-day'], from: '22:00', until: '06:00' }]
          }
        ]
      },
      'final-units': [
        { id: 'portal', action: 'redirect', redirect: 'https://pay.example.com/', retry: 300 }
      ]
    },
    services: {
      services: [
        { service: 'internet', unit: 'octets', 'rating-groups': [10, 11] },
        { service: 'voice', unit: 'seconds', destinations: true, 'rating-groups': [100] },
        { service: 'sms', unit: 'messages', destinations: true, 'rating-groups': [200] }
      ],
      contexts: { '32251': 10, '32260': 100, '32274': 200 }
    },
    zones: {
      home: 'home',
      other: 'world',
      zones: [{ zone: 'home', networks: ['26201'] }, { zone: 'world' }]
    },
    destinations: { other: 'anywhere', destinations: [{ destination: 'anywhere' }] },
    prefixes: [],
    offers
  }
}

export const limited = catalogueOf()

/** An account with one line, in the catalogue given. */
export function openWith(
  offers: string[],
  topUp: number,
  catalogue: Catalogue = limited,
  lines: string[] = ['4915100000001'],
  now?: number
): EngineDriver {
  const driver = new EngineDriver({
    current: catalogue,
    byVersion: new Map([[catalogue.version, catalogue]])
  })
  if (now !== undefined) driver.now = now
  const answer = driver.submit({
    kind: 'open-account',
    accountId: 'a1',
    lines: lines.map(msisdn => ({ msisdn })),
    offers,
    topUp
  })
  if (answer.kind !== 'done') throw new Error(answer.detail)
  return driver
}
