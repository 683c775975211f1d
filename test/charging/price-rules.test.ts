/** Which offer has the price, what periods count, and currencies: docs/charging-rules.md §2. */
import t, { type Test } from 'tap'
import { explainRecord } from '../../src/charging/explain/rerate.ts'
import { rerateSession } from '../../src/charging/rerate/rerate.ts'
import { EngineDriver, request } from '../support/engine-driver.ts'
import { catalogueOf, openWith } from '../support/limits-catalogue.ts'
import { inForce, type SmallFiles, smallCatalogue } from '../support/small-catalogue.ts'

const MB = 1_000_000
const lines = [{ msisdn: '4915100000001' }]
const daily = 'flat: "1.99"\n    over: day\n'
const price = 'price: "0.01"\n    per: 1 MB\n    step: 1 MB\n'
const rule = (name: string, terms: string) =>
  `  - rule: ${name}\n    service: internet\n    ${terms}`

async function opened(t: Test, files: SmallFiles, offers: string[], topUp = 100 * MB) {
  const driver = new EngineDriver(inForce(await smallCatalogue(t, files)))
  const answer = driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers, topUp })
  if (answer.kind !== 'done') throw new Error(answer.detail)
  return driver
}

t.test('add-ons are looked at before base offers, the one that was bought last first', async t => {
  const offers = {
    basic: `prices:\n${rule('data', price)}`,
    one: `kind: addon\nprices:\n${rule('data', price)}`,
    two: `kind: addon\nprices:\n${rule('data', price)}    zones: [home]\n`
  }
  const driver = await opened(t, { offers }, ['one', 'basic'])
  const used = (sessionId: string, plmn = '26201') => {
    const more = { sessionId, facts: { plmn } }
    driver.charge(request('initial', 0, [{ ask: null }], more))
    driver.charge(request('termination', 1, [{ used: { octets: MB } }], more))
    return driver.cdrs().at(-1)?.parts[0]?.price.split(':')[1]
  }
  t.equal(used('s;1'), 'one/data')
  driver.submit({ kind: 'subscribe', accountId: 'a1', offer: 'two', operation: null })
  t.equal(used('s;2'), 'two/data')
  t.equal(used('s;3', '20801'), 'one/data', 'where the last one has none')
})

t.test('all services under one price over a day share its count', async t => {
  const files = { offers: { basic: `prices:\n${rule('data', daily)}` } }
  const driver = await opened(t, files, ['basic'])
  const identified = (id: number, usage: object) => ({ serviceIdentifiers: [id], ...usage })
  const asks = [1, 2].map(id => identified(id, { ask: { octets: MB } }))
  driver.charge(request('initial', 0, asks))
  t.equal(driver.wallet().reserved, 1_990_000)
  const reports = [1, 2].map(id => identified(id, { used: { octets: MB } }))
  driver.charge(request('termination', 1, reports))
  t.match(driver.cdrs(), [
    {
      amount: 1_990_000,
      parts: [
        { serviceIdentifiers: [1], before: 0, amount: 1_990_000 },
        { serviceIdentifiers: [2], before: MB, amount: 0 }
      ]
    }
  ])
})

t.test('a CDR of services that count in turns is rated again by all of its parts', async t => {
  const catalogue = await smallCatalogue(t, {
    offers: { basic: `prices:\n${rule('data', price)}` }
  })
  const driver = openWith(['basic'], 100 * MB, catalogue)
  const uses = (number: number, id: number) =>
    driver.charge(
      request('update', number, [{ serviceIdentifiers: [id], used: { octets: MB / 2 } }])
    )
  driver.charge(request('initial', 0))
  for (const [index, id] of [1, 2, 1, 2, 2].entries()) uses(index + 1, id)
  driver.charge(request('termination', 6))
  const [cdr] = driver.cdrs()
  t.match(cdr, {
    amount: 30_000,
    parts: [
      { serviceIdentifiers: [1], before: 0, units: MB, amount: 20_000 },
      { serviceIdentifiers: [2], before: MB / 2, units: 1.5 * MB, amount: 10_000 }
    ]
  })
  t.match(explainRecord(cdr!, inForce(catalogue)), {
    agrees: true,
    prices: [{ before: 0, units: 2.5 * MB, amount: 30_000, rerated: 30_000 }]
  })
  t.match(rerateSession([cdr!], catalogue, inForce(catalogue)), [{ amount: 30_000 }])
})

const nightly = `calendar:
  bands:
    - band: night
      windows:
        - { days: [every-day], from: "22:00", until: "06:00" }
`

t.test('a grant at a price over a day never spans a tariff switch', async t => {
  const night = (first: string, then: string): SmallFiles => ({
    settings: nightly,
    offers: {
      basic: `prices:\n${rule('night', `times: [night]\n    ${first}`)}${rule('day', then)}`
    }
  })
  const at = async (files: SmallFiles) => {
    const driver = await opened(t, files, ['basic'])
    driver.now = Date.UTC(2026, 10, 21, 20, 50, 0)
    const [unit] = driver.charge(request('initial', 0, [{ ask: { octets: MB } }])).units
    return [unit?.conditions?.tariffChange ?? 0, unit?.validity]
  }
  const ten = Date.UTC(2026, 10, 21, 21)
  t.same(await at(night(price, price)), [ten, 3600], 'what counts in the session does')
  t.same(await at(night(price, daily)), [0, 600])
  t.same(await at(night(daily, price)), [0, 600])
})

t.test('a refund gives back money, and lowers no count', async t => {
  const tiers = [{ 'up-to': 2, price: '1.00' }, { price: '0.10' }]
  const sms = { rule: 'sms', service: 'sms', tiers, per: 1, step: 1, over: 'day' as const }
  const texts = { offer: 'texts', kind: 'base', name: 'Texts', prices: [sms] } as const
  const driver = openWith(['texts'], 100 * MB, catalogueOf([texts]))
  const event = (number: number, action: 'direct-debiting' | 'refund') =>
    driver.charge(
      request('event', number, [{ ratingGroup: 200, ask: { messages: 2 } }], {
        sessionId: 'e;1',
        context: '32274',
        event: { action, correlation: null, original: null }
      })
    ).units[0]?.outcome
  t.equal(event(1, 'direct-debiting'), 'success')
  t.equal(driver.wallet().available, 98 * MB)
  t.equal(event(2, 'refund'), 'success')
  t.equal(driver.wallet().available, 100 * MB)
  t.equal(event(3, 'direct-debiting'), 'success')
  t.equal(driver.wallet().available, 99_800_000, 'the third and fourth of the day, 0.10 each')
})

t.test(
  'without a base offer the currency is that of the first offer, or the catalogue',
  async t => {
    const free = 'service: voice\n    free: true\n'
    const offers = {
      basic: `prices:\n  - rule: r\n    ${free}`,
      dollars: `kind: addon\ncurrency: USD\nprices:\n  - rule: r\n    ${free}`,
      yen: `kind: addon\ncurrency: JPY\nprices:\n  - rule: r\n    ${free}`
    }
    const catalogue = await smallCatalogue(t, { offers })
    const currency = (ids: string[], ...ofLine: string[]) => {
      const driver = new EngineDriver(inForce(catalogue))
      const own = lines.map(line => ({ ...line, offers: ofLine }))
      const opening = { kind: 'open-account', accountId: 'a1', lines: own, offers: ids } as const
      const answer = driver.submit({ ...opening, topUp: 0 })
      return answer.kind === 'done' ? driver.account?.currency : answer.detail
    }
    t.equal(currency(['dollars']), 'USD')
    t.equal(currency(['yen']), 'JPY')
    t.equal(currency([], 'yen'), 'JPY', 'of a line')
    t.equal(currency([], 'basic'), 'EUR')
    t.equal(currency([]), 'EUR')
    t.match(currency(['dollars', 'basic']), /USD.*the account is in EUR/, 'the base offer')
    t.match(currency(['dollars', 'yen']), /JPY.*the account is in USD/, 'the first one')
  }
)
