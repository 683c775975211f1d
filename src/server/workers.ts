/**
 * Several processes on one Redis: the primary has the API, the CDR writer and the sweeper, each worker serves
 * Diameter on the shared port. A worker that dies is replaced; its peers connect again.
 */
import cluster, { type Worker } from 'node:cluster'
import { GyroError } from '../domain/errors.ts'
import { systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import { openHouse } from './compose.ts'
import type { Reloading } from './diameter.ts'
import { mergeMetrics } from './merge-metrics.ts'
import { openNchfTls } from './nchf-tls.ts'
import { openRegistration } from './nrf.ts'
import type { OpenParts } from './open-parts.ts'
import { openOrders, type Reach, unreached } from './orders.ts'
import { type FrontAddresses, startBack, startFront } from './server.ts'
import { watchService } from './server-metrics.ts'
import { heapFlags } from './serving-thread.ts'
import {
  createHandOverHub,
  createWorkerHandOver,
  type HandOverFromWorker,
  type HandOverToWorker
} from './worker-hand-over.ts'
import { createWorkerReach, type OrderForWorker, type OrderFromWorker } from './worker-reach.ts'

export interface ProcessOptions {
  readonly config: Config
  readonly reloading: Reloading
  readonly log: Log
  readonly metrics: Metrics
  readonly open: OpenParts
}

type ToWorker =
  | { readonly kind: 'stop' }
  | { readonly kind: 'metrics'; readonly id: number }
  | OrderForWorker
  | HandOverToWorker
type ToPrimary =
  | { readonly kind: 'listening'; readonly addresses: FrontAddresses }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'metrics'; readonly id: number; readonly text: string }
  | OrderFromWorker
  | HandOverFromWorker

/** Set for the one worker that connects to agents: they would see several as one peer that connects again and again. */
const connectsVariable = 'WORKER_CONNECTS'

const restartMs = 500
const metricsMs = 1_000
/** Below the deadline of the primary's own shutdown. */
const stopMs = 10_000

/** The primary: rejects before it is ready when the first workers cannot start. */
export async function startPrimary(options: ProcessOptions): Promise<void> {
  const { config, log, metrics, open } = options
  cluster.setupPrimary({ execArgv: [...process.execArgv, ...heapFlags] })
  let orders: ReturnType<typeof openOrders> | null = null
  const reach = createWorkerReach(() => orders?.changed())
  const hub = createHandOverHub()
  const workers = createWorkers(config.workers, log, worker => {
    reach.add(worker)
    hub.add(worker)
  })
  options.reloading.onReload(() => workers.reload())
  open.hold('workers', () => workers.stop())
  const back = await startBack({
    ...options,
    metricsText: async () => mergeMetrics([await metrics.text(), ...(await workers.metrics())])
  })
  const addresses = await workers.start()
  const tls = openNchfTls(options)
  orders = openOrders({ ...options, tls, house: back.house, reach })
  back.house.service.start()
  back.serving()
  openRegistration(options, tls, addresses.nchf)
  log.ready({ ...addresses, ...back.facts })
}

/** A worker: Diameter and Nchf on its own service, on the store of all. */
export async function startWorker(
  options: ProcessOptions,
  stop: (reason: string) => void
): Promise<void> {
  const { config, log, metrics, open } = options
  process.on('disconnect', () => stop('the primary process has ended'))
  let reach: Reach = unreached
  const handOver = createWorkerHandOver(tell, (handed, done) => {
    house.service.takeOver(handed, done)
  })
  process.on('message', (message: ToWorker) => {
    if (handOver.hear(message)) return
    if (message.kind === 'stop') stop('the primary process stops')
    else if (message.kind === 'metrics') {
      void metrics.text().then(text => tell({ kind: 'metrics', id: message.id, text }))
    } else if (message.kind === 'order') {
      const { id, order } = message
      void reach.notifier.deliver(order).then(result => tell({ kind: 'ordered', id, result }))
    }
  })
  const house = await openHouse({ config, log, journal: true, handOver, role: 'worker' })
  open.hold('service', () => house.service.close())
  open.hold('store', () => house.close())
  watchService(metrics, house, null)
  house.versions.start(() => {})
  house.service.startReplay()
  const connects = process.env[connectsVariable] === 'true'
  // Peers may connect before everything is open.
  const tellPeers = () => tell({ kind: 'peers', hosts: reach.hosts() })
  const tls = openNchfTls(options)
  const front = await startFront({ ...options, tls, connects }, house.service, tellPeers)
  reach = front.reach
  tellPeers()
  tell({ kind: 'writer', name: house.service.writer })
  tell({ kind: 'listening', addresses: front.addresses })
}

/** Tells the primary why this worker cannot start, and ends: the primary is the one that tells people. */
export function failStart(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  const report: ToPrimary = { kind: 'failed', message }
  if (!process.send?.(report, () => process.exit(1))) process.exit(1)
}

/** A primary that is gone is told nothing; that it is gone is an event of its own. */
function tell(message: ToPrimary): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

interface Workers {
  /** Resolves with the addresses once all listen. */
  start(): Promise<FrontAddresses>
  stop(): Promise<void>
  /** Has them read their peers again. */
  reload(): void
  /** The metrics of those that answer in time. */
  metrics(): Promise<readonly string[]>
}

function createWorkers(count: number, log: Log, started: (worker: Worker) => void): Workers {
  const running = new Set<Worker>()
  let stopping = false
  let questions = 0
  /** Where the first workers listen: had they all died, port 0 would become another one. */
  let addresses: FrontAddresses | null = null

  function fork(
    connects: boolean,
    listening: (addresses: FrontAddresses) => void,
    failed: (message: string) => void
  ): void {
    const worker = cluster.fork({
      [connectsVariable]: String(connects),
      ...(addresses === null ? {} : variablesOf(addresses))
    })
    running.add(worker)
    started(worker)
    let serving = false
    worker.on('message', (message: ToPrimary) => {
      if (message.kind === 'failed') failed(message.message)
      if (message.kind !== 'listening') return
      serving = true
      addresses = message.addresses
      listening(message.addresses)
    })
    // What was being sent to it when it died; its end is told by the next event.
    worker.on('error', error => log.warn({ err: error, worker: worker.process.pid }, 'not sent'))
    worker.on('exit', (code, signal) => {
      running.delete(worker)
      if (stopping) return
      if (!serving) failed(`a worker ended with ${signal ?? `status ${code}`} before it was ready`)
      log.error({ worker: worker.process.pid, code, signal, serving }, 'a worker ended; replacing')
      systemScheduler.later(restartMs, () => {
        if (!stopping)
          fork(connects, nothing, reason => log.error({ reason }, 'a worker cannot start'))
      })
    })
  }

  return {
    async start() {
      const all = await Promise.all(
        Array.from(
          { length: count },
          (_, index) =>
            new Promise<FrontAddresses>((listening, failed) => {
              fork(index === 0, listening, message =>
                failed(new GyroError('GYRO_CONFIG_INVALID', message))
              )
            })
        )
      )
      return all[0] ?? { diameter: '', nchf: null }
    },
    async stop() {
      stopping = true
      await Promise.all(Array.from(running, stopWorker))
    },
    reload() {
      for (const worker of running) worker.process.kill('SIGHUP')
    },
    async metrics() {
      const id = ++questions
      const answers = await Promise.all(Array.from(running, worker => askMetrics(worker, id)))
      return answers.filter(text => text !== null)
    }
  }
}

function variablesOf({ diameter, nchf }: FrontAddresses): Record<string, string> {
  return { GYRO_DIAMETER_LISTEN: diameter, ...(nchf === null ? {} : { GYRO_NCHF_LISTEN: nchf }) }
}

function nothing(): void {}

function stopWorker(worker: Worker): Promise<void> {
  return new Promise(resolve => {
    const cancel = systemScheduler.later(stopMs, () => worker.process.kill('SIGKILL'))
    worker.once('exit', () => {
      cancel()
      resolve()
    })
    if (worker.isConnected()) worker.send({ kind: 'stop' } satisfies ToWorker)
  })
}

function askMetrics(worker: Worker, id: number): Promise<string | null> {
  return new Promise(resolve => {
    const answer = (text: string | null) => {
      cancel()
      worker.off('message', hear)
      resolve(text)
    }
    const hear = (message: ToPrimary) => {
      if (message.kind === 'metrics' && message.id === id) answer(message.text)
    }
    const cancel = systemScheduler.later(metricsMs, () => answer(null))
    worker.on('message', hear)
    if (worker.isConnected()) worker.send({ kind: 'metrics', id } satisfies ToWorker)
  })
}
