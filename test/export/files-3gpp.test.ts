import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { RecordedCdr } from '../../src/charging/ports.ts'
import type { CdrPart, CdrRecord } from '../../src/domain/record.ts'
import { exportNext } from '../../src/export/exporter.ts'
import { fileFormats } from '../../src/export/formats.ts'
import { cdr, noon, postgresBench } from '../cdr/support.ts'
import { membersOf, type Parsed, parseAsn1 } from './asn1.ts'

const bench = await postgresBench()
const store = await bench.open()
t.teardown(async () => {
  await store.close()
  await bench.remove()
})

const part = cdr().parts[0] as CdrPart
const cutCauses = [
  'partialRecord',
  'volumeLimit',
  'timeLimit',
  'maxChangeCond',
  'rATChange',
  'mSTimeZoneChange',
  'sGSNPLMNIDChange'
] as const
const records: CdrRecord[] = [
  cdr({
    sessionId: 'pgw;1',
    startedAt: Date.UTC(2026, 11, 31, 23, 59, 59, 900),
    endedAt: Date.UTC(2027, 0, 1, 1, 0, 0),
    amount: 2 ** 53 - 1,
    octets: 2 ** 53 - 1,
    inputOctets: 128,
    outputOctets: 2 ** 53 - 129,
    facts: {
      apn: 'internet',
      plmn: '310410',
      rat: 6,
      chargingId: 'fffffffe',
      address: '2001:db8::7',
      imei: '3534900698733190',
      location: '8262f2100001',
      timeZone: '4001',
      chargingCharacteristics: '0800'
    }
  }),
  cdr({
    sessionId: 'pgw;2',
    number: 3,
    imsi: null,
    cause: 'abnormalRelease',
    flags: ['late', 'overdraft'],
    octets: 300,
    inputOctets: 0,
    outputOctets: 0,
    parts: [part, { ...part, ratingGroup: 4_294_967_295, price: '', bucket: 'b-1', amount: 0 }],
    services: [
      {
        ratingGroup: 10,
        serviceIdentifiers: [7],
        octets: 200,
        inputOctets: 0,
        outputOctets: 0,
        seconds: 0,
        messages: 0
      },
      {
        ratingGroup: 4_294_967_295,
        serviceIdentifiers: [],
        octets: 100,
        inputOctets: 40,
        outputOctets: 60,
        seconds: 5,
        messages: 0
      }
    ],
    facts: { rat: 1 }
  }),
  cdr({
    sessionId: '5e1c9f0a',
    context: '32255',
    originHost: 'bd1d20d6-5ed8-4d4c-9a3b-0c7a8d1f2e3b',
    parts: [{ ...part, upf: 'upf-1' }],
    facts: {
      apn: 'internet',
      plmn: '26201',
      rat: 10,
      slice: '1-0000ab',
      pduSession: 5,
      address: '10.45.0.2',
      timeZone: '-03:30+1',
      imei: '3534900698733190',
      chargingId: '0000002a'
    }
  }),
  cdr({
    sessionId: 'sms;1',
    context: '32274@3gpp.org',
    originHost: '192.0.2.9',
    amount: -70_000,
    flags: ['event', 'refund'],
    octets: 0,
    inputOctets: 0,
    outputOctets: 0,
    messages: 1,
    parts: [{ ...part, ratingGroup: 200, unit: 'messages', units: 1, amount: -70_000, zone: '' }],
    facts: {}
  }),
  cdr({
    sessionId: 'ims;1',
    context: '32260@3gpp.org',
    cause: 'managementIntervention',
    flags: ['no-session', 'suspense'],
    octets: 0,
    inputOctets: 0,
    outputOctets: 0,
    seconds: 61,
    parts: [{ ...part, unit: 'seconds', units: 61, price: '', amount: 0, suspense: true }],
    facts: {}
  }),
  // A chain over Gy with every cause of a partial record, and the beginning of one over Nchf.
  ...cutCauses.map((cause, index) =>
    cdr({
      sessionId: 'pgw;long',
      number: index + 1,
      cause,
      ...(index === 0 ? {} : { openedAt: noon + index * 3_600_000 }),
      endedAt: noon + (index + 1) * 3_600_000
    })
  ),
  cdr({
    sessionId: 'pgw;long',
    number: cutCauses.length + 1,
    openedAt: noon + cutCauses.length * 3_600_000,
    endedAt: noon + cutCauses.length * 3_600_000 + 1_500
  }),
  cdr({ sessionId: 'smf-long', context: '32255', cause: 'rATChange' })
]
await store.writer.write(
  records.map((record, n) => JSON.stringify({ ...record, record: n + 1, accountId: 'konto-ü' }))
)

const folder = t.testdir()
const manifest = await exportNext({
  book: store.exports,
  folder,
  stream: '3gpp',
  format: '3gpp',
  holder: 'test',
  recordsMax: 100,
  ageMs: 0,
  node: { name: 'gyro.epc.mnc001.mcc262.3gppnetwork.org', address: '192.0.2.1' }
})
const file = readFileSync(join(folder, manifest?.file ?? ''))

/** Rows of the database with the records of the file that are about them, in the order of the file. */
const rows = await bench.query(`
  SELECT *, recorded::text AS recorded, amount_micros::text AS amount, octets::text AS octets,
    input_octets::text AS input_octets, output_octets::text AS output_octets,
    to_char(started_at AT TIME ZONE 'UTC', 'YYMMDDHH24MISS') AS start_digits,
    to_char(ended_at AT TIME ZONE 'UTC', 'YYMMDDHH24MISS') AS end_digits,
    to_char(coalesce(opened_at, started_at) AT TIME ZONE 'UTC', 'YYMMDDHH24MISS') AS open_digits,
    floor(extract(epoch FROM ended_at))::bigint
      - floor(extract(epoch FROM coalesce(opened_at, started_at)))::bigint AS duration
  FROM cdr ORDER BY cdr.recorded`)

type Row = (typeof rows)[number]

/** A record of the file with its CDR header. */
interface Found {
  readonly header: string
  readonly content: ReadonlyMap<string, Parsed>
  readonly tag: string
}

function readRecords(): Found[] {
  const found: Found[] = []
  for (let at = file.readUInt32BE(4); at < file.length; ) {
    const length = file.readUInt16BE(at)
    const header = file.subarray(at + 2, at + 5).toString('hex')
    const [[tag, content] = ['', ''], ...others] = parseAsn1(
      file.subarray(at + 5, at + 5 + length)
    ) as [string, Parsed][]
    if (others.length > 0) throw new Error('more than one record')
    found.push({ header, tag, content: membersOf(content) })
    at += 5 + length
  }
  return found
}
const found = readRecords()

const number = (value: Parsed | undefined) =>
  typeof value === 'string' ? BigInt.asIntN(4 * value.length, BigInt(`0x${value}`)) : null
const textOf = (value: Parsed | undefined) =>
  typeof value === 'string' ? Buffer.from(value, 'hex').toString() : null
const inner = (value: Parsed | undefined) => membersOf(value ?? [])
/** Elements of a list. */
const each = (value: Parsed | undefined) =>
  (Array.isArray(value) ? value : []).map(([, item]) => item as Parsed)
const swapped = (digits: string) =>
  (digits.length % 2 === 0 ? digits : `${digits}f`).replace(/(.)(.)/g, '$2$1')

function compareExtension(t: Test, row: Row, value: Parsed | undefined): void {
  const [[, extension] = ['', '']] = value as [string, Parsed][]
  const [identifier, information] = extension as [string, Parsed][]
  t.equal(identifier?.[0], 'OBJECT')
  t.match(identifier?.[1], /^69/, 'below 2.25')
  const ours = inner(each(information?.[1])[0])
  t.equal(number(ours.get('0')), BigInt(String(row['recorded'])))
  t.equal(textOf(ours.get('1')), row['account_id'])
  t.equal(textOf(ours.get('2')), row['session_id'])
  t.equal(number(ours.get('3')), BigInt(Number(row['record_number'])))
  t.equal(number(ours.get('4')), BigInt(String(row['amount'])))
  t.equal(textOf(ours.get('5')), row['currency'])
  t.equal(ours.get('10'), row['trace_id'])
  t.equal(textOf(ours.get('6')) ?? '', (row['flags'] as string[]).join(','))
  const parts = each(ours.get('7')).map(item => {
    const members = inner(item)
    return {
      ratingGroup: Number(number(members.get('0'))),
      unit: textOf(members.get('1')),
      units: Number(number(members.get('2'))),
      amount: Number(number(members.get('3'))),
      price: textOf(members.get('4')) ?? '',
      bucket: textOf(members.get('5')) ?? '',
      zone: textOf(members.get('6')) ?? '',
      suspense: members.get('7') === 'ff'
    }
  })
  t.match(row['parts'], parts)
  t.equal((row['parts'] as unknown[]).length, parts.length)
}

/** CauseForRecClosing of TS 32.298. */
const causes: Record<string, bigint> = {
  normalRelease: 0n,
  partialRecord: 1n,
  abnormalRelease: 4n,
  volumeLimit: 16n,
  timeLimit: 17n,
  maxChangeCond: 19n,
  managementIntervention: 20n,
  rATChange: 22n,
  mSTimeZoneChange: 23n,
  sGSNPLMNIDChange: 24n
}
const stamp = (digits: unknown) => `${digits}2b0000`
const facts = (row: Row) => row['facts'] as Record<string, string | number>

t.test('the file has the header of TS 32.297', async t => {
  t.equal(file.readUInt32BE(0), file.length)
  t.equal(file.readUInt32BE(4), 54)
  t.equal(file.subarray(8, 10).toString('hex'), 'ebeb', 'Release 10 or later, version 11')
  t.equal(file.readUInt32BE(18), records.length)
  t.equal(file.readUInt32BE(22), 1)
  t.equal(file[26], 0)
  t.equal(file.subarray(27, 47).toString('hex'), `ffffffff${'00'.repeat(10)}ffffc0000201`)
  t.equal(file[47], 0, 'no CDR was lost')
  t.equal(file.subarray(48, 54).toString('hex'), '000000000606')
  const planned = new Date(manifest?.plannedAt ?? '')
  const bits = file.readUInt32BE(10)
  t.same(
    [bits >>> 28, (bits >>> 23) & 31, (bits >>> 18) & 31, (bits >>> 12) & 63, bits & 0xfff],
    [
      planned.getUTCMonth() + 1,
      planned.getUTCDate(),
      planned.getUTCHours(),
      planned.getUTCMinutes(),
      0x800
    ]
  )
  t.match(
    manifest?.file,
    /^gyro\.epc\.mnc001\.mcc262\.3gppnetwork\.org_-_00000001\.\d{8}_-_\d{4}\+0000\.cdr$/
  )
})

t.test('each record is that of its row, field by field, as another decoder reads it', async t => {
  t.equal(found.length, rows.length)
  for (const [place, row] of rows.entries()) {
    const { content, tag, header } = found[place] as Found
    const gateway = String(row['context']).startsWith('32251')
    t.equal(tag, gateway ? '79' : '200', String(row['session_id']))
    t.equal(number(content.get('0')), gateway ? 85n : BigInt.asIntN(8, 200n) + 256n)
    const tags = { duration: '7', sequence: '8', cause: '9', local: '11', opened: '6', own: '12' }
    const gatewayTags = {
      duration: '14',
      sequence: '17',
      cause: '15',
      local: '20',
      opened: '13',
      own: '19'
    }
    const at = gateway ? gatewayTags : tags
    t.equal(content.get(at.opened), stamp(row['open_digits']))
    t.equal(number(content.get(at.duration)), BigInt(String(row['duration'])))
    t.equal(number(content.get(at.cause)), causes[String(row['closing_cause'])])
    const sequence = Number(row['record_number'])
    const cut = cutCauses.some(cause => cause === row['closing_cause'])
    t.equal(number(content.get(at.sequence)), sequence > 1 || cut ? BigInt(sequence) : null)
    t.equal(number(content.get(at.local)), BigInt(String(row['recorded'])))
    t.match(header, /^eb..06$/)
    compareExtension(t, row, content.get(at.own))
  }
})

const rowOf = (session: string) => rows.findIndex(row => row['session_id'] === session)

t.test(
  'every record of a chain is of its own time, and only the last one ends the session',
  async t => {
    const chain = rows.flatMap((row, place) =>
      row['session_id'] === 'pgw;long' ? [found[place] as Found] : []
    )
    t.equal(chain.length, cutCauses.length + 1)
    for (const [index, { content }] of chain.entries()) {
      const last = index === cutCauses.length
      t.equal(number(content.get('17')), BigInt(index + 1))
      t.equal(content.get('13'), stamp(`261121${12 + index}0000`))
      t.equal(number(content.get('14')), last ? 1n : 3_600n)
      t.equal(content.get('38'), stamp('261121120000'), 'the session began then')
      t.equal(content.has('39'), last)
    }
    const session = inner(found[rowOf('smf-long')]?.content.get('13'))
    t.equal(session.get('17'), stamp('261121120000'))
    t.notOk(session.has('18'))
  }
)

t.test('what Gy told of a data session is in its PGWRecord', async t => {
  for (const session of ['pgw;1', 'pgw;2']) {
    const row = rows[rowOf(session)] as Row
    const { content, header } = found[rowOf(session)] as Found
    t.equal(header, 'eb2706', 'BER, TS 32.251')
    const { apn, imei, location, chargingCharacteristics, timeZone, rat } = facts(row)
    t.equal(content.get('3'), row['imsi'] === null ? undefined : swapped(String(row['imsi'])))
    t.equal(content.get('22'), `91${swapped(String(row['msisdn']))}`)
    t.equal(textOf(content.get('7')), apn ?? null)
    t.equal(content.get('29'), imei === undefined ? undefined : swapped(String(imei)))
    // The type of location of Gy is a flag in GTP: TAI and ECGI.
    t.equal(content.get('32'), location && String(location).replace(/^82/, '18'))
    t.equal(content.get('31'), timeZone)
    t.equal(content.get('23'), chargingCharacteristics ?? '0000')
    t.equal(number(content.get('30')), BigInt(Number(rat)))
    t.equal(textOf(content.get('18')), 'gyro.epc.mnc001.mcc2')
    t.equal(content.get('39'), stamp(row['end_digits']))
  }
  const first = found[rowOf('pgw;1')]?.content
  t.equal(first?.get('27'), '130014', 'MCC 310, MNC 410')
  t.equal(number(first?.get('5')), 0xfffffffen)
  t.same(first?.get('9'), [['0', [['1', `20010db8${'00'.repeat(11)}07`]]]])
  t.same(first?.get('35'), [['ENUMERATED', '02']])
  const [data] = each(first?.get('34'))
  t.equal(number(inner(data).get('1')), 10n)
  t.equal(number(inner(data).get('12')), 128n)
  t.equal(number(inner(data).get('13')), 2n ** 53n - 129n)
  const second = found[rowOf('pgw;2')]?.content
  t.same(second?.get('35'), [['ENUMERATED', '00']])
  const volumes = each(second?.get('34')).map(item => {
    const members = inner(item)
    return ['1', '4', '7', '12', '13', '17'].map(tag => number(members.get(tag)))
  })
  t.same(volumes, [
    [10n, 1n, null, 0n, 200n, 7n],
    [4_294_967_295n, 2n, 5n, 40n, 60n, null]
  ])
})

t.test('everything else is in a CHFRecord', async t => {
  const row = rows[rowOf('5e1c9f0a')] as Row
  const { content, header } = found[rowOf('5e1c9f0a')] as Found
  t.equal(header, 'eb3406', 'BER, TS 32.255')
  t.equal(textOf(content.get('1')), 'gyro.epc.mnc001.mcc262.3gppnetwork.org')
  t.same(
    [...inner(content.get('2'))].map(([tag, value]) => [tag, textOf(value)]),
    [
      ['0', '\u0001'],
      ['1', row['imsi']]
    ]
  )
  const consumer = inner(content.get('3'))
  t.equal(number(consumer.get('0')), 1n)
  t.equal(textOf(consumer.get('1')), row['origin_host'])
  t.equal(consumer.get('3'), '62f210')
  const [usage] = each(content.get('5'))
  t.equal(number(inner(usage).get('0')), 10n)
  t.equal(textOf(inner(usage).get('2')), 'upf-1')
  const container = inner(each(inner(usage).get('1'))[0])
  t.same(
    ['4', '5', '6', '9', '13'].map(tag => number(container.get(tag))),
    [BigInt(String(row['octets'])), 400_000n, 600_000n, 1n, 0n]
  )
  const session = inner(content.get('13'))
  t.equal(number(session.get('0')), 0x2an)
  t.same(session.get('1'), [['1', Buffer.from(`tel:+${row['msisdn']}`).toString('hex')]])
  t.equal(number(session.get('6')), 5n)
  t.same(session.get('7'), [
    ['0', '01'],
    ['1', '0000ab']
  ])
  t.equal(textOf(session.get('13')), 'internet')
  t.same(session.get('14'), [['0', [['0', '0a2d0002']]]])
  t.equal(session.get('16'), '4901', 'three and a half hours behind, in summer time')
  t.equal(textOf(content.get('16')), '5e1c9f0a')
  const sms = found[rowOf('sms;1')]
  t.equal(sms?.header, 'eb2f06')
  t.same(inner(sms?.content.get('3')).get('2'), [['0', 'c0000209']])
  t.equal(inner(sms?.content.get('15')).get('8'), stamp(rows[rowOf('sms;1')]?.['end_digits']))
  const ims = found[rowOf('ims;1')]
  t.equal(ims?.header, 'eb2906')
  t.same(ims?.content.get('22'), [['0', 'ff']])
  const [seconds] = each(ims?.content.get('5'))
  t.equal(number(inner(each(inner(seconds).get('1'))[0]).get('1')), 61n)
})

t.test(
  'a record that is too long for a 3GPP file has no parts, and says how many there are',
  async t => {
    const parts = Array.from({ length: 3_000 }, () => part)
    await store.writer.write([JSON.stringify(cdr({ sessionId: 'long', startedAt: noon, parts }))])
    const node = { name: 'gyro', address: '::1' }
    const [recorded] = await store.exports.recorded(records.length, records.length + 1, 1)
    const content = fileFormats['3gpp'].encode(recorded as RecordedCdr, node) as Buffer
    const [[, record] = ['', '']] = parseAsn1(content.subarray(5)) as [string, Parsed][]
    const [[, extension] = ['', '']] = membersOf(record).get('19') as [string, Parsed][]
    const [, information] = extension as [string, Parsed][]
    const ours = inner(each(information?.[1])[0])
    t.equal(ours.get('7'), undefined)
    t.equal(number(ours.get('8')), 3_000n)
  }
)
