import t from 'tap'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { limits } from '../../../src/domain/limits.ts'
import {
  ascii,
  hex,
  ietf,
  open5gsUpdate,
  rawAvp,
  rawMessage,
  tgpp,
  word
} from '../../fixtures/diameter/messages.ts'

const origin = [ietf(264, ascii('gw.example.org')), ietf(296, ascii('example.org'))]
const watchdog = (...more: Buffer[]) => rawMessage(280, 0x80, 0, ...origin, ...more)
const faultsOf = (message: Buffer) => decode('DWR', message).faults
const codesOf = (message: Buffer) => faultsOf(message).map(fault => fault.resultCode)

/** The AVPs after those of `origin`, with their length octets replaced. */
function withLength(avp: Buffer, length: number): Buffer {
  const bytes = Buffer.from(avp)
  bytes.writeUIntBE(length, 5, 3)
  return bytes
}

t.test('RFC 6733 4.1: an unknown AVP with M bit is 5001 and is sent back as it was', async t => {
  const avp = rawAvp(9999, 0x40, ascii('odd'))
  const [fault, ...more] = faultsOf(watchdog(avp))
  t.equal(fault?.resultCode, 5001)
  t.same(fault?.avp, avp)
  t.equal(fault?.message, 'AVP 9999 of vendor 0 is not known')
  t.same(more, [])
})

t.test('RFC 6733 7.5: an unknown AVP is sent back inside the groups around it', async t => {
  const odd = rawAvp(3000, 0xc0, word(1), 10)
  const inner = tgpp(874, ietf(30, ascii('internet')), odd)
  const [fault] = faultsOf(watchdog(tgpp(873, inner)))
  t.equal(fault?.resultCode, 5001)
  t.same(fault?.avp, tgpp(873, tgpp(874, odd)))
  t.equal(
    fault?.message,
    'AVP 3000 of vendor 10 is not known in Service-Information.PS-Information'
  )
})

t.test('RFC 6733 4.1: an unknown AVP without M bit is kept', async t => {
  const odd = rawAvp(3000, 0x80, word(1), 10)
  const { unknown, faults } = decode('DWR', watchdog(odd, tgpp(873, tgpp(874, odd))))
  t.same(faults, [])
  t.same(unknown, [
    { code: 3000, vendor: 10, bytes: odd, group: null },
    { code: 3000, vendor: 10, bytes: odd, group: 'PS-Information' }
  ])
})

t.test('RFC 6733 4.1: the vendor is a part of the identity of an AVP', async t => {
  // 263 without vendor is Session-Id; 873 without the V bit is nothing.
  t.same(codesOf(watchdog(ietf(873))), [5001])
  t.same(codesOf(watchdog(rawAvp(263, 0xc0, ascii('s'), 10415))), [5001])
  t.same(codesOf(watchdog(rawAvp(263, 0x80, ascii('s'), 0))), [], 'vendor 0 is no vendor')
})

t.test('RFC 6733 4.1: a known AVP is taken with any M bit, reserved bits and place', async t => {
  const { extra, faults } = decode(
    'DWR',
    watchdog(rawAvp(258, 0x1f, word(4)), tgpp(18, ascii('26201')))
  )
  t.same(faults, [])
  t.same(extra, [
    { name: 'Auth-Application-Id', value: 4, group: null },
    { name: '3GPP-SGSN-MCC-MNC', value: '26201', group: null }
  ])
})

t.test('RFC 6733 7.1.5: an AVP length of 0 to 7 ends the message with 5014', async t => {
  for (const length of [0, 1, 7]) {
    const [fault, ...more] = faultsOf(watchdog(withLength(ietf(278, word(7)), length), ietf(1)))
    t.equal(fault?.resultCode, 5014)
    t.same(fault?.avp, ietf(278, word(0)), 'header and zeros of the least length')
    t.same(more, [])
  }
  const short = withLength(tgpp(868, word(1)), 11)
  t.same(faultsOf(watchdog(short))[0]?.avp, tgpp(868, word(0)), 'shorter than a vendor header')
})

t.test('RFC 6733 7.1.5: an AVP longer than the message is 5014', async t => {
  for (const length of [13, 2 ** 24 - 1]) {
    const [fault] = faultsOf(watchdog(withLength(ietf(278, word(7)), length)))
    t.equal(fault?.resultCode, 5014)
    t.same(fault?.avp, ietf(278, word(0)))
  }
  const text = withLength(ietf(1, ascii('user')), 400)
  t.same(faultsOf(watchdog(text))[0]?.avp, ietf(1), 'text has no least length')
})

t.test(
  'RFC 6733 7.5: an AVP longer than its group is 5014 inside the group, and the rest is read',
  async t => {
    const broken = withLength(ietf(420, word(9)), 16)
    const message = watchdog(ietf(437, broken), ietf(278, word(5)))
    const { avps, faults } = decode('DWR', message)
    t.equal(faults[0]?.resultCode, 5014)
    t.same(faults[0]?.avp, ietf(437, ietf(420, word(0))))
    t.equal(avps['Origin-State-Id'], 5)
  }
)

t.test('RFC 6733 7.1.5: less than a header at the end is 5014', async t => {
  const [fault] = faultsOf(watchdog(hex('00000116')))
  t.equal(fault?.resultCode, 5014)
  t.same(fault?.avp, rawAvp(278, 0, word(0)))
  const group = rawAvp(437, 0x40, hex('000001'))
  t.same(faultsOf(watchdog(group))[0]?.avp, ietf(437, rawAvp(256, 0, Buffer.alloc(0))))
  const vendor = rawAvp(437, 0x40, hex('00000364c0000010'))
  t.same(codesOf(watchdog(vendor)), [5014], 'a vendor header that is cut')
})

t.test(
  'RFC 6733 4.1: padding may be anything, and may be missing at the end of a group',
  async t => {
    const padded = Buffer.from(ietf(1, ascii('abcde')))
    padded.fill(0xff, 13)
    const unpadded = rawAvp(
      443,
      0x40,
      Buffer.concat([ietf(450, word(1)), ietf(444, ascii('abc')).subarray(0, 11)])
    )
    const { extra, faults } = decode('DWR', watchdog(padded, unpadded))
    t.same(faults, [])
    t.same(
      extra.map(({ value }) => value),
      ['abcde', { 'Subscription-Id-Type': 1, 'Subscription-Id-Data': 'abc' }]
    )
  }
)

t.test('RFC 6733 7.5: a missing member of a group is 5005 inside the group', async t => {
  const [fault] = faultsOf(watchdog(ietf(443, ietf(444, ascii('4915100000001')))))
  t.equal(fault?.resultCode, 5005)
  t.same(fault?.avp, ietf(443, ietf(450, word(0))))
  t.equal(fault?.message, 'Subscription-Id-Type is missing in Subscription-Id')
})

t.test('RFC 6733 7.5: a second member of a group is 5009 inside the group', async t => {
  const [fault] = faultsOf(watchdog(ietf(437, ietf(420, word(1)), ietf(420, word(2)))))
  t.equal(fault?.resultCode, 5009)
  t.same(fault?.avp, ietf(437, ietf(420, word(2))))
})

t.test('one mistake is one fault', async t => {
  const message = rawMessage(280, 0x80, 0, origin[0]!, withLength(origin[1]!, 200))
  t.same(codesOf(message), [5014], 'what is not read is not called missing')
})

t.test('with faults the rest is still read', async t => {
  const more = rawAvp(9999, 0x40, ascii('odd'))
  const message = Buffer.concat([open5gsUpdate, more])
  message.writeUIntBE(message.length, 1, 3)
  const { avps, faults } = decode('CCR', message)
  t.equal(faults.length, 1)
  const [mscc] = avps['Multiple-Services-Credit-Control']
  t.equal(mscc?.['Used-Service-Unit'][0]?.['CC-Output-Octets'], 89_000_000n)
})

t.test('RFC 6733 3: header faults', async t => {
  const good = watchdog()
  const changed = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(good)
    change(bytes)
    return codesOf(bytes)
  }
  t.same(
    changed(bytes => bytes.writeUInt8(2, 0)),
    [5011]
  )
  t.same(
    changed(bytes => bytes.writeUIntBE(good.length - 4, 1, 3)),
    [5015]
  )
  t.same(
    changed(bytes => bytes.writeUIntBE(good.length + 4, 1, 3)),
    [5015]
  )
  t.same(
    changed(bytes => bytes.writeUIntBE(0, 1, 3)),
    [5015]
  )
  t.same(
    changed(bytes => bytes.writeUInt8(0xa0, 4)),
    [3008],
    'E bit in a request'
  )
  t.same(
    changed(bytes => bytes.writeUInt8(0x9f, 4)),
    [],
    'T bit and reserved bits'
  )
  for (const length of [0, 1, 3, 4, 19]) t.same(codesOf(good.subarray(0, length)), [5015])
  const odd = Buffer.concat([good, Buffer.alloc(1)])
  odd.writeUIntBE(odd.length, 1, 3)
  t.same(codesOf(odd), [5015], 'not a multiple of 4')
})

t.test(
  'RFC 6733 4.4: groups deeper than the limit are 5012, at the limit they are not',
  async t => {
    const nested = (depth: number) => {
      let avp: Buffer = tgpp(1264)
      for (let level = 1; level < depth; level++) avp = tgpp(873, avp)
      return codesOf(watchdog(avp))
    }
    t.same(nested(limits.diameterDepth), [])
    t.same(nested(limits.diameterDepth + 1), [5012])
    t.same(nested(2000), [5012])
  }
)

t.test('more AVPs than the limit are 5012 once', async t => {
  const avps = (count: number) => Array.from({ length: count }, () => ietf(33, word(1)))
  t.same(codesOf(watchdog(...avps(500))), [])
  t.same(codesOf(watchdog(...avps(limits.diameterAvps))), [5012])
  t.same(codesOf(watchdog(tgpp(873, tgpp(874, ...avps(4000))), ietf(437, ...avps(9)))), [5012])
})

t.test('no more than 16 faults are listed', async t => {
  const odd = Array.from({ length: 500 }, () => rawAvp(9999, 0x40, word(1)))
  t.equal(faultsOf(watchdog(...odd)).length, 16)
})
