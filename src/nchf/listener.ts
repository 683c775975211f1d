/**
 * The Nchf front-end: HTTP/2 for NF consumers (TS 29.500 5.2), in cleartext by prior knowledge, or by TLS.
 */
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerOptions
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { Charge } from '../charging/ports.ts'
import { limits as defaultLimits } from '../domain/limits.ts'
import type { Logger } from '../domain/log.ts'
import type { Clock, Scheduler } from '../domain/time.ts'
import type { Access } from './access.ts'
import { createCharging } from './charging.ts'
import { createConnections } from './connections.ts'
import { type ExchangeOptions, type OnRequest, serveStream } from './exchange.ts'
import type { FailureHandling } from './messages.ts'
import type { ProfileChoice } from './profiles.ts'
import { replaceTables } from './stream-table.ts'
import { createUploads } from './uploads.ts'

export interface NchfListenerOptions {
  /** Port 0: any free one. */
  readonly listen: { readonly host: string; readonly port: number }
  readonly charge: Charge
  readonly logger: Logger
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly onRequest?: OnRequest
  /** The start of every Location, for a server behind a proxy; default: what the consumer used. */
  readonly apiRoot?: string | null
  /** Default: by the request. */
  readonly profile?: ProfileChoice
  /** Sent with every successful answer; default: not sent. */
  readonly failureHandling?: FailureHandling | null
  /** Default: cleartext. */
  readonly tls?: NchfTlsMaterial | null
  /** 3gpp-Sbi-Binding of the sessions that are begun here; default: it is not said. */
  readonly binding?: string | null
  /** Who may send requests; default: everybody who can connect. */
  readonly access?: Access | null
  readonly limits?: NchfLimits
  /** Connections are asked for a sign of life so often; default 30 s. */
  readonly pingEveryMs?: number
}

/** PEM texts. With `ca`, consumers must show a certificate that it has signed. */
export interface NchfTlsMaterial {
  readonly key: string
  readonly cert: string
  readonly ca: string | null
}

export type NchfLimits = ExchangeOptions['limits'] & {
  readonly nchfBodyMs: number
  readonly nchfStreams: number
  readonly nchfHeaderOctets: number
  readonly connectionsPerAddress: number
}

export interface NchfListener {
  /** Resolves with the address that it listens on; rejects when it cannot. */
  listen(): Promise<{ readonly host: string; readonly port: number }>
  /** New connections over TLS use this; those that are open keep what they have. Not in cleartext. */
  renew(tls: NchfTlsMaterial): void
  /** Stops accepting, sends GOAWAY, answers what is in flight; ends what is left after `graceMs`. */
  close(graceMs: number): Promise<void>
  connections(): number
  /** Requests that wait for their answers. */
  inFlight(): number
}

const pingDefaultMs = 30_000
/** Megabytes that Node.js may hold for one connection: its streams at the limit, with bodies of usual size. */
const connectionMemoryMb = 64

export function createNchfListener(options: NchfListenerOptions): NchfListener {
  const { clock, listen, logger, scheduler } = options
  const limits: NchfLimits = options.limits ?? defaultLimits
  const load = { inFlight: 0 }
  const connections = createConnections({
    scheduler,
    perAddressMax: limits.connectionsPerAddress,
    pingEveryMs: options.pingEveryMs ?? pingDefaultMs
  })
  const exchange: ExchangeOptions = {
    handle: createCharging({
      charge: options.charge,
      logger,
      clock,
      profile: options.profile ?? 'auto',
      failureHandling: options.failureHandling ?? null
    }),
    clock,
    uploads: createUploads(clock, scheduler, limits.nchfBodyMs),
    onRequest: options.onRequest ?? (() => {}),
    apiRoot: options.apiRoot ?? null,
    binding: options.binding ?? null,
    access: options.access ?? null,
    limits,
    load
  }
  const server = open(options.tls ?? null, {
    maxSessionMemory: connectionMemoryMb,
    settings: {
      maxConcurrentStreams: limits.nchfStreams,
      maxHeaderListSize: limits.nchfHeaderOctets
    }
  })
  server.on('session', session => {
    replaceTables(session)
    connections.add(session)
  })
  server.on('stream', (stream, headers) => serveStream(exchange, stream, headers))
  server.on('sessionError', (error: Error) => {
    logger.debug({ error: error.message }, 'an Nchf connection ended with an error')
  })

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(listen.port, listen.host, () => {
          server.off('error', reject)
          const { port } = server.address() as AddressInfo
          resolve({ host: listen.host, port })
        })
      }),
    renew(tls) {
      if ('setSecureContext' in server) server.setSecureContext(contextOf(tls))
    },
    close(graceMs) {
      server.close()
      return connections.close(graceMs)
    },
    connections: () => connections.size(),
    inFlight: () => load.inFlight
  }
}

function open(
  tls: NchfListenerOptions['tls'],
  options: ServerOptions
): Http2Server | Http2SecureServer {
  if (!tls) return createServer(options)
  const mutual = tls.ca === null ? {} : { requestCert: true, rejectUnauthorized: true }
  return createSecureServer({ ...options, ...contextOf(tls), ...mutual, allowHTTP1: false })
}

function contextOf({ ca, cert, key }: NchfTlsMaterial): SecureContextOptions {
  return { key, cert, ...(ca === null ? {} : { ca }) }
}
