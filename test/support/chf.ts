/** A charging function in this process: the real listener, lanes and engine on a store in memory. */
import { createChargingService, type ServiceOptions } from '../../src/balance/service.ts'
import { createEngine } from '../../src/charging/engine.ts'
import type { Charge } from '../../src/charging/ports.ts'
import type { CdrRecord } from '../../src/domain/record.ts'
import type { ChargingRequest } from '../../src/domain/request.ts'
import { createNchfListener, type NchfListenerOptions } from '../../src/nchf/listener.ts'
import { systemClock, systemScheduler } from '../../src/ops/clock.ts'
import type { Catalogue } from '../../src/rating/catalogue.ts'
import { loadCatalogue } from '../../src/rating/load/load.ts'
import { createMemoryState, createMemoryStore, type MemoryState } from './memory-store.ts'
import { connectNchf, type NchfClient } from './nchf-client.ts'
import { keepLog, testRandom } from './open-test-store.ts'

const usual = await loadCatalogue('conf/catalogue')

interface Scope {
  teardown(run: () => Promise<void>): void
}

export interface ChfOptions extends Partial<NchfListenerOptions> {
  /** Serve another one's store, as a second node does. */
  readonly state?: MemoryState
  /** Stands before the service. */
  readonly intercept?: (charge: Charge) => Charge
  readonly now?: () => number
  /** Default: that of the demo. */
  readonly catalogue?: Catalogue
  readonly serviceLimits?: ServiceOptions['limits']
}

export async function startChf(t: Scope, options: ChfOptions = {}) {
  const state = options.state ?? createMemoryState()
  const catalogue = options.catalogue ?? usual
  const catalogues = { current: catalogue, byVersion: new Map([[catalogue.version, catalogue]]) }
  const clock = { now: options.now ?? systemClock.now, monotonic: systemClock.monotonic }
  const service = createChargingService({
    store: createMemoryStore(state, 64, clock.now),
    ...createEngine(() => catalogues),
    clock,
    scheduler: systemScheduler,
    random: testRandom,
    logger: keepLog(),
    ...(options.serviceLimits ? { limits: options.serviceLimits } : {})
  })
  const requests: ChargingRequest[] = []
  const counted: [string, number][] = []
  const charge: Charge = (request, reply) => {
    requests.push(request)
    service.charge(request, reply)
  }
  const listener = createNchfListener({
    listen: { host: '127.0.0.1', port: 0 },
    logger: keepLog(),
    clock,
    scheduler: systemScheduler,
    onRequest: (type, status) => counted.push([type, status]),
    ...options,
    charge: options.intercept?.(charge) ?? charge
  })
  const { port } = await listener.listen()
  const clients: NchfClient[] = []
  t.teardown(async () => {
    for (const client of clients) client.end()
    await listener.close(500)
    await service.close()
  })
  return {
    state,
    service,
    listener,
    port,
    requests,
    counted,
    async connect() {
      const client = await connectNchf(port)
      clients.push(client)
      return client
    },
    /** An account of one line; `imsi` is its last digits. */
    async open(id: string, imsi: string, topUp: number, offers = ['prepaid-go']) {
      const lines = [{ imsi: `262010000000${imsi}`, msisdn: `4915100000${imsi}` }]
      const answer = await service.accounts.submit({
        kind: 'open-account',
        accountId: id,
        lines,
        offers,
        topUp: topUp * 1_000_000
      })
      if (answer.kind !== 'done') throw new Error(`${id} was not opened: ${answer.detail}`)
    },
    async wallet(id: string) {
      const view = await service.accounts.view(id)
      return view?.account.wallet
    },
    async sessions(id: string) {
      return (await service.accounts.sessions(id, null, 1_000))?.items ?? []
    },
    /** Finished CDRs in the order in which they were made. */
    cdrs(id: string): CdrRecord[] {
      return [...state.outbox.values()]
        .flat()
        .map(entry => JSON.parse(entry.value) as CdrRecord)
        .filter(record => record.kind === 'cdr' && record.accountId === id)
        .sort((a, b) => a.record - b.record)
    }
  }
}

export type Chf = Awaited<ReturnType<typeof startChf>>
