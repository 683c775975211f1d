/** Refunds over a socket: bounded by what their debit took, and never given twice. */
import t from 'tap'
import { ccMoney, event, messages, newSessionId, services, startOcs } from '../support/ocs.ts'
import { emptyRedis } from '../support/redis.ts'

const ocs = await startOcs(t)
const { peer } = ocs
let lines = 0

async function account(topUp: number, offers?: string[]): Promise<[string, string]> {
  lines += 1
  const msisdn = String(4915200000000 + lines)
  await ocs.open(`r${lines}`, msisdn, topUp, offers)
  return [`r${lines}`, msisdn]
}

const mscc = (...list: object[]) => ({ 'Multiple-Services-Credit-Control': list })
const available = async (id: string) => (await ocs.wallet(id)).available

/** Debits and returns the Refund-Information of the first service. */
async function debit(msisdn: string, ...list: object[]): Promise<Buffer> {
  const answer = await peer.ccr(event(msisdn, 'debit', mscc(...list)))
  t.equal(answer.resultCode, 2001)
  const token = answer.avps['Multiple-Services-Credit-Control'][0]?.['Refund-Information']
  if (!token) throw new Error('there is no Refund-Information')
  return token
}

t.test('TS 32.299 7.2.171: Refund-Information of a debit gives it back, once', async t => {
  const [id, msisdn] = await account(1_000_000)
  const token = await debit(msisdn, messages(3))
  t.equal(await available(id), 790_000)
  const ask = mscc({ 'Rating-Group': 200, 'Refund-Information': token })
  const request = event(msisdn, 'refund', ask)
  const answer = await peer.ccr(request)
  t.same(services(answer), [[2001, 3, null]])
  t.equal(await available(id), 1_000_000)
  t.same((await peer.ccr(request)).avps, answer.avps, 'a repeat is answered alike')
  const second = await peer.ccr(event(msisdn, 'refund', ask))
  t.same(services(second), [[5012, null, null]], 'nothing is left')
  t.equal(await available(id), 1_000_000)
  const [first, back, ...more] = await ocs.cdrs(id)
  t.match(first, { amount: 210_000, messages: 3 })
  t.match(back, { amount: -210_000, messages: -3, number: 1, flags: ['event', 'refund'] })
  t.same(more, [])
})

t.test('RFC 8506 6.4: a refund under the session id of its debit is bounded by it', async t => {
  const [id, msisdn] = await account(1_000_000)
  const session = { 'Session-Id': newSessionId() }
  await peer.ccr(event(msisdn, 'debit', { ...session, ...mscc(messages(3)) }))
  const back = async (number: number, units: number) => {
    const request = { ...session, 'CC-Request-Number': number, ...mscc(messages(units)) }
    return services(await peer.ccr(event(msisdn, 'refund', request)))
  }
  t.same(await back(0, 1), [[2001, 1, null]], 'the number of the debit is no repeat')
  t.equal(await available(id), 860_000)
  t.same(await back(0, 1), [[2001, 1, null]])
  t.equal(await available(id), 860_000, 'but this one is')
  t.same(await back(1, 5), [[2001, 2, null]], 'no more than was debited')
  t.same(await back(2, 1), [[5012, null, null]])
  t.equal(await available(id), 1_000_000)
  const cdrs = await ocs.cdrs(id)
  t.same(
    cdrs.map(cdr => [cdr.number, cdr.amount]),
    [
      [1, 210_000],
      [2, -70_000],
      [3, -140_000]
    ]
  )
})

t.test('RFC 8506 8.1: CC-Correlation-Id leads a refund to its debit', async t => {
  const [id, msisdn] = await account(1_000_000)
  const correlation = { 'CC-Correlation-Id': Buffer.from('game-7') }
  await peer.ccr(event(msisdn, 'debit', { ...correlation, ...mscc(messages(2)) }))
  const refund = { ...correlation, ...mscc(messages(9)) }
  t.same(services(await peer.ccr(event(msisdn, 'refund', refund))), [[2001, 2, null]])
  t.same(services(await peer.ccr(event(msisdn, 'refund', refund))), [[5012, null, null]])
  t.equal(await available(id), 1_000_000)
})

t.test('RFC 8506 6.4: sums of money are given back up to the debit, in parts', async t => {
  const [id, msisdn] = await account(3_000_000)
  const token = await debit(msisdn, { 'Requested-Service-Unit': ccMoney(25, -1, 978) })
  t.equal(await available(id), 500_000)
  const back = async (digits: number) => {
    const ask = { 'Requested-Service-Unit': ccMoney(digits, 0), 'Refund-Information': token }
    return services(await peer.ccr(event(msisdn, 'refund', mscc(ask))))
  }
  t.same(await back(1), [[2001, null, 1n]])
  t.same(await back(9), [[2001, null, 15n]], '1.50 of 9.00')
  t.same(await back(1), [[5012, null, null]])
  t.equal(await available(id), 3_000_000)
})

t.test('RFC 8506 6.4: units that were drawn from an allowance go back to it', async t => {
  const [id, msisdn] = await account(0, ['family-20gb'])
  const full = await ocs.units(id)
  const call = {
    'Service-Context-Id': '32260@3gpp.org',
    'Service-Information': {
      'IMS-Information': { 'Node-Functionality': 6, 'Called-Party-Address': 'tel:+4930123456' }
    }
  }
  const minutes = { 'Rating-Group': 100, 'Requested-Service-Unit': { 'CC-Time': 90 } }
  const answer = await peer.ccr(event(msisdn, 'debit', { ...call, ...mscc(minutes) }))
  t.same(services(answer), [[2001, 90, null]])
  t.equal(await ocs.units(id), full - 90)
  const token = answer.avps['Multiple-Services-Credit-Control'][0]?.['Refund-Information']
  const part = { ...minutes, 'Requested-Service-Unit': { 'CC-Time': 30 } }
  const ask = (service: object) =>
    event(msisdn, 'refund', { ...call, ...mscc({ ...service, 'Refund-Information': token }) })
  t.same(services(await peer.ccr(ask(part))), [[2001, 30, null]])
  t.equal(await ocs.units(id), full - 60)
  t.same(services(await peer.ccr(ask({ 'Rating-Group': 100 }))), [[2001, 60, null]])
  t.equal(await ocs.units(id), full)
})

t.test(
  'TS 32.299 7.2.171: a refund names a debit of its own subscriber, or it is 5031',
  async t => {
    const [, victim] = await account(1_000_000)
    const [id, msisdn] = await account(1_000_000)
    const foreign = await debit(victim, messages(1))
    for (const token of [
      foreign,
      Buffer.from('9:nobody'),
      Buffer.from([0xff, 0]),
      Buffer.from('x')
    ]) {
      const ask = mscc({ ...messages(1), 'Refund-Information': token })
      const answer = await peer.ccr(event(msisdn, 'refund', ask))
      t.same(services(answer), [[5031, null, null]])
      const failed = Buffer.concat(answer.avps['Failed-AVP'] as unknown as Buffer[])
      t.ok(failed.includes(token), 'Failed-AVP shows it')
    }
    const two = mscc(
      { 'Rating-Group': 200, 'Refund-Information': foreign },
      { 'Rating-Group': 210, 'Refund-Information': Buffer.from('1:y') }
    )
    t.equal((await peer.ccr(event(msisdn, 'refund', two))).resultCode, 5004)
    t.equal(await available(id), 1_000_000)
    t.same(await ocs.cdrs(id), [])
  }
)

t.test(
  'RFC 8506 6.4: a refund that names no debit is credited as it is asked for, and marked',
  async t => {
    const [id, msisdn] = await account(0)
    const money = { 'Requested-Service-Unit': ccMoney(75, -2, 978) }
    const answer = await peer.ccr(event(msisdn, 'refund', money))
    t.equal(answer.resultCode, 2001)
    t.equal(await available(id), 750_000)
    t.same(services(await peer.ccr(event(msisdn, 'refund', mscc(messages(2))))), [[2001, 2, null]])
    t.equal(await available(id), 890_000)
    t.match(await ocs.cdrs(id), [
      { amount: -750_000, flags: ['event', 'refund', 'unnamed'] },
      { amount: -140_000, flags: ['event', 'refund', 'unnamed'] }
    ])
  }
)

t.test(
  'RFC 8506 6.4: what a session was charged can be given back under its id, in money',
  async t => {
    const [id, msisdn] = await account(1_000_000)
    const session = { 'Session-Id': newSessionId() }
    const of = (type: number, number: number, service: object) =>
      peer.ccr({
        ...event(msisdn, 'debit', { ...session, ...mscc(service) }),
        'CC-Request-Type': type,
        'CC-Request-Number': number
      })
    await of(1, 0, messages(2))
    const used = { 'CC-Service-Specific-Units': 2n }
    await of(3, 1, { 'Rating-Group': 200, 'Used-Service-Unit': [used] })
    t.equal(await available(id), 860_000)
    const back = { ...session, 'CC-Request-Number': 2, ...mscc({ 'Rating-Group': 200 }) }
    t.same(services(await peer.ccr(event(msisdn, 'refund', back))), [[2001, null, 14n]])
    t.equal(await available(id), 1_000_000)
    const again = { ...back, 'CC-Request-Number': 3 }
    t.same(services(await peer.ccr(event(msisdn, 'refund', again))), [[5012, null, null]])
    t.equal((await of(3, 1, { 'Rating-Group': 200, 'Used-Service-Unit': [used] })).resultCode, 2001)
    t.equal(await available(id), 1_000_000, 'the repeated termination is still known')
  }
)

t.test('a blocked account still gets its refund', async t => {
  const [id, msisdn] = await account(100_000)
  const token = await debit(msisdn, messages(1))
  await ocs.block(id)
  await peer.ccr(event(msisdn, 'refund', mscc({ 'Refund-Information': token })))
  t.equal(await available(id), 100_000)
})

t.test(
  'Refund-Information is for clients of 3GPP alone: others might refuse what they do not know',
  async t => {
    const [, msisdn] = await account(1_000_000)
    const both = await peer.ccr(event(msisdn, 'debit', mscc(messages(1), messages(1, 210))))
    for (const service of both.avps['Multiple-Services-Credit-Control']) {
      t.ok(service['Refund-Information'], 'one for each service')
    }
    const plain = { 'Service-Context-Id': '32274@example.org', ...mscc(messages(1)) }
    const answer = await peer.ccr(event(msisdn, 'debit', plain))
    t.same(services(answer), [[2001, 1, null]])
    const [service] = answer.avps['Multiple-Services-Credit-Control']
    t.equal(service?.['Refund-Information'], undefined)
  }
)

t.test('RFC 8506 6.4: a store in Redis keeps debits and their refunds alike', async t => {
  const redis = await emptyRedis()
  t.teardown(() => redis.stop())
  const other = await startOcs(t, 'conf/catalogue', redis.url)
  const msisdn = '4915299999999'
  await other.open('redis', msisdn, 1_000_000)
  const correlation = { 'CC-Correlation-Id': Buffer.from([0, 10, 255]) }
  const debited = event(msisdn, 'debit', { ...correlation, ...mscc(messages(3)) })
  const first = await other.peer.ccr(debited)
  t.same((await other.peer.ccr(debited)).avps, first.avps)
  const token = first.avps['Multiple-Services-Credit-Control'][0]?.['Refund-Information']
  const part = { ...messages(1), 'Refund-Information': token }
  t.same(services(await other.peer.ccr(event(msisdn, 'refund', mscc(part)))), [[2001, 1, null]])
  const rest = { ...correlation, ...mscc(messages(9)) }
  t.same(services(await other.peer.ccr(event(msisdn, 'refund', rest))), [[2001, 2, null]])
  t.equal((await other.wallet('redis')).available, 1_000_000)
})

t.test('refunds that arrive together share what is left', async t => {
  const [id, msisdn] = await account(1_000_000)
  const token = await debit(msisdn, messages(5))
  const one = mscc({ ...messages(1), 'Refund-Information': token })
  const answers = await Promise.all(
    Array.from({ length: 9 }, () => peer.ccr(event(msisdn, 'refund', one)))
  )
  const given = answers.filter(answer => services(answer)[0]?.[0] === 2001)
  t.equal(given.length, 5)
  t.equal(await available(id), 1_000_000)
})
