/** The wallet itself: what is told of it, and what is paid first when an account is opened. */
import t from 'tap'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { type EngineDriver, request } from '../support/engine-driver.ts'
import { catalogueOf, openWith, standardOffers } from '../support/limits-catalogue.ts'

const MB = 1_000_000
const EUR = 1_000_000
const dear: OfferFile = {
  offer: 'dear',
  kind: 'addon',
  name: 'Dear',
  fee: '3.00',
  allowances: [{ allowance: 'data', services: ['internet'], amount: '10 MB', period: '30 days' }]
}
const catalogue = catalogueOf([...standardOffers, dear], { 'low-balance': '5.00' })

function told(driver: EngineDriver) {
  return driver.records.flatMap(record =>
    record.kind === 'event' ? [[record.type, record.direction, record.used]] : []
  )
}

t.test('a wallet that falls below what is low is told once, and once when it is above', async t => {
  const driver = openWith(['go'], 6 * EUR, catalogue)
  driver.charge(request('initial', 0, [{ ask: { octets: 300 * MB } }]))
  t.same(told(driver), [], 'what is held is there until it is used')
  driver.charge(request('update', 1, [{ used: { octets: 100 * MB }, ask: { octets: MB } }]))
  t.same(told(driver), [], '5.00 are not below 5.00')
  driver.charge(request('update', 2, [{ used: { octets: MB }, ask: { octets: MB } }]))
  t.same(told(driver), [['low-balance', 'down', 4_990_000]])
  driver.charge(request('update', 3, [{ used: { octets: MB } }]))
  t.equal(told(driver).length, 1)
  const operation = { key: 'k', digest: '' }
  driver.submit({ kind: 'top-up', accountId: 'a1', amount: EUR, operation })
  t.same(told(driver).at(-1), ['low-balance', 'up', 5_980_000])
  driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'dear', operation: null })
  t.same(told(driver).at(-1), ['low-balance', 'down', 2_980_000], 'fees count')
  t.match(driver.events().at(-1), { subject: 'wallet', threshold: '5.000000', unit: 'EUR' })
})

t.test('credit counts as well, and without the setting nothing is told', async t => {
  const driver = openWith(['flat'], 0, catalogue)
  const abroad = { facts: { plmn: '310410' } }
  driver.charge(request('initial', 0, [{ ask: { octets: 22 * MB } }], abroad))
  driver.charge(request('update', 1, [{ used: { octets: 22 * MB }, ask: { octets: MB } }], abroad))
  t.same(told(driver), [], '44.00 of 50.00')
  driver.charge(request('termination', 2, [{ used: { octets: MB } }], abroad))
  t.same(told(driver), [['low-balance', 'down', 4 * EUR]])
  const plain = openWith(['go'], 6 * EUR)
  plain.charge(request('initial', 0, [{ ask: { octets: 300 * MB } }]))
  plain.charge(request('termination', 1, [{ used: { octets: 300 * MB } }]))
  t.same(told(plain), [])
})

t.test(
  'the credit of the base offer pays the fee of an add-on that is named before it',
  async t => {
    const driver = openWith(['dear', 'flat'], 0, catalogue)
    t.equal(driver.wallet().available, -3 * EUR)
    t.match(driver.account!.subscriptions, [{ offer: 'flat' }, { offer: 'dear' }])
    t.throws(() => openWith(['dear', 'go'], 0, catalogue), /dear costs 3\.000000/)
  }
)
