import t from 'tap'
import { peerProfiles } from '../../src/diameter/gy/profiles.ts'
import { banded, nightfall } from '../support/banded-catalogue.ts'
import { catalogues } from '../support/catalogue.ts'
import { EngineDriver, HOUR, profile, request } from '../support/engine-driver.ts'

const MB = 1_000_000

t.test('TS 32.299 5.2.1, 5.2.2.3: a session is charged for what it used', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  const first = driver.charge(request('initial', 0, [{ ask: null }]))
  t.equal(first.outcome, 'success')
  t.match(first.units, [
    {
      ratingGroup: 10,
      outcome: 'success',
      granted: { unit: 'octets', amount: 10 * MB },
      validity: 3600,
      threshold: 2 * MB,
      final: null
    }
  ])
  t.same(driver.wallet(), { available: 99_900_000, reserved: 100_000 })
  driver.charge(request('update', 1, [{ ask: null, used: { octets: 10 * MB } }]))
  t.same(driver.wallet(), { available: 99_800_000, reserved: 100_000 })
  const last = driver.charge(request('termination', 2, [{ used: { octets: 150_000 } }]))
  t.match(last, { outcome: 'success', units: [{ outcome: 'success', granted: null }] })
  t.same(driver.wallet(), { available: 99_898_000, reserved: 0 }, '10.15 MB in 102 started steps')
  t.equal(driver.sessions.size, 0)
  t.equal(driver.account?.openSessions, 0)
  t.match(driver.cdrs(), [
    {
      sessionId: 's;1',
      number: 1,
      amount: 102_000,
      octets: 10_150_000,
      cause: 'normalRelease',
      msisdn: '4915100000001',
      parts: [{ ratingGroup: 10, units: 10_150_000, amount: 102_000, before: 0, zone: 'home' }]
    }
  ])
})

t.test('RFC 8506 8.34: a wallet gives its last units as final, then nothing', async t => {
  const driver = EngineDriver.open(['go'], 150_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  const second = driver.charge(request('update', 1, [{ ask: null, used: { octets: 10 * MB } }]))
  t.match(second.units, [{ granted: { amount: 5 * MB }, final: 'terminate', threshold: 0 }])
  t.same(driver.wallet(), { available: 0, reserved: 50_000 })
  const third = driver.charge(request('update', 2, [{ ask: null, used: { octets: 5 * MB } }]))
  t.match(third, {
    outcome: 'success',
    units: [{ outcome: 'credit-limit-reached', granted: null }]
  })
  driver.charge(request('termination', 3))
  t.same(driver.wallet(), { available: 0, reserved: 0 })
  t.equal(driver.cdrs()[0]?.amount, 150_000)
})

t.test('a grant that uses the wallet up to the last step is final', async t => {
  const driver = EngineDriver.open(['go'], 100_000)
  const answer = driver.charge(request('initial', 0, [{ ask: null }]))
  t.match(answer.units, [{ granted: { amount: 10 * MB }, final: 'terminate' }])
  const richer = EngineDriver.open(['go'], 101_000)
  t.equal(richer.charge(request('initial', 0, [{ ask: null }])).units[0]?.final, null)
})

t.test('RFC 8506 8.18: an ask with a value gets just that, no ask nothing', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  const answer = driver.charge(request('initial', 0, [{ ask: { octets: 3 * MB } }]))
  t.equal(answer.units[0]?.granted?.amount, 3 * MB)
  t.equal(driver.wallet().reserved, 30_000)
  const report = driver.charge(request('update', 1, [{ used: { octets: MB } }]))
  t.match(report.units, [{ outcome: 'success', granted: null, validity: 0 }])
  t.same(driver.wallet(), { available: 99_990_000, reserved: 0 })
})

t.test('an ask of 5 GB gets 5 GB, an empty one never more than the maximum', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  const big = driver.charge(request('initial', 0, [{ ask: { octets: 5000 * MB } }]))
  t.equal(big.units[0]?.granted?.amount, 5000 * MB)
  driver.now += 100_000
  const fast = driver.charge(request('update', 1, [{ ask: null, used: { octets: 4000 * MB } }]))
  t.equal(fast.units[0]?.granted?.amount, 1000 * MB, 'sized by rate, at most the maximum')
})

t.test('RFC 8506 8.19: usage beyond the grant is debited in full, even below zero', async t => {
  const driver = EngineDriver.open(['go'], 100_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  const answer = driver.charge(request('update', 1, [{ ask: null, used: { octets: 25 * MB } }]))
  t.equal(answer.units[0]?.outcome, 'credit-limit-reached')
  t.same(driver.wallet(), { available: -150_000, reserved: 0 })
})

t.test('RFC 8506 8.2: a repeat gets the same answer and changes nothing', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  const requests = [
    request('initial', 0, [{ ask: null }]),
    request('update', 1, [{ ask: null, used: { octets: MB } }]),
    request('update', 2, [{ ask: { octets: 5 }, used: { octets: 7 * MB } }]),
    request('termination', 3, [{ used: { octets: 1 } }])
  ]
  for (const each of requests) {
    const answer = driver.charge(each)
    const before = driver.account
    const again = driver.decide(each)
    t.equal(again.changes, null)
    t.match(again.answer, { ...answer, repeated: true })
    t.equal(driver.account, before)
  }
  t.equal(driver.cdrs().length, 1)
})

t.test(
  'RFC 8506 5.7, 8.2: after the end every request of a session still gets its answer, and changes nothing',
  async t => {
    const driver = EngineDriver.open(['go'], 100_000_000)
    const requests = [
      request('initial', 0, [{ ask: null }]),
      request('update', 1, [{ ask: { octets: 5 }, used: { octets: MB } }]),
      request('termination', 2, [{ used: { octets: 1 } }])
    ]
    const answers = requests.map(each => driver.charge(each))
    const closed = driver.closed.get('s;1')!
    requests.forEach((each, index) => {
      const again = driver.decide(each)
      t.equal(again.changes, null)
      t.match(again.answer, { ...answers[index], repeated: true })
    })
    driver.closed.set('s;1', { ...closed, answers: [] })
    const forgotten = driver.decide(requests[1]!)
    t.equal(forgotten.changes, null)
    t.match(forgotten.answer, { outcome: 'success', repeated: true, units: [{ granted: null }] })
  }
)

t.test('an old repeat whose answer is no longer kept is not debited', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  for (let n = 1; n <= 40; n++) {
    driver.charge(request('update', n, [{ ask: null, used: { octets: MB } }]))
  }
  const before = driver.wallet()
  const again = driver.decide(request('update', 2, [{ ask: null, used: { octets: MB } }]))
  t.equal(again.changes, null)
  t.match(again.answer, { outcome: 'success', repeated: true })
  t.same(driver.wallet(), before)
  driver.charge(request('update', 50, [{ used: { octets: MB } }]))
  const gap = driver.charge(request('update', 45, [{ used: { octets: MB } }]))
  t.equal(gap.repeated, false, 'a lower number never seen is processed')
  driver.charge(request('termination', 51))
  t.equal(driver.cdrs()[0]?.amount, 420_000)
})

t.test('RFC 8506 9, 8.16: rating groups are answered each for itself', async t => {
  const driver = EngineDriver.open(['go'], 0)
  const answer = driver.charge(
    request('initial', 0, [
      { ratingGroup: 10, ask: null },
      { ratingGroup: 20, ask: null },
      { ratingGroup: 99, ask: null },
      { ratingGroup: null, ask: null }
    ])
  )
  t.equal(answer.outcome, 'success')
  t.same(
    answer.units.map(unit => [unit.ratingGroup, unit.outcome, unit.granted?.amount ?? 0]),
    [
      [10, 'credit-limit-reached', 0],
      [20, 'success', 10 * MB],
      [99, 'rating-failed', 0],
      [null, 'credit-limit-reached', 0]
    ]
  )
})

t.test('services under one price share its steps', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  driver.charge(
    request('initial', 0, [
      { serviceIdentifiers: [1], ask: { octets: 50_000 } },
      { serviceIdentifiers: [2], ask: { octets: 50_000 } }
    ])
  )
  t.equal(driver.wallet().reserved, 1_000, 'two half steps are one')
  driver.charge(
    request('termination', 1, [
      { serviceIdentifiers: [1], used: { octets: 50_000 } },
      { serviceIdentifiers: [2], used: { octets: 50_000 } }
    ])
  )
  t.equal(driver.cdrs()[0]?.amount, 1_000)
})

t.test('roaming is priced by where the usage was granted', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  driver.charge(
    request('update', 1, [{ ask: null, used: { octets: MB } }], { facts: { plmn: '310410' } })
  )
  t.equal(driver.wallet().reserved, 20_000_000)
  driver.charge(
    request('termination', 2, [{ used: { octets: 10_000 } }], { facts: { plmn: '310410' } })
  )
  t.match(driver.cdrs()[0], {
    amount: 30_000,
    parts: [
      { zone: 'home', amount: 10_000 },
      { zone: 'world', amount: 20_000 }
    ]
  })
})

t.test(
  'RFC 8506 7, 13: a session without a sign of life is closed at Tcc, and its money is free again',
  async t => {
    const driver = EngineDriver.open(['go'], 100_000_000)
    driver.charge(request('initial', 0, [{ ask: null }]))
    driver.now += HOUR
    driver.charge(request('update', 1, [{ ask: null, used: { octets: MB } }]))
    driver.now += 2 * HOUR - 1
    driver.submit({ kind: 'sweep', accountId: 'a1' })
    t.equal(driver.sessions.size, 1, 'not yet')
    t.equal(driver.account?.sweepAt, driver.now + 1, 'the index is corrected')
    driver.now += 1
    driver.submit({ kind: 'sweep', accountId: 'a1' })
    t.equal(driver.sessions.size, 0)
    t.same(driver.wallet(), { available: 99_990_000, reserved: 0 })
    t.match(driver.cdrs(), [{ amount: 10_000, cause: 'abnormalRelease' }])
    t.equal(driver.account?.sweepAt, 0)
  }
)

t.test('an access needs no sweeper to find the money of an expired session', async t => {
  const driver = EngineDriver.open(['go'], 100_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  driver.now += 3 * HOUR
  const other = driver.charge(request('initial', 0, [{ ask: null }], { sessionId: 's;2' }))
  t.match(other.units, [{ granted: { amount: 10 * MB } }])
  t.equal(driver.sessions.size, 1)
  t.equal(driver.cdrs().length, 1)
})

t.test('RFC 8506 7: usage reported after Tcc makes a further CDR, once', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  driver.charge(request('update', 1, [{ ask: null, used: { octets: 150_000 } }]))
  driver.now += 3 * HOUR
  const late = request('update', 2, [{ ask: null, used: { octets: 30_000 } }])
  t.match(driver.charge(late), { outcome: 'unknown-session', units: [] })
  t.equal(driver.charge(late).repeated, true)
  driver.charge(request('termination', 3, [{ used: { octets: 30_000 } }]))
  t.equal(driver.charge(request('termination', 3, [{ used: { octets: 30_000 } }])).repeated, true)
  t.match(
    driver.cdrs().map(cdr => [cdr.number, cdr.amount, cdr.flags]),
    [
      [1, 2_000, []],
      [2, 0, ['late']],
      [3, 1_000, ['late']]
    ],
    '150 kB + 30 kB + 30 kB are three started steps of 100 kB'
  )
  t.equal(driver.wallet().available, 100_000_000 - 3_000)
})

t.test('RFC 8506 5.4, 7: a termination that overtakes leaves nothing reserved', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  const end = driver.charge(request('termination', 1, [{ used: { octets: MB } }]))
  t.equal(end.outcome, 'unknown-session')
  const start = driver.charge(request('initial', 0, [{ ask: null }]))
  t.equal(start.outcome, 'unknown-session')
  t.same(driver.wallet(), { available: 99_990_000, reserved: 0 })
  t.match(driver.cdrs(), [{ amount: 10_000, flags: ['no-session'] }])
})

t.test('usage of an initial request is settled once, whatever came before it', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  driver.charge(request('termination', 1, [{ used: { octets: 150_000 } }]))
  const late = request('initial', 0, [{ ask: null, used: { octets: 250_000 } }])
  t.match(driver.charge(late), { outcome: 'unknown-session', repeated: false })
  t.match(driver.charge(late), { outcome: 'unknown-session', repeated: true })
  t.same(driver.wallet(), { available: 99_996_000, reserved: 0 })
  t.same(
    driver.cdrs().map(cdr => cdr.octets),
    [150_000, 250_000]
  )
})

t.test('usage of an initial request is settled once, also after its session expired', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  const initial = request('initial', 0, [{ ask: null, used: { octets: 250_000 } }])
  driver.charge(initial)
  driver.now += 3 * HOUR
  t.match(driver.charge(initial), { outcome: 'unknown-session', repeated: true })
  t.equal(driver.cdrs().length <= 1, true)
  t.same(driver.wallet().available + driver.wallet().reserved, 99_997_000)
})

t.test('an initial repeated after its session expired opens it again', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  driver.now += 3 * HOUR
  const again = driver.charge(request('initial', 0, [{ ask: null }]))
  t.match(again, { outcome: 'success', repeated: false, units: [{ granted: { amount: 10 * MB } }] })
  t.equal(driver.account?.openSessions, 1)
  driver.charge(request('termination', 1, [{ used: { octets: MB } }]))
  t.same(
    driver.cdrs().map(cdr => [cdr.number, cdr.amount]),
    [
      [1, 0],
      [2, 10_000]
    ]
  )
})

t.test(
  'RFC 8506 9.1: a blocked account gets no units, but its usage is settled and emergencies go on',
  async t => {
    const driver = EngineDriver.open(['go'], 100_000_000)
    driver.charge(request('initial', 0, [{ ask: null }]))
    driver.submit({ kind: 'block', accountId: 'a1', reason: 'fraud' })
    const update = driver.charge(request('update', 1, [{ ask: null, used: { octets: MB } }]))
    t.match(update, { outcome: 'success', units: [{ outcome: 'service-denied' }] })
    t.same(driver.wallet(), { available: 99_990_000, reserved: 0 })
    const refused = driver.charge(request('initial', 0, [{ ask: null }], { sessionId: 's;2' }))
    t.equal(refused.outcome, 'service-denied')
    const emergency = driver.charge(
      request('initial', 0, [{ ratingGroup: 100, ask: { seconds: 60 } }], {
        sessionId: 's;3',
        context: '32260',
        facts: { calledParty: 'tel:112' }
      })
    )
    t.match(emergency.units, [{ outcome: 'success', granted: { unit: 'seconds', amount: 60 } }])
  }
)

t.test('usage of something that is not sold goes to suspense, not to a price', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  driver.charge(request('initial', 0, [{ ratingGroup: 99, ask: null }]))
  driver.charge(request('termination', 1, [{ ratingGroup: 99, used: { octets: MB } }]))
  t.equal(driver.wallet().available, 100_000_000)
  t.match(driver.cdrs(), [
    { amount: 0, flags: ['suspense'], parts: [{ units: MB, suspense: true }] }
  ])
})

t.test('RFC 8506 6.5: an event is debited at once, all or nothing, and once', async t => {
  const driver = EngineDriver.open(['go'], 100_000)
  const sms = (sessionId: string) =>
    request('event', 0, [{ ratingGroup: 200, ask: { messages: 1 } }], {
      sessionId,
      context: '32274',
      facts: { calledParty: '491701234567' }
    })
  t.match(driver.charge(sms('e;1')).units, [{ granted: { unit: 'messages', amount: 1 } }])
  t.match(driver.charge(sms('e;1')), { repeated: true, units: [{ granted: { amount: 1 } }] })
  t.match(driver.charge(sms('e;2')).units, [{ outcome: 'credit-limit-reached' }])
  t.same(driver.wallet(), { available: 30_000, reserved: 0 })
  t.match(driver.cdrs(), [{ amount: 70_000, flags: ['event'] }])
})

t.test('an event without a rating group has that of its peer, if its peer has one', async t => {
  const driver = EngineDriver.open(['go'], 100_000)
  const answer = driver.charge({
    ...request('event', 0, [{ ratingGroup: null, ask: { messages: 1 } }], {
      facts: { calledParty: '+491701234567' }
    }),
    context: '32251',
    profile: { ...profile, ratingGroup: 200 }
  })
  t.match(answer, { outcome: 'success', units: [{ granted: { unit: 'messages', amount: 1 } }] })
  t.match(driver.cdrs(), [{ amount: 70_000, parts: [{ ratingGroup: 200 }] }])
})

t.test('a postpaid wallet goes down to its credit limit', async t => {
  const driver = EngineDriver.open(['post'], 0)
  const answer = driver.charge(request('initial', 0, [{ ask: { octets: 200 * MB } }]))
  t.match(answer.units, [{ granted: { amount: 100 * MB }, final: 'terminate' }])
  t.same(driver.wallet(), { available: -1_000_000, reserved: 1_000_000 })
})

t.test(
  'TS 32.299 5.2.2: what is reported in another unit than granted is charged as reported',
  async t => {
    const driver = EngineDriver.open(['go'], 1_000_000)
    driver.charge(request('initial', 0, [{ ask: { octets: MB } }]))
    const money = { amount: 300_000, currency: 'EUR' }
    driver.charge(request('update', 1, [{ ask: { money }, used: { money } }]))
    t.same(driver.wallet(), { available: 400_000, reserved: 300_000 })
    driver.charge(request('update', 2, [{ used: { octets: MB } }]))
    t.same(driver.wallet(), { available: 690_000, reserved: 0 })
    driver.charge(request('termination', 3))
    t.equal(driver.cdrs()[0]?.amount, 310_000)
  }
)

t.test(
  'RFC 8506 5.1.1: a repeat too old to be kept is told when the price changes, or to come back by then',
  async t => {
    const plain = { profile: peerProfiles.open5gs }
    const driver = new EngineDriver({ current: banded, byVersion: new Map([['c0ffee00', banded]]) })
    driver.now = nightfall - 600_000
    const lines = [{ msisdn: '4915100000001' }]
    driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp: 10 * MB })
    driver.charge(request('initial', 0, [{ ask: null }]))
    for (let n = 1; n <= 20; n++) driver.charge(request('update', n, [{ ask: null }]))
    t.match(driver.charge(request('update', 1, [{ ask: null }])), {
      repeated: true,
      units: [{ validity: 3600, conditions: { tariffChange: nightfall } }]
    })
    driver.charge(request('update', 21, [{ ask: null }], plain))
    t.match(driver.charge(request('update', 1, [{ ask: null }], plain)), {
      repeated: true,
      units: [{ validity: 600 }]
    })
  }
)

t.test('a policy that measures the rate at once has none yet when a session begins', async t => {
  const quota = { ...catalogues.current.quota, rateAfter: 0 }
  const current = { ...catalogues.current, quota }
  const driver = new EngineDriver({ current, byVersion: new Map([[current.version, current]]) })
  const lines = [{ msisdn: '4915100000001' }]
  driver.submit({ kind: 'open-account', accountId: 'a1', lines, offers: ['go'], topUp: 1_000_000 })
  const answer = driver.charge(request('initial', 0, [{ ask: null }]))
  t.match(answer.units, [{ outcome: 'success', granted: { amount: 10_000_000 } }])
})

t.test('TS 32.299 6.4.2: a termination after the end gets the same refusal again', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  const end = request('termination', 1, [{ used: { octets: 150_000 } }])
  t.equal(driver.charge(end).outcome, 'unknown-session', 'of a session never seen')
  t.match(driver.charge(end), { outcome: 'unknown-session', repeated: true })
  t.equal(driver.cdrs().length, 1)
  const id = { sessionId: 's;2' }
  driver.charge(request('initial', 0, [{ ask: null }], id))
  driver.now += 3 * HOUR
  const late = request('termination', 1, [{ used: { octets: 150_000 } }], id)
  t.equal(driver.charge(late).outcome, 'unknown-session', 'of a session that has expired')
  t.match(driver.charge(late), { outcome: 'unknown-session', repeated: true })
  t.equal(driver.charge(request('initial', 0, [{ ask: null }], id)).outcome, 'unknown-session')
})

t.test('an update after the termination gets the same refusal again', async t => {
  const driver = EngineDriver.open(['go'], 100_000_000)
  driver.charge(request('initial', 0, [{ ask: null }]))
  t.equal(driver.charge(request('termination', 1)).outcome, 'success')
  const late = request('update', 2, [{ used: { octets: 1 }, ask: null }])
  t.equal(driver.charge(late).outcome, 'unknown-session')
  t.match(driver.charge(late), { outcome: 'unknown-session', repeated: true })
  t.match(driver.charge(request('termination', 1)), { outcome: 'success', repeated: true })
})
