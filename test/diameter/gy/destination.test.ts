import t from 'tap'
import { decode } from '../../../src/diameter/codec/decode.ts'
import { encode, encodeAvp } from '../../../src/diameter/codec/encode.ts'
import { flags } from '../../../src/diameter/codec/header.ts'
import type { MessageInput } from '../../../src/diameter/dictionary/index.ts'
import { avpOf } from '../../../src/diameter/peer/raw.ts'
import { answerOf, plainCcr } from '../../support/diameter-client.ts'
import { startListener } from '../../support/diameter-listener.ts'

const ids = { hopByHop: 90_001, endToEnd: 90_002 }

/** A CCR with such AVPs at its end, as they are. */
const rawCcr = (more: Buffer, change: MessageInput<'CCR'> = {}): Buffer =>
  encode('CCR', ids, { ...plainCcr, ...change }, more)

t.test(
  'RFC 6733 6.1.4: requests for us, for our realm, and for anybody of our realm are served',
  async t => {
    const { open } = await startListener(t)
    const client = await open()
    for (const destination of [
      {},
      { 'Destination-Host': 'ocs.gyro.test' },
      { 'Destination-Host': 'OCS.Gyro.Test', 'Destination-Realm': 'GYRO.TEST' },
      { 'Destination-Host': 'ocs2.gyro.test' },
      { 'Destination-Realm': 'epc.mnc001.mcc001.3gppnetwork.org' }
    ]) {
      t.equal((await client.ccr(destination)).resultCode, 2001, JSON.stringify(destination))
    }
  }
)

t.test(
  'RFC 6733 6.5, 6.6: a request for another host is 3002, for another realm 3003 where configured',
  async t => {
    const destinations = { hosts: ['ocs*.twin.test'], realms: ['*.3gppnetwork.org'] }
    const { open, requests } = await startListener(t, { destinations })
    const client = await open()
    const ours = { 'Destination-Realm': 'gyro.test' }
    const alias = { 'Destination-Realm': 'epc.mnc001.mcc001.3gppnetwork.org' }
    for (const [destination, code] of [
      [ours, 2001],
      [alias, 2001],
      [{ ...ours, 'Destination-Host': 'ocs.gyro.test' }, 2001],
      [{ ...alias, 'Destination-Host': 'ocs7.twin.test' }, 2001],
      [{ ...ours, 'Destination-Host': 'ocs2.gyro.test' }, 3002],
      [{ ...ours, 'Destination-Host': 'pgw.example.org' }, 3002],
      [{ 'Destination-Realm': 'elsewhere.example' }, 3003],
      [{ 'Destination-Realm': 'elsewhere.example', 'Destination-Host': 'pgw.example.org' }, 3003],
      [{ 'Destination-Realm': 'elsewhere.example', 'Destination-Host': 'OCS.gyro.test' }, 2001],
      [ours, 2001]
    ] as const) {
      const answer = await client.ccr(destination)
      t.equal(answer.resultCode, code, JSON.stringify(destination))
      t.equal(answer.error, code !== 2001)
    }
    t.equal(requests.length, 6, 'what is refused is not charged')
  }
)

t.test('RFC 6733 6.5: by default a host outside of our realm is 3002', async t => {
  const { open } = await startListener(t)
  const answer = await (await open()).ccr({ 'Destination-Host': 'ocs.elsewhere.example' })
  t.equal(answer.resultCode, 3002)
  t.ok(answer.error)
})

t.test(
  'RFC 6733 6.1.3: a request with our identity in a Route-Record is a loop (3005)',
  async t => {
    const { open, requests } = await startListener(t)
    const client = await open()
    const looped = await client.ccr({ 'Route-Record': ['pgw.example.org', 'OCS.gyro.test'] })
    t.equal(looped.resultCode, 3005)
    t.ok(looped.error)
    t.equal((await client.ccr({ 'Route-Record': ['pgw.example.org'] })).resultCode, 2001)
    t.equal(requests.length, 1)
  }
)

t.test('RFC 6733 6.2: Proxy-Info comes back as sent and in order', async t => {
  const { open } = await startListener(t)
  const client = await open()
  const proxy = (state: string) =>
    avpOf(
      284,
      Buffer.concat([encodeAvp('Proxy-Host', 'dra'), encodeAvp('Proxy-State', Buffer.from(state))])
    )
  const infos = [proxy('first'), proxy('second, longer'), proxy('')]
  const good = answerOf('CCA', await client.exchange(rawCcr(Buffer.concat(infos))))
  t.equal(good.resultCode, 2001)
  t.ok(good.bytes.includes(Buffer.concat(infos)))
  const bad = rawCcr(Buffer.concat(infos), { 'CC-Request-Type': 9 })
  const refused = answerOf('CCA', await client.exchange(bad))
  t.equal(refused.resultCode, 5004)
  t.ok(refused.bytes.includes(Buffer.concat(infos)))
  const lost = rawCcr(Buffer.concat(infos), { 'Destination-Host': 'elsewhere' })
  const error = answerOf('CCA', await client.exchange(lost))
  t.equal(error.resultCode, 3002)
  t.ok(error.bytes.includes(Buffer.concat(infos)))
})

t.test('RFC 8506 3.2: Route-Record comes back in order', async t => {
  const { open } = await startListener(t)
  const routes = ['pgw.example.org', 'dra1.example.org', 'dra2.example.org']
  const answer = await (await open()).ccr({ 'Route-Record': routes })
  t.strictSame(answer.avps['Route-Record'], routes)
  t.strictSame(answer.faults, [])
})

t.test('RFC 6733 3: the T flag is taken as sent, and is not in the answer', async t => {
  const { open } = await startListener(t)
  const client = await open()
  const again = client.encodeCcr()
  again.writeUInt8((again[4] as number) | flags.retransmitted, 4)
  const answer = answerOf('CCA', await client.exchange(again))
  t.equal(answer.resultCode, 2001)
  t.equal(answer.header.flags, flags.proxiable)
})

t.test('RFC 6733 7.1.3: STR is no command of credit control (3001)', async t => {
  const { open } = await startListener(t)
  const client = await open()
  const str = client.encodeCcr()
  str.writeUIntBE(275, 5, 3)
  const answer = answerOf('CCA', await client.exchange(str))
  t.equal(answer.resultCode, 3001)
  t.ok(answer.error)
})

t.test('RFC 6733 7.1.3: too busy is 3004, with the E bit, and the connection goes on', async t => {
  const { open } = await startListener(t, {
    charge: (_, reply) =>
      reply({ kind: 'charging', outcome: 'too-busy', units: [], repeated: false })
  })
  const client = await open()
  for (const number of [0, 1]) {
    const answer = await client.ccr({ 'CC-Request-Number': number })
    t.equal(answer.resultCode, 3004)
    t.ok(answer.error)
    t.equal(answer.avps['Session-Id'], plainCcr['Session-Id'])
  }
})

t.test('RFC 6733 7.1.5: 4xxx and 5xxx of a whole request have no E bit', async t => {
  let outcome: 'service-denied' | 'credit-limit-reached' | 'user-unknown' | 'unknown-session' =
    'service-denied'
  const { open } = await startListener(t, {
    charge: (_, reply) => reply({ kind: 'charging', outcome, units: [], repeated: false })
  })
  const client = await open()
  for (const [next, code] of [
    ['service-denied', 4010],
    ['credit-limit-reached', 4012],
    ['user-unknown', 5030],
    ['unknown-session', 5002]
  ] as const) {
    outcome = next
    const answer = await client.ccr()
    t.equal(answer.resultCode, code)
    t.notOk(answer.error)
    t.strictSame(decode('CCA', answer.bytes).faults, [], 'the grammar of its command')
  }
})
