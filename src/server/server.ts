/**
 * The server: configuration in, everything that runs in one process out.
 *
 * Each part is held by `open` as soon as it is open, so that a failure or a signal in the middle of the start
 * also ends in good order.
 */
import { type ApiServer, openApi } from '../api/http-server.ts'
import type { ApiParts, Readiness } from '../api/operation.ts'
import type { ChargingService } from '../balance/service.ts'
import type { CatalogueArchive } from '../cdr/catalogues.ts'
import type { Drain } from '../cdr/drain.ts'
import { type CdrStore, openCdr } from '../cdr/open-cdr.ts'
import { limits } from '../domain/limits.ts'
import { show } from '../ops/address.ts'
import { systemClock, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import { programVersion } from '../version.ts'
import { openCatalogue } from './catalogue.ts'
import { withOwnKey } from './chain.ts'
import { type House, openHouse } from './compose.ts'
import { openDelivery } from './delivery.ts'
import {
  addressError,
  checkAddress,
  checkDiameter,
  openDiameter,
  type Reloading
} from './diameter.ts'
import { openExport } from './exporting.ts'
import { freshBook, freshCdrs, freshExports } from './fresh-reads.ts'
import { keyChecks } from './key-checks.ts'
import { listenNchf, openNchf } from './nchf.ts'
import { type NchfTls, openNchfTls } from './nchf-tls.ts'
import { openRegistration } from './nrf.ts'
import type { OpenParts } from './open-parts.ts'
import { openReconciler } from './open-reconciler.ts'
import { openOrders, type Reach, reachOf } from './orders.ts'
import { patiently } from './patience.ts'
import { readiness, starting, stopping } from './readiness.ts'
import { createRerate } from './rerate.ts'
import { createRetain } from './retention.ts'
import { watchService } from './server-metrics.ts'
import { signingKeyOf } from './signing-key.ts'
import { createUsageIntake } from './usage.ts'

export interface ServerOptions {
  readonly config: Config
  readonly reloading: Reloading
  readonly log: Log
  readonly metrics: Metrics
  readonly open: OpenParts
  /** The text of /metrics; that of `metrics` unless given. */
  readonly metricsText?: () => Promise<string>
}

/** As `host:port`, with the ports that were opened. */
export interface ServerAddresses {
  readonly diameter: string
  /** null: not served. */
  readonly nchf: string | null
  readonly api: string
}

/** The addresses of the listeners for the network. */
export type FrontAddresses = Omit<ServerAddresses, 'api'>

/** Everything but the listeners for the network: API, CDR writer and sweeper. */
export interface Back {
  readonly house: House
  readonly api: ApiServer
  /** From now on /readyz may say so: the network can be served. */
  serving(): void
  /** Fields of the event `ready`. */
  readonly facts: Readonly<Record<string, unknown>>
}

/** How long peers may take to answer a DPR at the end: longer than any request in flight takes to be answered. */
const disconnectGraceMs = limits.requestDeadlineMs + 1_000

/** Runs everything in this process; the addresses. Rejects before it is ready when something cannot be opened. */
export async function startServer(options: ServerOptions): Promise<ServerAddresses> {
  const back = await startBack(options)
  const { house, facts, api } = back
  const tls = openNchfTls(options)
  // Peers may connect before the orders are open, which then look for themselves who is there.
  let changed = () => {}
  const front = { ...options, tls, connects: true }
  const { addresses, reach } = await startFront(front, house.service, () => changed())
  const orders = openOrders({ ...options, tls, house, reach })
  changed = () => orders.changed()
  changed()
  house.service.start()
  back.serving()
  openRegistration(options, tls, addresses.nchf)
  options.log.ready({ ...addresses, ...facts })
  return { ...addresses, api: show(api) }
}

/** Opens the API, the stores and the drain, in an order that touches no store before an address is known to be free. */
export async function startBack(options: ServerOptions): Promise<Back> {
  const { config, log, metrics, open } = options
  for (const warning of config.warnings) log.warn({}, warning)
  // What cannot be is better said before the stores are open, which may take long.
  const { wanted, listen } = config.nchf
  await patiently(() => checkDiameter(config))
  if (wanted) await patiently(() => checkAddress('GYRO_NCHF_LISTEN', listen))
  for (const check of keyChecks) check(config)
  const api = await patiently(() => openApi(config.api.listen))
  open.hold('api', () => api.close())
  const apiAddress = show(api)
  let archive: CatalogueArchive | null = null
  const house = await patiently(() =>
    openHouse({
      config,
      log,
      apiAddress,
      journal: true,
      role: 'server',
      archive: async version => (await archive?.read(version)) ?? null
    })
  )
  open.hold('service', () => house.service.close())
  open.hold('store', () => house.close())
  const signingKey = signingKeyOf(config)
  const ports = { logger: log, clock: systemClock, scheduler: systemScheduler, signingKey }
  const cdr = await patiently(() => openCdr(config.cdr.url, ports))
  archive = cdr.catalogues
  const { drain, spill } = await openDelivery(options, house, cdr)
  openExport(options, cdr)
  watchService(metrics, house, drain)
  house.service.startReplay()
  let unready: Readiness | null = starting
  open.hold('readiness', () => {
    unready = stopping
  })
  api.serve({
    accounts: house.service.accounts,
    cdrs: freshCdrs(cdr.reader, drain),
    exports: freshExports(cdr.exports, drain),
    simulator: house.simulator,
    catalogue: openCatalogue({ ...options, house, archive: cdr.catalogues }),
    reconciler: openReconciler(house, cdr.ledger, metrics),
    ...openOffline(config, house, cdr, drain),
    log,
    token: config.api.token,
    version: programVersion(),
    readiness: async () => unready ?? readiness(house, cdr, drain, spill),
    metrics: async () => ({
      contentType: metrics.contentType,
      text: await (options.metricsText ?? (() => metrics.text()))()
    })
  })
  const facts = {
    api: show(api),
    store: withoutPassword(config.store.url),
    cdr: withoutPassword(config.cdr.url),
    catalogue: house.versions.catalogues().current.version,
    workers: config.workers,
    version: programVersion()
  }
  return {
    house,
    api,
    facts,
    serving() {
      if (unready === starting) unready = null
    }
  }
}

function openOffline(
  config: Config,
  house: House,
  cdr: CdrStore,
  drain: Drain
): Pick<ApiParts, 'chain' | 'rerate' | 'retain' | 'usage'> {
  return {
    chain: withOwnKey(cdr.chain, config),
    retain: createRetain(house.service.accounts, cdr.retention, systemClock, config),
    rerate: createRerate(house, freshBook(cdr.adjustments, drain)),
    usage: createUsageIntake(house, cdr.usages, systemClock)
  }
}

export interface Front {
  /** With the actual ports. */
  readonly addresses: FrontAddresses
  /** The clients that are connected here. */
  readonly reach: Reach
}

/**
 * Opens the listeners for the network; `onPeers` is called when other Diameter peers are connected than before.
 * Rejects with GYRO_CONFIG_INVALID.
 */
export async function startFront(
  options: ServerOptions & { readonly tls: NchfTls; readonly connects: boolean },
  service: ChargingService,
  onPeers: () => void
): Promise<Front> {
  const { config, log, metrics, open } = options
  const nchf = openNchf(options, options.tls, service.charge)
  const { identity, listener, reload } = openDiameter(options, service.charge, onPeers)
  metrics.gauge('gyro_diameter_connections', 'Diameter connections that are open.', () =>
    listener.connections()
  )
  const { tls, ...diameter } = await listener.listen().catch((error: unknown) => {
    throw addressError('GYRO_DIAMETER_LISTEN', config.diameter.listen, error)
  })
  open.hold('network', () => listener.close(disconnectGraceMs))
  options.reloading.onReload(reload)
  if (tls) log.info({ address: show(tls) }, 'Diameter over TLS')
  const opened = await listenNchf(options, nchf)
  open.hold('network', async () => {
    await Promise.all([listener.close(disconnectGraceMs), nchf.close(disconnectGraceMs)])
  })
  const addresses = { diameter: show(diameter), nchf: opened }
  return { addresses, reach: reachOf(listener.peers, identity, metrics) }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@')
}
