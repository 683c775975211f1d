/** What the analyser finds of limits, thresholds and what rolls over. */
import t from 'tap'
import { analyseCatalogue, analyseDefaults } from '../../../src/rating/analyse/analyse.ts'
import type { OfferFile } from '../../../src/rating/load/source.ts'
import { catalogueOf, standardOffers } from '../../support/limits-catalogue.ts'

const go = standardOffers.find(({ offer }) => offer === 'go')!

function found(offer: Omit<OfferFile, 'kind' | 'name'>) {
  const catalogue = catalogueOf([go, { kind: 'base', name: 'x', 'prices-of': 'go', ...offer }])
  return analyseCatalogue(catalogue, { ...analyseDefaults, roundingPercent: 1_000_000 }).filter(
    ({ code }) => code !== 'never-reached'
  )
}

const month = { services: ['internet'], period: 'calendar-month' }

t.test('offers that bound and give as they mean it pass clean', async t => {
  const codes = analyseCatalogue(catalogueOf(), {
    ...analyseDefaults,
    roundingPercent: 1_000_000
  }).map(({ code, message }) => `${code}: ${message}`)
  t.same(codes, [])
})

t.test('a limit of money on what is free never binds', async t => {
  const rule = { rule: 'free', service: 'internet', free: true }
  const limits = [{ limit: 'cap', ...month, money: '5.00' }]
  t.match(found({ offer: 'x', prices: [rule], limits }), [
    {
      code: 'limit-never-binds',
      severity: 'warning',
      path: ['offers', 'x', 'limits', 0],
      example: { offer: 'x', ratingGroup: 10 }
    }
  ])
})

t.test('a limit behind a tighter one is never reached', async t => {
  const limits = [
    { limit: 'tight', ...month, amount: '1 MB' },
    { limit: 'loose', ...month, zones: ['home'], amount: '2 MB' },
    { limit: 'daily', ...month, period: 'day', amount: '1 MB' }
  ]
  t.match(found({ offer: 'x', limits }), [
    { code: 'limit-never-binds', path: ['offers', 'x', 'limits', 1], message: /tight stops/ }
  ])
})

t.test('a limit that so many shorter periods never reach, or that is more than a longer one', t => {
  const both = (tight: string, amount: string, wide: string, loose: string) =>
    found({
      offer: 'x',
      limits: [
        { limit: 'tight', ...month, period: tight, amount },
        { limit: 'loose', ...month, period: wide, amount: loose }
      ]
    }).map(({ code, path, message }) => [code, path[3], /because (\w+) stops/.exec(message)?.[1]])
  const loose = [['limit-never-binds', 1, 'tight']]
  t.same(both('day', '1 GB', 'calendar-month', '32 GB'), loose)
  t.same(both('day', '1 GB', 'calendar-month', '31 GB'), [], 'both on the last day')
  t.same(both('day', '1 GB', 'anniversary', '32 GB'), loose)
  t.same(both('day', '1 GB', 'week', '8 GB'), loose)
  t.same(both('day', '1 GB', 'week', '7 GB'), [])
  t.same(both('week', '1 GB', 'calendar-month', '7 GB'), loose)
  t.same(both('week', '1 GB', 'calendar-month', '6 GB'), [], 'Sunday to Monday')
  t.same(both('calendar-month', '1 GB', 'day', '2 GB'), loose)
  t.same(both('calendar-month', '1 GB', 'week', '2 GB'), [], 'a week of two months')
  t.same(both('unlimited', '1 GB', 'day', '2 GB'), loose)
  t.same(both('day', '1 GB', 'unlimited', '1000 GB'), [])
  t.same(both('7 days', '1 GB', 'calendar-month', '7 GB'), loose)
  t.same(both('7 days', '1 GB', 'calendar-month', '6 GB'), [])
  t.end()
})

t.test('a limit of units where nothing is granted never binds', t => {
  const blocked = { rule: 'no-roaming', service: 'internet', zones: ['world'], blocked: true }
  const limits = [{ limit: 'cap', ...month, zones: ['world'], amount: '1 MB' }]
  t.match(found({ offer: 'x', prices: [blocked], limits }), [
    {
      code: 'limit-never-binds',
      path: ['offers', 'x', 'limits', 0],
      message: /nothing of what it counts is ever granted with x, such as internet in world/,
      example: { offer: 'x', ratingGroup: 10 }
    }
  ])
  t.same(found({ offer: 'x', limits }), [])
  const allowances = [{ allowance: 'data', ...month, zones: ['world'], amount: '5 MB' }]
  t.same(found({ offer: 'x', prices: [blocked], allowances, limits }), [], 'an allowance counts')
  t.end()
})

t.test(
  'an inherited limit is told once, where it is written, and keeps looser ones from being reached',
  async t => {
    const parent = (limit: object) => ({
      offer: 'parent',
      kind: 'base' as const,
      name: 'Parent',
      limits: [{ limit: 'cap', ...month, ...limit }],
      'prices-of': 'go'
    })
    const foundIn = (offers: readonly OfferFile[]) =>
      analyseCatalogue(catalogueOf([go, ...offers]), {
        ...analyseDefaults,
        roundingPercent: 1_000_000
      }).filter(({ code }) => code !== 'never-reached')
    const heir = { offer: 'heir', kind: 'base' as const, name: 'Heir', 'prices-of': 'parent' }
    const loose = { limit: 'loose', ...month, amount: '2 MB' }
    t.match(foundIn([parent({ amount: '1 MB' }), { ...heir, limits: [loose] }]), [
      {
        code: 'limit-never-binds',
        path: ['offers', 'heir', 'limits', 0],
        message: /cap of parent stops before it/
      }
    ])
    const own = { ...loose, limit: 'cap' }
    t.same(foundIn([parent({ amount: '1 MB' }), { ...heir, limits: [own] }]), [], 'the same name')
    const thresholds = [{ at: '120 %' }]
    t.match(foundIn([parent({ amount: '1 MB', thresholds }), heir]), [
      { code: 'threshold-never-reached', path: ['offers', 'parent', 'limits', 0, 'thresholds'] }
    ])
    t.equal(foundIn([parent({ amount: '1 MB', thresholds }), heir]).length, 1)
  }
)

t.test('a limit without usage counts nothing', async t => {
  const limits = [
    {
      limit: 'cap',
      services: ['voice'],
      legs: ['forwarding' as const],
      period: 'day',
      amount: '1 min'
    }
  ]
  t.same(found({ offer: 'x', limits }), [], 'on a leg that no price tells apart')
  const destinations = ['nowhere']
  t.throws(() => found({ offer: 'x', limits: [{ ...limits[0]!, destinations }] }), /nowhere/)
})

t.test('a threshold above what there is is never reached', async t => {
  const thresholds = [{ at: '50 %' }, { at: '120 %' }]
  const code = 'threshold-never-reached'
  const allowances = [{ allowance: 'data', ...month, amount: '1 MB', thresholds }]
  t.match(found({ offer: 'x', allowances }), [
    {
      code,
      severity: 'error',
      message: /at 120 %/,
      example: { offer: 'x', ratingGroup: 10, facts: { plmn: '26201' }, units: 1_200_000 }
    }
  ])
  const limits = [{ limit: 'cap', ...month, zones: ['world'], amount: '1 MB', thresholds }]
  const abroad = { offer: 'x', facts: { plmn: '310410' } }
  t.match(found({ offer: 'x', limits }), [{ code, example: { ...abroad, units: 1_200_000 } }])
  t.same(found({ offer: 'x', limits: [{ ...limits[0]!, passable: true }] }), [])
  t.same(found({ offer: 'x', limits: [{ ...limits[0]!, action: 'tell' }] }), [])
})

t.test('a threshold of money has the usage that would cost so much', async t => {
  const thresholds = [{ at: '12.00' }]
  const cap = { limit: 'cap', ...month, zones: ['world'], money: '10.00', thresholds }
  // Ten started kilobytes cost 0.02, so the first that makes it 12.00 is the one behind 5,990,000.
  t.match(found({ offer: 'x', limits: [cap] }), [
    { code: 'threshold-never-reached', example: { units: 5_990_001, facts: { plmn: '310410' } } }
  ])
})

t.test('more rolls over than a period gives', async t => {
  const rollover = { max: '2 MB' }
  const allowances = [{ allowance: 'data', ...month, amount: '1 MB', rollover }]
  t.match(found({ offer: 'x', allowances }), [
    {
      code: 'rollover-above-amount',
      example: { offer: 'x', ratingGroup: 10, facts: { plmn: '26201' }, units: 2_000_000 }
    }
  ])
})

t.test('what cannot be meant is refused when it is loaded', async t => {
  const said = (offer: object) => {
    try {
      found({ offer: 'x', ...offer })
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  const data = { allowance: 'data', ...month, amount: '1 MB' }
  const once = { ...data, period: '30 days', rollover: {} }
  t.match(said({ allowances: [once] }), /rollover: needs a period that renews/)
  t.match(said({ allowances: [{ ...data, money: '1.00' }] }), /money: goes without amount/)
  t.match(
    said({ allowances: [{ ...data, amount: undefined }] }),
    /lacks amount; write it, or money/
  )
  t.match(said({ 'fee-every': 'week' }), /fee-every: goes with fee only/)
  t.match(said({ fee: '1.00', 'fee-every': 'unlimited' }), /unlimited is no period/)
  const cap = { limit: 'cap', ...month }
  t.match(said({ limits: [cap] }), /lacks amount or money/)
  t.match(said({ limits: [{ ...cap, settable: true }] }), /must say what it counts/)
  t.match(
    said({ limits: [{ ...cap, money: '1.00', counts: 'units' }] }),
    /units does not go with money/
  )
  const mixed = [{ at: '50 %' }, { at: '1 MB' }]
  t.match(
    said({ limits: [{ ...cap, amount: '3 MB', settable: true, thresholds: mixed }] }),
    /are shares and amounts/
  )
  t.match(
    said({ limits: [{ ...cap, services: ['internet', 'voice'], amount: '1 MB' }] }),
    /write two/
  )
})

t.test('a limit that alone wants something of the network counts what has it', async t => {
  const office = { limit: 'office', ...month, amount: '1 GB', apns: ['office'] }
  t.same(found({ offer: 'x', limits: [office] }), [])
  const all = { limit: 'all', ...month, amount: '2 GB' }
  t.same(found({ offer: 'x', limits: [office, all] }), [], 'and stops nothing else')
})

t.test('a limit of money that counts one of two services under one price', async t => {
  const cap = { ...month, money: '5.00' }
  const capped = (terms: object, more: object) =>
    found({
      offer: 'x',
      prices: [{ rule: 'all', service: 'internet', price: '0.10', per: '1 MB', ...terms }],
      limits: [{ limit: 'cap', ...cap, ...more }]
    })
      .filter(({ code }) => code === 'limit-splits-price')
      .map(({ path, message, example }) => [path, message, example?.serviceIdentifiers])
  const some = { 'service-identifiers': [7] }
  t.match(capped({ step: '100 kB' }, some), [
    [
      ['offers', 'x', 'limits', 0],
      /^counts internet in home and not internet in home, .* same price/,
      []
    ]
  ])
  t.equal(capped({ flat: '1.00', price: undefined, per: undefined }, some).length, 1)
  t.same(capped({ step: '100 kB' }, {}), [], 'both are counted')
  const limits = [{ limit: 'cap', ...cap, ...some }]
  const beside = catalogueOf([go, { offer: 'more', kind: 'addon', name: 'More', limits }])
  const codes = analyseCatalogue(beside, analyseDefaults).map(({ code, path }) => [code, path[1]])
  t.strictSame(
    codes.find(([code]) => code === 'limit-splits-price'),
    ['limit-splits-price', 'more']
  )
  t.same(capped({ step: '100 kB' }, { ...some, action: 'tell' }), [], 'it stops nothing')
  t.same(capped({ step: '1 B' }, some), [], 'each octet costs the same')
  t.same(capped({ step: '100 kB' }, { zones: ['home'] }), [], 'a session is in one place')
})
