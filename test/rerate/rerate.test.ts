/** Re-rating over Postgres: what it reads, what it adjusts, and that it adjusts it once, whatever happens in between. */
import t from 'tap'
import { encodeRecord } from '../../src/balance/documents/snapshot.ts'
import type { CdrStore } from '../../src/cdr/open-cdr.ts'
import type { Accounts } from '../../src/charging/ports.ts'
import type { OutboxRecord } from '../../src/domain/record.ts'
import type { Catalogue, PriceRule } from '../../src/rating/catalogue.ts'
import { pageOf } from '../../src/rerate/page.ts'
import { runRerate } from '../../src/rerate/run.ts'
import { postgresBench } from '../cdr/support.ts'
import { catalogue, catalogues } from '../support/catalogue.ts'
import { DAY, EngineDriver, request, start } from '../support/engine-driver.ts'

const MB = 1_000_000

/** The catalogue with data at home for `amount` a megabyte. */
function dataFor(version: string, amount: number): Catalogue {
  const offers = Array.from(catalogue.offers.values(), offer => ({
    ...offer,
    prices: offer.prices.map((rule): PriceRule => {
      const { price } = rule
      const home = rule.ref.endsWith('/home') && price.model === 'per-unit'
      const ref = `${version}${rule.ref.slice(rule.ref.indexOf(':'))}`
      return { ...rule, ref, price: home ? { ...price, amount } : price }
    })
  }))
  const rules = offers.flatMap(({ prices }) => prices)
  return {
    ...catalogue,
    version,
    offers: new Map(offers.map(offer => [offer.id, offer])),
    rules: new Map(rules.map(rule => [rule.ref, rule]))
  }
}
const cheaper = dataFor('cccccccc', 5_000)
const dearer = dataFor('dddddddd', 30_000)

const bench = await postgresBench()
const store: CdrStore = await bench.open()
t.teardown(async () => {
  await store.close()
  await bench.remove()
})

/** Accounts of the real engine, and a database that their records are written to. */
async function world() {
  await bench.query(
    `SET session_replication_role = replica; TRUNCATE cdr, ledger_entry, cdr_adjustment`
  )
  const drivers = new Map<string, EngineDriver>()
  let failure: string | null = null
  let keep = true
  const accounts: Pick<Accounts, 'submit'> = {
    async submit(request) {
      const driver = drivers.get(request.accountId)
      if (driver === undefined) {
        return { kind: 'refused', reason: 'account-unknown', detail: 'no such account' }
      }
      const answer = driver.submit(request)
      if (failure === request.accountId) {
        failure = null
        throw new Error('killed')
      }
      return answer
    }
  }
  const parts = {
    book: store.adjustments,
    accounts,
    versions: { catalogues: () => catalogues, async fetch() {} }
  }
  return {
    open(accountId: string, offers: string[], topUp: number): EngineDriver {
      const driver = new EngineDriver()
      const lines = [{ msisdn: '4915100000001' }]
      driver.submit({ kind: 'open-account', accountId, lines, offers, topUp })
      drivers.set(accountId, driver)
      return driver
    },
    /** The process ends after the next movement of this account was made. */
    killAfter(accountId: string) {
      failure = accountId
    },
    /** What the drain does. */
    async drain() {
      const records: OutboxRecord[] = []
      for (const driver of drivers.values()) records.push(...driver.records)
      if (keep) await store.writer.write(records.map(encodeRecord))
    },
    holdBack() {
      keep = false
    },
    run(candidate: Catalogue, apply: boolean, over: { offer?: string; from?: number } = {}) {
      const { offer = null, from = start - DAY } = over
      return runRerate({ from, until: start + DAY, offer, candidate, apply }, parts)
    }
  }
}

/** A session of so many megabytes; the second half is reported late, for a further record. */
function session(driver: EngineDriver, sessionId: string, megabytes: number): void {
  const half = (megabytes * MB) / 2
  driver.charge(request('initial', 0, [{ ask: null }], { sessionId }))
  driver.charge(request('update', 1, [{ used: { octets: half } }], { sessionId }))
  driver.now += 3 * 3_600_000
  driver.charge(request('update', 2, [{ used: { octets: half } }], { sessionId }))
}

t.test('the same catalogue changes nothing, another one says what would change', async t => {
  const w = await world()
  session(w.open('a1', ['go'], 10 * MB), 's;1', 10)
  session(w.open('a2', ['post'], 10 * MB), 's;2', 4)
  session(w.open('a3', ['go', 'pack'], 10 * MB), 's;3', 4)
  await w.drain()
  const same = await w.run(catalogue, true)
  t.match(same, {
    sessions: 3,
    changed: 0,
    all: { cdrs: 6, charged: '0.140000', rerated: '0.140000', difference: '0.000000' },
    accounts: [],
    applied: { accounts: 0, cdrs: 0, amount: '0.000000', finished: 0 }
  })
  const next = await w.run(dearer, false)
  t.match(next, {
    catalogue: 'dddddddd',
    all: { charged: '0.140000', rerated: '0.420000', difference: '0.280000' },
    offers: [
      { offer: '', cdrs: 2, charged: '0.000000' },
      { offer: 'go', cdrs: 2, charged: '0.100000', rerated: '0.300000' },
      { offer: 'post', cdrs: 2, charged: '0.040000', rerated: '0.120000' }
    ],
    accounts: [
      { accountId: 'a1', msisdn: '4915100000001', cdrs: 2, difference: '0.200000' },
      { accountId: 'a2', cdrs: 2, difference: '0.080000' }
    ],
    winners: 0,
    losers: 2,
    unchanged: 1,
    applied: null
  })
  t.match(await w.run(dearer, false, { offer: 'post' }), {
    sessions: 1,
    all: { rerated: '0.120000' }
  })
  t.match(await w.run(dearer, false, { from: start + 1 }), { sessions: 0, all: { cdrs: 0 } })
  const page = pageOf(next)
  t.match(page, /Revenue by offer, EUR/)
  t.match(page, /<svg viewBox/)
  t.match(page, /2 more, 1 the same/)
  t.notMatch(page, /<script|https?:|src=/, 'the page needs nothing else')
})

t.test('adjustments make each wallet what it would be, once, and can be taken back', async t => {
  const w = await world()
  const [a, b] = [w.open('a1', ['go'], 10 * MB), w.open('a2', ['post'], 0)]
  session(a, 's;1', 10)
  session(b, 's;2', 4)
  await w.drain()
  t.match((await w.run(cheaper, true)).applied, { accounts: 2, cdrs: 4, amount: '0.070000' })
  t.equal(a.wallet().available, 10 * MB - 50_000)
  t.equal(b.wallet().available, -20_000)
  await w.drain()
  t.match(await w.run(cheaper, true), {
    changed: 0,
    all: { charged: '0.070000', difference: '0.000000' },
    applied: { accounts: 0, finished: 0 }
  })
  t.equal(a.wallet().available, 10 * MB - 50_000)
  const ledger = await bench.query(
    `SELECT account_id, amount::integer, target FROM ledger_entry WHERE type = 'adjustment' ORDER BY 1`
  )
  t.same(ledger, [
    { account_id: 'a1', amount: 50_000, target: 'wallet' },
    { account_id: 'a2', amount: 20_000, target: 'wallet' }
  ])
  t.match((await w.run(catalogue, true)).applied, { accounts: 2, cdrs: 4, amount: '-0.070000' })
  t.equal(a.wallet().available, 10 * MB - 100_000)
  t.equal(b.wallet().available, -40_000)
})

t.test('a run that was killed is finished by the next one, and nothing moves twice', async t => {
  for (const drained of [true, false]) {
    const w = await world()
    const [a, b] = [w.open('a1', ['go'], 10 * MB), w.open('a2', ['go'], 10 * MB)]
    session(a, 's;1', 10)
    session(b, 's;2', 4)
    await w.drain()
    w.killAfter('a2')
    await t.rejects(w.run(cheaper, true), { message: 'killed' })
    if (drained) await w.drain()
    else w.holdBack()
    const again = await w.run(cheaper, true)
    t.match(again, { changed: 0, applied: { accounts: 0 } })
    t.ok((again.applied?.finished ?? 0) > 0)
    t.equal(a.wallet().available, 10 * MB - 50_000)
    t.equal(b.wallet().available, 10 * MB - 20_000)
    t.equal(b.movements().filter(({ type }) => type === 'adjustment').length, 1)
    t.match(await w.run(cheaper, true), { changed: 0, applied: { finished: 0 } })
  }
})

t.test('two runs at a time: one of them is told, and nothing moves twice', async t => {
  const w = await world()
  const drivers = Array.from({ length: 5 }, (_, index) => {
    const driver = w.open(`a${index}`, ['go'], 10 * MB)
    session(driver, `s;${index}`, 10)
    return driver
  })
  await w.drain()
  const runs = await Promise.allSettled([w.run(cheaper, true), w.run(cheaper, true)])
  for (const run of runs) {
    if (run.status === 'rejected') t.match(run.reason, { code: 'GYRO_CONFLICT' })
  }
  await w.run(cheaper, true)
  for (const driver of drivers) t.equal(driver.wallet().available, 10 * MB - 50_000)
})

t.test('an account that is gone is named, and the others are adjusted', async t => {
  const w = await world()
  const a = w.open('a1', ['go'], 10 * MB)
  session(a, 's;1', 10)
  const gone = new EngineDriver()
  const lines = [{ msisdn: '4915100000009' }]
  gone.lineId = '4915100000009'
  gone.submit({ kind: 'open-account', accountId: 'x', lines, offers: ['go'], topUp: MB })
  session(gone, 's;x', 10)
  await store.writer.write(gone.records.map(encodeRecord))
  await w.drain()
  const { applied } = await w.run(cheaper, true)
  t.match(applied, { accounts: 1, refused: [{ accountId: 'x', reason: 'no such account' }] })
  t.equal(a.wallet().available, 10 * MB - 50_000)
})
