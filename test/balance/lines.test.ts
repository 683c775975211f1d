/** Lines that come, change their numbers and end, through the lanes and the stores: two servers, and what may go wrong. */
import t from 'tap'
import { decodeAccount, decodeLine } from '../../src/balance/documents/account.ts'
import { type ChargingService, createChargingService } from '../../src/balance/service.ts'
import type { Store } from '../../src/balance/store.ts'
import { createEngine } from '../../src/charging/engine.ts'
import type { AccountAnswer } from '../../src/domain/answer.ts'
import { GyroError } from '../../src/domain/errors.ts'
import { hasEnded } from '../../src/domain/line-numbers.ts'
import type { OrderRecord } from '../../src/domain/order.ts'
import type { CdrRecord, OutboxRecord } from '../../src/domain/record.ts'
import type { SubscriberId } from '../../src/domain/subscriber.ts'
import type { NewLine } from '../../src/domain/subscriptions.ts'
import { systemScheduler } from '../../src/ops/clock.ts'
import type { OfferFile } from '../../src/rating/load/source.ts'
import { request, start, type UsageTemplate } from '../support/engine-driver.ts'
import { catalogueOf, standardOffers } from '../support/limits-catalogue.ts'
import { createMemoryState, createMemoryStore } from '../support/memory-store.ts'
import { keepLog, openTestStore, testRandom } from '../support/open-test-store.ts'
import { keyOf } from '../support/store-writes.ts'
import { startStores } from '../support/stores.ts'
import { ask } from './toy.ts'

const EUR = 1_000_000
const MB = 1_000_000
const data = { services: ['internet'], period: 'calendar-month' } as const
const offers: readonly OfferFile[] = [
  ...standardOffers,
  {
    offer: 'family',
    kind: 'base',
    name: '100 MB for all, and then 5 MB for each',
    allowances: [
      { allowance: 'pool', amount: '100 MB', sharing: 'account', priority: 1, ...data },
      { allowance: 'each', amount: '5 MB', sharing: 'line', priority: 2, ...data }
    ],
    'prices-of': 'go'
  },
  {
    offer: 'own-10',
    kind: 'addon',
    name: '10 MB for one line',
    fee: '2.00',
    allowances: [{ allowance: 'own', amount: '10 MB', priority: 0, ...data }]
  }
]
const engine = createEngine(() => ({ current: catalogueOf(offers), byVersion: new Map() }))

/** Two servers on one store. Numbers and names are made different from those of others by a prefix. */
interface House {
  readonly store: Store
  readonly one: ChargingService
  readonly two: ChargingService
  readonly prefix: string
  now: number
  /** The name as it is in this house. */
  own(name: string): string
  lines(lines: readonly NewLine[]): NewLine[]
  open(account: string, lines: readonly NewLine[], offers?: string[], topUp?: number): Promise<void>
  add(account: string, lines: readonly NewLine[], key?: string): Promise<AccountAnswer>
  change(account: string, line: string, numbers: NewLine, key?: string): Promise<AccountAnswer>
  end(account: string, line: string, key?: string): Promise<AccountAnswer>
  charge(
    service: ChargingService,
    type: 'initial' | 'update' | 'termination',
    number: number,
    session: string,
    numbers: NewLine,
    usages?: UsageTemplate[]
  ): ReturnType<typeof ask>
  /** Documents and records of the account. */
  look(account: string): Promise<Look>
}

interface Look {
  readonly wallet: number
  readonly lines: readonly ReturnType<typeof decodeLine>[]
  readonly buckets: ReadonlyMap<string, number>
  readonly records: readonly OutboxRecord[]
  readonly cdrs: readonly CdrRecord[]
  readonly orders: readonly OrderRecord[]
}

let houses = 0

function createHouse(store: Store): House {
  const prefix = `${process.pid}${++houses}${Date.now() % 1_000_000}-`
  const own = (name: string) => `${prefix}${name}`
  const numbersOf = ({ msisdn, imsi, ...rest }: NewLine): NewLine => ({
    ...rest,
    ...(msisdn === undefined ? {} : { msisdn: own(msisdn) }),
    ...(imsi === undefined ? {} : { imsi: own(imsi) })
  })
  const operationOf = (key?: string) => (key === undefined ? null : { key, digest: `d${key}` })
  const serve = (): ChargingService =>
    createChargingService({
      store,
      ...engine,
      clock: { now: () => house.now, monotonic: () => performance.now() },
      scheduler: systemScheduler,
      random: testRandom,
      logger: keepLog()
    })
  const house: House = {
    store,
    one: serve(),
    two: serve(),
    prefix,
    now: start,
    own,
    lines: lines => lines.map(numbersOf),
    async open(account, lines, offers = ['family'], topUp = 20 * EUR) {
      const request = { kind: 'open-account', accountId: own(account), offers, topUp } as const
      t.match(await house.one.accounts.submit({ ...request, lines: lines.map(numbersOf) }), {
        kind: 'done'
      })
    },
    add: (account, lines, key) =>
      house.one.accounts.submit({
        kind: 'add-lines',
        accountId: own(account),
        lines: lines.map(numbersOf),
        ids: [],
        operation: operationOf(key)
      }),
    change: (account, line, numbers, key) =>
      house.one.accounts.submit({
        kind: 'change-line',
        accountId: own(account),
        lineId: own(line),
        changes: null,
        ...(numbersOf(numbers) as { msisdn?: string; imsi?: string }),
        operation: operationOf(key)
      }),
    end: (account, line, key) =>
      house.one.accounts.submit({
        kind: 'end-line',
        accountId: own(account),
        lineId: own(line),
        besides: null,
        operation: operationOf(key)
      }),
    charge(service, type, number, session, numbers, usages = [{ ask: { octets: MB } }]) {
      const { msisdn, imsi } = numbersOf(numbers)
      const subscribers: SubscriberId[] = []
      if (msisdn !== undefined) subscribers.push({ type: 'msisdn', value: msisdn })
      if (imsi !== undefined) subscribers.push({ type: 'imsi', value: imsi })
      return ask(service, request(type, number, usages, { sessionId: own(session), subscribers }))
    },
    look: account => look(store, own(account))
  }
  return house
}

async function look(store: Store, accountId: string): Promise<Look> {
  const key = keyOf(store, accountId)
  const wanted = { lines: await store.listLines(key), sessions: [] }
  const [documents] = await store.load([{ key, wanted }])
  const account = decodeAccount(documents!.account!)
  const lines = documents!.lines.map(text => decodeLine(text!))
  const entries = (await store.outbox.read(100_000)).get(key.partition) ?? []
  const records = entries
    .map(({ value }) => JSON.parse(value) as OutboxRecord)
    .filter(record => record.accountId === accountId)
  const orders = ((await store.orders.read(100_000)).get(key.partition) ?? [])
    .map(({ value }) => JSON.parse(value) as OrderRecord)
    .filter(order => order.accountId === accountId)
  const buckets = [...account.buckets, ...lines.flatMap(line => line.buckets)]
  return {
    wallet: account.wallet.available + account.wallet.reserved,
    lines,
    buckets: new Map(buckets.map(({ id, available, reserved }) => [id, available + reserved])),
    records,
    cdrs: records.filter(record => record.kind === 'cdr'),
    orders
  }
}

/** Everything that came and went is in the records: what is left in wallet and buckets is their sum. */
function conserved({ wallet, buckets, records, cdrs }: Look): void {
  const sums = new Map<string, number>()
  const count = (target: string, amount: number) =>
    sums.set(target, (sums.get(target) ?? 0) + amount)
  for (const record of records) {
    if (record.kind === 'movement') count(record.target, record.amount)
  }
  for (const { amount, parts } of cdrs) {
    count('wallet', -amount)
    for (const part of parts) if (part.bucket !== '') count(part.bucket, -part.units)
  }
  const found = new Map([...buckets, ['wallet', wallet]])
  const wrong = [...new Set([...sums.keys(), ...found.keys()])]
    .map(target => [target, found.get(target) ?? 0, sums.get(target) ?? 0])
    .filter(([, left, sum]) => left !== sum)
  t.strictSame(wrong, [], 'what is left, and what came and went')
  t.strictSame(
    records.map(({ record }) => record),
    records.map((_, index) => index + 1),
    'numbered without gaps'
  )
}

/** Of two answers, where the other one is refused for this. */
function oneIsDone(answers: readonly AccountAnswer[], reason: string): void {
  t.strictSame(answers.map(({ kind }) => kind).sort(), ['done', 'refused'])
  t.match(
    answers.find(({ kind }) => kind === 'refused'),
    { reason }
  )
}

const parent = { msisdn: '100', imsi: '900' }
const child = { msisdn: '101', imsi: '901' }
const used = (octets: number) => [{ used: { octets } }]

type Scenario = (house: House) => Promise<void>

const scenarios: Record<string, Scenario> = {
  async 'a line that is added has what lines get, and a share of what all have'(house) {
    await house.open('a', [parent])
    t.match(await house.charge(house.two, 'initial', 0, 's0', child), { outcome: 'user-unknown' })
    t.match(await house.add('a', [{ ...child, offers: ['own-10'] }, { msisdn: '102' }]), {
      kind: 'done',
      repeated: false
    })
    const { lines, buckets, wallet } = await house.look('a')
    t.equal(wallet, 18 * EUR, 'the fee of its own offer is paid')
    t.equal(lines.length, 3)
    t.equal(buckets.size, 1 + 3 + 1, 'the pool, something for each line, and its own')
    const granted = await house.charge(house.two, 'initial', 0, 's1', child)
    t.match(granted, { outcome: 'success', units: [{ granted: { amount: MB } }] })
    await house.charge(house.one, 'termination', 1, 's1', child, used(12 * MB))
    const after = await house.look('a')
    const byAllowance = after.cdrs[0]!.parts.map(part => [part.bucket.split('/')[1], part.units])
    t.equal(after.cdrs.length, 1, JSON.stringify(byAllowance))
    t.match(after.cdrs[0], { msisdn: house.own('101'), imsi: house.own('901'), amount: 0 })
    t.equal(after.cdrs[0]!.parts.length, 2, 'its own first, and then the pool')
    conserved(after)
  },

  async 'a number of another account, or a wallet that cannot pay, changes nothing'(house) {
    await house.open('a', [parent])
    await house.open('b', [child], ['family'], EUR)
    t.match(await house.add('b', [{ msisdn: '103' }, { msisdn: '100' }]), {
      reason: 'identity-taken',
      member: 'lines/1/msisdn'
    })
    t.match(await house.add('b', [{ msisdn: '101', imsi: '999' }]), {
      reason: 'identity-taken',
      member: 'lines/0/msisdn'
    })
    t.match(await house.add('b', [{ msisdn: '103', offers: ['own-10'] }]), {
      reason: 'funds-insufficient'
    })
    t.match(await house.add('b', [{ msisdn: '103', offers: ['none'] }]), {
      reason: 'offer-unknown'
    })
    t.match(await house.add('none', [{ msisdn: '103' }]), { reason: 'account-unknown' })
    t.match(await house.add('a', [{ msisdn: '103', imsi: '999' }]), { kind: 'done' }, 'still free')
    const { lines, wallet } = await house.look('b')
    t.equal(lines.length, 1)
    t.equal(wallet, EUR)
    conserved(await house.look('b'))
  },

  async 'a session stays with its line when another line of the account has the number'(house) {
    await house.open('a', [parent, child])
    await house.charge(house.one, 'initial', 0, 's1', child)
    await house.charge(house.one, 'initial', 0, 's2', child)
    await house.charge(house.one, 'initial', 0, 's3', child)
    t.match(await house.charge(house.one, 'termination', 1, 's3', child), { outcome: 'success' })
    t.match(await house.end('a', '101'), { kind: 'done' })
    t.match(await house.add('a', [child]), { kind: 'done' })
    const updated = await house.charge(house.two, 'update', 1, 's1', child, used(MB))
    t.match(updated, { outcome: 'success', units: [] })
    t.match(await house.charge(house.two, 'termination', 1, 's2', child, used(2 * MB)), {
      outcome: 'success'
    })
    t.match(await house.charge(house.two, 'termination', 2, 's1', child, used(3 * MB)), {
      outcome: 'success'
    })
    t.match(await house.charge(house.two, 'termination', 2, 's3', child, used(4 * MB)), {
      outcome: 'unknown-session'
    })
    const after = await house.look('a')
    const ended = house.own('101')
    t.strictSame(
      after.cdrs.map(({ sessionId, lineId, octets }) => [sessionId, lineId, octets / MB]).sort(),
      [
        [house.own('s1'), ended, 4],
        [house.own('s2'), ended, 2],
        [house.own('s3'), ended, 0],
        [house.own('s3'), ended, 4]
      ]
    )
    conserved(after)
  },

  async 'the end of a line, sent again, ends no other one'(house) {
    await house.open('a', [parent, child])
    t.match(await house.change('a', '101', { msisdn: '102' }), { kind: 'done' })
    t.match(await house.add('a', [{ msisdn: '101' }]), { kind: 'done' })
    t.match(await house.end('a', '101'), { kind: 'done' })
    t.match(await house.end('a', '101'), { kind: 'refused', reason: 'line-unknown' })
    t.match(await house.charge(house.two, 'initial', 0, 's1', { msisdn: '102' }), {
      outcome: 'success'
    })
  },

  async 'the same request under one key at once on two servers is done once'(house) {
    await house.open('a', [parent], ['family'], 40 * EUR)
    for (let round = 0; round < 20; round++) {
      const lines = house.lines([{ msisdn: `2${round}`, imsi: `8${round}`, offers: ['own-10'] }])
      const operation = { key: `k${round}`, digest: 'd' }
      const add = { kind: 'add-lines', accountId: house.own('a'), ids: [], operation } as const
      const both = [house.one, house.two].map(({ accounts }) => accounts.submit({ ...add, lines }))
      t.match(await Promise.all(both), [{ kind: 'done' }, { kind: 'done' }])
      if (round < 9) continue
      t.match(await house.end('a', `2${round}`), { kind: 'done' })
    }
    const { lines, wallet } = await house.look('a')
    t.equal(lines.length, 21)
    t.equal(wallet, 0)
    conserved(await house.look('a'))
  },

  async 'two servers that add one number to two accounts: one of them gets it'(house) {
    await house.open('a', [parent])
    await house.open('b', [child])
    const adding = (['a', 'b'] as const).map((account, i) =>
      (i === 0 ? house.one : house.two).accounts.submit({
        kind: 'add-lines',
        accountId: house.own(account),
        lines: house.lines([{ msisdn: '107' }]),
        ids: [],
        operation: null
      })
    )
    const answers = await Promise.all(adding)
    oneIsDone(answers, 'identity-taken')
    const looks = [await house.look('a'), await house.look('b')]
    t.equal(looks[0]!.lines.length + looks[1]!.lines.length, 3)
  },

  async 'with a key lines are added once, and a claim that was left stops nobody else'(house) {
    await house.open('a', [parent])
    await house.store.claim([
      {
        key: { kind: 'identity', value: `msisdn:${house.own('101')}` },
        value: `${house.own('a')}\n${house.own('101')}`
      }
    ])
    const unknown = await house.charge(house.two, 'initial', 0, 's0', { msisdn: '101' })
    t.match(unknown, { outcome: 'user-unknown' }, 'the claim alone is no line')
    const usage = await house.charge(house.two, 'update', 1, 's0', { msisdn: '101' }, used(MB))
    t.match(usage, { outcome: 'user-unknown' })
    const line = { ...child, offers: ['own-10'] }
    t.match(await house.add('a', [line], 'k'), { kind: 'done', repeated: false })
    t.match(await house.add('a', [line], 'k'), { kind: 'done', repeated: true })
    t.match(await house.add('a', [line]), { reason: 'identity-taken' })
    t.match(
      await house.one.accounts.submit({
        kind: 'add-lines',
        accountId: house.own('a'),
        lines: house.lines([{ msisdn: '105' }]),
        ids: [],
        operation: { key: 'k', digest: 'other' }
      }),
      { reason: 'key-reused' }
    )
    const { wallet, lines } = await house.look('a')
    t.equal(wallet, 18 * EUR)
    t.equal(lines.length, 2)
  },

  async 'another SIM: open sessions go on, the old one is nobody’s'(house) {
    await house.open('a', [parent, child])
    await house.charge(house.two, 'initial', 0, 's1', child)
    house.now += 1_000
    t.match(await house.change('a', '101', { imsi: '911' }, 'k'), { kind: 'done' })
    t.match(await house.change('a', '101', { imsi: '911' }, 'k'), { repeated: true })
    t.match(await house.change('a', '101', { imsi: '911' }), { repeated: true })
    const old = { imsi: '901' }
    const going = [{ ask: { octets: MB }, used: { octets: MB } }]
    t.match(await house.charge(house.two, 'update', 1, 's1', old, going), {
      outcome: 'success',
      units: [{ granted: { amount: MB } }]
    })
    t.match(await house.charge(house.two, 'initial', 0, 's2', old), { outcome: 'user-unknown' })
    t.match(await house.charge(house.one, 'initial', 0, 's3', old), { outcome: 'user-unknown' })
    t.match(await house.charge(house.two, 'initial', 0, 's4', { imsi: '911' }), {
      outcome: 'success'
    })
    house.now += 1_000
    await house.charge(house.two, 'termination', 2, 's1', old, used(MB))
    await house.charge(house.two, 'termination', 1, 's4', { imsi: '911' }, used(MB))
    const { cdrs } = await house.look('a')
    t.strictSame(
      cdrs.map(({ imsi }) => imsi),
      [house.own('901'), house.own('911')],
      'each with the number that it began under'
    )
    t.match(await house.change('a', '101', { msisdn: '100' }), {
      reason: 'identity-taken',
      member: 'msisdn'
    })
    t.match(await house.change('a', '177', { imsi: '912' }), { reason: 'line-unknown' })
    conserved(await house.look('a'))
  },

  async 'a number that was given up goes to another account, and late usage does not'(house) {
    await house.open('a', [parent, child])
    await house.open('b', [{ msisdn: '200' }])
    // Both servers know the number as that of the first account.
    await house.charge(house.one, 'initial', 0, 'late', child)
    await house.charge(house.two, 'initial', 0, 'open', child)
    await house.charge(house.one, 'termination', 1, 'late', child, used(MB))
    house.now += 1_000
    t.match(await house.change('a', '101', { msisdn: '121' }), { kind: 'done' })
    t.match(await house.add('b', [{ msisdn: '101' }]), { kind: 'done' })
    const number = { msisdn: '101' }
    const began = await house.charge(house.two, 'initial', 0, 'new', number)
    t.match(began, { outcome: 'success' })
    const going = [{ ask: { octets: MB }, used: { octets: 2 * MB } }]
    t.match(await house.charge(house.two, 'update', 1, 'open', number, going), {
      outcome: 'success',
      units: [{ granted: { amount: MB } }]
    })
    await house.charge(house.two, 'termination', 2, 'open', number, used(MB))
    await house.charge(house.two, 'update', 2, 'late', number, used(4 * MB))
    await house.charge(house.one, 'termination', 1, 'new', number, used(8 * MB))
    const [a, b] = [await house.look('a'), await house.look('b')]
    t.strictSame(a.cdrs.map(cdr => [cdr.sessionId, cdr.octets, cdr.msisdn]).sort(), [
      [house.own('late'), MB, house.own('101')],
      [house.own('late'), 4 * MB, house.own('101')],
      [house.own('open'), 3 * MB, house.own('101')]
    ])
    t.strictSame(
      b.cdrs.map(cdr => [cdr.sessionId, cdr.octets, cdr.msisdn]),
      [[house.own('new'), 8 * MB, house.own('101')]]
    )
    conserved(a)
    conserved(b)
    t.match(await house.change('a', '121', { msisdn: '101' }), { reason: 'identity-taken' })
    t.match(await house.change('b', '101', { msisdn: '131' }), { kind: 'done' })
    t.match(await house.change('a', '121', { msisdn: '101' }), { kind: 'done' }, 'and back')
    t.match(await house.charge(house.two, 'initial', 0, 'back', number), { outcome: 'success' })
    t.match((await house.one.accounts.view(house.own('a')))?.account.openSessions, 1)
  },

  async 'a line that ends: no more is granted, its usage still counts, its own offers end'(house) {
    await house.open('a', [parent, { ...child, offers: ['own-10'] }])
    await house.charge(house.one, 'initial', 0, 'open', child)
    await house.charge(house.two, 'initial', 0, 'silent', child)
    await house.charge(house.two, 'initial', 0, 'other', parent)
    t.match(await house.end('a', '101', 'k'), { kind: 'done', repeated: false })
    t.match(await house.end('a', '101', 'k'), { kind: 'done', repeated: true })
    t.match(await house.end('a', '101'), { reason: 'line-unknown' })
    const ended = await house.look('a')
    t.match(ended.orders, [{ action: 'abort', cause: 'line', lineId: house.own('101') }])
    t.equal(ended.orders.length, 1)
    conserved(ended)
    t.match(await house.charge(house.two, 'initial', 0, 'more', child), {
      outcome: 'user-unknown'
    })
    const going = [{ ask: { octets: MB }, used: { octets: MB } }]
    t.match(await house.charge(house.one, 'update', 1, 'open', child, going), {
      outcome: 'success',
      units: [{ outcome: 'service-denied', granted: null }]
    })
    await house.charge(house.two, 'termination', 2, 'open', child, used(MB))
    t.match(
      await house.charge(house.two, 'update', 3, 'open', child, used(2 * MB)),
      { outcome: 'unknown-session' },
      'late'
    )
    t.match(
      await house.charge(house.two, 'update', 3, 'never', child, used(3 * MB)),
      { outcome: 'unknown-session' },
      'of a session that nobody knows'
    )
    house.now += 3 * 3_600_000
    await house.one.sweep()
    const last = await house.look('a')
    const octets = last.cdrs.filter(cdr => cdr.lineId === house.own('101')).map(cdr => cdr.octets)
    t.strictSame(octets, [2 * MB, 2 * MB, 3 * MB, 0])
    t.ok(last.cdrs.every(cdr => cdr.parts.every(part => !part.suspense)))
    const view = await house.one.accounts.view(house.own('a'))
    t.equal(view?.account.openSessions, 0)
    const gone = view?.lines.find(({ id }) => id === house.own('101'))
    t.ok(gone !== undefined && hasEnded(gone))
    t.equal(gone?.subscriptions, undefined)
    t.strictSame(gone?.buckets, [])
    conserved(last)
  },

  async 'a number is free when its line has ended, also for the same account'(house) {
    await house.open('a', [parent, child])
    await house.open('b', [{ msisdn: '200' }])
    await house.charge(house.two, 'initial', 0, 'old', child)
    t.match(await house.end('a', '901'), { kind: 'done' }, 'by its IMSI')
    t.match(await house.add('b', [child]), { kind: 'done' })
    t.match(await house.charge(house.two, 'initial', 0, 'new', child), { outcome: 'success' })
    await house.charge(house.two, 'termination', 1, 'old', child, used(MB))
    await house.charge(house.two, 'termination', 1, 'new', child, used(2 * MB))
    t.match(await house.end('b', '101'), { kind: 'done' })
    t.match(await house.add('a', [{ ...child, offers: ['own-10'] }]), { kind: 'done' })
    const { cdrs, lines } = await house.look('a')
    t.strictSame(lines.map(({ id }) => id).sort(), [
      house.own('100'),
      house.own('101'),
      house.own('101.2')
    ])
    t.strictSame(
      cdrs.map(({ octets }) => octets),
      [MB]
    )
    t.match(await house.charge(house.two, 'initial', 0, 'again', child), { outcome: 'success' })
    const sessions = await house.one.accounts.sessions(house.own('a'), null, 10)
    t.match(sessions?.items, [{ lineId: house.own('101.2') }])
    t.match(
      await house.one.accounts.submit({
        kind: 'subscribe',
        accountId: house.own('a'),
        offer: 'own-10',
        lineId: house.own('901'),
        operation: null
      }),
      { kind: 'done' },
      'what it buys is for the line that has the number now'
    )
    const after = await house.look('a')
    const named = after.lines.find(({ id }) => id === house.own('101.2'))
    t.equal(named?.subscriptions?.length, 2)
    conserved(after)
    conserved(await house.look('b'))
  },

  async 'the last line of an account stays, whoever ends the others'(house) {
    await house.open('a', [parent, child])
    const ending = [house.one, house.two].map((service, i) =>
      service.accounts.submit({
        kind: 'end-line',
        accountId: house.own('a'),
        lineId: house.own(i === 0 ? '100' : '101'),
        besides: null,
        operation: null
      })
    )
    const answers = await Promise.all(ending)
    oneIsDone(answers, 'line-last')
    const { lines } = await house.look('a')
    t.equal(lines.filter(line => !hasEnded(line)).length, 1)
  }
}

t.test('one line among thousands costs as one among two', async t => {
  const state = createMemoryState()
  const store = createMemoryStore(state, 16, () => start)
  let loaded = 0
  let written: string[] = []
  const house = createHouse({
    ...store,
    load(calls) {
      for (const { wanted } of calls) loaded += wanted.lines.length
      return store.load(calls)
    },
    commit(group) {
      for (const { write } of group) written.push(...(write?.lines.map(({ id }) => id) ?? []))
      return store.commit(group)
    }
  })
  await house.open('a', [parent])
  const many = Array.from({ length: 5_000 }, (_, i) => ({ msisdn: `m${i}`, imsi: `i${i}` }))
  for (const from of [0, 2_500]) {
    t.match(await house.add('a', many.slice(from, from + 2_500)), { kind: 'done' })
  }
  const costs = async (run: () => Promise<AccountAnswer>) => {
    loaded = 0
    written = []
    t.match(await run(), { kind: 'done' })
    t.ok(loaded < 40, `${loaded} documents of lines were read`)
    return written
  }
  t.strictSame(await costs(() => house.add('a', [child])), [house.own('101')])
  t.strictSame(await costs(() => house.change('a', '101', { imsi: '911' })), [house.own('101')])
  t.strictSame(await costs(() => house.end('a', '101')), [house.own('101')])
  const octets = state.accounts.get(house.own('a'))?.account.length ?? 0
  t.ok(octets < 1_000, `the account document has ${octets} octets`)
  const last = many.at(-1)!
  t.match(await house.charge(house.two, 'initial', 0, 's', last), { outcome: 'success' })
  conserved(await house.look('a'))
  await house.one.close()
  await house.two.close()
})

t.test('a commit of added lines whose reply is lost is not done twice', async t => {
  const store = createMemoryStore(undefined, 16, () => start)
  // Nothing else keeps the process while the lane waits to try again.
  const awake = setInterval(() => undefined, 1_000)
  t.teardown(() => clearInterval(awake))
  let lost = 0
  const house = createHouse({
    ...store,
    async commit(group) {
      const results = await store.commit(group)
      if (lost > 0 && group.some(({ write }) => (write?.lines.length ?? 0) > 0)) {
        lost -= 1
        throw new GyroError('GYRO_STORE_UNAVAILABLE', 'the reply is lost')
      }
      return results
    }
  })
  await house.open('a', [parent])
  lost = 1
  t.match(await house.add('a', [{ ...child, offers: ['own-10'] }], 'k'), { kind: 'done' })
  lost = 1
  t.match(await house.change('a', '101', { imsi: '911' }), { kind: 'done' })
  lost = 1
  t.match(await house.end('a', '101'), { kind: 'done' })
  const { lines, wallet } = await house.look('a')
  t.equal(wallet, 18 * EUR)
  t.equal(lines.filter(line => !hasEnded(line)).length, 1)
  conserved(await house.look('a'))
  await house.one.close()
  await house.two.close()
})

t.test('lines come, change and go on every store', async t => {
  const stores: Record<string, () => Promise<Store>> = {
    'in memory': async () => createMemoryStore(undefined, 16, () => start)
  }
  for (const [where, url] of Object.entries(await startStores(t))) {
    stores[where] = () => openTestStore(url)
  }
  for (const [where, openStore] of Object.entries(stores)) {
    const store = await openStore()
    for (const [name, scenario] of Object.entries(scenarios)) {
      await t.test(`${where}: ${name}`, async () => {
        const house = createHouse(store)
        await scenario(house)
        await house.one.close()
        await house.two.close()
      })
    }
    await store.close()
  }
})
