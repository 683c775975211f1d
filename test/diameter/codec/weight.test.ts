import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { encode } from '../../../src/diameter/codec/encode.ts'
import { allAvps, avp } from '../../../src/diameter/codec/entries.ts'
import { avpBytes } from '../../../src/diameter/codec/faults.ts'
import { limits } from '../../../src/domain/limits.ts'
import { open5gsUpdate } from '../../fixtures/diameter/messages.ts'
import { craftedCcrs } from '../../support/crafted-messages.ts'
import { plainCcr } from '../../support/diameter-client.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const ids = { hopByHop: 1, endToEnd: 1 }
const most = limits.diameterMessageOctets
const room = limits.diameterMessageOctets - limits.diameterMessageReserve - 400

function used(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const results: unknown[] = new Array(60).fill(null)

/** What the decoded form of one message keeps, beside the message: the mean of some, again where that is too much. */
async function kept(message: Buffer): Promise<number> {
  // What a shape and the code for it take at first is not the message's.
  for (let i = 0; i < 40; i++) decode('CCR', message)
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 20 && least > most - message.length; round++) {
    // Buffers of what went before may only be given back by the second, and code comes from another thread when it has time.
    if (round > 0) {
      collect()
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    const before = used()
    for (let i = 0; i < results.length; i++) results[i] = decode('CCR', message)
    least = Math.min(least, (used() - before) / results.length)
    results.fill(null)
  }
  return least
}

/** A CCR filled with one AVP, which has the M bit or not: not so long that little of it would be read. */
function filled(one: Buffer): Buffer {
  const count = Math.floor(room / 8 / one.length)
  return encode('CCR', ids, plainCcr, Buffer.concat(new Array<Buffer>(count).fill(one)))
}

/** With the octets of the message. */
async function checkMemory(t: Test, name: string, message: Buffer): Promise<void> {
  const octets = (await kept(message)) + message.length
  t.ok(octets <= most, `${name}: ${octets} octets, ${message.length} of them as received`)
}

t.test('no decoded message keeps more memory than the limit: crafted ones', async t => {
  for (const [name, message] of Object.entries(craftedCcrs)) {
    await checkMemory(t, name, message)
  }
})

t.test('no decoded message keeps more memory than the limit: full of one AVP', async t => {
  // One AVP of each weight and format stands for all of them.
  const standing = new Map(allAvps.map(entry => [`${entry.kind} ${entry.weight}`, entry]))
  for (const entry of standing.values()) {
    const { name, code, flags, vendor, octets } = entry
    const values = [Buffer.alloc(octets)]
    // Text and addresses have any length; these octets are not UTF-8.
    if (entry.octetWeight > 0) values.push(Buffer.alloc(96, 0xc3))
    for (const value of values) {
      await checkMemory(t, name, filled(avpBytes(code, flags, vendor, value)))
    }
  }
})

t.test('no decoded message keeps more memory than the limit: members of groups', async t => {
  for (const name of ['Multiple-Services-Credit-Control', 'PS-Information'] as const) {
    const group = avp[name]
    const members = group.shape?.members ?? []
    const standing = new Map(members.map(entry => [`${entry.kind} ${entry.weight}`, entry]))
    for (const member of standing.values()) {
      const inner = avpBytes(member.code, member.flags, member.vendor, Buffer.alloc(member.octets))
      const twice = Buffer.concat([inner, inner])
      const message = filled(avpBytes(group.code, group.flags, group.vendor, twice))
      await checkMemory(t, `two of ${member.name} in ${name}`, message)
    }
  }
})

t.test('texts that are kept with two octets a character count twice', async t => {
  const name = `${'x'.repeat(40_000)}\u2014`
  const long = encode('CCR', ids, { ...plainCcr, 'User-Name': name })
  await checkMemory(t, 'a long text', long)
  t.same(decode('CCR', long).faults, [])
})

const report = {
  'CC-Time': 3_000_000_000,
  'CC-Input-Octets': 5_000_000_000n,
  'CC-Output-Octets': 6_000_000_000n,
  'CC-Total-Octets': 11_000_000_000n,
  'Reporting-Reason': 3
} as const

/** A CCR of so many services with so many reports each, and all that a gateway knows of its subscriber and bearer. */
function longCcr(services: number, reports: number): Buffer {
  return encode('CCR', ids, {
    ...plainCcr,
    'Subscription-Id': Array.from({ length: 10 }, (_, type) => ({
      'Subscription-Id-Type': type % 5,
      'Subscription-Id-Data': `sip:+49151000000${type}@ims.mnc001.mcc262.3gppnetwork.org`
    })),
    'Multiple-Services-Credit-Control': Array.from({ length: services }, (_, group) => ({
      'Rating-Group': group,
      'Service-Identifier': [group],
      'Requested-Service-Unit': { 'CC-Total-Octets': 50_000_000n },
      'Used-Service-Unit': Array.from({ length: reports }, (_, i) => ({
        ...report,
        'Tariff-Change-Usage': i % 2
      })),
      'Reporting-Reason': [3]
    })),
    'Service-Information': {
      'PS-Information': {
        '3GPP-Charging-Id': Buffer.alloc(4, 1),
        '3GPP-PDP-Type': 2,
        'PDP-Address': ['192.0.2.1', '2001:db8::1'],
        'SGSN-Address': ['192.0.2.2'],
        'GGSN-Address': ['192.0.2.3'],
        'CG-Address': '192.0.2.4',
        '3GPP-IMSI-MCC-MNC': '26201',
        '3GPP-GGSN-MCC-MNC': '26201',
        '3GPP-SGSN-MCC-MNC': '26202',
        '3GPP-NSAPI': Buffer.from('5'),
        'Called-Station-Id': 'internet.mnc001.mcc262.gprs',
        '3GPP-Selection-Mode': '0',
        '3GPP-Charging-Characteristics': '0800',
        '3GPP-MS-TimeZone': Buffer.from([0x40, 0]),
        '3GPP-User-Location-Info': Buffer.alloc(13, 1),
        '3GPP-RAT-Type': Buffer.from([6])
      }
    }
  })
}

t.test('the longest requests that clients may send are taken', async t => {
  for (const [services, reports] of [
    [64, 4],
    [100, 2],
    [128, 1]
  ] as const) {
    const message = longCcr(services, reports)
    const { avps, faults } = decode('CCR', message)
    t.same(faults, [])
    t.equal(avps['Multiple-Services-Credit-Control'].length, services)
    await checkMemory(t, `${services} services with ${reports} reports each`, message)
  }
})

t.test('a longer limit of messages allows more memory, too', async t => {
  const message = longCcr(128, 2)
  const codes = (octets: number) => decode('CCR', message, octets).faults.map(f => f.resultCode)
  t.same(codes(most), [5012])
  t.same(codes(limits.diameterMessageOctetsMax), [])
})

t.test('a usual message keeps a fraction of that', async t => {
  t.ok((await kept(open5gsUpdate)) < 8_000)
  t.same(decode('CCR', open5gsUpdate).faults, [])
})

t.test('what is too much is 5012, once, at whatever depth it is met', async t => {
  const { code, flags } = avp['Used-Service-Unit']
  const empty = avpBytes(code, flags, 0, Buffer.alloc(0))
  const groups = Buffer.concat(new Array<Buffer>(800).fill(empty))
  const outer = avp['Multiple-Services-Credit-Control']
  const inside = avpBytes(outer.code, outer.flags, 0, groups)
  const { faults } = decode('CCR', encode('CCR', ids, plainCcr, Buffer.concat([inside, groups])))
  t.same(
    faults.map(fault => fault.resultCode),
    [5012]
  )
})

t.test('small AVPs in great number are 5012, too', async t => {
  const units = Array.from({ length: 170 }, () => ({ 'CC-Time': 1, 'Tariff-Change-Usage': 1 }))
  const services = { 'Used-Service-Unit': units }
  const of = (count: number) =>
    decode(
      'CCR',
      encode('CCR', ids, {
        ...plainCcr,
        'Multiple-Services-Credit-Control': new Array(count).fill(services)
      })
    ).faults.map(fault => fault.resultCode)
  t.same(of(2), [])
  t.same(of(9), [5012])
})
