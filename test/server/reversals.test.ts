/**
 * Sessions that are debited again because their receipts are gone, on a real Redis and Postgres: the CDR of the second
 * debit meets the key of the first one, and is reversed once, by two servers that crash between all steps.
 */
import { Redis } from 'ioredis'
import pg from 'pg'
import t from 'tap'
import { createChargingService } from '../../src/balance/service.ts'
import type { Reversal } from '../../src/cdr/conflicts.ts'
import { createDrain } from '../../src/cdr/drain.ts'
import { openCdr } from '../../src/cdr/open-cdr.ts'
import { createEngine } from '../../src/charging/engine.ts'
import type { Outbox } from '../../src/charging/ports.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { systemRandom, systemScheduler } from '../../src/ops/clock.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import { createReversals } from '../../src/server/reversals.ts'
import { memoryLog } from '../cdr/support.ts'
import { request } from '../support/engine-driver.ts'
import { openTestStore } from '../support/open-test-store.ts'
import { createDatabase } from '../support/postgres.ts'
import { emptyRedis } from '../support/redis.ts'

const MB = 1_000_000
/** Every session starts at the same instant again, as one does that is known no more. */
const now = Date.UTC(2026, 10, 21, 12)
const clock = { now: () => now, monotonic: () => performance.now() }

/** Fails some calls: before they do anything, or after. */
function faults() {
  let calls = 0
  return async <T>(act: () => Promise<T>): Promise<T> => {
    calls += 1
    if (before.has(calls)) throw new Error('a crash before')
    const result = await act()
    if (after.has(calls)) throw new Error('a crash after')
    return result
  }
}

const before = new Set([1, 6, 11])
const after = new Set([2, 8, 15])

t.test('a second debit is given back once', async t => {
  const redis = await emptyRedis()
  const database = await createDatabase()
  const catalogue = await loadCatalogue('conf/catalogue')
  const catalogues = { current: catalogue, byVersion: new Map([[catalogue.version, catalogue]]) }

  async function startServer() {
    const store = await openTestStore(redis.url)
    const log = memoryLog()
    const service = createChargingService({
      store,
      ...createEngine(() => catalogues),
      clock,
      scheduler: systemScheduler,
      random: systemRandom,
      logger: log
    })
    const cdr = await openCdr(database.url, { logger: log, clock, scheduler: systemScheduler })
    const crash = faults()
    const outbox: Outbox = {
      ...store.outbox,
      acknowledge: entries => crash(() => store.outbox.acknowledge(entries)),
      lease: async () => true
    }
    const done = createReversals(service.accounts, log)
    const reverse = (reversal: Reversal) => crash(() => done(reversal))
    const ports = { clock, scheduler: systemScheduler, logger: log }
    const drain = createDrain({ outbox, writer: cdr.writer, reverse, batchMax: 20, ...ports })
    return {
      service,
      drain,
      store,
      async close() {
        await drain.close()
        await service.close()
        await store.close()
        await cdr.close()
      }
    }
  }

  const servers = [await startServer(), await startServer()]
  const [first, second] = servers
  t.teardown(async () => {
    await Promise.all(servers.map(server => server.close()))
    await redis.stop()
    await database.drop()
  })
  const admin = new Redis(redis.url)
  t.teardown(() => admin.disconnect())

  const accounts = Array.from({ length: 4 }, (_, n) => ({
    id: `a${n}`,
    msisdn: `49151888000${n}`,
    offers: n % 2 === 0 ? ['prepaid-go'] : ['prepaid-go', 'data-5gb']
  }))
  for (const { id, msisdn, offers } of accounts) {
    const lines = [{ msisdn }]
    const topUp = 100 * MB
    await first!.service.accounts.submit({
      kind: 'open-account',
      accountId: id,
      lines,
      offers,
      topUp
    })
  }

  const charge = (server: typeof first, asked: ChargingRequest) =>
    new Promise<string>(resolve => server!.service.charge(asked, ({ outcome }) => resolve(outcome)))

  async function runSession(server: typeof first, msisdn: string, sessionId: string, used: number) {
    const subscribers = [{ type: 'msisdn' as const, value: msisdn }]
    const more = { sessionId, subscribers }
    t.equal(await charge(server, request('initial', 0, [{ ask: null }], more)), 'success')
    const last = request('termination', 1, [{ used: { octets: used } }], more)
    t.equal(await charge(server, last), 'success')
  }

  async function forgetReceipts(): Promise<void> {
    const keys = [...(await admin.keys('{p*}r:*')), ...(await admin.keys('d:*'))]
    if (keys.length > 0) await admin.del(...keys)
  }

  let again = 0
  for (const [n, { msisdn, id }] of accounts.entries()) {
    for (let session = 0; session < 6; session++) {
      const used = (session + n) * 1_234_567 + 1
      for (let run = 0; run <= session % 3; run++) {
        const server = (session + run) % 2 === 0 ? first : second
        // The second time, other usage is reported.
        await runSession(server, msisdn, `pgw;${id};${session}`, used + run * 777_777)
        again += run > 0 ? 1 : 0
        await forgetReceipts()
      }
    }
  }
  for (let round = 0; round < 1; round++) {
    await Promise.all(servers.map(server => server.drain.flush(20_000)))
  }
  t.equal(await first!.store.outbox.depth(), 0)

  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  t.teardown(() => client.end())
  const query = async (sql: string) => (await client.query(sql)).rows
  const [counts] = await query(`SELECT (SELECT count(*)::int FROM cdr) AS cdrs,
    (SELECT count(*)::int FROM outbox_rejected) AS rejected,
    (SELECT count(DISTINCT (account_id, reference))::int FROM ledger_entry
      WHERE type = 'adjustment') AS adjusted`)
  t.same(counts, { cdrs: 24, rejected: again, adjusted: 24 - 8 })
  for (const { id, offers } of accounts) {
    const view = await first!.service.accounts.view(id)
    const [sums] = await query(`SELECT
      (SELECT sum(amount_micros)::int FROM cdr WHERE account_id = '${id}') AS cdrs,
      (SELECT sum(octets)::bigint::text FROM cdr WHERE account_id = '${id}') AS octets,
      (SELECT sum((value::jsonb->>'amount')::int)::int FROM outbox_rejected
        WHERE account_id = '${id}') AS rejected,
      (SELECT sum(amount)::int FROM ledger_entry WHERE account_id = '${id}'
        AND target = 'wallet' AND type NOT IN ('adjustment', 'usage')) AS funded,
      (SELECT coalesce(sum(amount), 0)::int FROM ledger_entry WHERE account_id = '${id}'
        AND target = 'wallet' AND type = 'adjustment') AS adjusted`)
    const { available, reserved } = view!.account.wallet
    t.equal(reserved, 0)
    t.equal(available + sums.cdrs, sums.funded, `${id}: wallet and CDRs are what was funded`)
    t.equal(sums.rejected, sums.adjusted, `${id}: adjustments are what was debited again`)
    if (offers.length === 1) continue
    const [bucket] = view!.account.buckets
    t.equal(bucket?.available, 5_000 * MB - Number(sums.octets), `${id}: and so are units`)
  }
})
