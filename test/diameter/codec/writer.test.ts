import t from 'tap'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { encode, encodeAvp } from '../../../src/diameter/codec/encode.ts'
import { avp } from '../../../src/diameter/codec/entries.ts'
import { flags, readHeader } from '../../../src/diameter/codec/header.ts'
import { MessageWriter } from '../../../src/diameter/codec/writer.ts'
import { ascii, ietf, long, rawAvp, tgpp, word } from '../../fixtures/diameter/messages.ts'

const ids = { hopByHop: 0xdeadbeef, endToEnd: 0xfeedface }

t.test('RFC 6733 3, 4.1: a message has the octets that RFC 6733 says', async t => {
  const message = new MessageWriter()
    .begin('CCA', ids)
    .text(avp['Session-Id'], 'a;1;2')
    .u32(avp['Result-Code'], 2001)
    .open(avp['Multiple-Services-Credit-Control'])
    .open(avp['Granted-Service-Unit'])
    .u64(avp['CC-Total-Octets'], 10_000_000)
    .close()
    .u32(avp['Volume-Quota-Threshold'], 2_000_000)
    .close()
    .octets(avp['Proxy-Info'], ietf(280, ascii('p')))
    .finish()
  t.same(readHeader(message), {
    version: 1,
    length: message.length,
    flags: flags.proxiable,
    command: 272,
    application: 4,
    ...ids
  })
  const unit = ietf(456, ietf(431, ietf(421, long(10_000_000n))), tgpp(869, word(2_000_000)))
  t.same(
    message.subarray(20),
    Buffer.concat([
      ietf(263, ascii('a;1;2')),
      ietf(268, word(2001)),
      unit,
      ietf(284, ietf(280, ascii('p')))
    ])
  )
})

t.test('flags and application may be given', async t => {
  const writer = new MessageWriter()
  const error = flags.error | flags.proxiable
  const message = writer.begin('CCA', { ...ids, flags: error, application: 7 }).finish()
  t.match(readHeader(message), { flags: error, application: 7, length: 20 })
  const other = writer.beginWith(316, flags.error, 16777251, 1, 2).finish()
  t.match(readHeader(other), { command: 316, flags: flags.error, application: 16777251 })
})

t.test('messages stay as they are while the writer goes on', async t => {
  const writer = new MessageWriter()
  const messages: Buffer[] = []
  const text = (i: number) => `${i};${'x'.repeat(i % 700)}`
  for (let i = 0; i < 1000; i++) {
    messages.push(writer.begin('DWR', ids).text(avp['Origin-Host'], text(i)).finish())
  }
  for (const [i, message] of messages.entries()) {
    t.equal(decode('DWR', message).avps['Origin-Host'], text(i))
  }
})

t.test('a message may be longer than a slab', async t => {
  const value = Buffer.alloc(300_000, 5)
  const writer = new MessageWriter()
  writer.begin('DWR', ids).text(avp['Origin-Host'], 'gw').octets(avp['Proxy-State'], value)
  const message = writer.u32(avp['Origin-State-Id'], 9).finish()
  t.same(
    message.subarray(20),
    Buffer.concat([ietf(264, ascii('gw')), ietf(33, value), ietf(278, word(9))])
  )
})

t.test('what was begun and not finished is dropped', async t => {
  const writer = new MessageWriter()
  writer.begin('CCA', ids).open(avp['Cost-Information']).u32(avp['Currency-Code'], 978)
  const message = writer
    .begin('DWR', ids)
    .raw(ietf(264, ascii('gw')))
    .finish()
  t.same(message.subarray(20), ietf(264, ascii('gw')))
})

t.test('values that do not fit are refused', async t => {
  const writer = new MessageWriter()
  const refused = { code: 'GYRO_ASSERTION' }
  const begin = () => writer.begin('CCA', ids)
  t.throws(() => begin().u32(avp['Result-Code'], 2 ** 32), refused)
  t.throws(() => begin().u32(avp['Result-Code'], 1.5), refused)
  t.throws(() => begin().u32(avp['Result-Code'], -(2 ** 31) - 1), refused)
  t.throws(() => begin().u64(avp['CC-Total-Octets'], 2 ** 53), refused)
  t.throws(() => begin().u64(avp['CC-Total-Octets'], 2n ** 64n), refused)
  t.throws(() => begin().u64(avp['Value-Digits'], -(2n ** 63n) - 1n), refused)
  t.throws(() => begin().time(avp['Event-Timestamp'], Number.NaN), refused)
  t.throws(() => begin().time(avp['Event-Timestamp'], Date.UTC(1960)), refused)
  t.throws(() => begin().time(avp['Event-Timestamp'], Date.UTC(2105)), refused)
  t.throws(() => begin().address(avp['Host-IP-Address'], 'localhost'), refused)
  t.throws(() => begin().close(), refused)
  t.throws(() => begin().open(avp['CC-Money']).finish(), refused)
  t.equal(begin().finish().length, 20, 'and the writer is good for the next')
})

t.test('RFC 6733 4.2: negative numbers are written as two complement', async t => {
  const money = encodeAvp('Unit-Value', { 'Value-Digits': -5, Exponent: -2 })
  t.same(money, ietf(445, ietf(447, long(2n ** 64n - 5n)), ietf(429, word(2 ** 32 - 2))))
  t.same(encodeAvp('Value-Digits', -(2 ** 40)), ietf(447, long(2n ** 64n - 2n ** 40n)))
})

t.test('objects are encoded with what else is given, and only with members', async t => {
  const more = rawAvp(9999, 0, ascii('odd'))
  const message = encode('DWA', ids, { 'Result-Code': 2001, 'Origin-Host': 'ocs' }, more)
  t.same(
    message.subarray(20),
    Buffer.concat([ietf(268, word(2001)), ietf(264, ascii('ocs')), more])
  )
  t.throws(() => encode('DWA', ids, { 'CC-Time': 1 } as never), { code: 'GYRO_ASSERTION' })
})

t.test('RFC 6733 7.5: a fault goes into Failed-AVP as it is', async t => {
  const { faults } = decode('CCR', encode('CCR', ids, { 'Session-Id': 's' }))
  const message = new MessageWriter()
    .begin('CCA', ids)
    .octets(avp['Failed-AVP'], faults[0]!.avp!)
    .finish()
  t.same(message.subarray(20), ietf(279, ietf(264)))
})
