/** Where notifications of Nchf arrive. */
import { createServer, type IncomingHttpHeaders, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { SessionOrder } from '../../src/domain/order.ts'
import { keepMessage } from './exchanges.ts'

export interface Notified {
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

export type Answer = readonly [status: number, headers?: object, text?: string] | null
export type Scope = { teardown(run: () => void): void }

/** A consumer that answers notifications one after another; the last answer is for all that follow. */
export async function startConsumer(t: Scope, ...answers: Answer[]) {
  const notified: Notified[] = []
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer()
  server.on('session', session => sessions.add(session))
  server.on('stream', (stream, headers) => {
    let text = ''
    stream.on('error', () => {})
    stream.on('data', chunk => {
      text += chunk
    })
    stream.on('end', () => {
      const body: unknown = JSON.parse(text)
      keepMessage('ChargingNotifyRequest', body)
      notified.push({ headers, body })
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      if (!answer) return
      const [status, more = {}, content = ''] = answer
      stream.respond({ ':status': status, ...more }, { endStream: content === '' })
      if (content !== '') stream.end(content)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { notified, uri: `http://127.0.0.1:${port}/callback/1?x=y` }
}

/** An order to re-authorize the session of a consumer that is notified there. */
export function sessionOrder(notifyUri: string, more: Partial<SessionOrder> = {}): SessionOrder {
  return {
    action: 'reauthorize',
    cause: 'top-up',
    ratingGroup: null,
    accountId: 'a1',
    sessionId: 's1',
    origin: { host: 'smf', realm: '' },
    route: { protocol: 'nchf', notifyUri },
    lastAt: 0,
    ...more
  }
}
