import t from 'tap'
import { encode, encodeAvp } from '../../../src/diameter/codec/encode.ts'
import type { MessageInput } from '../../../src/diameter/dictionary/index.ts'
import { avpOf } from '../../../src/diameter/peer/raw.ts'
import { limits } from '../../../src/domain/limits.ts'
import {
  type Answer,
  answerOf,
  type DiameterClient,
  plainCcr
} from '../../support/diameter-client.ts'
import { startListener } from '../../support/diameter-listener.ts'

const ids = { hopByHop: 90_001, endToEnd: 90_002 }

/** The answer to a CCR with such AVPs at its end, as they are. */
async function ask(
  client: DiameterClient,
  more: Buffer,
  change: MessageInput<'CCR'> = {}
): Promise<Answer> {
  return answerOf(
    'CCA',
    await client.exchange(encode('CCR', ids, { ...plainCcr, ...change }, more))
  )
}

const u32 = (value: number): Buffer => {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}
const mscc = (...inner: Buffer[]) => avpOf(456, Buffer.concat(inner))
const group = avpOf(432, u32(10))
const usu = (...inner: Buffer[]) => avpOf(446, Buffer.concat(inner))
/** The bytes with another length in the AVP header at `at`. */
function withLength(bytes: Buffer, at: number, length: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUIntBE(length, at + 5, 3)
  return copy
}

const unknown = avpOf(65_000, Buffer.from('????'))
const vendorUnknown = Buffer.from('0000fde8c0000010000028af3f3f3f3f', 'hex')
const twice = avpOf(461, Buffer.from('32251@3gpp.org'))

t.test('RFC 6733 7.5: Failed-AVP holds the offender as sent, within its groups', async t => {
  const { open } = await startListener(t)
  const client = await open()
  for (const [name, more, code, failed] of [
    ['5001: unknown with M bit', unknown, 5001, unknown],
    ['5001: unknown of a vendor with M bit', vendorUnknown, 5001, vendorUnknown],
    ['5001: unknown within a group', mscc(group, unknown), 5001, mscc(unknown)],
    ['5001: unknown within groups', mscc(usu(unknown), group), 5001, mscc(usu(unknown))],
    ['5009: one too many', twice, 5009, twice],
    ['5009: one too many in a group', mscc(group, group), 5009, mscc(group)]
  ] as const) {
    const answer = await ask(client, more)
    t.equal(answer.resultCode, code, name)
    t.notOk(answer.error, name)
    t.same(answer.avps['Failed-AVP'][0], failed, name)
  }
})

t.test('RFC 6733 7.1.5: a missing AVP (5005) is shown as an example of least length', async t => {
  const { open } = await startListener(t)
  const client = await open()
  const context = await ask(client, Buffer.alloc(0), { 'Service-Context-Id': undefined })
  t.equal(context.resultCode, 5005)
  t.same(context.avps['Failed-AVP'][0], avpOf(461, Buffer.alloc(0)))
  const type = await ask(client, avpOf(443, avpOf(444, Buffer.from('4915'))))
  t.equal(type.resultCode, 5005)
  t.same(type.avps['Failed-AVP'][0], avpOf(443, avpOf(450, Buffer.alloc(4))), 'within its group')
  const action = await ask(client, Buffer.alloc(0), { 'CC-Request-Type': 4 })
  t.equal(action.resultCode, 5005)
  t.same(action.avps['Failed-AVP'][0], avpOf(436, Buffer.alloc(4)))
})

t.test('RFC 6733 7.1.5: a broken length (5014) is shown as header and least value', async t => {
  const { open } = await startListener(t)
  const client = await open()
  const example = avpOf(432, Buffer.alloc(4))
  for (const [name, more, failed] of [
    ['length 0', withLength(group, 0, 0), example],
    ['length 7', withLength(group, 0, 7), example],
    ['beyond the message', withLength(group, 0, 4_000), example],
    ['beyond its group', mscc(withLength(group, 0, 16)), mscc(example)],
    ['a size that its type does not have', avpOf(432, Buffer.alloc(8)), avpOf(432, Buffer.alloc(8))]
  ] as const) {
    const answer = await ask(client, more)
    t.equal(answer.resultCode, 5014, name)
    t.same(answer.avps['Failed-AVP'][0], failed, name)
  }
})

t.test('RFC 6733 7.1.5: a bad value is 5004: type, address, Session-Id', async t => {
  const { open, requests } = await startListener(t)
  const client = await open()
  const type = await ask(client, Buffer.alloc(0), { 'CC-Request-Type': 5 })
  t.equal(type.resultCode, 5004)
  t.same(type.avps['Failed-AVP'][0], encodeAvp('CC-Request-Type', 5))
  const empty = await ask(client, Buffer.alloc(0), { 'Session-Id': '' })
  t.equal(empty.resultCode, 5004, 'RFC 6733 8.8: an empty Session-Id names nothing')
  t.same(empty.avps['Failed-AVP'][0], avpOf(263, Buffer.alloc(0)))
  const session = avpOf(263, Buffer.from([0x70, 0x67, 0x77, 0xff]))
  const latin = await ask(client, session, { 'Session-Id': undefined })
  t.equal(latin.resultCode, 5004, 'RFC 6733 4.3.1: not UTF-8, so no answer could repeat it')
  t.same(latin.avps['Failed-AVP'][0], session)
  t.strictSame(requests, [])
})

t.test('an answer is not much larger than its request, whatever was wrong with it', async t => {
  const { open } = await startListener(t)
  const client = await open()
  const longId = await ask(client, Buffer.alloc(0), { 'Session-Id': 'x'.repeat(40_000) })
  t.equal(longId.resultCode, 5004)
  t.equal(longId.avps['Session-Id']?.length, 40_000, 'the answer belongs to its session')
  t.same(longId.avps['Failed-AVP'][0], avpOf(263, Buffer.alloc(0)), 'header and least value')
  t.ok(longId.bytes.length < limits.diameterMessageOctets)
  const large = avpOf(65_000, Buffer.alloc(50_000, 1))
  const offender = await ask(client, large)
  t.equal(offender.resultCode, 5001)
  t.ok(offender.bytes.length < 1_000, `${offender.bytes.length} octets`)
  const small = avpOf(65_000, Buffer.alloc(900, 1))
  t.same((await ask(client, small)).avps['Failed-AVP'][0], small)
})

t.test('RFC 6733 7.1.5: groups that are nested too deep are 5012, said in few words', async t => {
  const { open } = await startListener(t)
  const client = await open()
  // Proxy-Info and Failed-AVP are not looked into, so the depth is that of groups that are.
  let deep = avpOf(443, Buffer.alloc(0))
  for (let i = 0; i < limits.diameterDepth + 3; i++) deep = avpOf(443, deep)
  const answer = await ask(client, deep)
  t.equal(answer.resultCode, 5012)
  t.match(answer.avps['Error-Message'], /nested deeper than 12 in Subscription-Id\.\.\.\./)
  t.ok((answer.avps['Error-Message'] ?? '').length < 120)
  t.equal((await client.ccr()).resultCode, 2001)
})

t.test('RFC 6733 7.1.5: too many AVPs are 5012, too many MSCCs 5009', async t => {
  const { open } = await startListener(t)
  const client = await open()
  const optional = avpOf(65_000, Buffer.alloc(0)).fill(0, 4, 5)
  const avps = await ask(client, Buffer.concat(Array.from({ length: 1_100 }, () => optional)))
  t.equal(avps.resultCode, 5012)
  const services = Array.from({ length: limits.usagesPerRequest + 1 }, (_, i) =>
    mscc(avpOf(432, u32(i)))
  )
  const many = await ask(client, Buffer.concat(services))
  t.equal(many.resultCode, 5009)
  t.same(many.avps['Failed-AVP'][0], services.at(-1), 'the first beyond the limit')
  const most = await ask(client, Buffer.concat(services.slice(1)))
  t.equal(most.resultCode, 2001)
})

t.test('a request that takes too much memory is 5012; a longer limit takes it', async t => {
  const services = Array.from({ length: 128 }, (_, group) => ({
    'Rating-Group': group,
    'Requested-Service-Unit': {},
    'Used-Service-Unit': [0, 1, 2].map(side => ({
      'Tariff-Change-Usage': side,
      'CC-Input-Octets': 5_000_000_000n,
      'CC-Output-Octets': 6_000_000_000n,
      'CC-Total-Octets': 11_000_000_000n
    }))
  }))
  const long = { 'Multiple-Services-Credit-Control': services }
  const shipped = await (await startListener(t)).open()
  t.equal((await shipped.ccr(long)).resultCode, 5012)
  t.equal((await shipped.ccr()).resultCode, 2001, 'and the connection goes on')
  const limits = { diameterMessageOctets: 262_144 }
  const longer = await (await startListener(t, { limits })).open()
  const { resultCode, avps } = await longer.ccr(long)
  t.equal(resultCode, 2001)
  t.equal(avps['Multiple-Services-Credit-Control'].length, 128)
})
