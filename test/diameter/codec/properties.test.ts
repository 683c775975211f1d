import fc from 'fast-check'
import t from 'tap'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { encode } from '../../../src/diameter/codec/encode.ts'
import {
  type Avp,
  commandShapes,
  kinds,
  none,
  type Shape
} from '../../../src/diameter/codec/entries.ts'
import type { CommandName } from '../../../src/diameter/dictionary/index.ts'

const word = fc.integer({ min: 0, max: 0xffff_ffff })
const address = fc.oneof(fc.ipV4(), fc.constantFrom('::', '::1', '2001:db8::7', 'fe80::1:2:3:4'))

/** Any value that an AVP of the kind can hold. */
const anyOf: Readonly<Record<number, fc.Arbitrary<unknown>>> = {
  [kinds.octets]: fc.uint8Array({ maxLength: 40 }).map(octets => Buffer.from(octets)),
  [kinds.text]: fc.string({ unit: 'grapheme', maxLength: 20 }),
  [kinds.u32]: word,
  [kinds.i32]: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  [kinds.u64]: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  [kinds.i64]: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  [kinds.time]: fc
    .integer({ min: -61_505_152, max: 4_233_462_143 })
    .map(seconds => seconds * 1_000),
  [kinds.address]: address
}

const depthMax = 3

function memberOf(entry: Avp, depth: number): fc.Arbitrary<unknown> {
  if (!entry.shape) return anyOf[entry.kind] as fc.Arbitrary<unknown>
  return membersOf(entry.shape, depth + 1)
}

/** Each required member, and some of the others: fewer the deeper. */
function membersOf(shape: Shape, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const empty = shape.create()
  const deep = depth >= depthMax
  const members = shape.members.flatMap(entry => {
    const required = shape.required.includes(entry)
    if (!required && deep) return []
    const repeated = empty[entry.name] === none
    const one = fc.constant(null).chain(() => memberOf(entry, depth))
    const value = repeated ? fc.array(one, { minLength: 1, maxLength: 2 }) : one
    const maybe = required ? value : fc.option(value, { nil: undefined, freq: 1 + depth })
    return [[entry.name, maybe] as const]
  })
  return fc.record(Object.fromEntries(members)).map(values => {
    const given = Object.entries(values).filter(([, value]) => value !== undefined)
    return Object.fromEntries(given)
  })
}

for (const name of Object.keys(commandShapes) as CommandName[]) {
  t.test(`RFC 6733 4.1: whatever ${name} is made, it is read as it was written`, async t => {
    const ids = fc.record({ hopByHop: word, endToEnd: word })
    fc.assert(
      fc.property(ids, membersOf(commandShapes[name], 0), (header, values) => {
        const message = encode(name, header, values as never)
        const { avps, extra, unknown, faults } = decode(name, message)
        t.strictSame(faults, [])
        t.strictSame([extra.length, unknown.length], [0, 0])
        t.match(avps, values)
        t.ok(encode(name, header, avps as never).equals(message))
      }),
      { numRuns: 20 }
    )
  })
}
