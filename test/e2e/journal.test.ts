/**
 * Redis goes away in the middle of sessions. What was used in the outage is charged exactly once when it is back: whether
 * the gateway repeats it, never repeats it, or the server was killed before. Emergencies and free services go on.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { MessageInput } from '../../src/diameter/dictionary/index.ts'
import type { Answer, DiameterClient } from '../support/diameter-client.ts'
import { createDatabase } from '../support/postgres.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { call, openAccount } from './api-client.ts'
import { connectPeer, dataRequest, granted, megabyte } from './charging.ts'
import { type GyroServer, portSettings, type Settings, serve } from './gyro-process.ts'

interface Site {
  readonly redis: RedisServer
  readonly settings: Settings
  server: GyroServer
  peer: DiameterClient
}

async function startSite(t: Test, more: Settings = {}): Promise<Site> {
  const redis = await startRedis('--appendfsync', 'always')
  const database = await createDatabase()
  const stores = { GYRO_STORE: redis.url, GYRO_CDR: database.url }
  const settings = { ...portSettings(), ...stores, ...more }
  const server = await serve(settings)
  const site = { redis, settings, server, peer: await connectPeer(server.diameterPort) }
  t.teardown(async () => {
    site.peer.end()
    await site.server.stop()
    await redis.stop()
    await database.drop()
  })
  return site
}

async function metric({ server }: Site, name: string): Promise<number> {
  const { body } = await call(server.api, 'GET', '/metrics')
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1] ?? Number.NaN)
}

/** Waits until the journal is empty. */
async function replayed(t: Test, site: Site): Promise<void> {
  const deadline = performance.now() + 15_000
  while (performance.now() < deadline) {
    if ((await metric(site, 'gyro_journal_records')) === 0) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  t.fail(`the journal was not replayed:\n${site.server.log()}`)
}

async function available({ server }: Site, account: string): Promise<string> {
  const { body } = await call(server.api, 'GET', `/v1/accounts/${account}`)
  const { wallet } = body
  return (Number(wallet.available) + Number(wallet.reserved)).toFixed(6)
}

type CdrView = Readonly<Record<string, unknown>>

async function cdrsOf({ server }: Site, account: string, count: number): Promise<CdrView[]> {
  const deadline = performance.now() + 5_000
  for (;;) {
    const { body } = await call(server.api, 'GET', `/v1/cdrs?account=${account}`)
    if (body.items.length >= count || performance.now() > deadline) return body.items
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

const types = { initial: 1, update: 2, termination: 3 } as const

/** A call to this number, with the seconds that it has lasted since the last request. */
function callRequest(
  sessionId: string,
  msisdn: string,
  type: keyof typeof types,
  number: number,
  seconds: number | null,
  called: string | null = '112'
): MessageInput<'CCR'> {
  const usage = seconds === null ? {} : { 'Used-Service-Unit': [{ 'CC-Time': seconds }] }
  const ask = type === 'termination' ? {} : { 'Requested-Service-Unit': {} }
  const service =
    called === null
      ? {}
      : {
          'Service-Information': { 'IMS-Information': { 'Called-Party-Address': `tel:${called}` } }
        }
  return {
    'Session-Id': sessionId,
    'Service-Context-Id': '32260@3gpp.org',
    'CC-Request-Type': types[type],
    'CC-Request-Number': number,
    'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }],
    'Multiple-Services-Credit-Control': [{ 'Rating-Group': 100, ...ask, ...usage }],
    ...service
  }
}

/** A request for rating group 10, which costs, and 20, which is free. */
function mixedRequest(request: MessageInput<'CCR'>): MessageInput<'CCR'> {
  const [first] = request['Multiple-Services-Credit-Control'] ?? []
  return {
    ...request,
    'Multiple-Services-Credit-Control': [{ ...first }, { ...first, 'Rating-Group': 20 }]
  }
}

function codes(answer: Answer): readonly (number | undefined)[] {
  const services = answer.avps['Multiple-Services-Credit-Control'] ?? []
  return [answer.resultCode, ...services.map(service => service['Result-Code'])]
}

function grantedSeconds(answer: Answer): number {
  const [service] = answer.avps['Multiple-Services-Credit-Control'] ?? []
  return Number(service?.['Granted-Service-Unit']?.['CC-Time'] ?? 0)
}

/** Emergencies and free services while the store is there. */
async function served(t: Test, { peer, server }: Site): Promise<void> {
  const stranger = '4915188888888'
  const usual = await peer.ccr(callRequest('u', stranger, 'initial', 0, null, '4930123456'))
  t.equal(usual.resultCode, 5030, 'any other call is not')
  const first = callRequest('known-store', stranger, 'initial', 0, null)
  const begun = await peer.ccr(first)
  t.equal(begun.resultCode, 2001)
  t.equal(grantedSeconds(begun), 60)
  t.equal(grantedSeconds(await peer.ccr(first)), 60, 'a repeat gets the same')
  t.equal((await peer.ccr(callRequest('known-store', stranger, 'update', 1, 60))).resultCode, 2001)
  const last = callRequest('known-store', stranger, 'termination', 2, 12, null)
  t.equal((await peer.ccr(last)).resultCode, 2001)
  t.equal((await peer.ccr(last)).resultCode, 2001)
  t.match((await call(server.api, 'GET', '/v1/cdrs?account=emergency')).body.items, [
    {
      sessionId: 'known-store',
      msisdn: stranger,
      amount: '0.000000',
      closingCause: 'normalRelease'
    }
  ])
  const { status } = await openAccount(server.api, 'emergency', '4915177777777', '1.00')
  t.equal(status, 409, 'nobody else has that account')

  await openAccount(server.api, 'blocked', '4915166666666', '1.00')
  await call(server.api, 'POST', '/v1/accounts/blocked/block', { reason: 'test' })
  const msisdn = '4915166666666'
  const paid = dataRequest('p', msisdn, 'initial', 0, null)
  t.equal((await peer.ccr(paid)).resultCode, 4010)
  t.equal((await peer.ccr(callRequest('b', msisdn, 'initial', 0, null))).resultCode, 2001)
  const [service] = paid['Multiple-Services-Credit-Control'] ?? []
  const free = { ...paid, 'Session-Id': 'q' }
  const zero = await peer.ccr({
    ...free,
    'Multiple-Services-Credit-Control': [{ ...service, 'Rating-Group': 20 }]
  })
  t.same(codes(zero), [2001, 2001])
}

t.test('usage of an outage is charged once, and what is free goes on', async t => {
  const site = await startSite(t)
  const { redis } = site
  await t.test('with the store there', t => served(t, site))
  const [repeats, silent, mixed, stranger] = [
    '4915100000001',
    '4915100000002',
    '4915100000003',
    '4915199999999'
  ]
  await openAccount(site.server.api, 'repeats', repeats, '20.00')
  await openAccount(site.server.api, 'silent', silent, '20.00')
  await openAccount(site.server.api, 'mixed', mixed, '20.00')
  const ccr = (message: MessageInput<'CCR'>) => site.peer.ccr(message)
  for (const [id, msisdn] of [
    ['r', repeats],
    ['s', silent],
    ['t', silent],
    ['m', mixed]
  ] as const) {
    t.equal((await ccr(dataRequest(id, msisdn, 'initial', 0, null))).resultCode, 2001)
  }

  await redis.kill()
  const from = performance.now()
  const outage = await Promise.all([
    ccr(dataRequest('r', repeats, 'update', 1, megabyte)),
    ccr(dataRequest('s', silent, 'update', 1, megabyte)),
    ccr(dataRequest('t', silent, 'termination', 1, 2 * megabyte)),
    ccr(dataRequest('u', silent, 'initial', 0, null)),
    ccr(callRequest('e', stranger, 'initial', 0, null)),
    ccr(mixedRequest(dataRequest('m', mixed, 'update', 1, megabyte)))
  ])
  const milliseconds = performance.now() - from
  t.ok(milliseconds < 5_000, `answered in ${milliseconds} ms`)
  t.same(
    outage.slice(0, 4).map(answer => answer.resultCode),
    [3004, 3004, 3004, 3004]
  )
  const [, , , , emergency, both] = outage as Answer[]
  t.equal(emergency?.resultCode, 2001, 'an emergency of nobody known is granted')
  t.ok(emergency && grantedSeconds(emergency) > 0)
  t.same(both && codes(both), [2001, 4010, 2001], 'the free service is not refused with the other')

  await t.test('now that the store is known to be away, free services do not wait', async t => {
    const from = performance.now()
    const update = await ccr(callRequest('e', stranger, 'update', 1, 60, null))
    t.equal(update.resultCode, 2001)
    t.ok(grantedSeconds(update) > 0, 'the session is remembered')
    const free = dataRequest('f', silent, 'initial', 0, null)
    const [service] = free['Multiple-Services-Credit-Control'] ?? []
    const zero = await ccr({
      ...free,
      'Multiple-Services-Credit-Control': [{ ...service, 'Rating-Group': 20 }]
    })
    t.equal(zero.resultCode, 2001)
    t.ok(granted(zero) > 0)
    t.ok(performance.now() - from < 2_000)
  })
  const again = await ccr(dataRequest('s', silent, 'update', 1, megabyte))
  t.equal(again.resultCode, 3004, 'a repeat in the outage')
  t.equal(await metric(site, 'gyro_journal_records'), 7, 'and it is journaled once')
  t.ok((await metric(site, 'gyro_journal_bytes')) > 0)

  await redis.start()
  const deadline = performance.now() + 10_000
  let repeat = await ccr(dataRequest('r', repeats, 'update', 1, megabyte))
  while (repeat.resultCode === 3004 && performance.now() < deadline) {
    repeat = await ccr(dataRequest('r', repeats, 'update', 1, megabyte))
  }
  t.equal(repeat.resultCode, 2001, 'a repeat after the outage is served')
  t.ok(granted(repeat) > 0)
  await replayed(t, site)
  t.equal(await available(site, 'repeats'), '19.990000', 'repeated and replayed, and charged once')
  t.equal(await available(site, 'silent'), '19.970000', 'never repeated, and charged once')
  t.equal(await available(site, 'mixed'), '19.990000')
  t.equal(await metric(site, 'gyro_journal_dead'), 0, site.server.log())
  t.equal(await metric(site, 'gyro_journal_lost'), 0)

  await t.test('the sessions go on', async t => {
    t.equal((await ccr(dataRequest('r', repeats, 'termination', 2, 0))).resultCode, 2001)
    t.equal((await ccr(dataRequest('s', silent, 'termination', 2, 0))).resultCode, 2001)
    const late = await ccr(dataRequest('t', silent, 'termination', 1, 2 * megabyte))
    t.equal(late.resultCode, 2001, 'the repeat of a termination that was replayed')
    t.equal((await ccr(callRequest('e', stranger, 'update', 2, 30, null))).resultCode, 2001)
    t.equal((await ccr(callRequest('e', stranger, 'termination', 3, 10, null))).resultCode, 2001)
    t.equal(await available(site, 'repeats'), '19.990000')
    t.equal(await available(site, 'silent'), '19.970000')
    t.match(await cdrsOf(site, 'silent', 2), [
      { sessionId: /[st]/, amount: /0\.0[12]0000/ },
      { sessionId: /[st]/, amount: /0\.0[12]0000/ }
    ])
    const [emergency] = await cdrsOf(site, 'emergency', 2)
    t.match(emergency, { sessionId: 'e', msisdn: stranger, amount: '0.000000' })
    t.match(emergency?.['flags'], ['emergency'])
    t.match(emergency?.['parts'], [{ units: 100, price: 'emergency' }])
  })

  await t.test('a server that was killed after its 3004 charges when it is back', async t => {
    t.equal((await ccr(dataRequest('k', repeats, 'initial', 0, null))).resultCode, 2001)
    // It hangs: whether the commit took effect is not known.
    await redis.kill('SIGSTOP')
    const refused = await ccr(dataRequest('k', repeats, 'update', 1, 3 * megabyte))
    t.equal(refused.resultCode, 3004)
    await site.server.stop('SIGKILL')
    site.peer.end()
    await redis.kill('SIGCONT')
    site.server = await serve(site.settings)
    site.peer = await connectPeer(site.server.diameterPort)
    await replayed(t, site)
    t.equal(await metric(site, 'gyro_journal_replayed'), 1)
    t.equal(await available(site, 'repeats'), '19.960000')
    const repeat = await ccr(dataRequest('k', repeats, 'update', 1, 3 * megabyte))
    t.equal(repeat.resultCode, 2001)
    t.equal(await available(site, 'repeats'), '19.960000', 'and not again')
    const journal = site.settings['GYRO_JOURNAL'] ?? ''
    t.same(readdirSync(journal), [], 'nothing is left of the journals')
  })

  await t.test('SIGTERM in an outage keeps what was used', async t => {
    t.equal((await ccr(dataRequest('x', mixed, 'initial', 0, null))).resultCode, 2001)
    await redis.kill()
    const late = ccr(dataRequest('x', mixed, 'update', 1, megabyte))
    const { status } = await site.server.stop()
    t.equal(status, 0, site.server.log())
    t.equal((await late).resultCode, 3004)
    await redis.start()
    site.server = await serve(site.settings)
    site.peer = await connectPeer(site.server.diameterPort)
    await replayed(t, site)
    t.equal(await available(site, 'mixed'), '19.980000')
  })
})

t.test('what a killed worker has journaled is replayed by those that live', async t => {
  const site = await startSite(t, { GYRO_WORKERS: '2' })
  const msisdn = '4915100000001'
  await openAccount(site.server.api, 'acme-1', msisdn, '20.00')
  const begun = await site.peer.ccr(dataRequest('w', msisdn, 'initial', 0, null))
  t.equal(begun.resultCode, 2001)
  await site.redis.kill()
  const refused = await site.peer.ccr(dataRequest('w', msisdn, 'update', 1, megabyte))
  t.equal(refused.resultCode, 3004)
  const folder = site.settings['GYRO_JOURNAL'] ?? ''
  const [own = ''] = readdirSync(folder)
  const { pid } = JSON.parse(readFileSync(join(folder, own, 'gyro.lock'), 'utf8'))
  t.not(pid, site.server.child.pid, 'a worker has it')
  process.kill(pid, 'SIGKILL')
  await site.redis.start()
  const deadline = performance.now() + 20_000
  while (readdirSync(folder).length > 0 && performance.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  t.equal(await available(site, 'acme-1'), '19.990000', site.server.log())
})
