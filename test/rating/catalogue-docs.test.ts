/** The examples in docs/catalogue.md are one catalogue: it must load, and mean what the page says. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { NetworkFacts } from '../../src/domain/facts.ts'
import { classify } from '../../src/rating/classify.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import { findPrice } from '../../src/rating/match.ts'
import { chargeFor } from '../../src/rating/price.ts'

const page = readFileSync('docs/catalogue.md', 'utf8')

t.test('the examples of docs/catalogue.md are a catalogue', async t => {
  const folder = t.testdir()
  const examples = [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)]
  t.equal(examples.length, 11)
  for (const [, info = '', text = ''] of examples) {
    const [, file] = info.split(' ')
    if (file === undefined) throw new Error('an example does not name its file')
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  const catalogue = await loadCatalogue(folder)
  t.same([...catalogue.offers.keys()], ['basic', 'extra', 'free-messages', 'plan', 'traveller'])
  t.equal(catalogue.quota.validity, 3600)
  t.equal(catalogue.destinations.find('44'), 'britain')
  const cost = (offer: string, group: number, calledParty: string, units: number) => {
    const found = catalogue.offers.get(offer)
    const situation = classify(catalogue, group === 200 ? '32274' : '32260', group, { calledParty })
    const rule = found && situation ? findPrice([found], situation) : null
    return rule && chargeFor(rule.price, units)
  }
  t.equal(cost('basic', 100, '+491701234567', 61), 91_500)
  t.equal(cost('basic', 100, '+33123456789', 1), 440_000)
  t.equal(cost('basic', 200, '+491701234567', 2), 140_000)
  t.equal(cost('extra', 200, '+491701234567', 2), 0)
  t.equal(cost('extra', 100, '+491701234567', 1), null)
  const [basic] = catalogue.offers.values()
  const data = classify(catalogue, '32251', 10, {})
  const dataAt = (bands: string[]) =>
    basic && data && chargeFor(findPrice([basic], data, new Set(bands))!.price, 1_000_000)
  t.equal(dataAt([]), 10_000)
  t.equal(dataAt(['weekend']), 5_000)
  const traveller = catalogue.offers.get('traveller')!
  const priced = (group: number, facts: NetworkFacts, bands: string[] = []) => {
    const situation = classify(catalogue, '32251', group, facts)
    const found = situation && findPrice([traveller], situation, new Set(bands))
    return [found?.ref.slice(found.ref.indexOf(':') + 1), chargeFor(found!.price, 1_000_000)]
  }
  t.same(priced(10, { plmn: '20801' }), ['traveller/roaming@208/internet', 30_000])
  t.same(priced(10, { rat: 10 }), ['traveller/fast+traveller/data', 12_000])
  t.same(priced(10, {}), ['traveller/data', 10_000])
  t.same(priced(10, { plmn: '20801' }, ['turn-of-the-year']), ['traveller/new-year', 2_000])
  t.same(priced(500, {}), ['traveller/games', 990_000])
  t.same(
    priced(200, { plmn: '310410', calledParty: '+491701234567' })[0],
    'traveller/roaming@310/sms'
  )
  t.equal(cost('traveller', 100, '+491701234567', 31), 72_000, '36 seconds')
  t.match(catalogue.quota, { holding: 600, triggers: [30, 31, 4], lowBalance: 1_000_000 })
  t.equal(catalogue.quota.finalUnits?.redirect?.address, 'https://pay.example.com/')
  t.ok(catalogue.rules.has(`${catalogue.version}:free-messages/messages`))
})
