/** Registration at an NRF and tokens of it: TS 29.510 5.2.2.2 to 5.2.2.4, 5.4.2.2. */
import t from 'tap'
import { nfProfile } from '../../src/nchf/nrf-profile.ts'
import { createOutgoing } from '../../src/nchf/outgoing.ts'
import { createRegistration, type RegistrationOptions } from '../../src/nchf/registration.ts'
import { createTokens } from '../../src/nchf/tokens.ts'
import { systemClock, systemRandom, systemScheduler } from '../../src/ops/clock.ts'
import { plainProfile, type Scope, startNrf, type TestNrf } from '../support/nrf.ts'
import { keepLog } from '../support/open-test-store.ts'

const instanceId = '6f1c2a52-59c9-4a5e-9d2f-0d6b6b0c7a11'
const plain = plainProfile(instanceId)

/** A registration whose second lasts ten milliseconds. */
function register(t: Scope, nrfUri: string, more: Partial<RegistrationOptions> = {}) {
  const outgoing = createOutgoing({ clock: systemClock, scheduler: systemScheduler })
  const requests: string[] = []
  const registration = createRegistration({
    outgoing,
    scheduler: { ...systemScheduler, later: (ms, run) => systemScheduler.later(ms / 100, run) },
    random: systemRandom,
    logger: keepLog(),
    nrfUri,
    profile: nfProfile(plain),
    onRequest: (operation, result) => requests.push(`${operation} ${result}`),
    ...more,
    // Answers are not waited for by that scheduler.
    answerMs: 500
  })
  t.teardown(async () => {
    await registration.stop()
    outgoing.close()
  })
  registration.start()
  return { registration, requests }
}

const profileAt = (nrf: TestNrf) => nrf.instances.get(instanceId)

t.test('a CHF is registered, lives, and is gone at the end', async t => {
  const nrf = await startNrf(t)
  const { registration } = register(t, nrf.uri)
  await nrf.until('PATCH 204', 3)
  t.ok(registration.registered())
  t.strictSame(profileAt(nrf), {
    nfInstanceId: instanceId,
    nfType: 'CHF',
    nfStatus: 'REGISTERED',
    heartBeatTimer: 30,
    ipv4Addresses: ['192.0.2.10'],
    chfInfo: {},
    nfServices: [
      {
        serviceInstanceId: 'nchf-convergedcharging',
        serviceName: 'nchf-convergedcharging',
        versions: [
          { apiVersionInUri: 'v2', apiFullVersion: '2.1.0' },
          { apiVersionInUri: 'v3', apiFullVersion: '3.1.6' }
        ],
        scheme: 'http',
        nfServiceStatus: 'REGISTERED',
        ipEndPoints: [{ ipv4Address: '192.0.2.10', transport: 'TCP', port: 8085 }]
      }
    ]
  })
  await registration.stop()
  t.notOk(registration.registered())
  t.equal(nrf.instances.size, 0)
  t.equal(nrf.answered.at(-1), 'DELETE 204')
  t.equal(nrf.answered.filter(entry => entry.startsWith('PUT')).length, 1)
  const before = nrf.answered.length
  await new Promise(resolve => setTimeout(resolve, 50))
  t.equal(nrf.answered.length, before, 'and says nothing more')
})

t.test('the profile says what is configured', async t => {
  const nrf = await startNrf(t)
  const profile = nfProfile({
    ...plain,
    apiRoot: 'https://chf.example.net/gyro',
    plmns: [{ mcc: '262', mnc: '01' }],
    supiRanges: [{ start: '262010000000000', end: '262019999999999' }],
    gpsiRanges: [{ start: '4915100000000', end: '4915199999999' }],
    priority: 0,
    capacity: 65_535,
    oauth2Required: true
  })
  register(t, nrf.uri, { profile })
  await nrf.until('PUT 201')
  t.match(profileAt(nrf), {
    fqdn: 'chf.example.net',
    plmnList: [{ mcc: '262', mnc: '01' }],
    priority: 0,
    capacity: 65_535,
    chfInfo: {
      supiRangeList: [{ start: '262010000000000', end: '262019999999999' }],
      gpsiRangeList: [{ start: '4915100000000', end: '4915199999999' }]
    },
    nfServices: [
      {
        scheme: 'https',
        fqdn: 'chf.example.net',
        ipEndPoints: [{ transport: 'TCP', port: 443 }],
        apiPrefix: '/gyro',
        oauth2Required: true
      }
    ]
  })
  const six = await startNrf(t)
  const setId = 'set1.chfset.5gc.mnc001.mcc262'
  const apiRoot = 'http://[2001:db8::1]:80'
  register(t, six.uri, { profile: nfProfile({ ...plain, apiRoot, setId }) })
  await six.until('PUT 201')
  t.same(profileAt(six)['nfSetIdList'], [setId])
  t.notOk('nfSetIdList' in profileAt(nrf))
  const end = { ipv6Address: '2001:db8::1', transport: 'TCP', port: 80 }
  t.match(profileAt(six), { ipv6Addresses: ['2001:db8::1'], nfServices: [{ ipEndPoints: [end] }] })
})

t.test('the SMF of free5GC finds the whole root in apiPrefix, when that is set', async t => {
  const free5gc = await startNrf(t, { anyPrefix: true })
  const roots = ['http://192.0.2.10:8085', 'https://chf.example.net/gyro']
  for (const apiRoot of roots) {
    const profile = nfProfile({ ...plain, apiRoot, apiPrefix: 'root' })
    const { registration } = register(t, free5gc.uri, { profile })
    await free5gc.until('PUT 201', roots.indexOf(apiRoot) + 1)
    t.match(profileAt(free5gc), { nfServices: [{ apiPrefix: apiRoot }] })
    await registration.stop()
  }
  const strict = await startNrf(t)
  register(t, strict.uri, { profile: nfProfile({ ...plain, apiPrefix: 'root' }) })
  await strict.until('PUT 400')
  t.equal(strict.instances.size, 0, 'which TS 29.510 does not allow')
})

t.test('an NRF that has forgotten us hears all of it again', async t => {
  const nrf = await startNrf(t)
  const { registration } = register(t, nrf.uri)
  await nrf.until('PATCH 204')
  nrf.instances.clear()
  await nrf.until('PUT 201', 2)
  t.ok(nrf.answered.includes('PATCH 404'))
  await nrf.until('PATCH 204', 3)
  t.ok(registration.registered())
})

t.test('an NRF that fails is asked again, at the start and later', async t => {
  const nrf = await startNrf(t)
  nrf.faults.push({ status: 503 }, { status: 403 }, { status: 500 })
  const { registration } = register(t, nrf.uri)
  await nrf.until('PUT 201')
  t.same(nrf.answered, ['PUT 503', 'PUT 403', 'PUT 500', 'PUT 201'])
  nrf.faults.push({ status: 503 }, { status: 429 })
  await nrf.until('PATCH 204', 2)
  t.ok(registration.registered())
  t.equal(nrf.answered.filter(entry => entry === 'PUT 201').length, 1)
})

t.test('an NRF that comes up later, and comes back without memory', async t => {
  const first = await startNrf(t)
  const port = Number(new URL(first.uri).port)
  await first.stop()
  const { registration, requests } = register(t, first.uri)
  while (requests.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
  t.same(new Set(requests), new Set(['register unreachable']))
  const second = await startNrf(t, { port })
  await second.until('PATCH 204')
  await second.stop()
  while (registration.registered()) await new Promise(resolve => setTimeout(resolve, 5))
  const third = await startNrf(t, { port })
  await third.until('PATCH 204')
  t.ok(registration.registered())
})

t.test('the end does not wait for an NRF that is away or silent', async t => {
  const silent = await startNrf(t)
  silent.faults.push(null)
  const { registration } = register(t, silent.uri)
  await silent.until('PUT silence')
  await registration.stop()
  t.same(silent.answered, ['PUT silence', 'DELETE 404'], 'it might have taken the registration')
  const away = register(t, 'http://127.0.0.1:1')
  await away.registration.stop()
  t.notOk(away.requests.includes('deregister unreachable'), 'nobody knew us there')
})

t.test('an NRF that points to another one', async t => {
  const there = await startNrf(t)
  const here = await startNrf(t)
  const location = `${there.uri}/nnrf-nfm/v1/nf-instances/${instanceId}`
  here.faults.push({ status: 307, headers: { location } })
  const { registration } = register(t, here.uri)
  await there.until('PATCH 204')
  await registration.stop()
  t.equal(there.instances.size, 0)
  t.same(here.answered, ['PUT 307'])
})

t.test('tokens are asked for once, and again before they are over', async t => {
  const nrf = await startNrf(t, { expiresIn: 60 })
  let now = 0
  const outgoing = createOutgoing({ clock: systemClock, scheduler: systemScheduler })
  t.teardown(() => outgoing.close())
  const tokens = createTokens({
    outgoing,
    clock: { now: systemClock.now, monotonic: () => now },
    logger: keepLog(),
    nrfUri: nrf.uri,
    instanceId,
    scope: 'nsmf-callback'
  })
  const [one, same] = await Promise.all([tokens.authorization(), tokens.authorization()])
  t.match(one, /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/)
  t.equal(same, one)
  const payload = JSON.parse(Buffer.from(one?.split('.')[1] ?? '', 'base64url').toString())
  t.match(payload, { sub: instanceId, aud: 'SMF', scope: 'nsmf-callback' })
  now = 54_000
  t.equal(await tokens.authorization(), one)
  t.same(nrf.answered, ['POST 200'])
  now = 55_001
  const two = await tokens.authorization()
  t.not(two, one)
  tokens.forget(one ?? '')
  t.equal(await tokens.authorization(), two, 'an old one is forgotten already')
  tokens.forget(two ?? '')
  nrf.faults.push({ status: 400, body: { error: 'invalid_client' } })
  t.equal(await tokens.authorization(), null)
  t.equal(await tokens.authorization(), null)
  t.equal(nrf.answered.length, 3, 'an NRF that gives none is left alone for a while')
  now += 5_001
  t.match(await tokens.authorization(), /^Bearer /)
})
