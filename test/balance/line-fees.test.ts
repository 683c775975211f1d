/** Fees that lines have for themselves, through the lanes and the stores: each once, in order, whatever fails. */
import t from 'tap'
import { decodeAccount, decodeLine } from '../../src/balance/documents/account.ts'
import { writeLost } from '../../src/balance/empty-store.ts'
import { type ChargingService, createChargingService } from '../../src/balance/service.ts'
import type { Store } from '../../src/balance/store.ts'
import { createVersions } from '../../src/balance/versions.ts'
import { createEngine } from '../../src/charging/engine.ts'
import { pictureOf } from '../../src/charging/rebuild.ts'
import { limits } from '../../src/domain/limits.ts'
import type { OutboxRecord } from '../../src/domain/record.ts'
import { systemScheduler } from '../../src/ops/clock.ts'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { DAY, request, start } from '../support/engine-driver.ts'
import { catalogueOf, standardOffers } from '../support/limits-catalogue.ts'
import { createMemoryStore } from '../support/memory-store.ts'
import { keepLog, openTestStore, testRandom } from '../support/open-test-store.ts'
import { keyOf } from '../support/store-writes.ts'
import { startStores } from '../support/stores.ts'
import { ask, type Bench, createBench, open } from './toy.ts'

const EUR = 1_000_000
const count = 40
const numbers = Array.from({ length: count }, (_, i) => String(4915100000000 + i))
const monthly: OfferFile = {
  offer: 'monthly',
  kind: 'base',
  name: '1.00 a month for one line',
  fee: '1.00',
  'fee-every': 'calendar-month',
  allowances: [
    { allowance: 'data', services: ['internet'], amount: '10 MB', period: 'calendar-month' }
  ],
  'prices-of': 'go'
}
const catalogue = catalogueOf([...standardOffers, monthly])
const engine = createEngine(() => ({ current: catalogue, byVersion: new Map() }))
/** Few lines go into one decision. */
const few = { ...limits, dueLines: 7 }

function usage(of: number, number: number, accountId = 'a1') {
  const value = `${accountId === 'a1' ? '' : accountId}${numbers[of]}`
  const more = { sessionId: `s;${value}`, subscribers: [{ type: 'msisdn', value }] as const }
  const type = number === 0 ? 'initial' : 'update'
  return request(type, number, [{ ask: { octets: 1_000_000 } }], more)
}

const lines = numbers.map(msisdn => ({ msisdn, offers: ['monthly'] }))

interface Seen {
  readonly wallet: number
  readonly suspended: readonly string[]
  readonly paid: readonly string[]
  readonly due: number
}

/** How the account stands, and the fees that it paid, in their order. */
async function seenIn(store: Store, accountId: string, now: number): Promise<Seen> {
  const key = keyOf(store, accountId)
  const wanted = { lines: await store.listLines(key), sessions: [] }
  const [documents] = await store.load([{ key, wanted }])
  const account = decodeAccount(documents!.account!)
  const entries = (await store.outbox.read(100_000)).get(key.partition) ?? []
  const records = entries
    .map(({ value }) => JSON.parse(value) as OutboxRecord)
    .filter(record => record.accountId === accountId)
  t.strictSame(
    records.map(({ record }) => record),
    records.map((_, index) => index + 1),
    'numbered without gaps'
  )
  const fees = records.filter(record => record.kind === 'movement').filter(r => r.type === 'fee')
  const suspended = documents!.lines
    .map(text => decodeLine(text!))
    .filter(line => line.subscriptions?.[0]?.suspendedAt !== undefined)
  return {
    wallet: account.wallet.available + account.wallet.reserved,
    suspended: suspended.map(({ id }) => id),
    paid: fees.map(({ at, amount, reference }) => `${at} ${amount} ${reference}`),
    due: (await store.dueLines(key, now, 1_000)).lines.length
  }
}

async function opened(bench: Bench, topUp: number, serviceLimits = few) {
  const { service, watched } = bench.serve({ ...engine, limits: serviceLimits })
  t.match(await open(service, { lines, topUp }), { kind: 'done' })
  return { service, watched }
}

const inMarch = Date.UTC(2027, 2, 2)

/** What a server does that pays all fees in one decision. */
async function expected(topUp: number, now: number): Promise<Seen> {
  const bench = createBench()
  const { service } = await opened(bench, topUp, { ...limits, dueLines: 1_000 })
  bench.now = now
  t.match(await ask(service, usage(0, 0)), { outcome: 'success' })
  const seen = await seenIn(createMemoryStore(bench.state, 16), 'a1', bench.now)
  t.match(await service.accounts.view('a1'), { account: { wallet: { reserved: 0 } } })
  return seen
}

t.test('fees of more lines than one decision takes are paid first, in their order', async t => {
  for (const topUp of [1_000 * EUR, 100.5 * EUR]) {
    const bench = createBench()
    const { service, watched } = await opened(bench, topUp)
    bench.now = inMarch
    const commits = watched.groups.length
    t.match(await ask(service, usage(0, 0)), { outcome: 'success' })
    t.ok(watched.groups.length - commits > 10)
    const seen = await seenIn(createMemoryStore(bench.state, 16), 'a1', bench.now)
    t.strictSame(seen, await expected(topUp, inMarch))
    const poor = topUp < 200 * EUR
    t.equal(seen.paid.length, poor ? 100 : 5 * count)
    t.strictSame(seen.suspended, poor ? numbers : [])
    t.equal(seen.due, 0)
  }
})

t.test('each fee is paid once, whatever of the commits is lost or done by others', async t => {
  const wanted = await expected(1_000 * EUR, inMarch)
  for (const when of ['before', 'after', 'meanwhile', 'both'] as const) {
    const bench = createBench()
    const { service, watched } = await opened(bench, 1_000 * EUR)
    const other = bench.serve({ ...engine, limits: few })
    bench.now = inMarch
    const sweep = () => other.service.accounts.submit({ kind: 'sweep', accountId: 'a1' })
    let commits = 0
    const asking = ask(service, usage(0, 0))
    const trouble = setInterval(() => {
      commits = watched.groups.length
      if (when === 'before' || when === 'after') {
        watched.fail = watched.fail === null ? when : null
      } else watched.meanwhile = sweep
    }, 1)
    const competing = when === 'both' ? [sweep(), sweep()] : []
    for (let i = 0; i < 60; i++) await bench.advance(50)
    clearInterval(trouble)
    watched.fail = null
    watched.meanwhile = null
    await bench.advance(1_000)
    await Promise.all(competing)
    t.ok(commits > 0)
    const { conflicts, storeFailures } = service.stats()
    t.ok(conflicts + storeFailures > 0, 'there was trouble')
    await asking
    await service.accounts.submit({ kind: 'sweep', accountId: 'a1' })
    const seen = await seenIn(createMemoryStore(bench.state, 16), 'a1', bench.now)
    t.strictSame({ ...seen, wallet: 0 }, { ...wanted, wallet: 0 }, when)
    t.equal(seen.wallet, (1_000 - 5 * count) * EUR)
  }
})

t.test('lines that nobody uses pay as well: the sweep finds them', async t => {
  const bench = createBench()
  const { service } = await opened(bench, 1_000 * EUR)
  const key = keyOf(createMemoryStore(bench.state, 16), 'a1')
  for (const [at, paid] of [
    [start + DAY, count],
    [Date.UTC(2026, 11, 2), 2 * count],
    [Date.UTC(2027, 0, 2), 3 * count]
  ] as const) {
    bench.now = at
    await service.sweep()
    const store = createMemoryStore(bench.state, 16)
    t.match(await seenIn(store, 'a1', at), { due: 0, wallet: (1_000 - paid) * EUR })
    t.equal((await store.dueLines(key, at + 40 * DAY, 100)).lines.length, count)
    t.ok(bench.account().sweepAt > at)
  }
})

t.test('a store that was lost is made again with the fees that are due', async t => {
  const bench = createBench()
  await opened(bench, 1_000 * EUR)
  const before = createMemoryStore(bench.state, 16)
  const key = keyOf(before, 'a1')
  const wanted = { lines: await before.listLines(key), sessions: [] }
  const [documents] = await before.load([{ key, wanted }])
  const account = decodeAccount(documents!.account!)
  const known = documents!.lines.map(text => decodeLine(text!))
  const buckets = known.flatMap(line => line.buckets)
  const targets = new Map<string, bigint>([
    ['wallet', BigInt(account.wallet.available)],
    ...buckets.map(({ id, available }) => [id, BigInt(available)] as const)
  ])
  const picture = pictureOf({ account, lines: known }, { last: account.records, targets })
  const again = createBench()
  const store = createMemoryStore(again.state, 16, () => again.now)
  const lost = { ...picture, sessions: [], operations: [] }
  t.strictSame(await writeLost(store, createVersions(testRandom, 'rebuild'), [lost]), [])
  again.now = inMarch
  const { service } = again.serve({ ...engine, limits: few })
  t.ok((await service.sweep()) > 0)
  t.equal(again.account().wallet.available, (1_000 - 5 * count) * EUR)
})

async function onStore(store: Store): Promise<void> {
  const accountId = `fees-${Date.now()}`
  let now = start
  const serve = (): ChargingService =>
    createChargingService({
      store,
      ...engine,
      limits: few,
      clock: { now: () => now, monotonic: () => performance.now() },
      scheduler: systemScheduler,
      random: testRandom,
      logger: keepLog()
    })
  const services = [serve(), serve()]
  const prefix = accountId
  const own = lines.map(line => ({ ...line, msisdn: `${prefix}${line.msisdn}` }))
  const [first] = services
  t.match(await open(first!, { accountId, lines: own, topUp: 1_000 * EUR }), { kind: 'done' })
  now = inMarch
  const answers = services.map((service, of) => ask(service, usage(of, 0, accountId)))
  for (const answer of await Promise.all(answers)) t.match(answer, { outcome: 'success' })
  const wanted = await expected(1_000 * EUR, inMarch)
  const seen = await seenIn(store, accountId, now)
  const paid = seen.paid.map(text => text.replaceAll(prefix, ''))
  t.strictSame({ ...seen, paid }, wanted)
  const again = await ask(first!, usage(0, 1, accountId))
  t.match(again, { outcome: 'success', units: [{ outcome: 'success' }] })
  for (const service of services) await service.close()
  await store.close()
}

t.test('two servers on one store pay each fee once: Redis, a cluster, LMDB', async t => {
  for (const url of Object.values(await startStores(t))) {
    await onStore(await openTestStore(url))
  }
})
