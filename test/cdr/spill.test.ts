/** Spilled records: what a crash leaves, and what is delivered twice. */
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { openStore } from '../../src/balance/open-store.ts'
import { createMover } from '../../src/cdr/drain-round.ts'
import { openSpill, type Spill } from '../../src/cdr/spill/spill.ts'
import { createSpillMove } from '../../src/cdr/spill/spiller.ts'
import type { EventRecord } from '../../src/domain/record.ts'
import type { SpillBoard } from '../../src/domain/spill.ts'
import { systemRandom } from '../../src/ops/clock.ts'
import { emptyRedis } from '../support/redis.ts'
import { cdr, clock, memoryLog, movement, postgresBench } from './support.ts'

const given = await emptyRedis()
const redis = new Redis(given.url)
const ports = { logger: memoryLog(), clock, random: systemRandom }
const store = await openStore(given.url, { partitions: 2, ...ports })
t.teardown(async () => {
  await store.close()
  redis.disconnect()
  await given.stop()
})

async function open(t: Test, folder: string, more: { octetsMax?: number; freeMin?: number } = {}) {
  const logger = memoryLog()
  const board = store.spills as SpillBoard
  const options = { folder, board, host: 'test', octetsMax: 1e9, freeMin: 0, ...more }
  const spill = await openSpill({ ...options, clock, random: systemRandom, logger })
  // Some of them are dead by then, and others have their folders.
  t.teardown(() => spill.close().catch(() => {}))
  return { spill, logger }
}

function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'gyro-spill-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function files(folder: string, ending: string): string[] {
  const names = readdirSync(folder, { recursive: true }) as string[]
  return names.filter(name => name.endsWith(ending)).map(name => join(folder, name))
}

/** The process that has these files is dead. */
function bury(folder: string): void {
  for (const path of files(folder, 'gyro.lock')) {
    const lock = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...lock, started: 'then' }))
  }
}

async function readAll(spill: Spill): Promise<string[]> {
  const all: string[] = []
  while ((await spill.turn()) === 'mine') {
    all.push(...(await spill.read(2)))
    await spill.advance()
  }
  return all
}

t.test('a record that was being written is left out, all others are delivered', async t => {
  const folder = folderOf(t)
  const first = await open(t, folder)
  t.equal(await first.spill.keep(['"a"', '"b"', '"c"']), true)
  const [path = ''] = files(folder, '.spill')
  appendFileSync(path, readFileSync(path).subarray(0, 12))
  bury(folder)
  const { spill, logger } = await open(t, folder)
  t.same(await readAll(spill), ['"a"', '"b"', '"c"'])
  t.match(logger.lines, [{ level: 'warn' }, { level: 'warn', message: /torn/ }])
  t.same(files(folder, '.spill'), [])
  t.equal(await redis.hlen('gyro:spills'), 0)
})

t.test('a damaged record is an alarm, and its file is kept', async t => {
  const folder = folderOf(t)
  const first = await open(t, folder)
  await first.spill.keep(['"aaaa"', '"bbbb"', '"cccc"'])
  const [path = ''] = files(folder, '.spill')
  writeFileSync(path, readFileSync(path, 'utf8').replace('bbbb', 'bxbb'))
  bury(folder)
  const { spill, logger } = await open(t, folder)
  t.same(await readAll(spill), ['"aaaa"', '"cccc"'])
  t.equal(spill.stats().damaged, 1)
  t.match(logger.lines.at(-2), { fields: { alarm: 'spill-damaged' } })
  t.equal(files(folder, '.damaged').length, 1)
  t.equal(await redis.hlen('gyro:spills'), 0)
})

t.test('marks that Redis has lost are made again', async t => {
  const { spill } = await open(t, folderOf(t))
  await spill.keep(['"a"'])
  await redis.del('gyro:spills')
  t.equal(await spill.turn(), 'mine')
  t.equal(await redis.hlen('gyro:spills'), 1)
  t.same(await readAll(spill), ['"a"'])
})

t.test('a server that comes back later is waited for, and one without its file is not', async t => {
  const gone = folderOf(t)
  const first = await open(t, gone)
  await first.spill.keep(['"a"'])
  const { spill } = await open(t, folderOf(t))
  await spill.keep(['"b"'])
  t.equal(await spill.turn(), 'elsewhere')
  t.same(await readAll(first.spill), ['"a"'])
  t.same(await readAll(spill), ['"b"'])
})

t.test('the disk takes no more than it may', async t => {
  const small = await open(t, folderOf(t), { octetsMax: 60 })
  t.equal(await small.spill.keep(['"a"']), true)
  t.equal(await small.spill.keep(['"b"', '"c"', '"d"']), false)
  t.equal(small.spill.stats().failing, true)
  t.match(small.logger.lines, [{ level: 'error', fields: { alarm: 'spill-full' } }])
  t.same(await readAll(small.spill), ['"a"'])
  const tight = await open(t, folderOf(t), { freeMin: 1e18 })
  t.equal(await tight.spill.keep(['"a"']), false)
})

t.test('every kind of record is stored once, however often it is delivered', async t => {
  const bench = await postgresBench()
  const database = await bench.open()
  t.teardown(async () => {
    await database.close()
    await bench.remove()
  })
  const event: EventRecord = {
    kind: 'event',
    accountId: 'acme-1',
    record: 3,
    at: Date.now(),
    type: 'threshold',
    lineId: '',
    subject: 'offer/limit',
    threshold: '80',
    direction: 'up',
    status: 'near',
    used: 80,
    amount: 100,
    unit: 'octets'
  }
  const snapshot = (record: number) => ({
    kind: 'account',
    accountId: 'acme-1',
    record,
    at: Date.now(),
    account: [record],
    lines: [[record, '4915100000001']]
  })
  const records = [
    movement(),
    cdr({ accountId: 'acme-1', record: 2 }),
    event,
    snapshot(4),
    cdr({ accountId: 'acme-1', record: 5, sessionId: 'pgw;5' }),
    snapshot(6),
    { kind: 'nothing that is known' }
  ].map(record => JSON.stringify(record))
  for (const record of records) await redis.xadd('{p0000}o', '*', 'r', record)
  const { spill } = await open(t, folderOf(t))
  const outbox = { ...store.outbox, acknowledge: () => Promise.reject(new Error('killed')) }
  // Twice on disk, and still in Redis: its process died before it could acknowledge.
  await t.rejects(createSpillMove({ outbox, spill })(), /killed/)
  await t.rejects(createSpillMove({ outbox, spill })(), /killed/)
  const { writer } = database
  const reversed: unknown[] = []
  const reverse = async (reversal: unknown) => void reversed.push(reversal)
  const mover = createMover({
    outbox: store.outbox,
    spill,
    writer,
    clock,
    reverse,
    batchMax: 5
  })
  for (let n = 0; n < 10; n++) await mover.round(false)
  t.equal(await store.outbox.depth(), 0)
  t.same(reversed, [])
  t.match(mover.stats(), { written: 6, duplicates: 12, rejected: 3, conflicts: 0 })
  const count = async (table: string) =>
    (await bench.query(`SELECT count(*)::int AS n FROM ${table}`))[0]?.['n']
  t.equal(await count('cdr'), 2)
  t.equal(await count(`ledger_entry WHERE type = 'top-up'`), 1)
  t.equal(await count(`ledger_entry WHERE type = 'usage'`), 2)
  t.equal(await count('account_event'), 1)
  t.equal(await count('account_snapshot_number'), 2)
  t.equal(await count('outbox_rejected'), 1)
  const newest = await bench.query('SELECT DISTINCT record::int FROM account_snapshot')
  t.same(newest, [{ record: 6 }])
})
