/** Units of a session over a socket, from the request to the debit: RFC 8506 5 and 8, TS 32.299 6.5 and 7.2. */
import t from 'tap'
import { ccr, MB, type Mscc, msccOf, startCreditServer } from '../../support/credit-server.ts'

const server = await startCreditServer(t)
const { peer } = server
let numbers = 0
/** An account of its own, and the subscription of its line. */
async function subscriber(offer: string, topUp: number) {
  numbers += 1
  const id = `a${numbers}`
  const msisdn = String(4915200000000 + numbers)
  await server.open(id, offer, topUp, msisdn)
  return {
    id,
    session: `pgw;${id}`,
    who: {
      'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': msisdn }]
    }
  }
}

t.test('RFC 8506 5.1.1: units at command level are rated by the context', async t => {
  const { id, session, who } = await subscriber('go', 1_000_000)
  const opened = await peer.ccr(
    ccr(session, 'initial', 0, [], { ...who, 'Requested-Service-Unit': {} })
  )
  t.equal(opened.resultCode, 2001)
  t.match(opened.avps, {
    'Granted-Service-Unit': { 'CC-Total-Octets': 10_000_000n },
    'Validity-Time': 3600,
    'Multiple-Services-Credit-Control': []
  })
  const updated = await peer.ccr(
    ccr(session, 'update', 1, [], {
      ...who,
      'Service-Identifier': 7,
      'Requested-Service-Unit': { 'CC-Total-Octets': 3_000_000n },
      'Used-Service-Unit': [{ 'CC-Total-Octets': 1_000_000n }, { 'CC-Total-Octets': 500_000n }]
    })
  )
  t.equal(updated.avps['Granted-Service-Unit']?.['CC-Total-Octets'], 3_000_000n)
  const ended = await peer.ccr(
    ccr(session, 'termination', 2, [], {
      ...who,
      'Used-Service-Unit': [{ 'CC-Input-Octets': 200_000n, 'CC-Output-Octets': 300_000n }]
    })
  )
  t.equal(ended.resultCode, 2001)
  t.same(await server.wallet(id), { available: 980_000, reserved: 0 })
})

t.test('RFC 8506 5.1.1: a voice context at command level is granted time', async t => {
  const { session, who } = await subscriber('go', 1_000_000)
  const more = { ...who, 'Service-Context-Id': '32260@3gpp.org', 'Requested-Service-Unit': {} }
  const opened = await peer.ccr(ccr(session, 'initial', 0, [], more))
  t.strictSame(opened.avps['Granted-Service-Unit']?.['CC-Time'], 60)
})

t.test('RFC 8506 5.2.2: an initial request without units opens the session', async t => {
  const { id, session, who } = await subscriber('go', 1_000_000)
  const opened = await peer.ccr(ccr(session, 'initial', 0, [], who))
  t.equal(opened.resultCode, 2001)
  t.same(opened.avps['Multiple-Services-Credit-Control'], [])
  const mscc = [{ 'Rating-Group': 10, 'Requested-Service-Unit': {} }]
  const updated = await peer.ccr(ccr(session, 'update', 1, mscc, who))
  t.equal(msccOf(updated)['Granted-Service-Unit']?.['CC-Total-Octets'], 10_000_000n)
  t.equal((await server.wallet(id)).reserved, 100_000)
})

t.test('RFC 8506 8.18: an ask without value, with one, and none at all', async t => {
  const { id, session, who } = await subscriber('go', 1_000_000)
  const ask = async (number: number, units: Mscc['Requested-Service-Unit']) => {
    const mscc = { 'Rating-Group': 10, ...(units ? { 'Requested-Service-Unit': units } : {}) }
    return msccOf(await peer.ccr(ccr(session, number ? 'update' : 'initial', number, [mscc], who)))
  }
  t.equal((await ask(0, {}))['Granted-Service-Unit']?.['CC-Total-Octets'], 10_000_000n)
  const exact = await ask(1, { 'CC-Total-Octets': 1_234_567n })
  t.equal(exact['Granted-Service-Unit']?.['CC-Total-Octets'], 1_234_567n)
  const zero = await ask(2, { 'CC-Total-Octets': 0n })
  t.equal(zero['Granted-Service-Unit']?.['CC-Total-Octets'], 10_000_000n)
  const other = await ask(3, { 'CC-Time': 60 })
  t.equal(
    other['Granted-Service-Unit']?.['CC-Total-Octets'],
    10_000_000n,
    'in the unit that is sold'
  )
  t.equal(other['Granted-Service-Unit']?.['CC-Time'], undefined)
  const used = [{ 'CC-Total-Octets': 0n }]
  const none = await peer.ccr(
    ccr(session, 'update', 4, [{ 'Rating-Group': 10, 'Used-Service-Unit': used }], who)
  )
  t.equal(msccOf(none)['Result-Code'], 2001)
  t.equal(msccOf(none)['Granted-Service-Unit'], undefined)
  t.same(await server.wallet(id), { available: 1_000_000, reserved: 0 }, 'nothing is held')
})

t.test('RFC 8506 8.24: octets by direction are granted by direction', async t => {
  const { session, who } = await subscriber('go', 60_000)
  const ask = (input: bigint, output: bigint) => [
    {
      'Rating-Group': 10,
      'Requested-Service-Unit': { 'CC-Input-Octets': input, 'CC-Output-Octets': output }
    }
  ]
  const opened = msccOf(
    await peer.ccr(ccr(session, 'initial', 0, ask(1_000_000n, 2_000_000n), who))
  )
  t.match(opened['Granted-Service-Unit'], {
    'CC-Total-Octets': undefined,
    'CC-Input-Octets': 1_000_000n,
    'CC-Output-Octets': 2_000_000n
  })
  const poor = msccOf(await peer.ccr(ccr(session, 'update', 1, ask(3_000_000n, 9_000_000n), who)))
  t.match(poor['Granted-Service-Unit'], {
    'CC-Input-Octets': 1_500_000n,
    'CC-Output-Octets': 4_500_000n
  })
  const repeat = msccOf(await peer.ccr(ccr(session, 'update', 1, ask(3_000_000n, 9_000_000n), who)))
  t.same(repeat, poor, 'a repeat gets the same')
  const total = {
    'Rating-Group': 10,
    'Requested-Service-Unit': {
      'CC-Total-Octets': 100_000n,
      'CC-Input-Octets': 100_000n,
      'CC-Output-Octets': 100_000n
    }
  }
  const both = msccOf(await peer.ccr(ccr(session, 'update', 2, [total], who)))
  t.match(both['Granted-Service-Unit'], {
    'CC-Total-Octets': 100_000n,
    'CC-Input-Octets': undefined
  })
})

t.test('RFC 8506 5.3: several used units of one service are summed by unit type', async t => {
  const { id, session, who } = await subscriber('go', 1_000_000)
  await peer.ccr(
    ccr(session, 'initial', 0, [{ 'Rating-Group': 10, 'Requested-Service-Unit': {} }], who)
  )
  const used = [
    { 'Reporting-Reason': 5, 'CC-Time': 30 },
    { 'Reporting-Reason': 3, 'CC-Total-Octets': 4_000_000n },
    { 'CC-Input-Octets': 1_000_000n, 'CC-Output-Octets': 2_000_000n }
  ]
  await peer.ccr(
    ccr(session, 'termination', 1, [{ 'Rating-Group': 10, 'Used-Service-Unit': used }], who)
  )
  t.equal((await server.wallet(id)).available, 930_000)
  t.match(await server.cdrs(session), [
    { octets: 7_000_000, inputOctets: 1_000_000, outputOctets: 2_000_000, seconds: 30 }
  ])
})

const reasons = [
  [0, 'THRESHOLD', 'unit'],
  [1, 'QHT', 'service'],
  [2, 'FINAL', 'service'],
  [3, 'QUOTA_EXHAUSTED', 'unit'],
  [4, 'VALIDITY_TIME', 'service'],
  [5, 'OTHER_QUOTA_TYPE', 'unit'],
  [6, 'RATING_CONDITION_CHANGE', 'service'],
  [7, 'FORCED_REAUTHORISATION', 'service'],
  [8, 'POOL_EXHAUSTED', 'unit'],
  [9, 'UNUSED_QUOTA_TIMER', 'service'],
  [77, 'one that nobody knows', 'service']
] as const

for (const [value, name, level] of reasons) {
  t.test(`TS 32.299 7.2.175: Reporting-Reason ${name} is settled like any report`, async t => {
    const { id, session, who } = await subscriber('go', 1_000_000)
    const ask = [{ 'Rating-Group': 10, 'Requested-Service-Unit': {} }]
    await peer.ccr(ccr(session, 'initial', 0, ask, who))
    const reason = { 'Reporting-Reason': value }
    const used = { 'CC-Total-Octets': 2_000_000n, ...(level === 'unit' ? reason : {}) }
    const mscc = {
      'Rating-Group': 10,
      'Used-Service-Unit': [used],
      ...(level === 'service' ? { 'Reporting-Reason': [value] } : {}),
      ...(value === 6 ? { Trigger: { 'Trigger-Type': [3] } } : {})
    }
    const reported = msccOf(await peer.ccr(ccr(session, 'update', 1, [mscc], who)))
    t.equal(reported['Result-Code'], 2001)
    t.equal(reported['Granted-Service-Unit'], undefined, 'without an ask nothing is held')
    t.same(await server.wallet(id), { available: 980_000, reserved: 0 })
    const more = msccOf(await peer.ccr(ccr(session, 'update', 2, [{ ...mscc, ...ask[0] }], who)))
    t.equal(more['Granted-Service-Unit']?.['CC-Total-Octets'], 10_000_000n)
    t.same(await server.wallet(id), { available: 860_000, reserved: 100_000 })
  })
}

t.test(
  'TS 32.299 7.2.175: on RATING_CONDITION_CHANGE usage has the old price, units the new',
  async t => {
    const { id, session, who } = await subscriber('go', 100_000_000)
    const ask = { 'Rating-Group': 10, 'Requested-Service-Unit': { 'CC-Total-Octets': 1_000_000n } }
    await peer.ccr(ccr(session, 'initial', 0, [ask], who))
    const abroad = {
      ...who,
      'Service-Information': { 'PS-Information': { '3GPP-SGSN-MCC-MNC': '310410' } }
    }
    const changed = {
      ...ask,
      'Reporting-Reason': [6],
      'Used-Service-Unit': [{ 'CC-Total-Octets': 1_000_000n }]
    }
    await peer.ccr(ccr(session, 'update', 1, [changed], abroad))
    t.same(await server.wallet(id), { available: 97_990_000, reserved: 2_000_000 })
  }
)

t.test('RFC 8506 8.26: service-specific units are granted and counted', async t => {
  const { id, session, who } = await subscriber('go', 1_000_000)
  const mscc = {
    'Rating-Group': 200,
    'Requested-Service-Unit': { 'CC-Service-Specific-Units': 3n }
  }
  const more = { ...who, 'Service-Context-Id': '32274@3gpp.org' }
  const opened = msccOf(await peer.ccr(ccr(session, 'initial', 0, [mscc], more)))
  t.equal(opened['Granted-Service-Unit']?.['CC-Service-Specific-Units'], 3n)
  const used = [{ 'CC-Service-Specific-Units': 2n }]
  await peer.ccr(
    ccr(session, 'termination', 1, [{ 'Rating-Group': 200, 'Used-Service-Unit': used }], more)
  )
  t.same(await server.wallet(id), { available: 860_000, reserved: 0 })
})

const money = (digits: bigint, exponent?: number, currency?: number) => ({
  'CC-Money': {
    'Unit-Value': {
      'Value-Digits': digits,
      ...(exponent === undefined ? {} : { Exponent: exponent })
    },
    ...(currency === undefined ? {} : { 'Currency-Code': currency })
  }
})

t.test('TS 32.299 5.2.2: a client that rates by itself reserves and reports money', async t => {
  const { id, session, who } = await subscriber('go', 2_500_000)
  const ask = [{ 'Rating-Group': 10, 'Requested-Service-Unit': money(15n, -1, 978) }]
  const opened = msccOf(await peer.ccr(ccr(session, 'initial', 0, ask, who)))
  t.match(opened['Granted-Service-Unit'], money(15n, -1, 978))
  t.equal(opened['Final-Unit-Indication'], undefined)
  t.same(await server.wallet(id), { available: 1_000_000, reserved: 1_500_000 })
  const used = { 'Used-Service-Unit': [money(1n, 0, 978), money(25n, -2, 978)] }
  const last = msccOf(await peer.ccr(ccr(session, 'update', 1, [{ ...ask[0], ...used }], who)))
  t.match(last['Granted-Service-Unit'], money(125n, -2, 978), 'what there is')
  const repeat = await peer.ccr(ccr(session, 'update', 1, [{ ...ask[0], ...used }], who))
  t.same(msccOf(repeat), last, 'a repeat gets the same')
  t.equal(last['Final-Unit-Indication']?.['Final-Unit-Action'], 0)
  t.same(await server.wallet(id), { available: 0, reserved: 1_250_000 })
  const none = msccOf(
    await peer.ccr(
      ccr(session, 'update', 2, [{ ...ask[0], 'Used-Service-Unit': [money(125n, -2)] }], who)
    )
  )
  t.equal(none['Result-Code'], 4012)
  await peer.ccr(ccr(session, 'termination', 3, [], who))
  t.match(await server.cdrs(session), [
    { amount: 2_500_000, parts: [{ unit: 'money', units: 2_500_000, amount: 2_500_000 }] }
  ])
})

t.test(
  'RFC 8506 8.8 to 8.10, 8.22: Unit-Value is exact for every exponent from -9 to 9',
  async t => {
    const { id, session, who } = await subscriber('go', 9_000_000_000_000_000)
    await peer.ccr(ccr(session, 'initial', 0, [], who))
    let left = 9_000_000_000_000_000
    let number = 1
    for (let exponent = -9; exponent <= 9; exponent++) {
      const digits = exponent < -6 ? 7n * 10n ** BigInt(-6 - exponent) : 7n
      const used = { 'Rating-Group': 10, 'Used-Service-Unit': [money(digits, exponent, 978)] }
      const answer = await peer.ccr(ccr(session, 'update', number++, [used], who))
      t.equal(answer.resultCode, 2001)
      left -= 7 * 10 ** Math.max(0, exponent + 6)
      t.equal((await server.wallet(id)).available, left, `exponent ${exponent}`)
    }
  }
)

t.test('RFC 8506 8.8: money that cannot be counted exactly is refused, and shown', async t => {
  const { id, session, who } = await subscriber('go', 1_000_000)
  await peer.ccr(ccr(session, 'initial', 0, [], who))
  const wrong = [
    ['a fraction of a millionth', money(1n, -7)],
    ['below zero', money(-1n)],
    ['above 2^53', money(9_007_199_254_740_993n, -6)],
    ['an exponent that is out of range', money(1n, 10)]
  ] as const
  for (const [name, units] of wrong) {
    for (const member of ['Requested-Service-Unit', 'Used-Service-Unit'] as const) {
      const mscc = {
        'Rating-Group': 10,
        [member]: member === 'Used-Service-Unit' ? [units] : units
      }
      const answer = await peer.ccr(ccr(session, 'update', 1, [mscc], who))
      t.equal(answer.resultCode, 5004, `${name} in ${member}`)
      t.equal(answer.avps['Failed-AVP'].length, 1)
    }
  }
  t.same(await server.wallet(id), { available: 1_000_000, reserved: 0 })
})

t.test('RFC 8506 8.11: money of another currency is not rated, and goes to suspense', async t => {
  const { id, session, who } = await subscriber('go', 1_000_000)
  const ask = { 'Rating-Group': 10, 'Requested-Service-Unit': money(1n, 0, 840) }
  const opened = await peer.ccr(ccr(session, 'initial', 0, [ask], who))
  t.equal(opened.resultCode, 2001)
  t.equal(msccOf(opened)['Result-Code'], 5031)
  t.equal(opened.avps['Failed-AVP'].length, 1)
  const used = { 'Rating-Group': 10, 'Used-Service-Unit': [money(1n, 0, 840)] }
  await peer.ccr(ccr(session, 'termination', 1, [used], who))
  t.same(await server.wallet(id), { available: 1_000_000, reserved: 0 })
  t.match(await server.cdrs(session), [{ amount: 0, flags: ['suspense'] }])
})

t.test(
  'RFC 8506 8.16: services are told apart by rating group and service identifiers',
  async t => {
    const { id, session, who } = await subscriber('go', 1_000_000)
    const service = (identifiers: number[]) => ({
      'Rating-Group': 10,
      ...(identifiers.length === 0 ? {} : { 'Service-Identifier': identifiers }),
      'Requested-Service-Unit': { 'CC-Total-Octets': BigInt(MB) }
    })
    const opened = await peer.ccr(
      ccr(session, 'initial', 0, [service([]), service([1]), service([1, 2])], who)
    )
    t.same(
      opened.avps['Multiple-Services-Credit-Control'].map(mscc => mscc['Service-Identifier']),
      [[], [1], [1, 2]]
    )
    t.equal((await server.wallet(id)).reserved, 30_000)
    const used = { 'Used-Service-Unit': [{ 'CC-Total-Octets': BigInt(MB) }] }
    await peer.ccr(
      ccr(
        session,
        'update',
        1,
        [{ 'Rating-Group': 10, 'Service-Identifier': [2, 1], ...used }],
        who
      )
    )
    t.same(
      await server.wallet(id),
      { available: 970_000, reserved: 20_000 },
      'the other two hold theirs'
    )
    await peer.ccr(ccr(session, 'termination', 2, [], who))
    const [cdr] = await server.cdrs(session)
    t.match(cdr?.parts, [{ ratingGroup: 10, serviceIdentifiers: [1, 2], units: MB }])
  }
)

t.test(
  'RFC 8506 8.40: services are answered in MSCC whatever Multiple-Services-Indicator says',
  async t => {
    for (const indicator of [0, 1]) {
      const { session, who } = await subscriber('go', 1_000_000)
      const mscc = [{ 'Requested-Service-Unit': { 'CC-Total-Octets': 1_000_000n } }]
      const more = { ...who, 'Multiple-Services-Indicator': indicator }
      const opened = msccOf(await peer.ccr(ccr(session, 'initial', 0, mscc, more)))
      t.equal(opened['Granted-Service-Unit']?.['CC-Total-Octets'], 1_000_000n)
      t.equal(opened['Rating-Group'], undefined, 'none was sent, so none comes back')
    }
  }
)
