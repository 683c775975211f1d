/** 3gpp-Sbi-Binding and 3gpp-Sbi-Routing-Binding over real sockets. */
import t from 'tap'
import { createNchfNotifier } from '../../src/nchf/notifier.ts'
import { createOutgoing } from '../../src/nchf/outgoing.ts'
import { bindingOf, routingBindingIn } from '../../src/nchf/sbi.ts'
import { systemClock, systemRandom, systemScheduler } from '../../src/ops/clock.ts'
import { startChf } from '../support/chf.ts'
import { ask, base, pduSession, referenceIn, request } from '../support/nchf-client.ts'
import { startConsumer } from '../support/nchf-consumer.ts'

const set = 'set1.smfset.5gc.mnc012.mcc345'
const instance = '54804518-4191-46b3-955c-ac631f953ed8'

t.test('TS 29.500 5.2.3.2.5, 6.12: a binding of the consumer is in notifications', async t => {
  const smf = await startConsumer(t, [204])
  const chf = await startChf(t)
  await chf.open('a1', '001', 20)
  const client = await chf.connect()
  const outgoing = createOutgoing({ clock: systemClock, scheduler: systemScheduler })
  t.teardown(() => outgoing.close())
  const notifier = createNchfNotifier({
    outgoing,
    random: systemRandom,
    scheduler: systemScheduler
  })
  const pdu = pduSession('262010000000001', { notifyUri: smf.uri })
  const routing = async () => {
    const [session] = await chf.sessions('a1')
    if (!session) throw new Error('there is no session')
    const { id: sessionId, origin, route } = session
    const order = { action: 'reauthorize', cause: 'top-up', ratingGroup: null } as const
    await notifier.deliver({ ...order, accountId: 'a1', sessionId, origin, route, lastAt: 0 })
    const headers = smf.notified.at(-1)?.headers ?? {}
    return [headers['3gpp-sbi-routing-binding'], headers['3gpp-sbi-correlation-info']]
  }
  const created = await client.post(base, request(pdu, 1, [ask()]), {
    '3gpp-sbi-binding': `bl=nf-set; nfset=${set}; scope=other-service,bl=nf-set;nfset=${set}`,
    '3gpp-sbi-correlation-info': 'imsi-262010000000001'
  })
  t.equal(created.status, 201)
  const correlation = 'imsi-262010000000001'
  t.same(await routing(), [`bl=nf-set; nfset=${set}`, correlation])
  const update = `${base}/${referenceIn(created)}/update`
  await client.post(update, request(pdu, 2, [ask()]))
  t.same(await routing(), [`bl=nf-set; nfset=${set}`, correlation], 'an update without one')
  const { notifyUri: _, ...without } = request(pdu, 3, [ask()])
  const binding = `bl=nf-instance; nfinst=${instance}; nfset=${set}`
  await client.post(update, without, { '3gpp-sbi-binding': binding })
  t.same(await routing(), [binding, correlation], 'an update with another one and no notifyUri')
  t.equal(smf.notified.at(-1)?.headers[':path'], '/callback/1?x=y')
  await client.post(update, request(pdu, 4, [ask()]), { '3gpp-sbi-binding': 'bl=nf-set' })
  t.same(await routing(), [binding, correlation], 'one that names no set is passed over')
  await client.post(update, request(pdu, 5, [ask()], { notifyUri: `${smf.uri}&moved` }))
  t.same(await routing(), [undefined, correlation], 'another notifyUri comes without a binding')
  t.match(smf.notified.at(-1)?.headers[':path'], /&moved$/)
})

t.test('TS 29.500 5.2.3.2.6: which binding indication is for callbacks', async t => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    [`bl=nf-set;nfset=${set}`, `bl=nf-set; nfset=${set}`],
    [`BL=NF-SET; NfSet=${set}`, `bl=nf-set; nfset=${set}`],
    [`bl=nf-set; nfset=${set}; scope=callback`, `bl=nf-set; nfset=${set}`],
    [`bl=nf-set; nfset=${set}; scope=other-service`, undefined],
    [`bl=nf-set; nfset=${set}; scope=subscription-events`, undefined],
    [`bl=nf-set; nfset=${set}; scope=other-service; scope=callback`, `bl=nf-set; nfset=${set}`],
    [
      `bl=nf-instance; nfinst=${instance}; nfset=${set}; servname=nsmf-callback; ` +
        'recoverytime="Tue, 04 Feb 2020 08:49:37 GMT"',
      `bl=nf-instance; nfinst=${instance}; nfset=${set}; servname=nsmf-callback`
    ],
    [
      'bl=nfservice-instance; nfservinst=s1; nfinst=i1; nr=http://smf.example/x; group=true',
      'bl=nfservice-instance; nfservinst=s1; nfinst=i1'
    ],
    ['bl=nfservice-set; nfserviceset=s1.sn; later=1', 'bl=nfservice-set; nfserviceset=s1.sn'],
    ['bl=nf-set; nfinst=i1', undefined],
    ['bl=planet; nfset=s1', undefined],
    ['bl=nf-set; nfset=a; nfset=b', undefined],
    ['bl=nf-set; nfset=a b', undefined],
    ['bl=nf-set; nfset="a"', undefined],
    ['nfset=a', undefined],
    ['', undefined],
    [';;,=,;bl', undefined],
    ['bl=x, bl=nf-set; nfset=a, bl=nf-set; nfset=b', 'bl=nf-set; nfset=a'],
    [`bl=nf-set; nfset=${'a'.repeat(1_024)}`, undefined]
  ]
  for (const [header, routing] of cases) t.equal(routingBindingIn(header), routing, header)
  t.equal(routingBindingIn(undefined), undefined)
})

t.test(
  'TS 29.500 6.12.2: a session is bound to the set of servers, where there is one',
  async t => {
    const setId = 'set1.chfset.5gc.mnc001.mcc262'
    const chf = await startChf(t, { binding: bindingOf(setId) })
    await chf.open('a1', '001', 20)
    const client = await chf.connect()
    const pdu = pduSession('262010000000001')
    const created = await client.post(base, request(pdu, 1, [ask()]))
    t.equal(created.status, 201)
    t.equal(created.headers['3gpp-sbi-binding'], `bl=nf-set; nfset=${setId}`)
    const update = `${base}/${referenceIn(created)}/update`
    const updated = await client.post(update, request(pdu, 2, [ask()]))
    t.equal(updated.status, 200)
    t.notOk('3gpp-sbi-binding' in updated.headers)
    const single = await startChf(t, { binding: bindingOf(null) })
    await single.open('a1', '001', 20)
    const other = await (await single.connect()).post(base, request(pdu, 1, [ask()]))
    t.equal(other.status, 201)
    t.notOk('3gpp-sbi-binding' in other.headers)
  }
)
