/** Usage records from files: what each is rated by, draws, and leaves behind. */
import t from 'tap'
import type { ChargingRequest } from '../../src/domain/request.ts'
import type { Catalogues } from '../../src/rating/catalogue.ts'
import { banded, nightfall } from '../support/banded-catalogue.ts'
import {
  DAY,
  EngineDriver,
  HOUR,
  request,
  start,
  type UsageTemplate
} from '../support/engine-driver.ts'

const MB = 1_000_000
const EUR = 1_000_000

/** Record so-and-so of a session, of usage that began then. */
function load(
  driver: EngineDriver,
  number: number,
  from: number,
  usage: UsageTemplate,
  more: Partial<ChargingRequest> = {}
) {
  const mediated = { from, until: from + HOUR, closed: false }
  return driver.charge(request('update', number, [usage], { sessionId: 'file', mediated, ...more }))
}

const octets = (count: number): UsageTemplate => ({ used: { octets: count } })

t.test('each record makes a CDR, its session goes on counting, and none is opened', async t => {
  const driver = EngineDriver.open(['go'], 10 * EUR)
  driver.now += DAY
  const seconds = (count: number) => ({ ratingGroup: 100, used: { seconds: count } })
  const voice = { context: '32260', facts: { calledParty: 'tel:+4930' } }
  for (const number of [7, 3, 7]) load(driver, number, start + number, seconds(60), voice)
  t.same(
    driver.cdrs().map(({ amount, flags, number, startedAt }) => [amount, flags, number, startedAt]),
    [
      [240_000, ['mediated'], 1, start + 7],
      [90_000, ['mediated'], 2, start + 7]
    ],
    'one set-up, and the repeat of 7 is none'
  )
  t.match(load(driver, 3, start, seconds(60), voice), { repeated: true })
  t.equal(driver.sessions.size, 0)
  t.equal(driver.account!.openSessions, 0)
  const emergency = { ...voice, sessionId: 'sos', facts: { calledParty: 'tel:112' } }
  load(driver, 1, start, seconds(60), emergency)
  t.equal(driver.sessions.size, 0, 'not by an emergency either')
})

t.test('for a session that is open it is one more report', async t => {
  const driver = EngineDriver.open(['go'], 10 * EUR)
  const own = { sessionId: 's;1' }
  driver.charge(request('initial', 0, [{ ask: { octets: 5 * MB } }]))
  load(driver, 1, start, octets(2 * MB), own)
  t.equal(driver.cdrs().length, 0)
  t.same(driver.wallet(), { available: 10 * EUR - 20_000, reserved: 0 })
  load(driver, 1, start, octets(2 * MB), own)
  driver.charge(request('termination', 2, [octets(MB)]))
  t.match(driver.cdrs(), [{ octets: 3 * MB, amount: 30_000, flags: [] }])
})

t.test(
  'prices are those of its time, in the catalogue of now; allowances those of now',
  async t => {
    const dearer = {
      ...banded,
      version: 'dd',
      offers: new Map(
        Array.from(banded.offers, ([id, offer]) => {
          const prices = offer.prices.map(rule => ({
            ...rule,
            ref: `dd:${rule.ref.slice(9)}`,
            price: rule.price.model === 'per-unit' ? { ...rule.price, amount: 50_000 } : rule.price
          }))
          return [id, { ...offer, prices }]
        })
      )
    }
    let inForce: Catalogues = { current: banded, byVersion: new Map() }
    const driver = new EngineDriver(() => inForce)
    const lines = [{ msisdn: '4915100000001' }]
    const opened = { lines, offers: ['go', 'pack'], topUp: 10 * EUR }
    driver.submit({ kind: 'open-account', accountId: 'a1', ...opened })
    driver.now = start + DAY
    load(driver, 1, start, octets(MB))
    t.match(driver.account!.buckets, [{ available: 4 * MB }])
    driver.now = start + 40 * DAY
    load(driver, 2, nightfall - HOUR, octets(MB))
    load(driver, 3, nightfall + HOUR, octets(MB))
    t.same(
      driver.cdrs().map(({ amount }) => amount),
      [0, 10_000, 4_000],
      'the pack was still there when it was used, and is over'
    )
    const rules = [...dearer.offers.values()].flatMap(({ prices }) => prices)
    const current = { ...dearer, rules: new Map(rules.map(rule => [rule.ref, rule])) }
    inForce = { current, byVersion: new Map([[banded.version, banded]]) }
    load(driver, 4, nightfall - HOUR, octets(MB), { sessionId: 'later' })
    t.equal(driver.cdrs().at(-1)?.amount, 50_000)
  }
)

t.test('it is debited in full, below zero, and of a blocked account', async t => {
  const driver = EngineDriver.open(['go'], 20_000)
  driver.submit({ kind: 'block', accountId: 'a1', reason: 'test' })
  load(driver, 1, start, octets(5 * MB))
  t.same(driver.wallet(), { available: -30_000, reserved: 0 })
  t.match(driver.cdrs(), [{ amount: 50_000, flags: ['mediated', 'overdraft'] }])
})
