/** A Gy session whose client names another account's subscriber in a later request. */
import t from 'tap'
import { newSessionId, startOcs } from '../support/ocs.ts'

const ocs = await startOcs(t)
const octets = (number: number) => ({
  'Rating-Group': 10,
  'Requested-Service-Unit': {},
  'Used-Service-Unit': [{ 'CC-Total-Octets': BigInt(number) }]
})

t.test('RFC 6733 8.8: an open Session-Id names its account, whatever Subscription-Id', async t => {
  await ocs.open('a', '4915100000001', 20_000_000)
  await ocs.open('b', '4915100000002', 20_000_000)
  const id = newSessionId()
  const send = (type: number, number: number, msisdn: string | null, service: object) =>
    ocs.peer.ccr({
      'Session-Id': id,
      'CC-Request-Type': type,
      'CC-Request-Number': number,
      'Subscription-Id':
        msisdn === null ? [] : [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }],
      'Multiple-Services-Credit-Control': [service]
    })
  const ask = { 'Rating-Group': 10, 'Requested-Service-Unit': {} }
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
