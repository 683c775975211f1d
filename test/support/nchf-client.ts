/** An NF consumer on one HTTP/2 connection, as tests need it. */
import { once } from 'node:events'
import {
  type ClientHttp2Session,
  connect,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions
} from 'node:http2'
import { keeps as isKept, keepExchange } from './exchanges.ts'

export interface NchfReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect of it
  readonly body: any
}

export interface NchfClient {
  readonly session: ClientHttp2Session
  /** Sends a body, or text as it is, to a path or an absolute URI. */
  post(path: string, body: unknown, headers?: OutgoingHttpHeaders): Promise<NchfReply>
  /** Any request. */
  send(headers: OutgoingHttpHeaders, text?: string): Promise<NchfReply>
  end(): void
}

function keep(headers: OutgoingHttpHeaders, text: string | undefined, reply: NchfReply) {
  const path = String(headers[':path'])
  if (!isKept || text === undefined || !path.startsWith(base)) return
  const { status, type, body: response } = reply
  const location = reply.headers['location'] ?? null
  keepExchange({ path, request: JSON.parse(text), status, location, type, response })
}

export const base = '/nchf-convergedcharging/v3/chargingdata'

/** `keeps`: what is exchanged with a real server may be kept. */
export async function connectNchf(
  port: number,
  keeps = true,
  tls?: SecureClientSessionOptions
): Promise<NchfClient> {
  const session = connect(`${tls ? 'https' : 'http'}://127.0.0.1:${port}`, tls)
  session.on('error', () => {})
  await once(session, 'connect')
  async function send(headers: OutgoingHttpHeaders, text?: string): Promise<NchfReply> {
    const stream = session.request(headers, { endStream: text === undefined })
    if (text !== undefined) stream.end(text)
    return new Promise((resolve, reject) => {
      let received: Record<string, string | undefined> = {}
      let answer = ''
      stream.setEncoding('utf8')
      stream.on('response', given => {
        received = given as Record<string, string | undefined>
      })
      stream.on('data', chunk => {
        answer += chunk
      })
      stream.on('error', reject)
      stream.on('close', () => {
        const status = Number(received[':status'])
        if (!status) return reject(new Error(`no answer (reset with ${stream.rstCode})`))
        const type = received['content-type'] ?? ''
        const body = type.includes('json') ? JSON.parse(answer) : answer
        const reply = { status, headers: received, type, body }
        if (keeps) keep(headers, text, reply)
        resolve(reply)
      })
    })
  }
  return {
    session,
    send,
    post(path, body, headers = {}) {
      const target = path.startsWith('http') ? new URL(path).pathname : path
      return send(
        { ':method': 'POST', ':path': target, 'content-type': 'application/json', ...headers },
        typeof body === 'string' ? body : JSON.stringify(body)
      )
    },
    end: () => session.close()
  }
}

const smf = '9d1f7c8e-6f0b-4c57-8a35-3d2f0c9f2b11'
let chargingIds = 1_000

/** What one PDU session says of itself in every request. */
export interface SessionTemplate {
  readonly imsi: string
  readonly chargingId: number
  // biome-ignore lint/suspicious/noExplicitAny: members of any kind
  readonly more: any
}

export function pduSession(imsi: string, more: object = {}): SessionTemplate {
  chargingIds++
  return { imsi, chargingId: chargingIds, more }
}

/** A ChargingDataRequest of an SMF. */
export function request(
  session: SessionTemplate,
  sequence: number,
  usages: readonly object[] | null,
  more: object = {}
): Record<string, unknown> {
  return {
    subscriberIdentifier: `imsi-${session.imsi}`,
    nfConsumerIdentification: { nodeFunctionality: 'SMF', nFName: smf },
    invocationTimeStamp: new Date().toISOString(),
    invocationSequenceNumber: sequence,
    notifyUri: 'http://127.0.0.1:9/callback',
    pDUSessionChargingInformation: {
      chargingId: session.chargingId,
      pduSessionInformation: {
        pduSessionID: 5,
        dnnId: 'internet',
        ratType: 'NR',
        networkSlicingInfo: { sNSSAI: { sst: 1, sd: '010203' } },
        servingCNPlmnId: { mcc: '262', mnc: '01' }
      }
    },
    ...(usages === null ? {} : { multipleUnitUsage: usages }),
    ...session.more,
    ...more
  }
}

export const ask = (ratingGroup = 10, requestedUnit: object = {}) => ({
  ratingGroup,
  requestedUnit
})

export const used = (totalVolume: number, more: object = {}) => ({
  ratingGroup: 10,
  requestedUnit: {},
  usedUnitContainer: [{ localSequenceNumber: 1, totalVolume }],
  ...more
})

/** The reference in a Location. */
export function referenceIn(reply: NchfReply): string {
  return reply.headers['location']?.split('/').at(-1) ?? ''
}
