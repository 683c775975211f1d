/**
 * What a request of a business account costs, by the number of its lines and of its open sessions: one pool of data for
 * all of them, or a base offer and an add-on of its own for each line. Through the lanes and the documents, on a store in memory, so that nothing but Gyro is measured.
 *
 * Run with `npx tsx bench/pool.ts`. Compare the rows with each other, not with other machines.
 */
import { createChargingService } from '../src/balance/service.ts'
import type { Write } from '../src/balance/store.ts'
import { createEngine } from '../src/charging/engine.ts'
import type { ChargingAnswer } from '../src/domain/answer.ts'
import type { ChargingRequest } from '../src/domain/request.ts'
import { systemClock, systemRandom, systemScheduler } from '../src/ops/clock.ts'
import { request } from '../test/support/engine-driver.ts'
import { catalogueOf } from '../test/support/limits-catalogue.ts'
import { createMemoryState, createMemoryStore } from '../test/support/memory-store.ts'

const MB = 1_000_000
const rounds = 10_000
/** The one that took least CPU counts: others lost it to what runs beside. */
const slice = 1_000
const warmUp = 2_000

const catalogue = catalogueOf([
  {
    offer: 'pool',
    kind: 'base',
    name: 'A pool, and a limit for each line',
    allowances: [
      { allowance: 'data', services: ['internet'], amount: '9000 TB', period: 'calendar-month' }
    ],
    limits: [
      { limit: 'line', services: ['internet'], amount: '9000 TB', period: 'day', sharing: 'line' }
    ],
    prices: [{ rule: 'data', service: 'internet', price: '0.01', per: '1 MB', step: '100 kB' }]
  },
  {
    offer: 'own',
    kind: 'base',
    name: 'Data of one line',
    allowances: [
      { allowance: 'data', services: ['internet'], amount: '9000 TB', period: 'calendar-month' }
    ],
    fee: '0.01',
    'fee-every': 'calendar-month',
    'prices-of': 'pool'
  },
  {
    offer: 'more',
    kind: 'addon',
    name: 'More data of one line',
    allowances: [
      { allowance: 'more', services: ['internet'], amount: '9000 TB', period: '30 days' }
    ]
  }
])

async function measure(lines: number, sessions: number, own: boolean): Promise<void> {
  const state = createMemoryState()
  const store = createMemoryStore(state, 64, systemClock.now)
  let loaded = 0
  let written = 0
  const service = createChargingService({
    store: {
      ...store,
      load(calls) {
        for (const { wanted } of calls) loaded += wanted.lines.length + wanted.sessions.length
        return store.load(calls)
      },
      commit(group) {
        for (const { write } of group) if (write !== null) written += octetsOf(write)
        return store.commit(group)
      }
    },
    ...createEngine(() => ({ current: catalogue, byVersion: new Map() })),
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    logger: { debug() {}, info() {}, warn: console.warn, error: console.error }
  })
  const numbers = Array.from({ length: lines }, (_, index) => String(4915100000000 + index))
  const opened = await service.accounts.submit({
    kind: 'open-account',
    accountId: 'business',
    lines: numbers.map(msisdn => ({ msisdn })),
    offers: ['pool'],
    topUp: 1_000_000_000
  })
  if (opened.kind !== 'done') throw new Error(opened.detail)
  const bought = performance.now()
  for (const lineId of own ? numbers : []) {
    for (const offer of ['own', 'more']) {
      const wanted = { accountId: 'business', offer, lineId, operation: null }
      const answer = await service.accounts.submit({ kind: 'subscribe', ...wanted })
      if (answer.kind !== 'done') throw new Error(answer.detail)
    }
  }
  const purchase = ((performance.now() - bought) / lines / 2) * 1000
  // Else the collector would go through them again and again.
  state.outbox.clear()
  const charge = (message: ChargingRequest) =>
    new Promise<ChargingAnswer>(resolve => service.charge(message, resolve))
  const send = (type: 'initial' | 'update', session: number, number: number) => {
    const value = numbers[session % lines] ?? ''
    const used = type === 'initial' ? {} : { used: { octets: MB } }
    return charge(
      request(type, number, [{ ask: { octets: 2 * MB }, ...used }], {
        sessionId: `s;${session}`,
        subscribers: [{ type: 'msisdn', value }]
      })
    )
  }
  for (let session = 0; session < sessions; session++) await send('initial', session, 0)
  const turn = Math.min(sessions, 64)
  let begin = process.cpuUsage()
  let us = Number.POSITIVE_INFINITY
  for (let n = 0; n < rounds + warmUp; n++) {
    if (n === warmUp) {
      loaded = 0
      written = 0
    }
    if (n >= warmUp && n % slice === 0) {
      const { user, system } = process.cpuUsage(begin)
      if (n > warmUp) us = Math.min(us, (user + system) / slice)
      begin = process.cpuUsage()
    }
    const answer = await send('update', n % turn, 1 + Math.floor(n / turn))
    if (answer.units[0]?.granted === null) throw new Error('nothing was granted')
  }
  const account = [...state.accounts.values()][0]?.account.length ?? 0
  console.log(
    `${String(lines).padStart(6)} lines ${own ? 'on their own' : 'in one pool '} ${String(sessions).padStart(6)} open sessions ${us.toFixed(1).padStart(8)} us of CPU a request, ` +
      `${(loaded / rounds).toFixed(3)} documents read, ${Math.round(written / rounds)} octets written, account document ${account} octets` +
      (own ? `, ${purchase.toFixed(0)} us a purchase` : '')
  )
  await service.close()
}

for (const [lines, sessions, own] of [
  [1, 1, false],
  [1, 64, false],
  [10_000, 64, false],
  [10_000, 10_000, false],
  [1, 1, true],
  [1, 64, true],
  [64, 64, true],
  [10_000, 64, true],
  [10_000, 10_000, true],
  [20_000, 64, true]
] as const) {
  await measure(lines, sessions, own)
}

/** Of all documents of a write. */
function octetsOf({ account, lines, sessions }: Write): number {
  let octets = account.length
  for (const { document } of lines) octets += document.length
  for (const { document } of sessions) octets += document.length
  return octets
}
