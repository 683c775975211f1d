/** Usage records over Postgres: validated, charged once whatever is killed, rated as of their time, rejects in suspense. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { Charge } from '../../src/charging/ports.ts'
import { createDryRater } from '../../src/mediation/dry-run.ts'
import { linesOfFile } from '../../src/mediation/files.ts'
import { lineReader } from '../../src/mediation/lines.ts'
import { loadLines, nothingLoaded, type UsageLine } from '../../src/mediation/load.ts'
import { RecordFault, readRecord, type UsageRecord } from '../../src/mediation/record.ts'
import { replaySuspense } from '../../src/mediation/replay.ts'
import { requestOf } from '../../src/mediation/request.ts'
import { chargeFor } from '../../src/rating/price.ts'
import { postgresBench } from '../cdr/support.ts'
import { temporaryFolder } from '../e2e/gyro-process.ts'
import { banded } from '../support/banded-catalogue.ts'
import { DAY, EngineDriver, HOUR, start } from '../support/engine-driver.ts'

const MB = 1_000_000
const msisdn = '4915100000001'
const now = start + 10 * DAY
const known = { current: banded, byVersion: new Map([[banded.version, banded]]) }

const bench = await postgresBench()
const store = await bench.open()
t.teardown(async () => {
  await store.close()
  await bench.remove()
})

type Members = Record<string, unknown>

function members(over: Members = {}): Members {
  const startedAt = new Date(start).toISOString()
  const key = { session: 'p;1', sequence: 1, msisdn, context: '32251', ratingGroup: 10 }
  return { ...key, startedAt, octets: MB, plmn: '26201', ...over }
}

function lineOf(line: number, of: Members): UsageLine {
  const content = JSON.stringify(of)
  try {
    return { file: 'a.jsonl', line, content, read: readRecord(of, now) }
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error
    return { file: 'a.jsonl', line, content, read: error.message }
  }
}

/** An account of the real engine, and a charge that may be killed. */
async function world(topUp = 100 * MB, offers = ['go']) {
  await bench.query(
    `SET session_replication_role = replica; TRUNCATE cdr, ledger_entry, usage_record, usage_suspense`
  )
  const driver = new EngineDriver(known)
  const lines = [{ msisdn }]
  driver.now = start - DAY
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers, topUp })
  driver.now = now
  let killAfter = Number.POSITIVE_INFINITY
  let repeats = 0
  const charge: Charge = (request, reply) => {
    const [subscriber] = request.subscribers
    if (subscriber?.value !== msisdn) {
      reply({ kind: 'charging', outcome: 'user-unknown', units: [], repeated: false })
      return
    }
    if (killAfter-- <= 0) throw new Error('killed')
    const answer = driver.charge(request)
    if (answer.repeated) repeats++
    reply(answer)
  }
  const booking = () => ({ timeZone: 'Europe/Berlin', graceMs: 3 * DAY, now: driver.now })
  const options = { book: store.usages, charge, booking }
  return {
    driver,
    options,
    /** Records that the engine had charged before. */
    repeats: () => repeats,
    killAfter(records: number) {
      killAfter = records
    },
    async load(...list: Members[]) {
      const loaded = nothingLoaded()
      const rejected = await loadLines(
        list.map((of, index) => lineOf(index + 1, of)),
        options,
        loaded
      )
      return { ...loaded, reasons: rejected.map(({ line, reason }) => `${line}: ${reason}`) }
    },
    drain: () => store.writer.write(driver.records.map(record => JSON.stringify(record)))
  }
}

t.test('a record is charged once, by its key and its content', async t => {
  const w = await world()
  const first = await w.load(members(), members({ sequence: 2 }), members())
  t.match(first, { charged: 2, duplicates: 1, suspended: 0 })
  t.match(await w.load(members(), members({ sequence: 2 })), { charged: 0, duplicates: 2 })
  t.match(await w.load(members({ octets: 2 * MB })), {
    suspended: 1,
    reasons: ['1: session: and sequence belong to a record with other content']
  })
  const nameless = members({ session: undefined, sequence: undefined })
  t.match(await w.load(nameless, nameless), { charged: 1, duplicates: 1 })
  t.match(await w.load(nameless), { charged: 0, duplicates: 1 })
  t.equal(w.driver.wallet().available, 100 * MB - 30_000)
  const [cdr] = w.driver.cdrs()
  t.match(cdr, {
    sessionId: 'p;1',
    startedAt: start,
    flags: ['mediated'],
    cause: 'normalRelease',
    facts: { usageRecord: '1' }
  })
})

t.test('what is wrong is told by its member, and suspended with its line', async t => {
  const w = await world()
  const faults: [Members, RegExp][] = [
    [{ octets: undefined }, /^octets: or seconds or messages is required/],
    [{ octets: -1 }, /^octets: must be a whole number/],
    [{ octets: '1e3' }, /^octets: must be a whole number/],
    [{ octets: 3, inputOctets: 1, outputOctets: 1 }, /^octets: is not the sum/],
    [{ msisdn: '+4915' }, /^msisdn: must be 5 to 15 digits/],
    [{ msisdn: undefined }, /^msisdn: or imsi is required/],
    [{ startedAt: '2026-11-21 12:00' }, /^startedAt: must be an instant with its zone/],
    [{ startedAt: '2027-11-21T12:00:00Z' }, /^startedAt: is still to come/],
    [{ endedAt: '2020-01-01T00:00:00Z' }, /^endedAt: is before startedAt/],
    [{ sequence: undefined }, /^sequence: is required with session/],
    [{ plmn: 'DE' }, /^plmn: must be the digits/],
    [{ context: '' }, /^context: is required/],
    [{ volume: 1 }, /^volume: is no member/]
  ]
  const { suspended, reasons } = await w.load(...faults.map(([over]) => members(over)))
  t.equal(suspended, faults.length)
  for (const [index, [, expected]] of faults.entries()) {
    t.match(reasons[index]?.replace(/^\d+: /, ''), expected)
  }
  t.equal(w.driver.cdrs().length, 0)
})

t.test('records of a session cost the same in any order, and are rated by their time', async t => {
  const night = new Date(start + 12 * HOUR).toISOString()
  const ref = (name: string) => banded.rules.get(`c0ffee00:go/${name}`)!.price
  const record = fc.record({
    octets: fc.integer({ min: 1, max: 3 * MB }),
    night: fc.boolean()
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 8 }),
      fc.nat(7),
      async (list, turn) => {
        const w = await world()
        const all = list.map(({ octets, night: late }, index) =>
          members({ sequence: index, octets, ...(late ? { startedAt: night } : {}) })
        )
        const from = turn % all.length
        await w.load(...all.slice(from))
        await w.load(...all)
        const sum = (late: boolean) =>
          list.reduce((total, each) => total + (each.night === late ? each.octets : 0), 0)
        const cost = chargeFor(ref('home'), sum(false)) + chargeFor(ref('night'), sum(true))
        const recorded = w.driver.cdrs().reduce((total, { amount }) => total + amount, 0)
        if (recorded !== cost) throw new Error(`${recorded}, not ${cost}`)
        if (w.driver.wallet().available !== 100 * MB - cost) throw new Error('money is missing')
      }
    ),
    { numRuns: 20 }
  )
  t.pass()
})

t.test('a load that is killed anywhere and run again charges each record once', async t => {
  for (const [killed, drained] of [
    [0, false],
    [3, false],
    [3, true],
    [5, true]
  ] as const) {
    const w = await world()
    const all = Array.from({ length: 6 }, (_, sequence) => members({ session: `p;${sequence}` }))
    w.killAfter(killed)
    await t.rejects(w.load(...all), { message: 'killed' })
    w.killAfter(Number.POSITIVE_INFINITY)
    if (drained) {
      await w.drain()
      // The receipts in the store are gone after a day; the CDRs say it then.
      w.driver.closed.clear()
    }
    const again = await w.load(...all)
    t.equal(again.charged + again.duplicates, 6)
    t.equal(w.driver.cdrs().length, 6)
    t.equal(w.driver.wallet().available, 100 * MB - 60_000)
    t.match(await w.load(...all), { charged: 0, duplicates: 6 })
  }
})

t.test(
  'of two loads at once each record is loaded by one and a duplicate for the other',
  async t => {
    let shared = 0
    for (let round = 0; round < 5; round++) {
      const w = await world()
      const all = Array.from({ length: 60 }, (_, n) =>
        members({ session: `p;${n % 20}`, sequence: n })
      )
      const halves = round % 2 === 0 ? [all, all] : [all, all.toReversed()]
      const [one, two] = await Promise.all(halves.map(half => w.load(...half)))
      t.equal((one?.charged ?? 0) + (two?.charged ?? 0), 60)
      t.equal((one?.duplicates ?? 0) + (two?.duplicates ?? 0), 60)
      t.equal(w.driver.wallet().available, 100 * MB - 600_000)
      if (w.repeats() > 0) shared++
    }
    t.ok(shared > 0, 'both have asked for the same records')
  }
)

t.test('usage of a month that is closed is booked now, until then in its own time', async t => {
  const w = await world()
  const october = members({ startedAt: '2026-10-30T12:00:00Z' })
  t.match(await w.load(october), { charged: 1, closed: 1 })
  t.match(w.driver.cdrs()[0], { startedAt: now, flags: ['mediated', 'adjustment'], amount: 10_000 })
  w.driver.now = Date.UTC(2026, 11, 2)
  t.match(await w.load(members({ session: 'p;2' })), { charged: 1, closed: 0 })
  t.match(w.driver.cdrs()[1], { startedAt: start, flags: ['mediated'] })
})

t.test('who is not known waits in suspense, and is charged by a replay once he is', async t => {
  const w = await world()
  const other = members({ msisdn: '4915100000077' })
  t.match(await w.load(other), { reasons: ['1: msisdn: or imsi is of no line that is known'] })
  await w.load(other)
  t.match(await store.usages.suspended('', 10), [{ file: 'a.jsonl', line: 1 }])
  const loaded = nothingLoaded()
  await replaySuspense('', w.options, now, loaded)
  t.match(loaded, { charged: 0, suspended: 1 })
  const charge: Charge = (request, reply) => reply(w.driver.charge(request))
  await replaySuspense('', { ...w.options, charge }, now, loaded)
  t.equal(loaded.charged, 1)
  t.same(await store.usages.suspended('', 10), [])
  t.equal(w.driver.cdrs().length, 1)
})

t.test('a file of CSV says the same as one of JSON Lines', async t => {
  const file = join(temporaryFolder(), 'a.csv')
  const heading = 'session,sequence,msisdn,context,ratingGroup,startedAt,octets,plmn,apn'
  const cells = `"p;""1""",1,${msisdn},32251,10,${new Date(start).toISOString()},1000000,26201,"a,b"`
  writeFileSync(file, `${heading}\r\n${cells}\r\n\r\n${cells},x\r\n`)
  const read: UsageLine[] = []
  for await (const lines of linesOfFile(file, 'csv', now, 10)) read.push(...lines)
  const expected = readRecord(members({ session: 'p;"1"', apn: 'a,b' }), now)
  t.same(read[0]?.read, expected)
  t.match(read[1], { line: 4, read: /^has 10 columns, its heading 9/ })
  t.same(readRecord(lineReader('jsonl')(read[0]?.content ?? '') ?? {}, now), expected)
  await t.rejects(linesOfFile('/nowhere', 'csv', now, 10).next(), { code: 'GYRO_INPUT_INVALID' })
})

t.test('a dry run says what the load then costs, and changes nothing', async t => {
  const w = await world(100 * MB, ['go', 'pack'])
  const all = Array.from({ length: 20 }, (_, sequence) =>
    members({ session: `p;${sequence % 3}`, sequence, octets: 300_000 * sequence + 1 })
  )
  const rater = createDryRater(w.driver.engine.decide)
  const { account, lines } = w.driver
  rater.learn(msisdn, { lineId: msisdn, account: account!, lines: [...lines.values()] })
  for (const of of [...all, ...all]) {
    rater.rate(msisdn, requestOf(readRecord(of, now) as UsageRecord, w.options.booking()), now)
  }
  rater.learn('x', null)
  rater.rate('x', requestOf(readRecord(members(), now), w.options.booking()), now)
  t.equal(w.driver.account, account)
  await w.load(...all)
  const amount = w.driver.cdrs().reduce((sum, cdr) => sum + cdr.amount, 0)
  t.ok(amount > 0)
  t.match(rater.totals, { records: 41, duplicates: 20, unknown: 1, unpriced: 0, amount })
})
