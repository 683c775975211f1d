import t from 'tap'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { encode, encodeAvp } from '../../../src/diameter/codec/encode.ts'
import type { Shape } from '../../../src/diameter/codec/entries.ts'
import {
  type Avp,
  allAvps,
  commandShapes,
  kinds,
  none
} from '../../../src/diameter/codec/entries.ts'
import { avpBytes } from '../../../src/diameter/codec/faults.ts'
import { flags } from '../../../src/diameter/codec/header.ts'
import type { CommandName } from '../../../src/diameter/dictionary/index.ts'

const header = { hopByHop: 0x01020304, endToEnd: 0xfffefdfc }
const watchdog = { 'Origin-Host': 'gw.example.org', 'Origin-Realm': 'example.org' }

/** Values at the edges of each format. */
const boundaries: Record<number, readonly unknown[]> = {
  [kinds.octets]: [
    Buffer.alloc(0),
    Buffer.from([0]),
    Buffer.from([1, 2]),
    Buffer.from([255, 0, 255]),
    Buffer.alloc(4, 7),
    Buffer.alloc(1000, 9)
  ],
  [kinds.text]: ['', 'a', 'ab', 'abc', 'abcd', 'Grüße, 世界 🙂', 'x'.repeat(1000)],
  [kinds.u32]: [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
  [kinds.i32]: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)],
  [kinds.u64]: [
    0n,
    1n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 63n,
    2n ** 64n - 1n
  ],
  [kinds.i64]: [0n, 1n, -1n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)],
  [kinds.time]: [
    Date.UTC(1968, 0, 20, 3, 14, 8),
    0,
    Date.UTC(2036, 1, 7, 6, 28, 15),
    Date.UTC(2036, 1, 7, 6, 28, 16),
    Date.UTC(2104, 1, 26, 9, 42, 23)
  ],
  [kinds.address]: [
    '0.0.0.0',
    '255.255.255.255',
    '10.45.0.2',
    '::',
    '::1',
    '2001:db8::1:0:0:1',
    '8:3439'
  ]
}

/** One AVP beside a good watchdog request, as the decoder hands it over. */
function readBack(bytes: Buffer) {
  const message = encode('DWR', header, watchdog, bytes)
  t.equal(message.length % 4, 0)
  return decode('DWR', message)
}

function fill(shape: Shape, depth: number): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const member of shape.members) {
    const one = () => sampleOf(member, depth)
    const repeated = shape.create()[member.name] === none
    values[member.name] = repeated ? [one(), one()] : one()
  }
  return values
}

/** Any value; below the third level groups hold their required members only. */
function sampleOf(entry: Avp, depth: number): unknown {
  if (!entry.shape) return boundaries[entry.kind]![1]
  if (depth < 3) return fill(entry.shape, depth + 1)
  const values = entry.shape.create()
  for (const member of entry.shape.required) values[member.name] = sampleOf(member, depth + 1)
  return values
}

t.test('RFC 6733 4.2: every AVP carries the values at the edges of its format', async t => {
  for (const entry of allAvps) {
    if (entry.shape || entry.name === 'Origin-Host' || entry.name === 'Origin-Realm') continue
    for (const value of boundaries[entry.kind]!) {
      const bytes = encodeAvp(entry.name, value as never)
      const { avps, extra, unknown, faults } = readBack(bytes)
      const found = extra[0]?.value ?? (avps as Record<string, unknown>)[entry.name]
      t.same(faults, [], entry.name)
      t.same(unknown, [], entry.name)
      t.strictSame(found, value, entry.name)
    }
  }
})

t.test('RFC 6733 7.1.5: an AVP of fixed length with any other length is 5014', async t => {
  for (const entry of allAvps.filter(({ kind }) => kind >= kinds.u32 && kind <= kinds.time)) {
    for (const length of [0, 1, entry.octets - 1, entry.octets + 1, entry.octets + 4]) {
      const bytes = avpBytes(entry.code, entry.flags, entry.vendor, Buffer.alloc(length, 1))
      const { faults } = readBack(bytes)
      t.equal(faults.length, 1, entry.name)
      t.equal(faults[0]?.resultCode, 5014, entry.name)
      t.same(faults[0]?.avp, bytes, entry.name)
    }
  }
})

t.test(
  'RFC 6733 4.3.1: an address that does not suit its family is 5004, one without family 5014',
  async t => {
    const bad = [
      [5004, '0001'],
      [5004, '00010a0000'],
      [5004, '00010a00000101'],
      [5004, '00020a000001'],
      [5004, `0002${'00'.repeat(15)}`],
      [5014, ''],
      [5014, '00']
    ] as const
    for (const entry of allAvps.filter(({ kind }) => kind === kinds.address)) {
      for (const [code, octets] of bad) {
        const value = Buffer.from(octets, 'hex')
        const bytes = avpBytes(entry.code, entry.flags, entry.vendor, value)
        const { faults } = readBack(bytes)
        t.equal(faults.length, 1, entry.name)
        t.equal(faults[0]?.resultCode, code, `${entry.name} ${octets}`)
        t.same(faults[0]?.avp, bytes, entry.name)
      }
    }
  }
)

t.test('every group comes back with all its members', async t => {
  for (const entry of allAvps) {
    if (!entry.shape) continue
    const value = fill(entry.shape, 2)
    const { avps, extra, faults } = readBack(encodeAvp(entry.name, value as never))
    const found = extra[0]?.value ?? (avps as Record<string, unknown>)[entry.name]
    t.same(faults, [], entry.name)
    t.match(found, value, entry.name)
    t.same(Object.keys(found as object), Object.keys(value), entry.name)
  }
})

t.test('every command comes back with all its members', async t => {
  for (const [command, shape] of Object.entries(commandShapes)) {
    const name = command as CommandName
    const value = fill(shape, 1)
    const message = encode(name, header, value as never)
    const { avps, extra, unknown, faults } = decode(name, message)
    t.same(faults, [], command)
    t.same(extra, [], command)
    t.same(unknown, [], command)
    t.match(avps, value, command)
    t.same(encode(name, header, avps as never), message, command)
  }
})

t.test(
  'RFC 6733 7.1.5: a command without one of its required members is 5005 with an example',
  async t => {
    for (const [command, shape] of Object.entries(commandShapes)) {
      const name = command as CommandName
      const whole = shape.create()
      for (const member of shape.required) {
        const repeated = whole[member.name] === none
        whole[member.name] = repeated ? [sampleOf(member, 3)] : sampleOf(member, 3)
      }
      for (const member of shape.required) {
        const values = { ...whole, [member.name]: undefined }
        const { faults } = decode(name, encode(name, header, values as never))
        const example = avpBytes(member.code, member.flags, 0, Buffer.alloc(member.octets))
        t.same(
          faults.map(fault => [fault.resultCode, fault.avp]),
          [[5005, example]],
          `${command} ${member.name}`
        )
      }
    }
  }
)

t.test('RFC 6733 7.1.5, 10.1: a repeated single member is 5009 with the second one', async t => {
  for (const [command, shape] of Object.entries(commandShapes)) {
    const name = command as CommandName
    const value = fill(shape, 1)
    const message = encode(name, header, value as never)
    for (const member of shape.members) {
      if (Array.isArray(value[member.name])) continue
      const again = encodeAvp(member.name, sampleOf(member, 3) as never)
      const bytes = Buffer.concat([message, again])
      bytes.writeUIntBE(bytes.length, 1, 3)
      const { faults } = decode(name, bytes)
      t.same(
        faults.map(fault => [fault.resultCode, fault.avp]),
        [[5009, again]],
        `${command} ${member.name}`
      )
    }
  }
})

t.test(
  'RFC 6733 7.2: an answer with the E bit needs no more than RFC 6733 7.2 asks for',
  async t => {
    const bits = flags.proxiable | flags.error
    const values = { 'Result-Code': 3004, 'Origin-Host': 'ocs', 'Origin-Realm': 'example.org' }
    t.same(decode('CCA', encode('CCA', { ...header, flags: bits }, values)).faults, [])
    const { faults } = decode(
      'CCA',
      encode('CCA', { ...header, flags: bits }, { 'Origin-Host': 'ocs' })
    )
    t.same(faults.map(({ message }) => message).sort(), [
      'Origin-Realm is missing',
      'Result-Code is missing'
    ])
  }
)
