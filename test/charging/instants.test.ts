/** Time and fees: what happens at which instant, and what does not. */
import t from 'tap'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { DAY, EngineDriver, HOUR, request, start } from '../support/engine-driver.ts'
import { catalogueOf, openWith, standardOffers } from '../support/limits-catalogue.ts'

const MB = 1_000_000
const EUR = 1_000_000
const berlin = (month: number, day: number) => Date.UTC(2026, month - 1, day, -1)

/** Its fee is due on the 21st, its data is of the calendar month. */
const paid: OfferFile = {
  offer: 'paid',
  kind: 'base',
  name: 'Paid by the month',
  fee: '10.00',
  'fee-every': 'anniversary',
  'credit-limit': '1.00',
  allowances: [
    {
      allowance: 'data',
      services: ['internet'],
      zones: ['home'],
      amount: '5 MB',
      period: 'calendar-month',
      rollover: {}
    },
    { allowance: 'sms', services: ['sms'], amount: 10, period: 'anniversary', rollover: {} }
  ],
  limits: [{ limit: 'daily', services: ['internet'], amount: '1 MB', period: 'day' }],
  'prices-of': 'go'
}
const bounded: OfferFile = {
  offer: 'bounded',
  kind: 'addon',
  name: '50 MB a week',
  limits: [{ limit: 'weekly', services: ['internet'], amount: '50 MB', period: 'week' }]
}
const catalogue = catalogueOf([...standardOffers, paid, bounded])

/** A session that asks for so much and uses what it gets. */
function surf(driver: EngineDriver, sessionId: string, octets: number): number | string {
  const [unit] = driver.charge(request('initial', 0, [{ ask: { octets } }], { sessionId })).units
  const used = { octets: unit?.granted?.amount ?? 0 }
  driver.charge(request('termination', 1, [{ used }], { sessionId }))
  return used.octets > 0 ? used.octets : (unit?.outcome ?? '')
}

t.test('the time of an account never goes back', async t => {
  const driver = EngineDriver.open(['go'], 10 * EUR)
  driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'pack', operation: null })
  driver.now += 40 * DAY
  driver.submit({ kind: 'block', accountId: 'a1', reason: 'test' })
  const { lastAt } = driver.account!
  t.equal(lastAt, start + 40 * DAY)
  driver.now = start + DAY
  driver.submit({ kind: 'unblock', accountId: 'a1' })
  surf(driver, 's;1', MB)
  const waited = { sessionId: 's;2', receivedAt: start + 2 * DAY }
  driver.charge(request('termination', 1, [{ used: { octets: MB } }], waited))
  t.match(driver.cdrs(), [
    { amount: 10_000, startedAt: lastAt, endedAt: lastAt },
    { amount: 10_000, startedAt: lastAt, endedAt: lastAt }
  ])
  t.equal(driver.account!.lastAt, lastAt)
})

t.test('allowances begin and end at their own instants, by the zone of the catalogue', async t => {
  const driver = EngineDriver.open(['family'], 0)
  driver.now = berlin(12, 1) - 1
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  t.match(driver.account!.buckets, [{ validFrom: start, validUntil: berlin(12, 1) }])
  driver.now = berlin(12, 1)
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  t.match(driver.account!.buckets, [{ validFrom: berlin(12, 1), available: 20 * MB }])
  driver.now = Date.UTC(2027, 1, 10)
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  const months = [berlin(12, 1), Date.UTC(2026, 11, 31, 23), Date.UTC(2027, 0, 31, 23)]
  const turns = months.flatMap(at => [
    ['expiry', at, -20 * MB],
    ['allowance', at, 20 * MB]
  ])
  const moved = driver.movements().filter(({ unit }) => unit === 'octets')
  t.same(
    moved.map(({ type, at, amount }) => [type, at, amount]),
    [['allowance', start, 20 * MB], ...turns],
    'the first in full, and then each month'
  )
})

t.test('a fee is paid at the first instant of its period, before what it renews', async t => {
  const driver = openWith(['paid'], 19 * EUR, catalogue)
  const due = berlin(12, 21)
  driver.now = due - 1
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  t.equal(driver.wallet().available, 9 * EUR)
  driver.now = due + 5 * HOUR
  driver.submit({ kind: 'sweep', accountId: 'a1' })
  t.equal(driver.wallet().available, -EUR, 'down to the credit limit')
  t.same(
    driver
      .movements()
      .filter(({ at }) => at === due)
      .map(({ type, amount }) => [type, amount]),
    [
      ['fee', -10 * EUR],
      ['rollover', -10],
      ['rollover', 10],
      ['allowance', 10]
    ]
  )
})

t.test(
  'without its fee an offer gives no price, limit or period, and keeps what it gave',
  async t => {
    const driver = openWith(['paid', 'bounded'], 18 * EUR, catalogue)
    t.equal(surf(driver, 's;1', 9 * MB), MB, 'the limit of the day')
    driver.now = berlin(12, 21)
    t.equal(surf(driver, 's;2', 9 * MB), 9 * MB, 'no limit: 4 MB are saved, and 5 of the month')
    t.equal(surf(driver, 's;3', MB), 'credit-limit-reached', 'no price')
    const sms = request('event', 0, [{ ratingGroup: 200, ask: { messages: 1 } }], {
      sessionId: 'e;1',
      context: '32274'
    })
    t.match(driver.charge(sms).units, [{ outcome: 'credit-limit-reached' }])
    const messages = driver.movements().filter(({ unit }) => unit === 'messages')
    t.same(
      messages.map(({ type, amount }) => [type, amount]),
      [
        ['allowance', 10],
        ['expiry', -10]
      ],
      'no further period, and nothing rolls over without one'
    )
    driver.now = Date.UTC(2027, 5, 1)
    t.equal(surf(driver, 's;4', MB), 'credit-limit-reached', 'no further month')
    t.equal(driver.wallet().available, 8 * EUR, 'and nothing is owed')
    const operation = { key: 'k', digest: '' }
    driver.submit({ kind: 'top-up', accountId: 'a1', amount: EUR, operation })
    driver.now += HOUR
    t.equal(surf(driver, 's;5', MB), MB, '9.00 and 1.00 of credit')
    t.equal(driver.wallet().available, -EUR)
    t.match(driver.account!.subscriptions[0], { offer: 'paid', since: Date.UTC(2027, 5, 1) })
  }
)
