import t from 'tap'
import { catalogues } from '../support/catalogue.ts'
import { DAY, EngineDriver, HOUR, request, start } from '../support/engine-driver.ts'
import { playAll, step } from '../support/steps.ts'

const MB = 1_000_000

t.test('a usage is priced as a whole session, whatever the number of reports', async t => {
  for (const reports of [1, 2, 7, 100]) {
    const { steps } = playAll(
      { steps: [step('use', { service: 'data', units: 5 * MB + 1, reports })] },
      catalogues
    )
    const [use] = steps
    // 5.1 MB in started steps of 100 kB at 0.01 per MB.
    t.equal(
      use?.requests.reduce((sum, { debited }) => sum + debited, 0),
      51_000
    )
    t.equal(use?.requests.length, reports + 1)
    t.same(use?.used, { unit: 'octets', units: 5 * MB + 1 })
    t.equal(use?.account.wallet.available, 10_000_000 - 51_000)
    t.equal(use?.account.openSessions, 0)
  }
})

t.test('a usage that the wallet cannot pay ends where the money ends', async t => {
  const account = { offers: ['go'], topUp: 25_000, lines: [] }
  const { steps } = playAll(
    { account, steps: [step('use', { service: 'data', units: 5 * MB })] },
    catalogues
  )
  t.same(steps[0]?.used, { unit: 'octets', units: 2_500_000 })
  t.equal(steps[0]?.account.wallet.available, 0)
  const [initial, update] = steps[0]?.requests ?? []
  t.match(initial?.explanation?.units[0]?.grant, { limited: true, final: true })
  t.match(update?.answer, { units: [{ outcome: 'credit-limit-reached' }] })
})

t.test('a pack is drawn before money, for thirty days, and then not any more', async t => {
  const { steps } = playAll(
    {
      steps: [
        step('subscribe', { offer: 'pack' }),
        step('use', { service: 'data', units: 3 * MB }),
        step('use', { service: 'data', units: 3 * MB, after: DAY }),
        step('look', { after: 30 * DAY })
      ]
    },
    catalogues
  )
  // The fee, nothing, then 2 MB of the pack and 1 MB for 0.01.
  t.same(
    steps.map(({ account }) => account.wallet.available),
    [9_000_000, 9_000_000, 8_990_000, 8_990_000]
  )
  t.match(steps[2]?.requests[1]?.explanation?.units[0]?.settled, [
    { units: 2 * MB, amount: 0, bucket: /pack/ },
    { units: MB, amount: 10_000, price: 'c0ffee00:go/home' }
  ])
  t.same(steps[3]?.account.buckets, [], 'nothing is left of the pack')
})

t.test('requests are played one by one, and a session that falls silent is closed', async t => {
  const usages = (used: number | null) => [
    {
      service: 'data',
      ratingGroup: null,
      serviceIdentifiers: [],
      used: used === null ? null : { octets: used },
      asked: {}
    }
  ]
  const { steps } = playAll(
    {
      steps: [
        step('initial', { usages: usages(null) }),
        step('update', { usages: usages(MB), after: HOUR, facts: { plmn: '31041' } }),
        step('look', { after: 3 * HOUR })
      ]
    },
    catalogues
  )
  const [first, second, third] = steps
  t.match(first?.requests[0]?.explanation?.units[0]?.grant, { wanted: 10 * MB, basis: 'first' })
  t.equal(second?.requests[0]?.debited, 10_000, 'the usage happened at home')
  t.match(second?.requests[0]?.explanation?.units[0], {
    meaning: { zone: 'world' },
    rules: [
      { price: 'c0ffee00:go/home', obstacle: 'zone' },
      { price: 'c0ffee00:go/world', obstacle: null }
    ],
    settled: [{ price: 'c0ffee00:go/home', zone: 'home', units: MB, amount: 10_000 }],
    grant: { price: 'c0ffee00:go/world', basis: 'rate' }
  })
  const [sweep] = third?.requests ?? []
  t.match(sweep, { at: start + 3 * HOUR, request: { kind: 'sweep' } })
  t.match(sweep?.records, [{ kind: 'cdr', cause: 'abnormalRelease', amount: 10_000 }])
  t.equal(third?.account.wallet.reserved, 0)
})

t.test('a live account is played on as it stands, with its open session', async t => {
  const driver = EngineDriver.open(['go'], 1_000_000)
  driver.charge(request('initial', 0, [{ ask: { octets: 20 * MB } }]))
  const account = driver.account!
  const snapshot = {
    account,
    lines: [...driver.lines.values()],
    sessions: [...driver.sessions.values()]
  }
  const before = JSON.stringify(snapshot)
  const played = playAll(
    {
      account: account.id,
      steps: [
        step('update', {
          session: 's;1',
          usages: [
            {
              service: 'data',
              ratingGroup: null,
              serviceIdentifiers: [],
              used: { octets: 20 * MB },
              asked: { octets: 90 * MB }
            }
          ]
        })
      ]
    },
    catalogues,
    snapshot
  )
  // 1.00 pays 100 MB: 20 are used, 80 are left.
  t.match(played.steps[0]?.requests[0]?.answer, { units: [{ granted: { amount: 80 * MB } }] })
  t.equal(played.steps[0]?.requests[0]?.request.kind, 'charging')
  t.equal(JSON.stringify(snapshot), before)
})

t.test('a repeat and a refusal are told as what they are', async t => {
  const again = step('event', { service: 'sms', units: 2, session: 'e', number: 0 })
  const { steps } = playAll(
    { steps: [again, again, step('subscribe', { offer: 'none' }), step('top-up', { money: 5 })] },
    catalogues
  )
  t.equal(steps[0]?.requests[0]?.debited, 140_000)
  t.match(steps[1]?.requests[0], { debited: 0, answer: { repeated: true } })
  t.match(steps[2]?.requests[0]?.answer, { kind: 'refused', reason: 'offer-unknown' })
  t.equal(steps[3]?.requests[0]?.debited, 0, 'a top-up is no debit')
  t.equal(steps[3]?.account.wallet.available, 10_000_000 - 140_000 + 5)
})

t.test('sessions that are not named do not meet each other', async t => {
  const use = step('use', { service: 'data', units: MB })
  const { steps } = playAll(
    {
      steps: [use, step('initial', { service: 'data' }), step('update', { service: 'data' }), use]
    },
    catalogues
  )
  for (const { requests } of steps) {
    for (const { answer } of requests) t.match(answer, { outcome: 'success', repeated: false })
  }
})

t.test('steps that mean nothing are refused by their number', async t => {
  const wrong = (steps: ReturnType<typeof step>[], message: RegExp) =>
    t.throws(() => playAll({ steps }, catalogues), { code: 'GYRO_INPUT_INVALID', message })
  wrong([step('look'), step('use', { service: 'fax', units: 1 })], /^steps\/1: .*fax.*data, voice/)
  wrong([step('use', { service: 'data', units: 1, line: '4711' })], /^steps\/0: .*4711/)
  wrong([step('look', { at: start - 1 })], /^steps\/0: .*before/)
  wrong([step('look', { after: 4_000 * DAY })], /^steps\/0: .*ten years/)
  const many = step('use', { service: 'data', units: 100, reports: 100 })
  wrong(
    Array.from({ length: 20 }, () => many),
    /more than 2000 requests/
  )
})
