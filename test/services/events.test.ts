/** One-time events over a socket: direct debits, balance checks and price enquiries. */
import t from 'tap'
import { ccMoney, event, messages, newSessionId, services, sms, startOcs } from '../support/ocs.ts'

const ocs = await startOcs(t)
const { peer } = ocs
let lines = 0

/** A new account with so much in its wallet; returns its id and number. */
async function account(topUp: number, offers?: string[]): Promise<[string, string]> {
  lines += 1
  const msisdn = String(4915100000000 + lines)
  await ocs.open(`e${lines}`, msisdn, topUp, offers)
  return [`e${lines}`, msisdn]
}

const mscc = (...list: object[]) => ({ 'Multiple-Services-Credit-Control': list })

t.test('RFC 8506 6.3: a direct debit takes the price of the units, and grants them', async t => {
  const [id, msisdn] = await account(1_000_000)
  const first = await peer.ccr(event(msisdn, 'debit', mscc(messages(3))))
  t.equal(first.resultCode, 2001)
  t.same(services(first), [[2001, 3, null]])
  const empty = await peer.ccr(event(msisdn, 'debit', mscc(messages(null))))
  t.same(services(empty), [[2001, 1, null]], 'an empty ask is one message')
  const bare = await peer.ccr(event(msisdn, 'debit', mscc({ 'Rating-Group': 200 })))
  t.same(services(bare), [[2001, 1, null]], 'so is none')
  const abroad = event(msisdn, 'debit', mscc(messages(1)))
  await peer.ccr({ ...abroad, 'Service-Information': sms('33612345678') })
  t.same(await ocs.wallet(id), { available: 1_000_000 - 5 * 70_000 - 190_000, reserved: 0 })
  t.match(await ocs.cdrs(id), [
    { amount: 210_000, messages: 3, flags: ['event'], context: '32274' },
    { amount: 70_000, messages: 1 },
    { amount: 70_000, messages: 1 },
    { amount: 190_000, messages: 1 }
  ])
})

t.test('RFC 8506 6.3: a debit without MSCC is answered without MSCC', async t => {
  const [id, msisdn] = await account(1_000_000)
  const units = { 'Requested-Service-Unit': { 'CC-Service-Specific-Units': 2n } }
  const asked = await peer.ccr(event(msisdn, 'debit', units))
  t.equal(asked.resultCode, 2001)
  t.equal(asked.avps['Granted-Service-Unit']?.['CC-Service-Specific-Units'], 2n)
  t.same(asked.avps['Multiple-Services-Credit-Control'], [])
  const bare = await peer.ccr(event(msisdn, 'debit'))
  t.equal(bare.avps['Granted-Service-Unit']?.['CC-Service-Specific-Units'], 1n)
  t.equal((await ocs.wallet(id)).available, 1_000_000 - 210_000)
})

t.test(
  'RFC 8506 6.3: what cannot be paid in full is 4012, and nothing of it is debited',
  async t => {
    const [id, msisdn] = await account(100_000)
    const answer = await peer.ccr(event(msisdn, 'debit', mscc(messages(2))))
    t.equal(answer.resultCode, 2001)
    t.same(services(answer), [[4012, null, null]])
    const plain = await peer.ccr(
      event(msisdn, 'debit', { 'Requested-Service-Unit': { 'CC-Service-Specific-Units': 2n } })
    )
    t.equal(plain.resultCode, 4012, 'without MSCC it is the result of the command')
    t.same(await ocs.wallet(id), { available: 100_000, reserved: 0 })
    t.same(await ocs.cdrs(id), [])
  }
)

t.test('RFC 8506 6.3: each service of a debit is paid or refused by itself', async t => {
  const [id, msisdn] = await account(500_000)
  const list = mscc(messages(1), messages(1, 210), messages(1, 99), messages(2, 200))
  const answer = await peer.ccr(event(msisdn, 'debit', list))
  t.equal(answer.resultCode, 2001)
  t.same(services(answer), [
    [2001, 1, null],
    [2001, 1, null],
    [5031, null, null],
    [4012, null, null]
  ])
  t.same(await ocs.wallet(id), { available: 500_000 - 70_000 - 390_000, reserved: 0 })
  t.match(await ocs.cdrs(id), [{ amount: 460_000, messages: 2 }])
})

t.test(
  'RFC 8506 8.41: an event without Requested-Action is 5005, with an unknown one 5004',
  async t => {
    const [, msisdn] = await account(1_000_000)
    const { 'Requested-Action': _, ...without } = event(msisdn, 'debit', mscc(messages(1)))
    t.equal((await peer.ccr(without)).resultCode, 5005)
    const unknown = await peer.ccr({ ...without, 'Requested-Action': 7 })
    t.equal(unknown.resultCode, 5004)
    t.ok(unknown.avps['Failed-AVP'].length > 0)
  }
)

t.test('RFC 8506 8.2: a repeated event gets the same answer and is debited once', async t => {
  const [id, msisdn] = await account(1_000_000)
  const request = event(msisdn, 'debit', mscc(messages(2), messages(1, 99)))
  const first = await peer.ccr(request)
  const again = await peer.ccr(request)
  t.same(services(again), services(first))
  t.same(again.avps, first.avps)
  const next = await peer.ccr({ ...request, 'CC-Request-Number': 1 })
  t.same(services(next), services(first), 'another number is another event')
  await peer.ccr({ ...request, 'CC-Request-Number': 1 })
  t.equal((await ocs.wallet(id)).available, 1_000_000 - 4 * 70_000)
  t.equal((await ocs.cdrs(id)).length, 2)
})

t.test('RFC 8506 6.3: a sum in CC-Money is debited as it is, exactly', async t => {
  const sums: [number | bigint, number | undefined, number][] = [
    [5, -1, 500_000],
    [123_456, -6, 123_456],
    [1_000, -9, 1],
    [2, undefined, 2_000_000],
    [25n * 10n ** 15n, -16, 2_500_000],
    [1, 9, 1_000_000_000_000_000]
  ]
  for (const [digits, exponent, amount] of sums) {
    const [id, msisdn] = await account(amount)
    const ask = { 'Rating-Group': 200, 'Requested-Service-Unit': ccMoney(digits, exponent, 978) }
    const request = event(msisdn, 'debit', mscc(ask))
    const answer = await peer.ccr(request)
    t.equal(answer.resultCode, 2001)
    const money =
      answer.avps['Multiple-Services-Credit-Control'][0]?.['Granted-Service-Unit']?.['CC-Money']
    const value = money?.['Unit-Value']
    const micro = Number(value?.['Value-Digits']) * 10 ** (6 + (value?.Exponent ?? 0))
    t.equal(Math.round(micro), amount)
    t.equal(money?.['Currency-Code'], 978)
    t.same((await peer.ccr(request)).avps, answer.avps, 'repeated')
    t.same(await ocs.wallet(id), { available: 0, reserved: 0 })
    t.match(await ocs.cdrs(id), [{ amount, flags: ['event'] }])
  }
})

t.test('RFC 8506 8.8: a sum that cannot be counted is 5004 and moves nothing', async t => {
  const [id, msisdn] = await account(1_000_000)
  const bad: [number | bigint, number | undefined][] = [
    [1, -9],
    [0, 0],
    [-5, 0],
    [1, 10],
    [2n ** 62n, 0],
    [1, 2_000_000_000],
    [1, -2_000_000_000]
  ]
  for (const [digits, exponent] of bad) {
    const ask = { 'Requested-Service-Unit': ccMoney(digits, exponent) }
    const answer = await peer.ccr(event(msisdn, 'debit', ask))
    t.equal(answer.resultCode, 5004, `${digits} x 10^${exponent}`)
    t.ok(answer.avps['Failed-AVP'].length > 0)
  }
  t.equal((await ocs.wallet(id)).available, 1_000_000)
})

t.test(
  'RFC 8506 9.2: another currency cannot be rated: 5031 with the money in Failed-AVP',
  async t => {
    const [id, msisdn] = await account(1_000_000)
    for (const action of ['debit', 'refund', 'check', 'price'] as const) {
      const plain = { 'Requested-Service-Unit': ccMoney(5, -1, 840) }
      const answer = await peer.ccr(event(msisdn, action, plain))
      t.equal(answer.resultCode, 5031, action)
      const failed = Buffer.concat(answer.avps['Failed-AVP'] as unknown as Buffer[])
      t.ok(failed.includes(Buffer.from([0, 0, 3, 72])), 'Currency-Code 840 is shown')
      const grouped = await peer.ccr(event(msisdn, action, mscc({ 'Rating-Group': 200, ...plain })))
      t.same(services(grouped), [[5031, null, null]])
    }
    t.equal((await ocs.wallet(id)).available, 1_000_000)
  }
)

t.test(
  'RFC 8506 6.3: money is debited down to the credit limit and never of a blocked account',
  async t => {
    const [id, msisdn] = await account(0, ['postpaid-flat'])
    const ask = (digits: number) =>
      event(msisdn, 'debit', { 'Requested-Service-Unit': ccMoney(digits, 0, 978) })
    t.equal((await peer.ccr(ask(51))).resultCode, 4012)
    t.equal((await peer.ccr(ask(50))).resultCode, 2001)
    t.equal((await ocs.wallet(id)).available, -50_000_000)
    await ocs.topUp(id, 90_000_000)
    await ocs.block(id)
    t.equal((await peer.ccr(ask(1))).resultCode, 4010)
  }
)

t.test(
  'RFC 8506 6.2: a balance check says whether everything asked can be paid, and writes nothing',
  async t => {
    const [id, msisdn] = await account(200_000)
    const before = await ocs.picture(id)
    const result = async (...list: object[]) => {
      const answer = await peer.ccr(event(msisdn, 'check', mscc(...list)))
      t.equal(answer.resultCode, 2001)
      return answer.avps['Check-Balance-Result']
    }
    t.equal(await result(messages(2)), 0)
    t.equal(await result(messages(3)), 1)
    t.equal(await result(messages(null)), 0)
    t.equal(await result(messages(1), messages(1)), 0)
    t.equal(await result(messages(2), messages(1)), 1, 'both together')
    const money = (digits: number) => ({ 'Requested-Service-Unit': ccMoney(digits, -1, 978) })
    t.equal(await result(money(2)), 0)
    t.equal(await result(money(3)), 1)
    const data = { 'Rating-Group': 10, 'Requested-Service-Unit': {} }
    t.equal(await result(data), 0, 'anything of it can be had')
    const plain = await peer.ccr(event(msisdn, 'check'))
    t.equal(plain.resultCode, 2001)
    t.equal(plain.avps['Check-Balance-Result'], 0)
    t.equal(plain.avps['Granted-Service-Unit'], undefined)
    const unknown = await peer.ccr(event(msisdn, 'check', mscc(messages(1, 99))))
    t.same(services(unknown), [[5031, null, null]])
    t.equal(unknown.avps['Check-Balance-Result'], undefined)
    t.same(await ocs.picture(id), before)
  }
)

t.test('RFC 8506 6.1: a price enquiry is answered with the cost, and writes nothing', async t => {
  const [id, msisdn] = await account(0)
  const before = await ocs.picture(id)
  const cost = async (change: object) => {
    const answer = await peer.ccr(event(msisdn, 'price', change))
    t.equal(answer.resultCode, 2001)
    const found = answer.avps['Cost-Information']
    t.equal(found?.['Currency-Code'], 978)
    const value = found?.['Unit-Value']
    return [Number(value?.['Value-Digits']), value?.Exponent ?? 0, found?.['Cost-Unit']]
  }
  t.same(await cost(mscc(messages(3))), [21, -2, undefined])
  t.same(await cost(mscc(messages(1), messages(1, 210))), [46, -2, undefined])
  t.same(await cost(mscc(messages(null))), [7, -2, '1 message'])
  t.same(await cost({}), [7, -2, '1 message'])
  const call = {
    'Service-Context-Id': '32260@3gpp.org',
    'Service-Information': {
      'IMS-Information': { 'Node-Functionality': 6, 'Called-Party-Address': 'tel:+33123456789' }
    }
  }
  const minutes = { 'Rating-Group': 100, 'Requested-Service-Unit': { 'CC-Time': 61 } }
  t.same(await cost({ ...call, ...mscc(minutes) }), [73, -2, undefined], 'set-up and two minutes')
  const unknown = await peer.ccr(event(msisdn, 'price', mscc(messages(1, 99))))
  t.same(services(unknown), [[5031, null, null]])
  t.equal(unknown.avps['Cost-Information'], undefined)
  t.same(await ocs.picture(id), before)
})

t.test(
  'RFC 8506 7: under the id of an open session an event may ask, but moves nothing',
  async t => {
    const [id, msisdn] = await account(1_000_000)
    const sessionId = newSessionId()
    await peer.ccr({
      ...event(msisdn, 'debit', mscc(messages(1))),
      'Session-Id': sessionId,
      'CC-Request-Type': 1
    })
    const within = { 'Session-Id': sessionId, 'CC-Request-Number': 7, ...mscc(messages(1)) }
    t.equal((await peer.ccr(event(msisdn, 'debit', within))).resultCode, 5012)
    t.equal((await peer.ccr(event(msisdn, 'refund', within))).resultCode, 5012)
    const check = await peer.ccr(event(msisdn, 'check', within))
    t.equal(check.avps['Check-Balance-Result'], 0)
    t.same(
      await ocs.wallet(id),
      { available: 930_000, reserved: 70_000 },
      'the session still holds'
    )
  }
)

t.test(
  'TS 32.274 5.2: a message to several recipients is a unit for each, priced by where each is',
  async t => {
    const [id, msisdn] = await account(400_000)
    const to = { 'Service-Information': sms('4917012345678', '33612345678', '4915112345678') }
    const answer = await peer.ccr(event(msisdn, 'debit', { ...to, ...mscc(messages(3)) }))
    t.same(services(answer), [[2001, 3, null]])
    t.equal((await ocs.wallet(id)).available, 400_000 - 2 * 70_000 - 190_000)
    const poor = await peer.ccr(event(msisdn, 'debit', { ...to, ...mscc(messages(null)) }))
    t.same(services(poor), [[4012, null, null]], 'all or none')
    t.equal((await ocs.wallet(id)).available, 70_000)
    const one = await peer.ccr(event(msisdn, 'debit', { ...to, ...mscc(messages(1)) }))
    t.same(services(one), [[2001, 1, null]], 'a number that is asked for is a number of units')
    t.equal((await ocs.cdrs(id))[0]?.messages, 3)
  }
)
