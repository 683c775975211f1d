import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { ExportBook } from '../../src/charging/ports.ts'
import { type Export, exportNext, type Manifest } from '../../src/export/exporter.ts'
import { createSchedule } from '../../src/export/schedule.ts'
import { memoryLog, postgresBench, scheduler, sessions } from '../cdr/support.ts'

const bench = await postgresBench()
const store = await bench.open()
t.teardown(async () => {
  await store.close()
  await bench.remove()
})

const node = { name: 'gyro.example.org', address: '192.0.2.1' }
let written = 0

/** Stores so many new CDRs. */
async function record(count: number): Promise<void> {
  await store.writer.write(sessions(count, written))
  written += count
}

function exporting(folder: string, stream: string, over: Partial<Export> = {}): Export {
  const order = { stream, format: 'jsonl', holder: 'a', recordsMax: 1_000, ageMs: 0, node } as const
  return { book: store.exports, folder, ...order, ...over }
}

async function exportAll(options: Export): Promise<Manifest[]> {
  const manifests: Manifest[] = []
  for (;;) {
    const manifest = await exportNext(options)
    if (manifest === null) return manifests
    manifests.push(manifest)
  }
}

/** The numbers of recording of all lines of the folder's files, in the order of the files. */
function recordedIn(folder: string): number[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.jsonl'))
    .sort()
    .flatMap(name => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
    .map(line => (JSON.parse(line) as { recorded: number }).recorded)
}

const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1)

await record(2_500)

t.test('files have all CDRs in order, and manifests that say what is in them', async t => {
  const folder = join(t.testdir(), 'new')
  const manifests = await exportAll(exporting(folder, 'plain'))
  t.same(
    manifests.map(({ file, records, firstRecorded }) => [file, records, firstRecorded]),
    [
      ['plain-00000001.jsonl', 1_000, 1],
      ['plain-00000002.jsonl', 1_000, 1_001],
      ['plain-00000003.jsonl', 500, 2_001]
    ]
  )
  t.same(recordedIn(folder), upTo(2_500))
  t.equal(readdirSync(folder).length, 6, 'nothing but files and manifests')
  for (const manifest of manifests) {
    const content = readFileSync(join(folder, manifest.file))
    t.equal(manifest.octets, content.length)
    t.equal(manifest.sha256, createHash('sha256').update(content).digest('hex'))
    const text = readFileSync(join(folder, `${manifest.file}.manifest.json`), 'utf8')
    t.same(JSON.parse(text), manifest)
    t.equal(manifest.sums.amountMicros['EUR'], String(manifest.records * 10_000))
    t.equal(manifest.sums.octets, String(manifest.records * 1_000_000))
  }
  t.same(await exportAll(exporting(folder, 'plain')), [], 'nothing is exported again')
})

t.test('a file that is not full waits until its first CDR is old enough', async t => {
  const folder = t.testdir()
  const patient = exporting(folder, 'patient', { ageMs: 3_600_000 })
  t.equal((await exportAll(patient)).length, 2)
  t.equal((await exportAll({ ...patient, ageMs: 1 })).length, 1)
})

t.test('whoever fails at any step, the next one leaves each CDR in one file', async t => {
  for (const step of ['recorded', 'hold', 'finish'] as const) {
    const folder = t.testdir()
    const stream = `broken-${step}`
    let calls = 0
    const book: ExportBook = {
      ...store.exports,
      [step]: async () => {
        calls += 1
        throw new Error('killed')
      }
    }
    await t.rejects(exportNext(exporting(folder, stream, { book })), { message: 'killed' })
    t.equal(calls, 1)
    // What a process leaves that is killed in the middle of a line.
    writeFileSync(join(folder, `.${stream}-00000001.jsonl.dead.tmp`), '{"recor')
    const before = readdirSync(folder).filter(name => name.endsWith('.jsonl'))
    t.same(before, step === 'finish' ? [`${stream}-00000001.jsonl`] : [])
    const first = before.map(name => readFileSync(join(folder, name), 'utf8'))
    // More CDRs, and another size, do not change the file that was planned.
    await record(10)
    await exportAll(exporting(folder, stream, { recordsMax: 700 }))
    if (first.length > 0) {
      t.equal(readFileSync(join(folder, `${stream}-00000001.jsonl`), 'utf8'), first[0])
    }
    t.same(recordedIn(folder), upTo(written))
    t.notOk(readdirSync(folder).some(name => name.endsWith('.tmp')))
  }
})

t.test('a stream belongs to one exporter at a time, and to one format', async t => {
  const folder = t.testdir()
  await exportNext(exporting(folder, 'mine', { holder: 'a' }))
  const other = exporting(folder, 'mine', { holder: 'b' })
  await t.rejects(exportNext(other), { code: 'GYRO_CONFLICT' })
  await t.rejects(exportNext(exporting(folder, 'mine', { format: 'csv' })), {
    code: 'GYRO_INPUT_INVALID'
  })
  await store.exports.release('mine', 'b')
  await t.rejects(exportNext(other), { code: 'GYRO_CONFLICT' }, 'only its holder can release it')
  await store.exports.release('mine', 'a')
  t.equal((await exportAll(other)).length > 0, true)
  await bench.query("UPDATE cdr_export SET held_until = now() - interval '1 second'")
  await exportNext(exporting(folder, 'mine', { holder: 'c' }))
  const sums = { amounts: {}, octets: '0', seconds: '0', messages: '0' }
  const late = { number: 1, name: 'x', octets: 1, sha256: '', sums }
  await t.rejects(store.exports.finish('mine', 'b', late), { code: 'GYRO_CONFLICT' })
})

t.test('who finds a stream held hears whether its holder is writing, and until when', async t => {
  const folder = t.testdir()
  const other = exporting(folder, 'held', { holder: 'b' })
  const messageOf = (options: Export) =>
    exportNext(options).then(
      () => 'nobody holds it',
      (error: unknown) => (error instanceof Error ? error.message : '')
    )
  await store.exports.next(exporting(folder, 'held'))
  const writing = await messageOf(other)
  t.match(writing, /^another exporter is writing file 1 of the stream "held", .*until \d\d:\d\d:/)
  t.equal(await messageOf(other), writing)
  await store.exports.hold('held', 'a')
  t.not(await messageOf(other), writing, 'it has moved')
  await exportAll(exporting(folder, 'held'))
  const idle = await messageOf(other)
  t.match(idle, /^another exporter holds the stream "held" and has nothing to write now/)
  await store.exports.hold('held', 'a')
  t.equal(await messageOf(other), idle)
})

t.test('exporters and writers at once: every CDR once, numbers without gaps', async t => {
  const folder = t.testdir()
  const exporters = ['a', 'b', 'c'].map(async holder => {
    for (let round = 0; round < 60; round += 1) {
      try {
        while ((await exportNext(exporting(folder, 'many', { holder, recordsMax: 97 }))) !== null);
        await store.exports.release('many', holder)
      } catch (error) {
        t.match(error, { code: 'GYRO_CONFLICT' })
      }
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  })
  const from = written
  written += 2_000
  const writers = [0, 1].map(async half => {
    for (let n = half; n < 40; n += 2) await store.writer.write(sessions(50, from + n * 50))
  })
  await Promise.all([...exporters, ...writers])
  await exportAll(exporting(folder, 'many', { holder: 'a' }))
  t.same(recordedIn(folder), upTo(written))
  const rows = await bench.query(
    "SELECT number, name FROM cdr_export_file WHERE stream = 'many' ORDER BY number"
  )
  t.same(
    rows.map(({ number }) => Number(number)),
    upTo(rows.length)
  )
  t.ok(rows.every(({ name }) => existsSync(join(folder, `${name}.manifest.json`))))
})

t.test('CDRs that somebody removed are missed, and not passed over', async t => {
  const folder = t.testdir()
  await bench.query('BEGIN; UPDATE cdr SET recorded = -7 WHERE recorded = 1500; COMMIT')
  await exportNext(exporting(folder, 'removed'))
  await t.rejects(exportNext(exporting(folder, 'removed')), {
    code: 'GYRO_CDR_UNAVAILABLE',
    message: /CDR 1500 belongs into removed-00000002\.jsonl/
  })
  await bench.query('UPDATE cdr SET recorded = 1500 WHERE recorded = -7')
  await exportNext(exporting(folder, 'removed'))
})

t.test('the schedule writes what is due, says once what fails, and goes on', async t => {
  const folder = join(t.testdir(), 'spool')
  const logger = memoryLog()
  writeFileSync(folder, 'in the way')
  const schedule = createSchedule({ export: exporting(folder, 'timed'), scheduler, logger })
  schedule.start()
  const until = async (done: () => boolean) => {
    for (let n = 0; n < 400 && !done(); n += 1)
      await new Promise(resolve => setTimeout(resolve, 25))
  }
  await until(() => schedule.stats().failing)
  t.match(logger.lines, [{ level: 'error', fields: { alarm: 'cdr-export' } }])
  await store.exports.hold('timed', 'another')
  await store.exports.release('timed', 'another')
  const { unlinkSync } = await import('node:fs')
  unlinkSync(folder)
  mkdirSync(folder)
  await until(() => schedule.stats().records === written)
  t.match(schedule.stats(), { records: written, failing: false })
  await schedule.close()
  t.same(recordedIn(folder), upTo(written))
  await exportNext(exporting(folder, 'timed', { holder: 'another' }))
})
