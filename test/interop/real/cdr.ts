/** PGWRecords that Gyro exports, as a gateway would send them over GTP' (TS 32.295), decoded by tshark member by member. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isFaulty, runTshark } from '../../../scripts/capture.ts'
import type { CdrRecord } from '../../../src/domain/record.ts'
import { pgwRecord } from '../../../src/export/pgw-record.ts'
import { cdr, noon } from '../../cdr/support.ts'

const services = [10, 20, 4_294_967_295].map((ratingGroup, n) => ({
  ratingGroup,
  serviceIdentifiers: n === 1 ? [7] : [],
  octets: 1_000_000 * (n + 1),
  inputOctets: 400_000 * (n + 1),
  outputOctets: 600_000 * (n + 1),
  seconds: 60 * n,
  messages: 0
}))
const cdrs: readonly CdrRecord[] = [
  cdr({
    services,
    cause: 'abnormalRelease',
    flags: ['late'],
    facts: {
      apn: 'internet',
      plmn: '310410',
      rat: 6,
      chargingId: 'fffffffe',
      address: '2001:db8::7',
      imei: '3534900698733190',
      // TAI and ECGI, TS 29.274 8.21.
      location: '8262f210000162f21000abcdef',
      timeZone: '4001',
      chargingCharacteristics: '0800'
    }
  }),
  cdr({ number: 3, startedAt: noon, endedAt: noon + 3_600_000, facts: { rat: 1, plmn: '26201' } }),
  cdr({ imsi: null, cause: 'managementIntervention', facts: {} })
]

/** Data Record Transfer Request with one record in BER. */
function packetOf(record: Buffer, sequence: number): Buffer {
  const data = Buffer.concat([Buffer.from([1, 1, 0x1b, 0x0b]), lengthOf(record), record])
  const elements = Buffer.concat([Buffer.from([126, 1, 252]), lengthOf(data), data])
  const head = Buffer.from([0x4e, 240, 0, 0, 0, sequence])
  head.writeUInt16BE(elements.length, 2)
  return Buffer.concat([head, elements])
}

function lengthOf(content: Buffer): Buffer {
  return Buffer.from([content.length >> 8, content.length & 255])
}

function hexDump(packet: Buffer): string {
  const rows = packet.toString('hex').match(/.{1,32}/g) ?? []
  const lines = rows.map(
    (row, n) => `${(16 * n).toString(16).padStart(6, '0')} ${row.replace(/../g, '$& ')}`
  )
  return `${lines.join('\n')}\n`
}

const names = [
  '_ws.expert.severity',
  '_ws.expert.message',
  'gprscdr.recordType',
  'gprscdr.servedIMSI',
  'gprscdr.chargingID',
  'gprscdr.accessPointNameNI',
  'gprscdr.recordOpeningTime',
  'gprscdr.duration',
  'gprscdr.causeForRecClosing',
  'gprscdr.recordSequenceNumber',
  'gprscdr.nodeID',
  'gprscdr.localSequenceNumber',
  'gprscdr.servedMSISDN',
  'gprscdr.servingNodePLMNIdentifier',
  'gprscdr.servedIMEI',
  'gprscdr.rATType',
  'gprscdr.mSTimeZone',
  'gtpv2.tai_tac',
  'gtpv2.ecgi_eci',
  'gprscdr.ratingGroup',
  'gprscdr.timeUsage',
  'gprscdr.datavolumeFBCUplink',
  'gprscdr.datavolumeFBCDownlink',
  'gprscdr.timeOfReport',
  'gprscdr.serviceIdentifier',
  'gprscdr.ServiceConditionChange.pDPContextRelease',
  'gprscdr.ServiceConditionChange.recordClosure',
  'gprscdr.startTime',
  'gprscdr.stopTime',
  'gprscdr.chargingCharacteristics'
]

const causes = { normalRelease: '0', abnormalRelease: '4', managementIntervention: '20' }

function tbcd(digits: string | null | undefined): string {
  const even = (digits ?? '').length % 2 === 0 ? (digits ?? '') : `${digits}f`
  return even.replace(/(.)(.)/g, '$2$1')
}

function stamp(at: number): string {
  return `${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}2b0000`
}

/** The members as tshark shows them: octets in hexadecimal, those of several services with commas. */
function expected(one: CdrRecord, recorded: number): Record<string, string> {
  const { facts } = one
  const used = one.services ?? [
    { ...one, ratingGroup: one.parts[0]?.ratingGroup ?? null, serviceIdentifiers: [] }
  ]
  const each = <T>(read: (service: (typeof used)[number]) => T) => used.map(read).join(',')
  const managed = one.cause === 'managementIntervention'
  const given = (value: string | number | undefined) => String(value ?? '')
  return {
    recordType: '85',
    servedIMSI: tbcd(one.imsi),
    chargingID: String(Number.parseInt(facts.chargingId ?? '0', 16)),
    accessPointNameNI: given(facts.apn),
    recordOpeningTime: stamp(one.startedAt),
    duration: String(Math.floor(one.endedAt / 1_000) - Math.floor(one.startedAt / 1_000)),
    causeForRecClosing: (causes as Record<string, string>)[one.cause] ?? '',
    recordSequenceNumber: one.number > 1 ? String(one.number) : '',
    nodeID: 'gyro',
    localSequenceNumber: [recorded, ...used.map((_, place) => place + 1)].join(','),
    servedMSISDN: `91${tbcd(one.msisdn)}`,
    servingNodePLMNIdentifier: { '310410': '130014', '26201': '62f210' }[facts.plmn ?? ''] ?? '',
    servedIMEI: tbcd(facts.imei),
    rATType: given(facts.rat),
    mSTimeZone: given(facts.timeZone),
    tai_tac: facts.location === undefined ? '' : '0x0001',
    ecgi_eci: facts.location === undefined ? '' : String(0xabcdef),
    ratingGroup: each(({ ratingGroup }) => ratingGroup),
    timeUsage: used
      .filter(({ seconds }) => seconds > 0)
      .map(({ seconds }) => seconds)
      .join(','),
    datavolumeFBCUplink: each(({ inputOctets }) => inputOctets),
    datavolumeFBCDownlink: each(({ outputOctets }) => outputOctets),
    timeOfReport: each(() => stamp(one.endedAt)),
    serviceIdentifier: used.flatMap(({ serviceIdentifiers }) => serviceIdentifiers).join(','),
    'ServiceConditionChange.pDPContextRelease': each(() => (managed ? 0 : 1)),
    'ServiceConditionChange.recordClosure': each(() => (managed ? 1 : 0)),
    startTime: stamp(one.startedAt),
    stopTime: stamp(one.endedAt),
    chargingCharacteristics: facts.chargingCharacteristics ?? '0000'
  }
}

t.test(
  'tshark decodes exported PGWRecords without a fault, and every member is that of the CDR',
  async t => {
    const folder = t.testdir()
    const file = join(folder, 'cdrs.pcap')
    const packets = cdrs.map((one, n) =>
      packetOf(pgwRecord({ recorded: n + 1, recordedAt: noon, cdr: one }, 'gyro', true), n)
    )
    writeFileSync(join(folder, 'cdrs.txt'), packets.map(hexDump).join(''))
    const made = spawnSync('text2pcap', ['-q', '-u', '3386,3386', join(folder, 'cdrs.txt'), file])
    t.equal(made.status, 0, made.stderr.toString())
    const rows = runTshark(['-n', '-r', file], names)
    t.equal(rows.length, cdrs.length)
    for (const [n, row] of rows.entries()) {
      const one = cdrs[n] as CdrRecord
      const [severities = '', said = '', ...values] = row.split('\t')
      t.notOk(isFaulty(severities), said)
      t.notMatch(said, /BER Error|Malformed/)
      const shown = Object.fromEntries(
        names.slice(2).map((name, at) => [name.replace(/^\w+\./, ''), values[at]])
      )
      t.same(shown, expected(one, n + 1))
    }
  }
)
