/** The socket of the HTTP API. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { GyroError } from '../domain/errors.ts'
import { createApp } from './app.ts'
import type { ApiParts } from './operation.ts'
import { problemOf, problemResponse } from './problem.ts'

export interface ApiServer {
  readonly host: string
  /** The port that was opened, also when 0 was asked for. */
  readonly port: number
  /** Begins to serve; every request before is answered 503. */
  serve(parts: ApiParts): void
  /** Stops accepting, and ends once the requests in flight are answered, or after two seconds without them. */
  close(): Promise<void>
}

/** A request that has not arrived whole by then is given up. */
const requestTimeoutMs = 30_000
const closeTimeoutMs = 2_000

/**
 * Opens the socket before there is anything to serve: the embedded store names the address in its lock, and
 * an address in use is found out before any store is touched. Rejects with GYRO_CONFIG_INVALID.
 */
export async function openApi(address: {
  readonly host: string
  readonly port: number
}): Promise<ApiServer> {
  let answer: (request: Request) => Response | Promise<Response> = () =>
    problemResponse(problemOf(503, 'unavailable', 'the server is starting; try again'))
  const listener = getRequestListener(request => answer(request), {
    hostname: 'localhost',
    overrideGlobalObjects: false,
    errorHandler: () => problemResponse(problemOf(400, 'invalid', 'this is not an HTTP request'))
  })
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    // The listener answers every error itself; what is left is a connection that went away.
    listener(request, response).catch(() => response.destroy())
  })
  const port = await listen(server, address)
  return {
    host: address.host,
    port,
    serve(parts) {
      const app = createApp(parts)
      answer = request => app.fetch(request)
    },
    close: () => close(server)
  }
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${error.code})`
      const message = `GYRO_API_LISTEN: ${host}:${port} ${why}; stop what uses it or set another address`
      reject(new GyroError('GYRO_CONFIG_INVALID', message, { cause: error }))
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    const giveUp = setTimeout(() => server.closeAllConnections(), closeTimeoutMs)
    server.close(() => {
      clearTimeout(giveUp)
      resolve()
    })
    server.closeIdleConnections()
  })
}
