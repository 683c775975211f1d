/**
 * Session documents: `[format, id, account, line, context, origin host, origin realm, started, facts, last instant,
 * expires, sweep at, CDRs, initial, settled, answers, services, positions, route]`. Behind them, where there are any, the chain when
 * a CDR of the session was cut, else 0: `[opened, recorded]`, with `[input octets, output octets, octets, seconds, messages]` of each
 * service; the charging information blocks as a text, empty where there are none; and the trace-id that the consumer gave.
 *
 * Service: `[rating group, service identifiers, input octets, output octets, octets, seconds, messages, grant,
 * parts]`, and the uPFID behind them when there is one. Grant: 0 or that of grant.ts. Part:
 * `[price, bucket, zone, unit, units, amount, before, suspense]`, and the period behind them when there is one. Position: `[price, units, amount]`.
 * Route: `[peer, connection]` (Gy; peer is 0 where it is the origin host), 0 or `peer` (the same without a known
 * connection) or `[notifyUri]` or `[notifyUri, correlation, 0]` or
 * `[notifyUri, correlation or 0, 0, binding]` (Nchf).
 */
import type { NetworkFacts } from '../../domain/facts.ts'
import { gyRoute, type RequestOrigin, type SessionRoute } from '../../domain/route.ts'
import type {
  ChargingSession,
  PricePosition,
  RecordChain,
  ServiceUsage,
  UsagePart
} from '../../domain/session.ts'
import { formatMax, quoted, readDocument, unitAt, unitNumbers } from './format.ts'
import { decodeGrant, encodeGrant } from './grant.ts'

/** The encoded beginning and end of a session document, kept while what they hold stays the same. */
export interface SessionHead {
  readonly lineId: string
  readonly startedAt: number
  readonly origin: RequestOrigin
  readonly facts: NetworkFacts
  readonly route: SessionRoute
  readonly information: string
  readonly text: string
  readonly end: string
  /** The charging information blocks and the trace-id as they stand in the document; empty: neither. */
  readonly said: string
}

/** The head of this session: the known one, of the same session id, if it still fits. */
export function sessionHead(session: ChargingSession, known: SessionHead | undefined): SessionHead {
  const { lineId, startedAt, origin, facts, route, information } = session
  if (
    known !== undefined &&
    known.facts === facts &&
    known.origin === origin &&
    known.startedAt === startedAt &&
    known.lineId === lineId
  ) {
    // The connection alone changes often where a client has several.
    if (known.route === route && known.information === information) return known
    return { ...known, ...endOf(session) }
  }
  const members = [
    formatMax,
    session.id,
    session.accountId,
    lineId,
    session.context,
    origin.host,
    origin.realm,
    startedAt,
    facts
  ]
  const text = `${JSON.stringify(members).slice(0, -1)},`
  return { lineId, startedAt, origin, facts, text, ...endOf(session) }
}

export function encodeSession(session: ChargingSession, head: SessionHead): string {
  const { lastAt, expiresAt, sweepAt, cdrs, initial, settled } = session
  let text = `${head.text}${lastAt},${expiresAt},${sweepAt},${cdrs},${initial},"${settled}",[`
  // Neither settled numbers nor answers hold anything that JSON would escape (see charging/ranges.ts, receipt.ts).
  if (session.answers.length > 0) text += `"${session.answers.join('","')}"`
  text += '],['
  let separator = ''
  for (const service of session.services) {
    text += separator + encodeService(service)
    separator = ','
  }
  text += '],['
  separator = ''
  for (const { price, units, amount } of session.positions) {
    text += `${separator}[${quoted(price)},${units},${amount}]`
    separator = ','
  }
  const { chain } = session
  if (head.said !== '') return `${text}${head.end},${chain ? encodeChain(chain) : 0},${head.said}]`
  return chain === undefined ? `${text}${head.end}]` : `${text}${head.end},${encodeChain(chain)}]`
}

function endOf({ route, origin, information, traceId }: ChargingSession) {
  let said = information === '' ? '' : JSON.stringify(information)
  // It never changes, and holds nothing that JSON would escape.
  if (traceId !== undefined) said = `${said || '""'},"${traceId}"`
  return { route, information, end: `],${encodeRoute(route, origin)}`, said }
}

function encodeChain({ openedAt, recorded }: RecordChain): string {
  const totals = recorded.map(
    ({ inputOctets, outputOctets, octets, seconds, messages }) =>
      `[${inputOctets},${outputOctets},${octets},${seconds},${messages}]`
  )
  return `[${openedAt},[${totals.join(',')}]]`
}

function encodeRoute(route: SessionRoute, origin: RequestOrigin): string {
  if (route.protocol === 'nchf') {
    const { binding, correlation, notifyUri } = route
    if (binding !== undefined) return JSON.stringify([notifyUri, correlation ?? 0, 0, binding])
    return JSON.stringify(correlation === undefined ? [notifyUri] : [notifyUri, correlation, 0])
  }
  const peer = route.peer === origin.host ? '0' : quoted(route.peer)
  return route.connection === undefined ? peer : `[${peer},${quoted(route.connection)}]`
}

function decodeRoute(route: unknown, originHost: string): SessionRoute {
  if (!Array.isArray(route)) {
    return { protocol: 'gy', peer: typeof route === 'string' ? route : originHost }
  }
  const [first, connection, , binding] = route as [string | 0, string | 0 | undefined, 0, string?]
  if (connection === undefined) return { protocol: 'nchf', notifyUri: String(first) }
  if (route.length >= 3) {
    return {
      protocol: 'nchf',
      notifyUri: String(first),
      ...(connection === 0 ? {} : { correlation: connection }),
      ...(binding === undefined ? {} : { binding })
    }
  }
  return gyRoute(first === 0 ? originHost : first, String(connection))
}

/** Throws GYRO_DOCUMENT_FORMAT when the text is not such a document or its format is newer than this program. */
export function decodeSession(text: string): ChargingSession {
  const document = readDocument(text, 'session', 18, 4)
  return {
    format: 1,
    id: document[1] as string,
    accountId: document[2] as string,
    lineId: document[3] as string,
    context: document[4] as string,
    origin: { host: document[5] as string, realm: document[6] as string },
    route: decodeRoute(document[18], document[5] as string),
    startedAt: document[7] as number,
    lastAt: document[9] as number,
    expiresAt: document[10] as number,
    sweepAt: document[11] as number,
    cdrs: document[12] as number,
    initial: document[13] as number,
    settled: document[14] as string,
    answers: document[15] as string[],
    services: (document[16] as unknown[][]).map(decodeService),
    positions: (document[17] as unknown[][]).map(decodePosition),
    facts: document[8] as NetworkFacts,
    information: (document[20] as string | undefined) ?? '',
    ...(Array.isArray(document[19]) ? { chain: decodeChain(document[19]) } : {}),
    ...(document[21] === undefined ? {} : { traceId: document[21] as string })
  }
}

function decodeChain([openedAt, recorded]: readonly unknown[]): RecordChain {
  return {
    openedAt: openedAt as number,
    recorded: (recorded as number[][]).map(
      ([inputOctets = 0, outputOctets = 0, octets = 0, seconds = 0, messages = 0]) => ({
        inputOctets,
        outputOctets,
        octets,
        seconds,
        messages
      })
    )
  }
}

function encodeService(service: ServiceUsage): string {
  const totals = `${service.inputOctets},${service.outputOctets},${service.octets},${service.seconds},${service.messages}`
  let text = `[${service.ratingGroup},[${service.serviceIdentifiers.join(',')}],${totals},`
  text += service.grant === null ? '0,[' : `${encodeGrant(service.grant)},[`
  let separator = ''
  for (const part of service.parts) {
    text += separator + encodePart(part)
    separator = ','
  }
  return service.upf === '' ? `${text}]]` : `${text}],${quoted(service.upf)}]`
}

function encodePart(part: UsagePart): string {
  const names = `${quoted(part.price)},${quoted(part.bucket)},${quoted(part.zone)}`
  const { units, amount, before, suspense } = part
  const text = `[${names},${unitNumbers[part.unit]},${units},${amount},${before},${suspense ? 1 : 0}`
  return part.period === undefined ? `${text}]` : `${text},${part.period}]`
}

function decodeService(members: readonly unknown[]): ServiceUsage {
  return {
    ratingGroup: members[0] as number,
    serviceIdentifiers: members[1] as number[],
    upf: (members[9] as string | undefined) ?? '',
    inputOctets: members[2] as number,
    outputOctets: members[3] as number,
    octets: members[4] as number,
    seconds: members[5] as number,
    messages: members[6] as number,
    grant: members[7] === 0 ? null : decodeGrant(members[7] as unknown[]),
    parts: (members[8] as unknown[][]).map(decodePart)
  }
}

function decodePart(members: readonly unknown[]): UsagePart {
  const period = members[8] as number | undefined
  return {
    ...(period === undefined ? {} : { period }),
    price: members[0] as string,
    bucket: members[1] as string,
    zone: members[2] as string,
    unit: unitAt(members[3]),
    units: members[4] as number,
    amount: members[5] as number,
    before: members[6] as number,
    suspense: members[7] === 1
  }
}

function decodePosition(members: readonly unknown[]): PricePosition {
  return {
    price: members[0] as string,
    units: members[1] as number,
    amount: members[2] as number
  }
}
