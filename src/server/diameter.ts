/** The Diameter listener as the configuration has it, and its reload on SIGHUP. */
import { createServer } from 'node:net'
import type { Charge } from '../charging/ports.ts'
import {
  createDiameterListener,
  type DiameterListener,
  type DiameterListenerOptions
} from '../diameter/listener.ts'
import { GyroError } from '../domain/errors.ts'
import type { Logger } from '../domain/log.ts'
import type { PeerSettings } from '../domain/peers.ts'
import type { RequestType } from '../domain/request.ts'
import { type Address, show } from '../ops/address.ts'
import { systemClock, systemRandom, systemScheduler } from '../ops/clock.ts'
import type { Config } from '../ops/config.ts'
import type { Metrics } from '../ops/metrics.ts'
import { materialOf } from './tls-files.ts'

/** What may change while the server runs. */
export interface Reloading {
  /** Reads the configuration again; throws GYRO_CONFIG_INVALID. */
  readonly readConfig: () => Config
  /** Says what is to be done when that is wished, as by SIGHUP. */
  onReload(reload: () => void): void
}

export interface DiameterParts {
  readonly config: Config
  readonly log: Logger
  readonly metrics: Metrics
  readonly reloading: Reloading
  /** Whether this process connects to the agents: of several workers only one does. */
  readonly connects: boolean
}

/** Sessions live in the store and survive every restart, so peers are never told that they were lost (RFC 6733 8.16). */
const originStateId = 1

/** CC-Request-Type 416 by its value. */
const requestTypes: readonly (RequestType | undefined)[] = [
  undefined,
  'initial',
  'update',
  'termination',
  'event'
]

interface Opened {
  readonly listener: DiameterListener
  readonly identity: DiameterListenerOptions['identity']
  readonly reload: () => void
}

/** `onPeers` is called when other peers are connected than before. */
export function openDiameter(parts: DiameterParts, charge: Charge, onPeers: () => void): Opened {
  const { config, log, metrics } = parts
  const { diameter } = config
  const material = materialOf(config)
  const identity = {
    originHost: diameter.originHost,
    originRealm: diameter.originRealm,
    productName: 'Gyro',
    vendorId: 0,
    originStateId
  }
  const listener = createDiameterListener({
    listen: diameter.listen,
    tls: material && { listen: diameter.tls.listen, material },
    identity,
    onPeers,
    onRestart: metrics.counter(
      'gyro_diameter_restarted_peers',
      'Peers that came back with a higher Origin-State-Id: without their sessions.'
    ),
    charge,
    peers: peersOf(config, parts.connects),
    duplicates: diameter.duplicates,
    destinations: {
      realms: diameter.realms,
      ...(diameter.hosts === null ? {} : { hosts: diameter.hosts })
    },
    limits: {
      diameterMessageOctets: diameter.messageOctets,
      capabilitiesExchangeMs: diameter.capabilitiesTimeout * 1_000,
      inFlightPerConnection: diameter.inFlightPerConnection,
      connectionsPerAddress: diameter.connectionsPerAddress
    },
    watchdogMs: diameter.watchdog * 1_000,
    logger: log,
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    onRequest(type, resultCode, seconds) {
      metrics.answered(requestTypes[type] ?? 'event', resultCode, seconds)
    }
  })

  function reload(): void {
    try {
      const next = parts.reloading.readConfig()
      const renewed = materialOf(next)
      if (renewed) listener.renew(renewed)
      listener.reload(peersOf(next, parts.connects))
      const { peers, agents } = next.diameter.peers
      log.info({ peers: peers.length, agents: agents.length }, 'peers read again')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.error({ reason }, 'peers not read again: the configuration is wrong, the old peers stay')
    }
  }

  return { listener, identity, reload }
}

function peersOf({ diameter }: Config, connects: boolean): PeerSettings {
  return connects ? diameter.peers : { ...diameter.peers, agents: [] }
}

/** Rejects with GYRO_CONFIG_INVALID when the Diameter addresses cannot be opened. */
export async function checkDiameter({ diameter }: Config): Promise<void> {
  await checkAddress('GYRO_DIAMETER_LISTEN', diameter.listen)
  if (diameter.tls.listen) await checkAddress('GYRO_DIAMETER_TLS_LISTEN', diameter.tls.listen)
}

/** Rejects with GYRO_CONFIG_INVALID when the address cannot be opened. */
export function checkAddress(variable: string, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', error => reject(addressError(variable, address, error)))
    probe.listen({ host: address.host, port: address.port, exclusive: true }, () =>
      probe.close(() => resolve())
    )
  })
}

export function addressError(variable: string, address: Address, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${error.code})`
  return new GyroError(
    'GYRO_CONFIG_INVALID',
    `${variable}: ${show(address)} ${why}; stop what uses it or set another address`,
    { cause: error }
  )
}
