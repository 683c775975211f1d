import fc from 'fast-check'
import t from 'tap'
import { type Decoded, decode } from '../../../src/diameter/codec/decode.ts'
import { commands } from '../../../src/diameter/dictionary/commands.ts'
import type { CommandName } from '../../../src/diameter/dictionary/index.ts'
import { limits } from '../../../src/domain/limits.ts'
import {
  ietf,
  kamailioInitial,
  magmaTermination,
  open5gsUpdate,
  rawAvp,
  rawMessage,
  tgpp
} from '../../fixtures/diameter/messages.ts'

const names = Object.keys(commands) as CommandName[]
const recorded = [open5gsUpdate, kamailioInitial, magmaTermination]

/** Octets of all AVPs that end exactly where they should: what Failed-AVP may hold. */
function isWellFormed(avp: Buffer): boolean {
  if (avp.length < 8) return false
  const length = avp.readUIntBE(5, 3)
  return length >= 8 && Math.ceil(length / 4) * 4 === avp.length
}

/** Where an AVP of the message itself ends and the next begins: a cut there is no broken length. */
function boundariesOf(message: Buffer): Set<number> {
  const boundaries = new Set<number>()
  for (let at = 20; at < message.length; ) {
    boundaries.add(at)
    at += Math.ceil(message.readUIntBE(at + 5, 3) / 4) * 4
  }
  return boundaries
}

function check(result: Decoded<CommandName>): void {
  for (const fault of result.faults) {
    if (fault.resultCode < 3001 || fault.resultCode > 5017) throw new Error('odd Result-Code')
    if (fault.message === '') throw new Error('no message')
    if (fault.avp !== null && !isWellFormed(fault.avp)) throw new Error('Failed-AVP is malformed')
  }
}

t.test('random octets are decoded without an exception', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 300 }), (name, octets) => {
      check(decode(name, Buffer.from(octets)))
    }),
    { numRuns: 3000 }
  )
})

t.test('random octets behind a good header are decoded without an exception', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 400 }), (name, octets) => {
      const body = Buffer.from(octets).subarray(0, octets.length & ~3)
      const { faults } = decode(name, rawMessage(272, 0xc0, 4, body))
      check(decode(name, rawMessage(272, 0xc0, 4, body)))
      if (body.length === 0 && faults.every(({ resultCode }) => resultCode !== 5005)) {
        throw new Error('an empty message is not complete')
      }
    }),
    { numRuns: 3000 }
  )
})

t.test('recorded requests with changed octets are decoded without an exception', async () => {
  const change = fc.record({ at: fc.nat(), to: fc.nat(255) })
  fc.assert(
    fc.property(
      fc.constantFrom(...recorded),
      fc.array(change, { maxLength: 8 }),
      (base, changes) => {
        const message = Buffer.from(base)
        for (const { at, to } of changes) message[4 + (at % (message.length - 4))] = to
        check(decode('CCR', message))
      }
    ),
    { numRuns: 5000 }
  )
})

t.test('recorded requests cut anywhere are decoded without an exception', async t => {
  for (const base of recorded) {
    const boundaries = boundariesOf(base)
    for (let end = 20; end < base.length; end += 4) {
      const message = Buffer.from(base.subarray(0, end))
      message.writeUIntBE(end, 1, 3)
      const result = decode('CCR', message)
      check(result)
      if (boundaries.has(end)) continue
      if (result.faults.length === 0) t.fail(`cut at ${end} of ${base.length} is called good`)
    }
  }
})

t.test('every length octet of a recorded request may say anything', async () => {
  for (const base of recorded) {
    for (let at = 24; at < base.length; at++) {
      for (const value of [0, 1, 7, 8, 11, 12, 255]) {
        const message = Buffer.from(base)
        message[at] = value
        check(decode('CCR', message))
      }
    }
  }
})

t.test('decoding one message leaves no trace in the next', async t => {
  const clean = decode('CCR', open5gsUpdate)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), octets => {
      decode('CCR', rawMessage(272, 0xc0, 4, Buffer.from(octets)))
      const { faults, extra, unknown } = decode('CCR', open5gsUpdate)
      return faults.length + extra.length + unknown.length === 0
    })
  )
  t.same(decode('CCR', open5gsUpdate), clean)
})

t.test('the worst messages of the longest length are decoded in bounded time', async t => {
  const fill = (avp: Buffer) =>
    Array.from(
      { length: Math.floor((limits.diameterMessageOctets - 400) / 8 / avp.length) },
      () => avp
    )
  let nested: Buffer = Buffer.concat(fill(rawAvp(9999, 0x40, Buffer.alloc(0))))
  for (let level = 0; level < limits.diameterDepth; level++) nested = tgpp(873, nested)
  const worst = [
    rawMessage(272, 0xc0, 4, ...fill(ietf(33))),
    rawMessage(272, 0xc0, 4, ...fill(ietf(456))),
    rawMessage(272, 0xc0, 4, ...fill(tgpp(873))),
    rawMessage(272, 0xc0, 4, ...fill(rawAvp(9999, 0x40, Buffer.alloc(0)))),
    rawMessage(272, 0xc0, 4, ietf(263, Buffer.alloc(65_000, 0xff))),
    rawMessage(272, 0xc0, 4, nested)
  ]
  for (const message of worst) {
    decode('CCR', message)
    const before = process.cpuUsage()
    for (let i = 0; i < 10; i++) check(decode('CCR', message))
    const used = process.cpuUsage(before)
    const ms = (used.user + used.system) / 10_000
    t.ok(ms < 50, `${message.length} octets took ${ms} ms of CPU`)
  }
})
