import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import t from 'tap'
import type { ExportBook, PlannedFile, RecordedCdr } from '../../src/charging/ports.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import { recordHeading } from '../../src/export/csv.ts'
import { type Export, exportNext, type Manifest } from '../../src/export/exporter.ts'
import { openParquet } from '../../src/export/parquet.ts'
import { cdr, noon } from '../cdr/support.ts'

const part = cdr().parts[0] as CdrRecord['parts'][number]

/** CDRs that differ in all that a row has, the extremes of each column among them. */
function recordOf(n: number): RecordedCdr {
  const bare = n % 3 === 0
  const parts = [{ ...part, upf: `upf-${n % 7}`, units: n }, part]
  const facts = {
    apn: n % 2 === 0 ? 'internet' : 'größer, "ims"\r\n',
    plmn: '26201',
    rat: n % 11,
    chargingId: n.toString(16).padStart(8, '0'),
    location: `tai-26201-${n % 900}`,
    address: `10.0.${n % 256}.1`,
    imei: `35${n}`,
    chargingCharacteristics: '0800',
    timeZone: '+01:00',
    calledParty: 'tel:+49301234567',
    callingParty: '☎ 1',
    slice: '1-00000a',
    pduSession: n % 16
  }
  const over: Partial<CdrRecord> = {
    sessionId: `pgw.example.org;1;${n}`,
    number: 1 + (n % 4),
    accountId: `acme-${n % 100}`,
    record: n,
    lineId: `line-${n % 1_000}`,
    startedAt: noon + n * 37,
    endedAt: noon + n * 41,
    amount: n === 1 ? -Number.MAX_SAFE_INTEGER : n * 13 - 5_000,
    octets: n === 2 ? Number.MAX_SAFE_INTEGER : n * 7_919,
    inputOctets: n,
    outputOctets: 0,
    seconds: n % 60,
    messages: n % 2,
    flags: bare ? [] : ['late', 'suspense'],
    parts: bare ? [] : parts,
    facts: bare ? {} : facts,
    ...(bare ? { msisdn: null, imsi: null } : { openedAt: noon + n })
  }
  return { recorded: n, recordedAt: noon + 60_000 + n, cdr: cdr(over) }
}

const count = 25_000
const records = Array.from({ length: count }, (_, n) => recordOf(n + 1))
const node = { name: 'gyro.example.org', address: '192.0.2.1' }
const money = (micros: number) => (micros / 1e6).toFixed(6)

/** The first half of SHA-256 of the session id. */
function derived(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('hex').slice(0, 32)
}

/** What is expected, by the CDR itself and not by the columns of the code. */
function expectedRow({ recorded, recordedAt, cdr: record }: RecordedCdr) {
  const { facts } = record
  const parts = record.parts.map(({ upf, amount, price, bucket, ...rest }) => ({
    ...rest,
    price,
    bucket: bucket === '' ? null : bucket,
    amount: money(amount),
    ...(upf === undefined ? {} : { upf })
  }))
  return {
    recorded: BigInt(recorded),
    recorded_at: new Date(recordedAt),
    session_id: record.sessionId,
    record_number: BigInt(record.number),
    account_id: record.accountId,
    account_record: BigInt(record.record),
    line_id: record.lineId,
    msisdn: record.msisdn,
    imsi: record.imsi,
    context: record.context,
    origin_host: record.originHost,
    started_at: new Date(record.startedAt),
    ended_at: new Date(record.endedAt),
    currency: record.currency,
    amount_micros: BigInt(record.amount),
    closing_cause: record.cause,
    flags: record.flags.join(' '),
    octets: BigInt(record.octets),
    input_octets: BigInt(record.inputOctets),
    output_octets: BigInt(record.outputOctets),
    seconds: BigInt(record.seconds),
    messages: BigInt(record.messages),
    parts,
    apn: facts.apn ?? null,
    plmn: facts.plmn ?? null,
    rat: facts.rat === undefined ? null : BigInt(facts.rat),
    charging_id: facts.chargingId ?? null,
    location: facts.location ?? null,
    address: facts.address ?? null,
    imei: facts.imei ?? null,
    charging_characteristics: facts.chargingCharacteristics ?? null,
    time_zone: facts.timeZone ?? null,
    called_party: facts.calledParty ?? null,
    calling_party: facts.callingParty ?? null,
    slice: facts.slice ?? null,
    pdu_session: facts.pduSession === undefined ? null : BigInt(facts.pduSession),
    opened_at: new Date(record.openedAt ?? record.startedAt),
    sub_session_id: null,
    trace_id: record.traceId ?? derived(record.sessionId)
  }
}

/** Of the members of a row, text that sorts, so that thousands of rows are compared in no time. */
function textOf(row: object): string {
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)
  const sorted = (members: object) => Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1))
  const { parts, ...rest } = row as { parts: object[] }
  return JSON.stringify([sorted(rest), parts.map(sorted)], plain)
}

/** The book of one file, in memory: the one on Postgres has tests of its own. */
function bookOf(planned: PlannedFile): ExportBook {
  let next: PlannedFile | null = planned
  return {
    next: async () => next,
    hold: async () => {},
    release: async () => {},
    last: async () => count,
    recorded: async (after, through, limit) =>
      records.slice(after, Math.min(through, after + limit)),
    async finish() {
      next = null
    }
  }
}

function exporting(folder: string, book: ExportBook): Export {
  const order = { stream: 'lake', holder: 'a', recordsMax: count, ageMs: 0, node }
  return { book, folder, format: 'parquet', ...order }
}

const planned: PlannedFile = { number: 1, first: 1, last: count, plannedAt: noon, node }

t.test('a file has every CDR in all its columns, in several row groups', async t => {
  const folder = t.testdir()
  const manifest = (await exportNext(exporting(folder, bookOf(planned)))) as Manifest
  t.match(manifest, { file: 'lake-00000001.parquet', records: count, format: 'parquet' })
  const path = join(folder, manifest.file)
  const content = readFileSync(path)
  t.equal(manifest.octets, content.length)
  t.equal(manifest.sha256, createHash('sha256').update(content).digest('hex'))
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  t.equal(metadata.num_rows, BigInt(count))
  t.equal(metadata.created_by, 'gyro')
  t.ok(metadata.row_groups.length > 1)
  t.ok(metadata.row_groups.every(({ num_rows }) => num_rows <= 10_000n))
  const names = metadata.schema.slice(1).map(({ name }) => name)
  const heading = recordHeading.trimEnd().replace(',amount,', ',amount_micros,')
  t.equal(names.join(','), heading)
  for (const element of metadata.schema.filter(({ name }) => name.endsWith('_at'))) {
    t.match(element, { type: 'INT64', logical_type: { isAdjustedToUTC: true, unit: 'MILLIS' } })
  }
  const rows = await parquetReadObjects({ file, metadata })
  t.equal(rows.length, count)
  t.same(Object.keys(rows[0] ?? {}), names)
  const wrong = rows.findIndex((row, index) => {
    const read = { ...row, parts: JSON.parse(String(row['parts'])) as object[] }
    return textOf(read) !== textOf(expectedRow(records[index] as RecordedCdr))
  })
  t.equal(wrong, -1, 'the first row that is not its CDR')
  const differing = rows[wrong]
  if (differing !== undefined) t.same(differing, expectedRow(records[wrong] as RecordedCdr))
})

t.test(
  'a file that is written again, after a failure in its middle, has the same octets',
  async t => {
    const whole = t.testdir()
    await exportNext(exporting(whole, bookOf(planned)))
    const name = 'lake-00000001.parquet'
    const content = readFileSync(join(whole, name))
    const folder = join(whole, 'broken')
    const book = bookOf(planned)
    const recorded: ExportBook['recorded'] = async (after, through, limit) => {
      if (after > 15_000) throw new Error('killed')
      // In other pieces than before.
      return book.recorded(after, through, Math.min(limit, 777))
    }
    const failing = exporting(folder, { ...book, recorded })
    await t.rejects(exportNext(failing), { message: 'killed' })
    t.same(readdirSync(folder), [])
    await new Promise(resolve => setTimeout(resolve, 5))
    const pieces: ExportBook['recorded'] = (after, through) => book.recorded(after, through, 1_313)
    await exportNext(exporting(folder, { ...book, recorded: pieces }))
    t.ok(readFileSync(join(folder, name)).equals(content))
  }
)

t.test('a row group ends early when its CDRs have very many parts', async t => {
  const parts = Array.from({ length: 30_000 }, () => part)
  const encoder = openParquet()
  const first = encoder.add({ ...recordOf(1), cdr: cdr({ parts }) })
  t.ok(first.length > 0, 'one CDR is enough here')
  t.equal(encoder.add(recordOf(2)).length, 0)
  encoder.finish()
})

t.test('a range without any CDR is a file without rows', async t => {
  const content = openParquet().finish() as Buffer
  const { buffer, byteOffset, byteLength } = content
  const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
  t.same(await parquetReadObjects({ file }), [])
})
