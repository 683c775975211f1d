import t from 'tap'
import type { Reversal } from '../../src/cdr/conflicts.ts'
import { createDrain } from '../../src/cdr/drain.ts'
import type { CdrWriter } from '../../src/cdr/writer.ts'
import { cdr, clock, memoryLog, memoryOutbox, scheduler } from './support.ts'

/** A writer that remembers; throws while `away`. */
function fakeWriter() {
  const batches: (readonly string[])[] = []
  const fake: CdrWriter & {
    away: boolean
    batches: typeof batches
    tries: number
    conflicts: Map<string, Reversal>
  } = {
    away: false,
    batches,
    tries: 0,
    conflicts: new Map(),
    async ping() {
      if (fake.away) throw new Error('connect ECONNREFUSED 127.0.0.1:5432')
    },
    async prepare() {
      fake.tries += 1
      if (fake.away) throw new Error('connect ECONNREFUSED 127.0.0.1:5432')
    },
    async write(values, earlier) {
      if (!((await earlier) ?? true)) throw new Error('what comes before is not stored')
      if (fake.away) throw new Error('connect ECONNREFUSED 127.0.0.1:5432')
      batches.push(values)
      const reversals = values.flatMap(value => fake.conflicts.get(value) ?? [])
      const conflicts = reversals.length
      const written = values.length - conflicts
      return { written, duplicates: 0, rejected: conflicts, conflicts, reversals }
    }
  }
  return fake
}

function setUp(partitions = 16, batchMax = 100) {
  const outbox = memoryOutbox(partitions)
  const writer = fakeWriter()
  const log = memoryLog()
  const reversed: string[] = []
  const asked = { reverse: async ({ digest }: Reversal) => void reversed.push(digest) }
  const reverse = (reversal: Reversal) => asked.reverse(reversal)
  const ports = { outbox, writer, reverse, scheduler, clock, logger: log }
  const drain = createDrain({ ...ports, batchMax })
  return { outbox, writer, log, drain, reversed, asked }
}

const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

async function until(condition: () => boolean, ms = 8_000): Promise<number> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > ms) throw new Error('waited too long')
    await wait(5)
  }
  return performance.now() - start
}

t.test('what waits is stored in batches and acknowledged', async t => {
  const { outbox, writer, drain } = setUp()
  for (let n = 0; n < 1_000; n += 1) outbox.add(n % 16, String(n))
  await drain.flush()
  t.equal(outbox.waiting(), 0)
  t.ok(writer.batches.every(batch => batch.length <= 100))
  t.same(
    writer.batches.flat().toSorted((a, b) => Number(a) - Number(b)),
    Array.from({ length: 1_000 }, (_, n) => String(n))
  )
  t.match(drain.stats(), { depth: 0, written: 1_000, failing: false, lastSuccessAt: Number })
  await drain.close()
})

t.test('one full partition among many is emptied in reads that grow', async t => {
  const { outbox, drain } = setUp(256, 100)
  for (let n = 0; n < 200; n += 1) outbox.add(7, String(n))
  await drain.flush()
  t.equal(outbox.waiting(), 0)
  await drain.close()
  const few = setUp(4, 100)
  for (let n = 0; n < 4_000; n += 1) few.outbox.add(1, String(n))
  await few.drain.flush()
  t.ok(few.outbox.reads < 60, `${few.outbox.reads} reads`)
  await few.drain.close()
})

t.test('an idle drain reads a few times a second and sees what comes', async t => {
  const { outbox, drain } = setUp()
  drain.start()
  await wait(1_000)
  t.ok(outbox.reads >= 2 && outbox.reads <= 6, `${outbox.reads} reads`)
  outbox.add(3, 'late')
  t.ok((await until(() => drain.stats().written === 1)) < 1_000)
  await drain.close()
  const { reads } = outbox
  await wait(400)
  t.equal(outbox.reads, reads)
})

t.test('a trickle is stored in few batches', async t => {
  const { outbox, writer, drain } = setUp()
  drain.start()
  for (let n = 0; n < 100; n += 1) {
    outbox.add(n % 16, String(n))
    await wait(5)
  }
  await until(() => outbox.waiting() === 0)
  t.ok(writer.batches.length <= 15, `${writer.batches.length} batches`)
  await drain.close()
})

t.test('while the database is away everything waits, with one line in the log', async t => {
  const { outbox, writer, log, drain } = setUp()
  writer.away = true
  outbox.add(1, 'a', 'b', 'c')
  drain.start()
  await wait(2_500)
  t.match(drain.stats(), { failing: true, depth: 3, written: 0, lastSuccessAt: null })
  t.ok(writer.tries >= 3 && writer.tries <= 6, `${writer.tries} tries`)
  t.equal(log.lines.length, 1)
  t.match(log.lines[0], { level: 'error', fields: { alarm: 'cdr-drain', reason: /ECONNREFUSED/ } })
  writer.away = false
  t.ok((await until(() => outbox.waiting() === 0)) < 5_500)
  t.equal(log.lines.length, 2)
  t.match(log.lines[1], { level: 'info' })
  t.match(drain.stats(), { failing: false, written: 3 })
  await drain.close()
})

t.test('an outbox that cannot be read is tried again', async t => {
  const { outbox, drain } = setUp()
  outbox.add(1, 'a')
  let failures = 2
  outbox.onRead = () => {
    failures -= 1
    if (failures >= 0) throw new Error('the store is away')
  }
  drain.start()
  await until(() => drain.stats().written === 1)
  t.equal(drain.stats().failing, false)
  await drain.close()
})

t.test('without the lease nothing is read, unless the process must flush', async t => {
  const { outbox, drain } = setUp()
  outbox.leased = false
  outbox.add(1, 'a')
  drain.start()
  await wait(600)
  t.equal(outbox.reads, 0)
  t.equal(drain.stats().depth, 1)
  await drain.flush()
  t.equal(outbox.waiting(), 0)
  await drain.close()
})

t.test('a flush gives up when its time is over', async t => {
  const { outbox, writer, drain } = setUp()
  writer.away = true
  outbox.add(1, 'a')
  const start = performance.now()
  await drain.flush(300)
  const took = performance.now() - start
  t.ok(took >= 290 && took < 1_500, `${took} ms`)
  await drain.close()
  t.equal(outbox.waiting(), 1)
})

t.test('a flush covers what came during the round at hand', async t => {
  const { outbox, writer, drain } = setUp()
  outbox.add(1, 'first')
  const asked: Promise<void>[] = []
  outbox.onAcknowledge = () => {
    if (asked.length > 0) return
    outbox.add(1, 'second')
    asked.push(drain.flush())
  }
  drain.start()
  await until(() => asked.length > 0)
  await Promise.all(asked)
  t.same(writer.batches.flat(), ['first', 'second'])
  await drain.close()
  await drain.flush()
})

t.test('what conflicts is reversed before it is acknowledged', async t => {
  const { outbox, writer, drain, reversed, asked } = setUp()
  outbox.add(1, 'good', 'bad')
  writer.conflicts.set('bad', { cdr: cdr(), digest: 'd' })
  const { reverse } = asked
  let failures = 2
  asked.reverse = async reversal => {
    t.equal(outbox.waiting(), 2, 'nothing is acknowledged yet')
    failures -= 1
    if (failures >= 0) throw new Error('the store is away')
    await reverse(reversal)
  }
  await drain.flush()
  t.same(reversed, ['d'])
  t.equal(outbox.waiting(), 0)
  t.match(drain.stats(), { conflicts: 1, failing: false })
  await drain.close()
})
