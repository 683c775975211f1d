import fc from 'fast-check'
import t from 'tap'
import { addressOctets, addressText } from '../../../src/diameter/codec/address.ts'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { commandOf } from '../../../src/diameter/codec/entries.ts'
import { flags, headerOctets, isRequest, readHeader } from '../../../src/diameter/codec/header.ts'
import { ntpOf, timeOf } from '../../../src/diameter/codec/values.ts'
import { hex, ietf, long, rawMessage, word } from '../../fixtures/diameter/messages.ts'

t.test('RFC 6733 3: the header is read field by field', async t => {
  const bytes = hex('010000b8c000011000000004deadbeeffeedface')
  t.same(readHeader(bytes), {
    version: 1,
    length: 184,
    flags: flags.request | flags.proxiable,
    command: 272,
    application: 4,
    hopByHop: 0xdeadbeef,
    endToEnd: 0xfeedface
  })
  t.ok(isRequest(readHeader(bytes)))
  t.notOk(isRequest(readHeader(hex(`010000b840000110${'00'.repeat(12)}`))))
  t.same(readHeader(Buffer.concat([Buffer.alloc(3), bytes]), 3), readHeader(bytes))
  t.equal(headerOctets, 20)
  const relay = hex(`01ffffffffffffff${'ff'.repeat(12)}`)
  t.match(readHeader(relay), { length: 0xffffff, command: 0xffffff, application: 0xffffffff })
})

t.test('RFC 6733 3.1: commands are found by code and R bit', async t => {
  t.equal(commandOf(272, true), 'CCR')
  t.equal(commandOf(272, false), 'CCA')
  t.equal(commandOf(257, true), 'CER')
  t.equal(commandOf(282, false), 'DPA')
  t.equal(commandOf(316, true), null)
})

t.test('RFC 6733 4.3.1: time counts from 1900, and from 2036 without its first bit', async t => {
  t.equal(timeOf(0x83aa7e80), 0)
  t.equal(timeOf(0x80000000), Date.parse('1968-01-20T03:14:08Z'))
  t.equal(timeOf(0xffffffff), Date.parse('2036-02-07T06:28:15Z'))
  t.equal(timeOf(0), Date.parse('2036-02-07T06:28:16Z'))
  t.equal(timeOf(0x7fffffff), Date.parse('2104-02-26T09:42:23Z'))
  t.equal(ntpOf(Date.parse('2036-02-07T06:28:16.999Z')), 0)
  fc.assert(fc.property(fc.nat(0xffffffff), seconds => ntpOf(timeOf(seconds)) === seconds))
})

t.test('RFC 6733 4.3.1: addresses are written as RFC 5952 says and read in any form', async t => {
  const same: [string, string][] = [
    ['00010a000001', '10.0.0.1'],
    [`0002${'00'.repeat(16)}`, '::'],
    [`0002${'00'.repeat(15)}01`, '::1'],
    ['000220010db8000000000000000000000001', '2001:db8::1'],
    ['000220010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['000220010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['000220010db8000100010001000100010001', '2001:db8:1:1:1:1:1:1'],
    ['000220010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['000220010db8000000000000000000000000', '2001:db8::'],
    ['0008343931', '8:343931'],
    ['0000', '0:'],
    ['ffff00', '65535:00']
  ]
  for (const [octets, text] of same) {
    const bytes = hex(octets)
    t.equal(addressText(bytes, 0, bytes.length), text)
    t.same(addressOctets(text), bytes, text)
  }
  t.same(addressOctets('::ffff:10.0.0.1'), hex(`0002${'00'.repeat(10)}ffff0a000001`))
  t.same(addressOctets('2001:DB8:0:0:0:0:0:1'), hex('000220010db8000000000000000000000001'))
})

t.test('what is no address is refused', async t => {
  const bad = [
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.x',
    '1.2..4',
    ':',
    ':::',
    '1::2::3'
  ]
  bad.push(
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    '::g',
    '1:2:3:4:5:6:7::8',
    '::1.2.3',
    '99999:00'
  )
  for (const text of bad) t.equal(addressOctets(text), null, text)
})

t.test('RFC 6733 4.2: volumes are exact up to 2^64-1', async t => {
  const volumes = [2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n]
  for (const volume of volumes) {
    const unit = ietf(446, ietf(421, long(volume)))
    const { avps } = decode('CCR', rawMessage(272, 0xc0, 4, ietf(456, unit)))
    const [mscc] = avps['Multiple-Services-Credit-Control']
    t.equal(mscc?.['Used-Service-Unit'][0]?.['CC-Total-Octets'], volume)
  }
})

t.test('RFC 6733 4.3.1: text that is not UTF-8 is kept with replacement characters', async t => {
  const origin = [ietf(264, hex('6777ff')), ietf(296, hex('c3a9'))]
  const { avps, faults } = decode('DWR', rawMessage(280, 0x80, 0, ...origin))
  t.same(faults, [])
  t.equal(avps['Origin-Host'], 'gw\ufffd')
  t.equal(avps['Origin-Realm'], 'é')
})

t.test('RFC 6733 4.3.1: unknown values of an enumeration are kept', async t => {
  const { extra, faults } = decode(
    'DWR',
    rawMessage(280, 0x80, 0, ietf(264), ietf(296), ietf(416, word(99)), ietf(449, word(0xffffffff)))
  )
  t.same(faults, [])
  t.same(
    extra.map(({ value }) => value),
    [99, -1]
  )
})
