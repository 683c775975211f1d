/** Usage in BER: records as gateways write them, our own files read back, and whatever else lies in a file. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { RecordedCdr } from '../../src/charging/ports.ts'
import type { CdrRecord, ServiceTotals } from '../../src/domain/record.ts'
import { fileHeader } from '../../src/export/file-header.ts'
import { fileFormats } from '../../src/export/formats.ts'
import { linesOfContent, linesOfFile } from '../../src/mediation/files.ts'
import type { UsageLine } from '../../src/mediation/load.ts'
import type { UsageRecord } from '../../src/mediation/record.ts'
import { cdr, noon } from '../cdr/support.ts'
import { temporaryFolder } from '../e2e/gyro-process.ts'

const now = noon + 86_400_000
const folder = temporaryFolder()

async function read(content: Buffer, size = 100): Promise<UsageLine[]> {
  const file = join(folder, 'a.cdr')
  writeFileSync(file, content)
  const found: UsageLine[] = []
  for await (const lines of linesOfFile(file, 'ber', now, size)) found.push(...lines)
  return found
}

type Form = 'short' | 'long' | 'indefinite'

/** An element with its length in this form; `tag` of context class. */
function tlv(tag: number, content: Buffer | readonly Buffer[], form: Form = 'short'): Buffer {
  const constructed = Array.isArray(content)
  const value = constructed ? Buffer.concat(content) : (content as Buffer)
  const first = constructed ? 0xa0 : 0x80
  const identifier =
    tag < 31
      ? [first | tag]
      : [first | 31, ...(tag < 128 ? [tag] : [0x80 | (tag >> 7), tag & 0x7f])]
  return lengthened(identifier, value, constructed ? form : form === 'indefinite' ? 'long' : form)
}

function lengthened(identifier: number[], value: Buffer, form: Form): Buffer {
  if (form === 'indefinite') {
    return Buffer.concat([Buffer.from([...identifier, 0x80]), value, Buffer.alloc(2)])
  }
  const length =
    form === 'long'
      ? [0x84, 0, 0, value.length >> 8, value.length & 255]
      : value.length < 128
        ? [value.length]
        : [0x82, value.length >> 8, value.length & 255]
  return Buffer.concat([Buffer.from([...identifier, ...length]), value])
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const seq = (content: Buffer[], form: Form = 'short') =>
  lengthened([0x30], Buffer.concat(content), form)

/** A PGWRecord with what a P-GW says: two services, one of them in two containers, and members nobody reads. */
function gatewayRecord(form: Form = 'short', members: Buffer[] = []): Buffer {
  return tlv(
    79,
    [
      tlv(0, hex('55')),
      tlv(3, hex('62 02 01 00 00 00 00 f1')),
      tlv(4, [tlv(0, hex('c0000201'))], form),
      tlv(5, hex('00 fffffffe')),
      tlv(7, Buffer.from('internet'), form),
      tlv(13, hex('26 11 21 13 00 00 2b 01 00')),
      tlv(14, hex('0e10')),
      tlv(15, hex('00')),
      tlv(17, hex('02')),
      tlv(18, Buffer.from('pgw1')),
      tlv(20, hex('07')),
      tlv(22, hex('91 94 51 01 00 00 00 f1')),
      tlv(27, hex('62 f2 10')),
      tlv(30, hex('06')),
      tlv(
        34,
        [
          seq([tlv(1, hex('0a')), tlv(12, hex('64')), tlv(13, hex('00 ff')), reported(10)], form),
          seq([tlv(1, hex('14')), tlv(7, hex('3c')), reported(20), tlv(9, [tlv(1, hex('05'))])]),
          seq([tlv(1, hex('0a')), tlv(12, hex('01')), tlv(13, hex('02'))], form),
          seq([tlv(1, hex('1e')), reported(30)])
        ],
        form
      ),
      tlv(38, hex('26 11 21 12 00 00 2b 01 00')),
      tlv(300, [tlv(1, [tlv(2, hex('0102'))], form)], form),
      ...members
    ],
    form
  )
}

/** timeOfReport, so many minutes after the opening. */
const reported = (minutes: number) => tlv(14, hex(`26 11 21 13 ${minutes} 00 2b 01 00`))

t.test(
  'a PGWRecord is read in every form of length, a usage record for each container',
  async t => {
    for (const form of ['short', 'long', 'indefinite'] as const) {
      const lines = await read(gatewayRecord(form))
      const common = {
        session: 'pgw1;fffffffe;20261121110000',
        msisdn: '4915100000001',
        imsi: '262010000000001',
        context: '32251',
        plmn: '26201',
        apn: 'internet',
        rat: 6,
        chargingId: 'fffffffe',
        origin: 'pgw1'
      }
      t.match(
        lines.map(line => line.read),
        [
          {
            ...common,
            sequence: 8_192,
            ratingGroup: 10,
            inputOctets: 100,
            outputOctets: 255,
            octets: 355,
            startedAt: noon,
            endedAt: noon + 600_000
          },
          { ...common, sequence: 8_193, ratingGroup: 20, seconds: 60, endedAt: noon + 1_200_000 },
          {
            sequence: 8_194,
            ratingGroup: 10,
            octets: 3,
            startedAt: noon + 600_000,
            endedAt: noon + 3_600_000
          }
        ],
        form
      )
      t.equal(lines.length, 3, 'what only changed is no usage')
    }
  }
)

t.test('an SGWRecord has volumes of its bearer, up to each change', async t => {
  const record = tlv(78, [
    tlv(0, hex('54')),
    tlv(3, hex('62 02 01 00 00 00 00 f1')),
    tlv(4, [tlv(0, hex('c0000207'))]),
    tlv(5, hex('2a')),
    tlv(12, [
      seq([tlv(3, hex('0a')), tlv(4, hex('14')), tlv(6, hex('261121120500 2d 0030'))]),
      seq([tlv(3, hex('01')), tlv(4, hex('02')), tlv(5, hex('02'))])
    ]),
    tlv(13, hex('261121120000 2d 0030')),
    tlv(14, hex('0258'))
  ])
  const half = noon + 1_800_000
  t.match(
    (await read(record)).map(line => line.read),
    [
      {
        session: '192.0.2.7;0000002a;20261121123000',
        sequence: 0,
        msisdn: null,
        ratingGroup: null,
        octets: 30,
        startedAt: half,
        endedAt: half + 300_000
      },
      { sequence: 1, octets: 3, startedAt: half + 300_000, endedAt: half + 600_000 }
    ]
  )
})

t.test('a CHFRecord has the units of each rating group, behind a file header', async t => {
  const record = tlv(200, [
    tlv(0, hex('00c8')),
    tlv(1, Buffer.from('chf-1')),
    tlv(2, [tlv(0, hex('01')), tlv(1, Buffer.from('262010000000001'))]),
    tlv(3, [tlv(0, hex('01')), tlv(3, hex('62f210'))]),
    tlv(5, [
      seq([
        tlv(0, hex('0a')),
        tlv(1, [
          seq([tlv(3, hex('261121130500 2b 0100')), tlv(5, hex('05')), tlv(6, hex('06'))]),
          seq([tlv(4, hex('09')), tlv(11, [tlv(7, hex('0a'))])])
        ])
      ]),
      seq([tlv(0, hex('14')), tlv(1, [seq([tlv(1, hex('3c')), tlv(7, hex('02'))])])])
    ]),
    tlv(6, hex('261121130000 2b 0100')),
    tlv(7, hex('0258')),
    tlv(13, [
      tlv(0, hex('2a')),
      tlv(1, [tlv(1, Buffer.from('tel:+4915100000001'))]),
      tlv(12, hex('33')),
      tlv(13, Buffer.from('internet'))
    ]),
    tlv(16, Buffer.from('session-7'))
  ])
  const lines = await read(inFile([record, record]))
  t.equal(lines.length, 6)
  t.match(lines.slice(0, 3), [
    {
      line: 59,
      read: {
        session: 'chf-1;session-7',
        sequence: 0,
        context: '32255',
        imsi: '262010000000001',
        msisdn: '4915100000001',
        plmn: '26201',
        apn: 'internet',
        rat: 51,
        ratingGroup: 10,
        inputOctets: 5,
        outputOctets: 6,
        endedAt: noon + 300_000
      }
    },
    { read: { sequence: 1, octets: 9, inputOctets: null, rat: 10, startedAt: noon + 300_000 } },
    { read: { sequence: 2, ratingGroup: 20, seconds: 60, messages: 2, startedAt: noon } }
  ])
})

/** Behind headers of TS 32.297. */
function inFile(records: readonly Buffer[], over: { octets?: number; records?: number } = {}) {
  const bodies = records.map(record => {
    const header = Buffer.from([0, 0, 0xeb, 0x27, 6])
    header.writeUInt16BE(record.length)
    return Buffer.concat([header, record])
  })
  const octets = 54 + bodies.reduce((sum, body) => sum + body.length, 0)
  const times = { openedAt: noon, lastAppendAt: noon, number: 1, address: '192.0.2.1' }
  return Buffer.concat([
    fileHeader({ octets, records: records.length, ...times, ...over }),
    ...bodies
  ])
}

const service = fc.record({
  ratingGroup: fc.nat(4_294_967_295),
  serviceIdentifiers: fc.array(fc.nat(1_000), { maxLength: 1 }),
  inputOctets: fc.maxSafeNat().map(value => Math.floor(value / 4)),
  outputOctets: fc.maxSafeNat().map(value => Math.floor(value / 4)),
  other: fc.nat(1_000_000),
  seconds: fc.nat(100_000),
  messages: fc.nat(10)
})
const exported = fc.record({
  context: fc.constantFrom('32251@3gpp.org', '32255', '32274@3gpp.org'),
  number: fc.integer({ min: 1, max: 1_000_000 }),
  seconds: fc.integer({ min: 0, max: 40_000 }),
  services: fc.uniqueArray(service, { minLength: 1, maxLength: 5, selector: s => s.ratingGroup }),
  chargingId: fc.nat(0xffff_ffff)
})

t.test('a file of CDRs that Gyro exported reads back with the same volumes', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(exported, { minLength: 1, maxLength: 6 }), async list => {
      const cdrs = list.map(({ services, chargingId, seconds, ...each }, place): CdrRecord => {
        const totals = services.map(({ other, ...one }): ServiceTotals => {
          const octets = one.inputOctets + one.outputOctets + other
          // A PGWRecord has no place for messages.
          return { ...one, octets, messages: each.context.startsWith('32251') ? 0 : one.messages }
        })
        const facts = { chargingId: chargingId.toString(16), plmn: '26201', rat: 6 }
        const sessionId = `s;${place}`
        const endedAt = noon + seconds * 1_000
        return cdr({ ...each, sessionId, startedAt: noon, endedAt, services: totals, facts })
      })
      const node = { name: 'gyro', address: '192.0.2.1' }
      const body = cdrs.map((one, place) => {
        const recorded: RecordedCdr = { recorded: place + 1, recordedAt: noon, cdr: one }
        return fileFormats['3gpp'].encode(recorded, node) as Buffer
      })
      const content = Buffer.concat(body)
      const header = fileHeader({
        octets: 54 + content.length,
        openedAt: noon,
        lastAppendAt: noon,
        records: list.length,
        number: 1,
        address: '::1'
      })
      const lines = await read(Buffer.concat([header, content]))
      const got = lines.map(({ read: record }) => {
        if (typeof record === 'string') throw new Error(record)
        const { session, ratingGroup, octets, seconds, messages, imsi, startedAt } = record
        const counts = [octets ?? 0, seconds ?? 0, messages ?? 0]
        return [session, ratingGroup, ...counts, imsi, startedAt]
      })
      const used = (one: ServiceTotals, context: string) =>
        context.startsWith('32251') || one.octets + one.seconds + one.messages > 0
      const wanted = cdrs.flatMap(one =>
        (one.services ?? [])
          .filter(each => used(each, one.context))
          .map(each => [
            `gyro;${one.sessionId}`,
            each.ratingGroup,
            each.octets,
            each.seconds,
            each.messages,
            one.imsi,
            one.startedAt
          ])
      )
      if (JSON.stringify(got) !== JSON.stringify(wanted)) {
        throw new Error(`${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`)
      }
      const keys = new Set(lines.map(({ read: r }) => `${(r as UsageRecord).sequence}`))
      if (keys.size < Math.max(...list.map(({ services }) => services.length)) - 1) {
        throw new Error('two containers have one key')
      }
    }),
    { numRuns: 60 }
  )
  t.pass()
})

const faultsOf = (lines: readonly UsageLine[]) =>
  lines.flatMap(({ line, read: found }) => (typeof found === 'string' ? [`${line}: ${found}`] : []))

t.test('each bad record is told with its place, and the others are read', async t => {
  const good = gatewayRecord()
  const headless = tlv(79, [tlv(0, hex('55')), tlv(5, hex('01'))])
  const damaged = Buffer.from(good)
  // The length of the charging identifier.
  damaged[damaged.indexOf(hex('8505'))! + 1] = 0x7f
  const count = 3
  for (const [name, content, faults] of [
    ['a member is missing', [good, headless, good], ['recordOpeningTime: is required']],
    ['a record of another kind', [good, tlv(70, [tlv(0, hex('46'))]), good], [/^is no PGWRecord/]],
    ['a wrong time', [good, good, swap(good, '261121130000', '261341130000')], [/does not exist/]],
    ['a wrong number', [good, swap(good, '9194510100', '91ab510100'), good], [/^msisdn: has what/]],
    ['a damaged length', [good, damaged, good], [/required|ends in its middle|something else/]]
  ] as const) {
    const places = { plain: Buffer.concat(content), file: inFile(content) }
    for (const [kind, bytes] of Object.entries(places)) {
      const lines = await read(bytes)
      const said = faultsOf(lines)
      t.equal(said.length, faults.length, `${name}, ${kind}: ${said.join('; ')}`)
      t.match(said[0]?.replace(/^\d+: /, ''), faults[0])
      t.equal(lines.length - said.length, 2 * count, `${name}, ${kind}: the others`)
    }
  }
})

function swap(record: Buffer, from: string, to: string): Buffer {
  const at = record.indexOf(hex(from))
  const copy = Buffer.from(record)
  hex(to).copy(copy, at)
  return copy
}

t.test('what is no record is passed over, up to the next that is one', async t => {
  const good = gatewayRecord('indefinite')
  const junk = Buffer.from('this is no record at all')
  t.same(
    faultsOf(await read(Buffer.concat([good, junk, good]))),
    [`${good.length}: is no record`],
    'junk between records'
  )
  t.equal((await read(Buffer.concat([good, junk, good]))).length, 7)
  t.equal(
    (await read(Buffer.concat([good, Buffer.alloc(500), good, Buffer.alloc(9, 255)]))).length,
    6
  )
  const file = inFile([good, good, good])
  const wrong = Buffer.from(file)
  wrong.writeUInt16BE(good.length + 3, 54)
  const lines = await read(wrong)
  t.equal(faultsOf(lines).length, 1, 'the length in a CDR header is wrong')
  t.equal(lines.length, 1 + 2 * 3)
  const cut = await read(file.subarray(0, file.length - 10))
  t.match(faultsOf(cut), [/ends in its middle/, /^0: the file ends after \d+ octets, and has \d+/])
  t.equal(cut.length, 2 + 2 * 3)
  const short = await read(inFile([good], { records: 2 }))
  t.match(faultsOf(short), [/^0: 1 records of this file could be read, and it has 2/])
  const packed = Buffer.from(file)
  packed[54 + 3] = (2 << 5) | 7
  t.match(faultsOf(await read(packed)), [/^54: is not in BER/])
  const truncated = Buffer.concat([good.subarray(0, 60), good])
  t.equal((await read(truncated)).length, 1 + 3, 'the one behind a record that was cut')
})

t.test('a record in suspense is read again by a replay', async t => {
  const [line] = await read(swap(gatewayRecord(), '9194510100', '91ab510100'))
  t.type(line?.read, 'string')
  const good = gatewayRecord('long')
  const again = linesOfContent({ ...line!, content: `{"ber":"${good.toString('hex')}"}` }, now)
  t.same(
    again.map(({ read: one }) => (one as UsageRecord).octets),
    [355, null, 3]
  )
  t.match(linesOfContent(line!, now), [{ ...line, read: /^msisdn: has what is no digit/ }])
  const other = inFile([good], { records: 2 })
  const [told] = (await read(other)).slice(-1)
  t.match(linesOfContent(told!, now), [{ read: /not whole/ }])
})

t.test('records across the edges of what is read at a time are all read', async t => {
  const records = Array.from({ length: 9_000 }, (_, n) =>
    gatewayRecord(n % 2 === 0 ? 'short' : 'indefinite', [tlv(50, Buffer.alloc(n % 97))])
  )
  t.ok(records.reduce((sum, { length }) => sum + length, 0) > 2 << 20)
  t.equal((await read(inFile(records), 1_000)).length, 3 * records.length)
  t.equal((await read(Buffer.concat(records), 1_000)).length, 3 * records.length)
})

t.test('whatever is in a file, reading ends and says what it has read of', async t => {
  const good = gatewayRecord()
  const record = fc.constantFrom(good, gatewayRecord('long'), gatewayRecord('indefinite'))
  const noise = fc.uint8Array({ maxLength: 60 }).map(octets => Buffer.from(octets))
  const spot = fc.tuple(fc.nat(100_000), fc.nat(255))
  const piece = fc.oneof({ weight: 3, arbitrary: record }, noise)
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 8 }),
      fc.array(spot, { maxLength: 6 }),
      fc.boolean(),
      fc.nat(3_000),
      async (pieces, spots, withHeaders, cut) => {
        const whole = withHeaders ? inFile(pieces) : Buffer.concat(pieces)
        const content = whole.subarray(0, Math.max(0, whole.length - (cut % 7 === 0 ? cut : 0)))
        for (const [at, value] of spots)
          if (content.length > 0) content[at % content.length] = value
        const lines = await read(Buffer.from(content))
        let last = -1
        for (const { line, content: kept, read: found } of lines) {
          const end = typeof found === 'string' && /^the file ends|by its header/.test(found)
          if (line < last && !end) throw new Error('places go back')
          last = end ? last : line
          if (line > content.length) throw new Error('a place behind the end')
          JSON.parse(kept)
        }
        if (pieces.includes(good) && spots.length === 0 && cut % 7 !== 0 && withHeaders) {
          const got = lines.filter(({ read: found }) => typeof found !== 'string').length
          if (got < 3) throw new Error('a good record was not read')
        }
      }
    ),
    { numRuns: 600 }
  )
  t.pass()
})

t.test('a file that is made to be slow is read in time in proportion to its length', async t => {
  // Beginnings of records inside of each other, none of which is whole.
  const one = tlv(79, [tlv(0, hex('55'))], 'indefinite').subarray(0, 6)
  const list = Array.from({ length: 3_000 }, () => Buffer.concat([tlv(1, one), tlv(2, hex('01'))]))
  const nest = Buffer.concat([one, ...list])
  const time = async (content: Buffer) => {
    const from = process.cpuUsage()
    await read(content)
    return process.cpuUsage(from).user
  }
  await time(nest)
  const small = await time(nest)
  const large = await time(Buffer.concat(Array.from({ length: 16 }, () => nest)))
  t.ok(large < 100 * Math.max(small, 10_000), `${small} and ${large} µs`)
  const deep = Buffer.concat(Array.from({ length: 20_000 }, () => hex('bf4f80 800155 a180')))
  t.ok(faultsOf(await read(deep)).length > 0)
})
