/** A Gy session whose client names another account's subscriber in a later request. */
import t from 'tap'
import { newSessionId, startOcs } from '../support/ocs.ts'

const ocs = await startOcs(t)
const octets = (number: number) => ({
  'Rating-Group': 10,
  'Requested-Service-Unit': {},
  'Used-Service-Unit': [{ 'CC-Total-Octets': BigInt(number) }]
})

const ask = { 'Rating-Group': 10, 'Requested-Service-Unit': {} }

/** Sends requests of one session. */
function sessionOf(id: string, more: object = {}) {
  return (type: number, number: number, msisdn: string | null, service: object) =>
    ocs.peer.ccr({
      'Session-Id': id,
      'CC-Request-Type': type,
      'CC-Request-Number': number,
      'Subscription-Id':
        msisdn === null ? [] : [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }],
      'Multiple-Services-Credit-Control': [service],
      ...more
    })
}

t.test('RFC 6733 8.8: an open Session-Id names its account, whatever Subscription-Id', async t => {
  await ocs.open('a', '4915100000001', 20_000_000)
  await ocs.open('b', '4915100000002', 20_000_000)
  const send = sessionOf(newSessionId())
  t.equal((await send(1, 0, '4915100000001', ask)).resultCode, 2001)
  t.equal((await send(2, 1, '4915100000002', octets(1_000_000))).resultCode, 2001)
  t.equal((await send(2, 2, null, octets(2_000_000))).resultCode, 2001)
  t.equal((await send(2, 3, '4915100000099', octets(2_000_000))).resultCode, 2001)
  t.equal((await send(3, 4, '4915100000002', octets(1_000_000))).resultCode, 2001)
  t.same(await ocs.wallet('a'), { available: 20_000_000 - 60_000, reserved: 0 })
  t.same(await ocs.wallet('b'), { available: 20_000_000, reserved: 0 })
  t.equal((await send(2, 5, '4915100000002', octets(1_000_000))).resultCode, 5002, 'after its end')
  t.same(await ocs.wallet('b'), { available: 20_000_000 - 10_000, reserved: 0 })
})

t.test('RFC 6733 8.8: an open Session-Id begins no session of another account', async t => {
  await ocs.open('c', '4915100000003', 20_000_000)
  await ocs.open('d', '4915100000004', 20_000_000)
  const send = sessionOf(newSessionId())
  t.equal((await send(1, 0, '4915100000003', ask)).resultCode, 2001)
  t.equal((await send(1, 0, '4915100000004', ask)).resultCode, 5012)
  t.equal((await send(1, 0, '4915100000003', ask)).resultCode, 2001, 'a repeat')
  t.equal((await send(2, 1, null, octets(1_000_000))).resultCode, 2001)
  t.equal((await send(3, 2, null, octets(1_000_000))).resultCode, 2001)
  t.same(await ocs.wallet('c'), { available: 20_000_000 - 20_000, reserved: 0 })
  t.same(await ocs.wallet('d'), { available: 20_000_000, reserved: 0 })
  t.equal((await send(1, 0, '4915100000004', ask)).resultCode, 2001, 'after its end')
  t.equal((await send(3, 1, null, octets(1_000_000))).resultCode, 2001)
  t.same(await ocs.wallet('c'), { available: 20_000_000 - 20_000, reserved: 0 })
  t.same(await ocs.wallet('d'), { available: 20_000_000 - 10_000, reserved: 0 })
})

t.test('a bearer whose IMSI was not authenticated is an emergency’s', async t => {
  const information = { 'PS-Information': { 'IMSI-Unauthenticated-Flag': 1 } }
  const send = sessionOf(newSessionId(), { 'Service-Information': information })
  t.equal((await send(1, 0, '4915100000099', ask)).resultCode, 2001)
  t.equal((await send(3, 1, null, octets(1_000_000))).resultCode, 2001)
  await ocs.open('e', '4915100000005', 0)
  const known = sessionOf(newSessionId(), { 'Service-Information': information })
  const granted = await known(1, 0, '4915100000005', ask)
  t.match(granted.avps['Multiple-Services-Credit-Control'], [{ 'Result-Code': 2001 }])
  t.equal((await known(3, 1, null, octets(1_000_000))).resultCode, 2001)
  t.same(await ocs.wallet('e'), { available: 0, reserved: 0 })
})
