/** Re-rating: what was debited, what the records say and what they are worked out to again are one amount. */
import fc from 'fast-check'
import t from 'tap'
import { rerateSession } from '../../src/charging/rerate/rerate.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import type { Catalogue, Offer, PriceRule } from '../../src/rating/catalogue.ts'
import { banded, nightfall } from '../support/banded-catalogue.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'

const MB = 1_000_000
const known = { current: banded, byVersion: new Map([[banded.version, banded]]) }

/** The catalogue under another version, with its per-unit prices changed. */
function variant(
  version: string,
  change: (price: PriceRule) => PriceRule['price'] = ({ price }) => price,
  keep: (rule: PriceRule) => boolean = () => true
): Catalogue {
  const renamed = (rule: PriceRule): PriceRule => ({
    ...rule,
    ref: `${version}${rule.ref.slice(rule.ref.indexOf(':'))}`,
    price: change(rule)
  })
  const offers = new Map<string, Offer>()
  for (const [id, offer] of banded.offers) {
    offers.set(id, { ...offer, prices: offer.prices.filter(keep).map(renamed) })
  }
  const rules = [...offers.values()].flatMap(({ prices }) => prices)
  return { ...banded, version, offers, rules: new Map(rules.map(rule => [rule.ref, rule])) }
}
const renamed = variant('bbbbbbbb')
const doubled = variant('dddddddd', ({ price }) =>
  price.model === 'per-unit'
    ? { ...price, amount: price.amount * 2, setUp: price.setUp * 2 }
    : price
)

/** Records by session and start, as they come from the database. */
function sessionsOf(cdrs: readonly CdrRecord[]): CdrRecord[][] {
  const sessions = new Map<string, CdrRecord[]>()
  for (const cdr of cdrs) {
    const key = `${cdr.sessionId} ${cdr.startedAt}`
    sessions.set(key, [...(sessions.get(key) ?? []), cdr])
  }
  return [...sessions.values()].map(each => each.sort((a, b) => a.number - b.number))
}

function rerateAll(cdrs: readonly CdrRecord[], candidate: Catalogue) {
  return sessionsOf(cdrs).flatMap(session => rerateSession(session, candidate, known))
}

const step = fc.record({
  type: fc.constantFrom('update', 'update', 'update', 'termination', 'debit', 'refund'),
  session: fc.integer({ min: 1, max: 3 }),
  group: fc.constantFrom(10, 10, 11, 20, 100, 99),
  used: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 * MB })),
  after: fc.integer({ min: 0, max: 100 }),
  asks: fc.boolean(),
  plmn: fc.constantFrom('26201', '26201', '26201', '310410'),
  wait: fc.constantFrom(0, 1_000, 600_000, 4_000_000, 30_000_000)
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const none = { octets: null, inputOctets: null, outputOctets: null, seconds: null, messages: null }

function requestOf(number: number, step: Step, debits: number[]): ChargingRequest {
  if (step.type === 'debit' || step.type === 'refund') {
    const messages = (step.used % 4) + 1
    const action = step.type === 'debit' ? 'direct-debiting' : 'refund'
    const sms = request('event', number, [{ ratingGroup: 200, ask: { messages } }])
    const original = debits.length === 0 ? null : { sessionId: 'sms;1', number: debits[0]! }
    const event = { action, correlation: null, original } as const
    return { ...sms, context: '32274', sessionId: `sms;${number % 2}`, event }
  }
  const voice = step.group === 100
  const units = (share: number) => {
    const amount = Math.floor(((voice ? step.used / 20_000 : step.used) * share) / 100)
    return { ...none, [voice ? 'seconds' : 'octets']: amount }
  }
  const usage = {
    ratingGroup: step.group,
    serviceIdentifiers: [],
    requested: step.asks ? { octets: null, seconds: null, messages: null } : null,
    used: step.used === 0 ? null : units(100),
    ...(step.after > 60 ? { after: units(step.after) } : {})
  }
  const type = step.type === 'termination' ? 'termination' : 'update'
  return {
    ...request(type, number),
    context: voice ? '32260' : '32251',
    sessionId: `${voice ? 'call' : 'data'};${step.session}`,
    facts: { plmn: step.plmn, calledParty: 'tel:+49301234567' },
    usages: [usage]
  }
}

/** A history of sessions, events, refunds and late usage; everything is closed at its end. */
function live(funds: number, shift: number, pack: boolean, steps: readonly Step[]): EngineDriver {
  const driver = new EngineDriver(known)
  driver.now = nightfall - shift
  const lines = [{ msisdn: '4915100000001' }]
  const offers = pack ? ['go', 'pack'] : ['go']
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers, topUp: funds })
  const debits: number[] = []
  steps.forEach((each, number) => {
    driver.now += each.wait
    const made = requestOf(number, each, debits)
    const opens = each.asks && made.type === 'update' && !driver.sessions.has(made.sessionId)
    driver.charge(opens ? { ...made, type: 'initial' } : made)
    if (each.type === 'debit' && made.sessionId === 'sms;1') debits.push(number)
  })
  driver.now += 100_000_000
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  return driver
}

const history = [
  fc.integer({ min: 2 * MB, max: 60 * MB }),
  fc.integer({ min: 0, max: 86_400_000 }),
  fc.boolean(),
  fc.array(step, { minLength: 1, maxLength: 16 })
] as const

t.test('debits, records and re-rated records are one sum by the same catalogue', async t => {
  let priced = 0
  fc.assert(
    fc.property(...history, (funds, shift, pack, steps) => {
      const driver = live(funds, shift, pack, steps)
      const cdrs = driver.cdrs()
      const rerated = rerateAll(cdrs, banded)
      for (const { cdr, amount } of rerated) {
        if (amount !== cdr.amount) throw new Error(`${cdr.sessionId}: ${amount}, not ${cdr.amount}`)
        priced += amount > 0 ? 1 : 0
      }
      const sum = rerated.reduce((total, { amount }) => total + amount, 0)
      const { available, reserved } = driver.wallet()
      if (driver.funded() - sum !== available + reserved) throw new Error('money is missing')
    }),
    { numRuns: 400 }
  )
  t.ok(priced > 500, `${priced} records with a price`)
})

t.test('a version that differs only in its name changes nothing either', async t => {
  fc.assert(
    fc.property(...history, (funds, shift, pack, steps) => {
      for (const { cdr, amount, parts } of rerateAll(
        live(funds, shift, pack, steps).cdrs(),
        renamed
      )) {
        // What was in suspense has no price to be found by; facts and offers may be others since.
        if (parts.some(({ part }) => part.suspense)) continue
        if (amount !== cdr.amount) throw new Error(`${cdr.sessionId}: ${amount}, not ${cdr.amount}`)
      }
    }),
    { numRuns: 400 }
  )
  t.pass()
})

t.test('with every price twice as high every record costs twice as much, refunds too', async t => {
  fc.assert(
    fc.property(...history, (funds, shift, pack, steps) => {
      for (const { cdr, amount, parts } of rerateAll(
        live(funds, shift, pack, steps).cdrs(),
        doubled
      )) {
        if (parts.some(({ part }) => part.suspense)) continue
        if (amount !== 2 * cdr.amount) {
          throw new Error(`${cdr.sessionId}: ${amount}, not twice ${cdr.amount}`)
        }
      }
    }),
    { numRuns: 400 }
  )
  t.pass()
})

function data(driver: EngineDriver, used: number, facts = { plmn: '26201' }): CdrRecord {
  driver.charge(request('initial', 0, [{ ask: null }], { facts }))
  driver.charge(request('termination', 1, [{ used: { octets: used } }], { facts }))
  return driver.cdrs().at(-1)!
}

t.test('usage in suspense gets the price that was missing, and its set-up falls once', async t => {
  const without = variant(
    'eeeeeeee',
    ({ price }) => price,
    ({ service }) => service !== 'internet'
  )
  const driver = new EngineDriver({ current: without, byVersion: new Map() })
  const lines = [{ msisdn: '4915100000001' }]
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp: MB })
  driver.charge(request('initial', 0, [{ ask: null }]))
  driver.charge(request('update', 1, [{ used: { octets: 2 * MB } }]))
  driver.charge(request('termination', 2, [{ used: { octets: MB } }]))
  const [cdr] = driver.cdrs()
  t.match(cdr, { amount: 0, flags: ['suspense'], catalogue: 'eeeeeeee', offers: ['go'] })
  const [rerated] = rerateSession([cdr!], banded, known)
  t.match(rerated, { amount: 30_000, parts: [{ price: 'c0ffee00:go/home', unpriced: false }] })
  const [still] = rerateSession([cdr!], without, known)
  t.match(still, { amount: 0, parts: [{ price: null, unpriced: true }] })
})

t.test(
  'what the other catalogue does not sell stays as it is recorded, and is counted',
  async t => {
    const cdr = data(EngineDriver.open(['go'], MB), 2 * MB)
    const gone = variant(
      'eeeeeeee',
      ({ price }) => price,
      ({ service }) => service !== 'internet'
    )
    const [rerated] = rerateSession([cdr], gone, known)
    t.match(rerated, { amount: 20_000, parts: [{ price: null, unpriced: true }] })
  }
)

t.test('the zone is that of the usage, also when the subscriber has moved since', async t => {
  const driver = EngineDriver.open(['go'], 100 * MB)
  driver.charge(request('initial', 0, [{ ask: null }], { facts: { plmn: '310410' } }))
  const home = { facts: { plmn: '26201' } }
  driver.charge(request('update', 1, [{ used: { octets: MB }, ask: null }], home))
  driver.charge(request('termination', 2, [{ used: { octets: MB } }], home))
  const [cdr] = driver.cdrs()
  t.equal(cdr?.amount, 2_010_000)
  const [rerated] = rerateSession([cdr!], doubled, known)
  t.equal(rerated?.amount, 4_020_000)
})

t.test('allowances stay as they were drawn, and another currency is left alone', async t => {
  const cdr = data(EngineDriver.open(['go', 'pack'], 10 * MB), 6 * MB)
  t.equal(cdr.amount, 10_000)
  t.equal(rerateSession([cdr], doubled, known)[0]?.amount, 20_000)
  const other = { ...doubled, currency: 'USD' }
  t.equal(rerateSession([cdr], other, known)[0]?.amount, 10_000)
})

t.test('of several recipients each is re-rated by where it is', async t => {
  const priced = (id: string, destination: string, amount: number): PriceRule => ({
    ref: `c0ffee00:go/${id}`,
    service: 'sms',
    match: { zones: null, destinations: new Set([destination]), legs: null },
    price: { model: 'per-unit', amount, per: 1, step: 1, minimum: 0, setUp: 0 }
  })
  const rules = [priced('near', 'home', 70_000), priced('far', 'abroad', 190_000)]
  const go = { ...banded.offers.get('go')!, prices: rules }
  const now: Catalogue = {
    ...banded,
    offers: new Map([['go', go]]),
    rules: new Map(rules.map(rule => [rule.ref, rule]))
  }
  const driver = new EngineDriver({ current: now, byVersion: new Map() })
  const lines = [{ msisdn: '4915100000001' }]
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp: MB })
  const facts = { calledParty: 'tel:+49171', otherRecipients: ['tel:+33612', 'tel:+33613'] }
  const sms = request('event', 0, [{ ratingGroup: 200, ask: null }], { context: '32274', facts })
  driver.charge(sms)
  const [cdr] = driver.cdrs()
  t.equal(cdr?.amount, 450_000)
  const dearer = rules.map(rule => ({
    ...rule,
    ref: `dd:${rule.ref.slice(9)}`,
    price: {
      ...rule.price,
      amount: rule.ref.endsWith('far') ? 200_000 : 70_000
    } as PriceRule['price']
  }))
  const next = { ...now, version: 'dd', offers: new Map([['go', { ...go, prices: dearer }]]) }
  const [rerated] = rerateSession([cdr!], next, { current: now, byVersion: new Map() })
  t.equal(rerated?.amount, 470_000)
})
