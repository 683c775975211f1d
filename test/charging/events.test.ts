/** One-time events on the engine alone: what each of them counts from, and what comes back of it. */
import t from 'tap'
import type { ChargingRequest, RequestedAction } from '../../src/domain/request.ts'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { EngineDriver, HOUR, request, type UsageTemplate } from '../support/engine-driver.ts'
import { catalogueOf, openWith, standardOffers } from '../support/limits-catalogue.ts'

const MB = 1_000_000
const EUR = 1_000_000

interface Sent {
  sessionId?: string
  action?: RequestedAction
  original?: { sessionId: string; number: number }
}

function send(driver: EngineDriver, number: number, usage: UsageTemplate, sent: Sent = {}) {
  const { sessionId = 'e;1', action = 'direct-debiting', original = null } = sent
  const event: ChargingRequest['event'] = { action, correlation: null, original }
  const facts = { plmn: '26201', calledParty: '+4930123456' }
  return driver.charge(request('event', number, [usage], { sessionId, event, facts }))
}

const refund = { action: 'refund' } as const
const sms = (messages: number | null): UsageTemplate => ({
  ratingGroup: 200,
  ask: messages === null ? null : { messages }
})
const data = (octets: number): UsageTemplate => ({ ask: { octets } })

t.test('under one session id a client may debit, refund and debit again', async t => {
  const driver = EngineDriver.open(['go'], EUR)
  const amounts = () => driver.cdrs().map(({ amount, number }) => [number, amount])
  const steps = [
    () => send(driver, 0, sms(2)),
    () => send(driver, 0, sms(2), refund),
    () => send(driver, 1, sms(3)),
    () => send(driver, 1, sms(3), refund),
    () => send(driver, 2, sms(1))
  ]
  const answers = steps.map(act => act())
  const all = [140_000, -140_000, 210_000, -210_000, 70_000].map((amount, n) => [n + 1, amount])
  t.same(amounts(), all)
  for (const [n, act] of steps.entries()) t.match(act(), { ...answers[n], repeated: true })
  t.same(amounts(), all, 'a repeat moves nothing')
  t.equal(driver.wallet().available, 930_000)
})

t.test('set-up and minimum fall in each event', async t => {
  const driver = EngineDriver.open(['go'], 10 * EUR)
  const seconds = { ratingGroup: 100, used: { seconds: 10 } }
  const voice = { sessionId: 'e;1', context: '32260', facts: { calledParty: '+4930123456' } }
  driver.charge(request('initial', 0, [], voice))
  driver.charge(request('termination', 1, [seconds], voice))
  for (const number of [0, 1]) send(driver, number, { ratingGroup: 100, ask: { seconds: 10 } })
  // 0.15, and the first minute whole at 0.09.
  t.same(
    driver.cdrs().map(({ amount, parts }) => [amount, parts[0]?.before]),
    [
      [240_000, 0],
      [240_000, 0],
      [240_000, 0]
    ],
    'also behind a session of the same id'
  )
})

t.test('an ask without a value is the first size of the policy, in a session, too', async t => {
  const driver = EngineDriver.open(['go'], 10 * EUR)
  t.match(send(driver, 0, { ask: null }).units, [{ granted: { amount: 10 * MB } }])
  t.equal(driver.wallet().available, 10 * EUR - 100_000)
})

const flat: OfferFile = {
  offer: 'flat-sms',
  kind: 'base',
  name: '0.10 however many',
  prices: [{ rule: 'sms', service: 'sms', flat: '0.10' }]
}
const pack: OfferFile = {
  offer: 'pack',
  kind: 'addon',
  name: '5 MB for a day',
  allowances: [{ allowance: 'data', services: ['internet'], amount: '5 MB', period: 'day' }]
}
const gift: OfferFile = {
  offer: 'gift',
  kind: 'addon',
  name: '0.21 for a day',
  allowances: [{ allowance: 'gift', services: ['sms'], money: '0.21', period: 'day' }]
}
const catalogue = catalogueOf([...standardOffers, flat, pack, gift])

t.test('part of the units comes with its share of the money, rounded down', async t => {
  const driver = openWith(['flat-sms'], EUR, catalogue)
  send(driver, 0, sms(3))
  for (const number of [1, 2, 3]) send(driver, number, sms(1), refund)
  t.same(
    driver.cdrs().map(({ amount, messages }) => [amount, messages]),
    [
      [100_000, 3],
      [-33_333, -1],
      [-33_333, -1],
      [-33_334, -1]
    ],
    'a third of 0.10, half of the rest, and the rest'
  )
  t.equal(driver.wallet().available, EUR)
  t.match(send(driver, 4, sms(1), refund).units, [{ outcome: 'unable-to-comply' }])
})

t.test('the last part comes back first, units to their allowance', async t => {
  const driver = openWith(['go', 'pack'], EUR, catalogue)
  send(driver, 0, data(7 * MB))
  t.equal(driver.wallet().available, EUR - 20_000)
  const left = () => [driver.wallet().available, driver.account!.buckets[0]?.available]
  send(driver, 1, data(MB), refund)
  t.same(left(), [EUR - 10_000, 0])
  send(driver, 2, data(2 * MB), refund)
  t.same(left(), [EUR, MB])
  t.match(send(driver, 3, { ask: null }, refund).units, [{ granted: { amount: 4 * MB } }])
  t.same(left(), [EUR, 5 * MB], 'all that is left')
  t.match(driver.cdrs().at(-1), {
    flags: ['event', 'refund'],
    octets: -4 * MB,
    amount: 0,
    parts: [{ bucket: /pack/, units: -4 * MB }]
  })
})

t.test('an allowance that has ended takes nothing back, and money still comes', async t => {
  const driver = openWith(['go', 'pack'], EUR, catalogue)
  send(driver, 0, data(7 * MB))
  driver.now += 12 * HOUR
  t.match(send(driver, 1, { ask: null }, refund).units, [{ granted: { amount: 2 * MB } }])
  t.same(driver.wallet(), { available: EUR, reserved: 0 })
  t.match(send(driver, 2, { ask: null }, refund).units, [{ outcome: 'unable-to-comply' }])
  t.match(driver.account!.buckets, [{ available: 5 * MB }], 'that of the next day is full')
})

t.test('a bucket of money gets its share of the units that are given back', async t => {
  const driver = openWith(['go', 'gift'], EUR, catalogue)
  // 0.28, of which the gift pays 0.21.
  send(driver, 0, sms(4))
  const left = () => [driver.wallet().available, driver.account!.buckets[0]?.available]
  t.same(left(), [930_000, 0])
  send(driver, 1, sms(2), refund)
  t.same(left(), [965_000, 105_000], 'half of 0.07, and half of 0.21')
  driver.now += 12 * HOUR
  send(driver, 2, sms(2), refund)
  t.same(left(), [EUR, 210_000], 'the gift of the first day has ended')
})

t.test('an enquiry says what the wallet would pay behind the allowances', async t => {
  const driver = openWith(['go', 'pack'], 0, catalogue)
  const before = driver.account
  const price = { action: 'price-enquiry' } as const
  t.match(send(driver, 0, data(7 * MB), price), { cost: { amount: 20_000, currency: 'EUR' } })
  t.match(send(driver, 0, { ask: null }, price), {
    cost: { amount: 50_000, of: '10000000 octets' }
  })
  const check = { action: 'check-balance' } as const
  t.match(send(driver, 0, data(7 * MB), check), { enoughCredit: false })
  t.match(send(driver, 0, { ask: null }, check), { enoughCredit: true }, 'some of it can be had')
  t.equal(driver.account, before, 'and nothing was written')
  send(driver, 0, data(5 * MB))
  t.match(send(driver, 0, { ask: null }, check), { enoughCredit: false }, 'nothing is left')
  t.equal(driver.cdrs().length, 1)
})
