import t, { type Test } from 'tap'
import { type ChargingService, createChargingService } from '../../src/balance/service.ts'
import { createEngine } from '../../src/charging/engine.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { systemClock, systemRandom, systemScheduler } from '../../src/ops/clock.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import { request } from '../support/engine-driver.ts'
import { keepLog, openTestStore } from '../support/open-test-store.ts'
import { freePort } from '../support/redis.ts'
import { startWatched } from '../support/sentinel.ts'
import { storeConformance } from './store-conformance.ts'

const MB = 1_000_000

/** Two replicas: one is left to confirm what is written after the other was promoted. */
const watched = await startWatched(2)
t.teardown(() => watched.stop())

t.test('the store under Sentinels conforms', async t => {
  await storeConformance(t, {
    shared: true,
    open: () => openTestStore(`${watched.url.replace(/0$/, '1')}?wait-replicas=1`)
  })
})

async function startService(t: Test, url: string) {
  const store = await openTestStore(url)
  const catalogue = await loadCatalogue('conf/catalogue')
  const catalogues = { current: catalogue, byVersion: new Map([[catalogue.version, catalogue]]) }
  const service = createChargingService({
    store,
    ...createEngine(() => catalogues),
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    logger: keepLog()
  })
  t.teardown(async () => {
    await service.close()
    await store.close()
  })
  return service
}

/** Repeats a request until it is answered, as a client does. */
async function charge(service: ChargingService, asked: ChargingRequest): Promise<void> {
  for (;;) {
    const outcome = await new Promise<string>(resolve =>
      service.charge(asked, answer => resolve(answer.outcome))
    )
    if (outcome === 'success') return
    if (outcome !== 'too-busy') throw new Error(`${asked.sessionId} ${asked.type}: ${outcome}`)
    await pause(20)
  }
}

/** Sessions one after another, on several accounts at once, until `stop`. */
class Load {
  readonly #service: ChargingService
  readonly #accounts: readonly string[]
  readonly #spent = new Map<string, number>()
  readonly #answeredAt: number[] = []
  #over = false
  #work: Promise<unknown> = Promise.resolve()

  constructor(service: ChargingService, base: string) {
    this.#service = service
    this.#accounts = Array.from({ length: 10 }, (_, n) => `${base}${n}`)
  }

  async open(): Promise<void> {
    for (const msisdn of this.#accounts) {
      const lines = [{ msisdn }]
      const opened = { accountId: `s${msisdn}`, lines, offers: ['prepaid-go'], topUp: 100 * MB }
      const answer = await this.#service.accounts.submit({ kind: 'open-account', ...opened })
      if (answer.kind === 'refused') throw new Error(answer.detail)
    }
  }

  start(): void {
    this.#over = false
    this.#work = Promise.all(this.#accounts.map(msisdn => this.#run(msisdn)))
  }

  async stop(): Promise<void> {
    this.#over = true
    await this.#work
  }

  async #run(msisdn: string): Promise<void> {
    const subscribers = [{ type: 'msisdn' as const, value: msisdn }]
    while (!this.#over) {
      const more = { sessionId: `pgw;${systemRandom.hex(16)}`, subscribers }
      const steps = 1 + Math.floor(systemRandom.fraction() * 9)
      const used = { octets: 100_000 * steps }
      await charge(this.#service, request('initial', 0, [{ ask: null }], more))
      await charge(this.#service, request('update', 1, [{ used, ask: null }], more))
      await charge(this.#service, request('termination', 2, [{ used }], more))
      this.#spent.set(msisdn, (this.#spent.get(msisdn) ?? 0) + 2_000 * steps)
      this.#answeredAt.push(performance.now())
      await pause(5)
    }
  }

  /** Milliseconds from the instant to the first session that ended after it; throws after ten seconds. */
  async servedAfter(at: number): Promise<number> {
    for (;;) {
      const first = this.#answeredAt.find(instant => instant > at)
      if (first !== undefined) return Math.round(first - at)
      if (performance.now() - at > 10_000) throw new Error('no session in 10 s')
      await pause(20)
    }
  }

  async check(t: Test): Promise<void> {
    for (const msisdn of this.#accounts) {
      const view = await this.#service.accounts.view(`s${msisdn}`)
      const available = 100 * MB - (this.#spent.get(msisdn) ?? 0)
      t.same(view?.account.wallet, { available, reserved: 0 }, msisdn)
    }
  }
}

t.test('money is exact when a master dies under load', async t => {
  const load = new Load(await startService(t, `${watched.url}?wait-replicas=1`), '4915177700')
  await load.open()
  load.start()
  await pause(500)
  await watched.master.kill()
  const { at } = await watched.promoted(watched.master.port)
  t.comment(`served ${await load.servedAfter(at)} ms after the promotion`)
  await pause(500)
  await load.stop()
  await load.check(t)
})

t.test('masters are changed in a quiet moment, and the new one is followed', async t => {
  const load = new Load(await startService(t, watched.url), '4915177711')
  await load.open()
  load.start()
  await pause(300)
  await load.stop()
  const port = await watched.masterPort()
  await watched.change()
  const { at } = await watched.promoted(port)
  load.start()
  t.comment(`served ${await load.servedAfter(at)} ms after the change`)
  await pause(300)
  await load.stop()
  await load.check(t)
})

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

t.test('Sentinels that are away, or do not know the name, are told in seconds', async t => {
  const nobody = `127.0.0.1:${await freePort()}`
  const [known] = watched.sentinels
  const started = performance.now()
  await Promise.all([
    t.rejects(openTestStore(`redis-sentinel://gyro:secret@${nobody}/gyro`), {
      code: 'GYRO_STORE_UNAVAILABLE',
      message: /redis-sentinel:\/\/gyro:\*\*\*@127\.0\.0\.1:\d+\/gyro: All Sentinels fail/
    }),
    t.rejects(openTestStore(`redis-sentinel://127.0.0.1:${known}/other`), {
      code: 'GYRO_STORE_UNAVAILABLE',
      message: /\/other: All Sentinels fail/
    })
  ])
  t.ok(performance.now() - started < 6_000)
})

t.test('a Sentinel that is away does not matter while others are there', async () => {
  const nobody = `127.0.0.1:${await freePort()}`
  const store = await openTestStore(watched.url.replace('//', `//${nobody},`))
  await store.ping()
  await store.close()
})
