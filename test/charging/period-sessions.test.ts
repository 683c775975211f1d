/**
 * Sessions of an account that count under one price in the same period, with limits and buckets of money that are for
 * some of their usage: what is reserved is what open grants hold, with what their counts hold beside them, all of it is gone with
 * them, and whoever is used first, or not at all, finds what pays for it. docs/charging-rules.md §5.
 */
import fc from 'fast-check'
import t from 'tap'
import type { CdrRecord } from '../../src/domain/record.ts'
import type { Catalogue, Price } from '../../src/rating/catalogue.ts'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { chargeFor } from '../../src/rating/price.ts'
import { DAY, HOUR } from '../support/engine-driver.ts'
import { catalogueOf, standardOffers } from '../support/limits-catalogue.ts'
import { PeriodPlay, type Play, type PlayStep } from '../support/period-play.ts'
import { data, EUR, MB, micro, models } from '../support/shared-price.ts'

const runs = { numRuns: Number(process.env['GYRO_RUNS'] ?? 200) }
const lines = ['4915100000001', '4915100000002']

const place = fc.constantFrom<object>(
  {},
  {},
  {},
  { zones: ['world'] },
  { zones: ['home'] },
  { 'service-identifiers': [1] },
  { 'service-identifiers': [2, 3] }
)
const sharing = fc.constantFrom<object>({}, { sharing: 'line' })
const money = fc.integer({ min: 1, max: 400_000 })

const step: fc.Arbitrary<PlayStep> = fc.record({
  session: fc.integer({ min: 1, max: 4 }),
  ids: fc.subarray([1, 2, 3], { minLength: 1 }),
  ask: fc.option(fc.integer({ min: 1, max: 8 * MB })),
  share: fc.constantFrom(0, 1, 50, 100, 150),
  abroad: fc.boolean(),
  ends: fc.boolean(),
  silent: fc.boolean(),
  event: fc.option(fc.integer({ min: 1, max: 3 * MB }), { freq: 5 }),
  others: fc.boolean(),
  wait: fc.constantFrom(0, 0, 0, 0, HOUR / 2, 5 * HOUR, DAY),
  reload: fc.constantFrom(false, false, false, true),
  operation: fc.option(
    fc.constantFrom<NonNullable<PlayStep['operation']>>(
      'block',
      'unblock',
      'unblock',
      'sweep',
      'drop',
      'take'
    ),
    { freq: 1 }
  )
})

/** A price, its limits and gifts, and what is done under it. */
const terms = fc.record({
  model: models,
  by: fc.constantFrom('line', 'account'),
  over: fc.constantFrom('day', 'calendar-month'),
  caps: fc.array(fc.tuple(place, sharing, money), { maxLength: 2 }),
  gifts: fc.array(fc.tuple(place, sharing, money), { maxLength: 2 }),
  funds: fc.constantFrom(10 * EUR, 300_000, 20_000),
  credit: fc.constantFrom(0, 0, 100_000),
  other: fc.option(models, { freq: 1 }),
  night: fc.option(models, { freq: 1 }),
  drops: fc.boolean(),
  within: fc.boolean(),
  steps: fc.array(step, { minLength: 2, maxLength: 16 })
})

type Terms = typeof terms extends fc.Arbitrary<infer T> ? T : never

function playOf(terms: Terms): Play {
  const { model, by, over, caps, gifts, credit, other, night, drops, within } = terms
  const limits = caps.map(([at, shared, amount], index) => {
    return { limit: `cap${index}`, ...data, ...at, ...shared, money: micro(amount) }
  })
  const allowances = gifts.map(([at, shared, amount], index) => {
    return { allowance: `gift${index}`, ...data, ...at, ...shared, money: micro(amount) }
  })
  const extra: OfferFile = {
    offer: 'extra',
    kind: 'addon',
    name: 'Limits and gifts',
    ...(limits.length > 0 ? { limits } : {}),
    // An add-on gives something.
    allowances: [
      { allowance: 'texts', services: ['sms'], amount: 10, period: 'week' },
      ...allowances
    ]
  }
  const shared = { service: 'internet', over, counted: by }
  const catalogue = (data: object, name: string): Catalogue => {
    const prices = [
      ...(night === null ? [] : [{ rule: 'night', times: ['night'], ...shared, ...night }]),
      { rule: 'data', ...shared, ...data }
    ]
    const own = { offer: 'own', kind: 'base', name, prices, 'credit-limit': micro(credit) } as const
    return catalogueOf([...standardOffers, own, extra])
  }
  const first = catalogue(model, 'Own')
  const reloads = terms.steps.some(({ reload }) => reload)
  return {
    catalogues: reloads ? [first, catalogue(other ?? model, 'Own, as of later')] : [first],
    sameTerms: other === null,
    // All usage under the price counts under these.
    whole: caps.flatMap(([at, shared], index) =>
      !drops && Object.keys(at).length === 0 && (!('sharing' in shared) || by === 'line')
        ? [`cap${index}`]
        : []
    ),
    lines,
    by,
    credit,
    given: gifts.length > 0,
    limited: caps.length > 0,
    within,
    night: night !== null,
    funds: terms.funds,
    steps: terms.steps.map(step => ({
      ...step,
      share: within ? Math.min(100, step.share) : step.share,
      operation: !drops && step.operation === 'drop' ? null : step.operation
    }))
  }
}

/** The price of what was used in each period, by each line or by all. */
function dueOf(cdrs: readonly CdrRecord[], { by, catalogues: [catalogue] }: Play): number {
  const used = new Map<string, { rule: string; units: number }>()
  for (const { lineId, parts } of cdrs) {
    for (const { period, price, units } of parts) {
      if (period === undefined) continue
      const rule = price.slice(price.indexOf(':'))
      const key = `${by === 'line' ? lineId : ''} ${rule} ${period}`
      used.set(key, { rule, units: (used.get(key)?.units ?? 0) + units })
    }
  }
  let due = 0
  for (const { rule, units } of used.values()) due += chargeFor(priceOf(catalogue!, rule), units)
  return due
}

/** The price of each part from where it says that it was counted, in the version that it names. */
function dueInTurn(cdrs: readonly CdrRecord[], { catalogues }: Play): number {
  let due = 0
  for (const { price, before, units } of cdrs.flatMap(({ parts }) => parts)) {
    const catalogue = catalogues.find(({ version }) => price.startsWith(version))
    if (catalogue === undefined) continue
    const terms = priceOf(catalogue, price.slice(price.indexOf(':')))
    due += chargeFor(terms, before + units) - chargeFor(terms, before)
  }
  return due
}

function priceOf({ rules, version }: Catalogue, rule: string): Price {
  return rules.get(`${version}${rule}`)!.price
}

t.test('what sessions of one period reserve is what they and their counts hold', async t => {
  fc.assert(
    fc.property(terms, drawn => {
      const play = playOf(drawn)
      const played = new PeriodPlay(play)
      played.run()
      const { driver } = played
      const { wallet } = driver.account!
      if (wallet.reserved !== 0) throw new Error('something is held by nobody')
      const cdrs = driver.cdrs().filter(({ sessionId }) => !sessionId.startsWith('x'))
      const charged = cdrs.reduce((sum, { amount }) => sum + amount, 0)
      const given = cdrs
        .flatMap(({ parts }) => parts)
        .reduce(
          (sum, { bucket, unit, units }) => sum + (bucket !== '' && unit === 'money' ? units : 0),
          0
        )
      const due = play.sameTerms ? dueOf(cdrs, play) : dueInTurn(cdrs, play)
      if (charged + given !== due) throw new Error(`${charged} and ${given} were paid of ${due}`)
    }),
    runs
  )
  t.pass('all of them')
})
