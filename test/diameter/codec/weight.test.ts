import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
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
const room = limits.diameterMessageOctets - 400

function used(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** What the decoded form of one message keeps, beside the message: the mean of some. */
function kept(message: Buffer): number {
  const results: unknown[] = new Array(20).fill(null)
  // What a shape and the code for it take at first is not the message's.
  for (let i = 0; i < 40; i++) decode('CCR', message)
  const before = used()
  for (let i = 0; i < results.length; i++) results[i] = decode('CCR', message)
  const octets = (used() - before) / results.length
  results.length = 0
  return octets
}

/** A CCR filled up with one AVP, which has the M bit or not. */
function filled(one: Buffer): Buffer {
  const count = Math.floor(room / one.length)
  return encode('CCR', ids, plainCcr, Buffer.concat(new Array<Buffer>(count).fill(one)))
}

const most = limits.diameterDecodedOctets

t.test('no decoded message keeps more memory than the limit: crafted ones', async t => {
  for (const [name, message] of Object.entries(craftedCcrs)) {
    const octets = kept(message)
    t.ok(octets < most, `${name}: ${octets} octets`)
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
      const octets = kept(filled(avpBytes(code, flags, vendor, value)))
      t.ok(octets < most, `${name}: ${octets} octets`)
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
      const octets = kept(filled(avpBytes(group.code, group.flags, group.vendor, twice)))
      t.ok(octets < most, `two of ${member.name} in ${name}: ${octets} octets`)
    }
  }
})

t.test('texts that are kept with two octets a character count twice', async t => {
  const name = `${'x'.repeat(60_000)}\u2014`
  const long = encode('CCR', ids, { ...plainCcr, 'User-Name': name })
  t.ok(kept(long) < most)
  t.same(decode('CCR', long).faults, [])
})

t.test('a hundred services with two reports each are far from any limit', async t => {
  const units = {
    'CC-Input-Octets': 5_000_000_000n,
    'CC-Output-Octets': 6_000_000_000n,
    'CC-Total-Octets': 11_000_000_000n,
    'Reporting-Reason': 3
  } as const
  const services = Array.from({ length: 100 }, (_, group) => ({
    'Rating-Group': group,
    'Requested-Service-Unit': {},
    'Used-Service-Unit': [units, { ...units, 'Tariff-Change-Usage': 1 }]
  }))
  const more = { 'Multiple-Services-Credit-Control': services }
  const message = encode('CCR', ids, { ...plainCcr, ...more })
  const { avps, faults } = decode('CCR', message)
  t.same(faults, [])
  t.equal(avps['Multiple-Services-Credit-Control'].length, 100)
  t.ok(kept(message) < most)
})

t.test('a usual message keeps a fraction of that', async t => {
  t.ok(kept(open5gsUpdate) < 8_000)
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
  t.same(of(5), [5012])
})
