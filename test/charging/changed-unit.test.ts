/** A version of the catalogue that counts a service in another unit, while a session holds a grant in the old one. */
import t from 'tap'
import type { Catalogue } from '../../src/rating/catalogue.ts'
import { compileCatalogue } from '../../src/rating/load/compile.ts'
import type { CatalogueSource, OfferFile } from '../../src/rating/load/source.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'
import { sourceOf } from '../support/limits-catalogue.ts'

const EUR = 1_000_000
const group = { ratingGroup: 100 }
const cap = { limit: 'cap', services: ['voice'], money: '1.00', period: 'day' } as const

/** Calls by the second, or each of them whole. */
function catalogueIn(unit: 'seconds' | 'messages'): Catalogue {
  const price = unit === 'seconds' ? { price: '0.09', per: '60 s', step: '1 s' } : { price: '0.15' }
  const prices = [{ rule: 'calls', service: 'voice', ...price }]
  const own: OfferFile = { offer: 'own', kind: 'base', name: 'Own', prices, limits: [cap] }
  const source = sourceOf([own])
  const services = source.services.services.map(service =>
    service.service === 'voice' ? { ...service, unit } : service
  )
  const changed: CatalogueSource = { ...source, services: { ...source.services, services } }
  return compileCatalogue(changed)
}

/** A session that was granted a minute, and then calls are sold by the piece. */
function held() {
  const [first, second] = [catalogueIn('seconds'), catalogueIn('messages')]
  const byVersion = new Map([first, second].map(each => [each.version, each]))
  let current = first
  const driver = new EngineDriver(() => ({ current, byVersion }))
  const lines = [{ msisdn: '4915100000001' }]
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['own'], topUp: EUR })
  const charge = (number: number, more: object) =>
    driver.charge(
      request(number === 0 ? 'initial' : 'update', number, [{ ...group, ...more }], {
        context: '32260'
      })
    )
  charge(0, { ask: { seconds: 60 } })
  t.same(driver.wallet(), { available: 910_000, reserved: 90_000 })
  current = second
  return { driver, charge, first, second }
}

t.test('what is reported as it was granted has the price that it was granted at', async t => {
  const { driver, charge, first } = held()
  charge(1, { used: { seconds: 30, messages: 1 } })
  t.same(driver.wallet(), { available: EUR - 45_000, reserved: 0 })
  charge(2, { used: { messages: 2 } })
  t.same(driver.wallet(), { available: EUR - 345_000, reserved: 0 }, 'and then that of now')
  driver.charge(request('termination', 3))
  t.equal(driver.cdrs()[0]?.parts[0]?.price, `${first.version}:own/calls`)
})

t.test('usage in the unit that is sold instead is not free: it has the price of now', async t => {
  for (const seconds of [null, 0]) {
    const { driver, charge, second } = held()
    const { units } = charge(1, { used: { messages: 1, seconds }, ask: { messages: 1 } })
    t.match(units, [{ outcome: 'success', granted: { unit: 'messages', amount: 1 } }])
    t.same(driver.wallet(), { available: EUR - 300_000, reserved: 150_000 })
    t.match(driver.account!.counters, [{ used: 150_000, reserved: 150_000 }])
    charge(2, { used: { messages: 1 } })
    driver.charge(request('termination', 3))
    t.same(driver.wallet(), { available: EUR - 300_000, reserved: 0 })
    const [cdr] = driver.cdrs()
    t.match(cdr, { amount: 300_000, messages: 2, flags: [] })
    t.match(cdr?.parts, [{ price: `${second.version}:own/calls`, unit: 'messages', units: 2 }])
  }
})

t.test('without a grant only what is sold now is charged', async t => {
  const { driver, charge } = held()
  charge(1, { used: { seconds: 60 } })
  charge(2, { used: { seconds: 60 } })
  t.same(driver.wallet(), { available: EUR - 90_000, reserved: 0 })
  driver.charge(request('termination', 3))
  t.match(driver.cdrs(), [{ seconds: 120, amount: 90_000 }])
})
