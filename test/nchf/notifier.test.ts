import t from 'tap'
import type { Notifier } from '../../src/charging/ports.ts'
import { createNchfNotifier } from '../../src/nchf/notifier.ts'
import { createOutgoing } from '../../src/nchf/outgoing.ts'
import { systemClock, systemRandom, systemScheduler } from '../../src/ops/clock.ts'
import { startChf } from '../support/chf.ts'
import { ask, base, pduSession, referenceIn, request } from '../support/nchf-client.ts'
import { type Scope, sessionOrder, startConsumer } from '../support/nchf-consumer.ts'

function notifier(t: Scope): Notifier {
  const outgoing = createOutgoing({ clock: systemClock, scheduler: systemScheduler })
  t.teardown(() => outgoing.close())
  return createNchfNotifier({
    outgoing,
    random: systemRandom,
    scheduler: systemScheduler,
    answerMs: 200,
    pauseMs: 5
  })
}

t.test('a consumer is notified at its notifyUri as it stands', async t => {
  const smf = await startConsumer(t, [204])
  const nchf = notifier(t)
  t.equal(await nchf.deliver(sessionOrder(smf.uri)), 'accepted')
  t.equal(await nchf.deliver(sessionOrder(smf.uri, { ratingGroup: 10 })), 'accepted')
  t.equal(
    await nchf.deliver(sessionOrder(smf.uri, { action: 'abort', cause: 'block' })),
    'accepted'
  )
  t.same(
    smf.notified.map(({ body }) => body),
    [
      { notificationType: 'REAUTHORIZATION' },
      { notificationType: 'REAUTHORIZATION', reauthorizationDetails: [{ ratingGroup: 10 }] },
      { notificationType: 'ABORT_CHARGING' }
    ]
  )
  t.match(smf.notified[0]?.headers, {
    ':method': 'POST',
    ':path': '/callback/1?x=y',
    'content-type': 'application/json',
    '3gpp-sbi-callback': 'Nchf_ConvergedCharging_Notify'
  })
})

t.test('3gpp-Sbi-Correlation-Info of the create is in notifications', async t => {
  const smf = await startConsumer(t, [204])
  const chf = await startChf(t)
  await chf.open('a1', '001', 20)
  const client = await chf.connect()
  const pdu = pduSession('262010000000001', { notifyUri: smf.uri })
  const info = { '3gpp-sbi-correlation-info': 'imsi-262010000000001; pei-imei-1' }
  const created = await client.post(base, request(pdu, 1, [ask()]), info)
  const update = `${base}/${referenceIn(created)}/update`
  const deliver = async () => {
    const [session] = await chf.sessions('a1')
    const { route } = session ?? { route: { protocol: 'nchf', notifyUri: '' } as const }
    await notifier(t).deliver({ ...sessionOrder(''), route })
    return smf.notified.at(-1)?.headers['3gpp-sbi-correlation-info']
  }
  t.equal(await deliver(), info['3gpp-sbi-correlation-info'])
  const other = { '3gpp-sbi-correlation-info': 'imsi-1' }
  await client.post(update, request(pdu, 2, [ask()], { notifyUri: `${smf.uri}&z` }), other)
  t.equal(await deliver(), info['3gpp-sbi-correlation-info'], 'also when the notifyUri changes')
  t.match(smf.notified.at(-1)?.headers[':path'], /&z$/)
  const bare = pduSession('262010000000001', { notifyUri: smf.uri })
  await client.post(update.replace('update', 'release'), request(pdu, 3, null))
  const long = { '3gpp-sbi-correlation-info': 'x'.repeat(1_025) }
  await client.post(base, request(bare, 1, [ask()]), long)
  t.equal(await deliver(), undefined)
})

t.test('notifications carry an access token, and a new one when it is not accepted', async t => {
  const smf = await startConsumer(t, [204], [401], [204], [401])
  const outgoing = createOutgoing({ clock: systemClock, scheduler: systemScheduler })
  t.teardown(() => outgoing.close())
  let issued = 1
  const tokens = {
    authorization: async () => `Bearer t${issued}`,
    forget: (authorization: string) => {
      if (authorization === `Bearer t${issued}`) issued++
    }
  }
  const nchf = createNchfNotifier({
    outgoing,
    random: systemRandom,
    scheduler: systemScheduler,
    tokens
  })
  t.equal(await nchf.deliver(sessionOrder(smf.uri)), 'accepted')
  t.equal(await nchf.deliver(sessionOrder(smf.uri)), 'accepted')
  t.equal(await nchf.deliver(sessionOrder(smf.uri)), 'refused')
  t.same(
    smf.notified.map(({ headers }) => headers.authorization),
    ['Bearer t1', 'Bearer t1', 'Bearer t2', 'Bearer t2', 'Bearer t3']
  )
})

t.test('a consumer that has moved is followed, but not for ever', async t => {
  const there = await startConsumer(t, [204])
  for (const status of [307, 308]) {
    const smf = await startConsumer(t, [status, { location: there.uri }])
    t.equal(await notifier(t).deliver(sessionOrder(smf.uri)), 'accepted')
  }
  t.equal(there.notified.length, 2)
  t.same(there.notified[0]?.body, { notificationType: 'REAUTHORIZATION' })
  const round = await startConsumer(t, [308, { location: '/round' }])
  t.not(await notifier(t).deliver(sessionOrder(round.uri)), 'accepted')
  t.ok(round.notified.length < 20)
})

t.test('a consumer that fails is asked again, one that refuses is not', async t => {
  const failing = await startConsumer(t, [503], [500], [204])
  t.equal(await notifier(t).deliver(sessionOrder(failing.uri)), 'accepted')
  t.equal(failing.notified.length, 3)
  const refusing = await startConsumer(t, [400, {}, '{"cause":"RE_AUTHORIZATION_FAILED"}'])
  t.equal(await notifier(t).deliver(sessionOrder(refusing.uri)), 'refused')
  t.equal(refusing.notified.length, 1)
  const telling = await startConsumer(t, [200, {}, '{"invocationResult":{"error":{"status":400}}}'])
  t.equal(await notifier(t).deliver(sessionOrder(telling.uri)), 'refused')
})

t.test('a session that the consumer does not know is asked for twice', async t => {
  const early = await startConsumer(t, [404], [204])
  t.equal(await notifier(t).deliver(sessionOrder(early.uri)), 'accepted')
  const gone = await startConsumer(t, [404])
  t.equal(await notifier(t).deliver(sessionOrder(gone.uri)), 'unknown-session')
  t.equal(gone.notified.length, 2)
})

t.test('a consumer that is silent, away or nowhere is given up', async t => {
  const silent = await startConsumer(t, null)
  t.equal(await notifier(t).deliver(sessionOrder(silent.uri)), 'timeout')
  t.equal(silent.notified.length, 3)
  for (const uri of ['http://127.0.0.1:1/x', '', 'not a uri', 'ftp://127.0.0.1/x']) {
    t.equal(await notifier(t).deliver(sessionOrder(uri)), 'unreachable', uri)
  }
  const gy = sessionOrder('', { route: { protocol: 'gy', peer: 'pgw' } })
  t.equal(await notifier(t).deliver(gy), 'unreachable')
})

t.test('a connection that was ended is opened again', async t => {
  const smf = await startConsumer(t, [204])
  const outgoing = createOutgoing({ clock: systemClock, scheduler: systemScheduler, idleMs: 20 })
  t.teardown(() => outgoing.close())
  const nchf = createNchfNotifier({ outgoing, random: systemRandom, scheduler: systemScheduler })
  t.equal(await nchf.deliver(sessionOrder(smf.uri)), 'accepted')
  await new Promise(resolve => setTimeout(resolve, 100))
  t.equal(await nchf.deliver(sessionOrder(smf.uri)), 'accepted')
})
