/** The sessions of the demo: what each gateway asks, and what it must be told. */
import { type Cca, type Ccr, connectPgw, type Pgw } from './pgw.ts'
import type { Teller } from './teller.ts'

export interface Stage {
  readonly pgw: Pgw
  readonly tell: Teller
}

export { connectPgw }

const requestTypes = { initial: 1, update: 2, termination: 3, event: 4 } as const
const megabyte = 1_000_000
const contexts = { data: '32251@3gpp.org', voice: '32260@3gpp.org', message: '32274@3gpp.org' }
const directDebiting = 0

interface Usage {
  readonly ratingGroup: number
  readonly ask: boolean
  readonly octets?: number
  readonly seconds?: number
  readonly messages?: number
}

interface Session {
  readonly id: string
  readonly msisdn: string
  readonly context: string
  readonly service?: Ccr['Service-Information']
}

let sessions = 0

function newSession(pgw: Pgw, msisdn: string, more: Partial<Session> = {}): Session {
  sessions++
  return { id: `${pgw.host};demo;${sessions}`, msisdn, context: contexts.data, ...more }
}

function ccr(
  pgw: Pgw,
  session: Session,
  type: keyof typeof requestTypes,
  number: number,
  usages: readonly Usage[]
): Ccr {
  const services = usages.map(mscc)
  return {
    'Session-Id': session.id,
    'Destination-Realm': pgw.realm,
    'Service-Context-Id': session.context,
    'CC-Request-Type': requestTypes[type],
    'CC-Request-Number': number,
    'Subscription-Id': [{ 'Subscription-Id-Type': 0, 'Subscription-Id-Data': session.msisdn }],
    'Multiple-Services-Indicator': 1,
    'Multiple-Services-Credit-Control': services,
    ...(type === 'event' ? { 'Requested-Action': directDebiting } : {}),
    ...(session.service === undefined ? {} : { 'Service-Information': session.service })
  }
}

function mscc(usage: Usage): NonNullable<Ccr['Multiple-Services-Credit-Control']>[number] {
  const { octets, seconds, messages } = usage
  const units = {
    ...(octets === undefined ? {} : { 'CC-Total-Octets': BigInt(octets) }),
    ...(seconds === undefined ? {} : { 'CC-Time': seconds }),
    ...(messages === undefined ? {} : { 'CC-Service-Specific-Units': BigInt(messages) })
  }
  const isUsed = Object.keys(units).length > 0
  return {
    'Rating-Group': usage.ratingGroup,
    ...(usage.ask ? { 'Requested-Service-Unit': messages === undefined ? {} : units } : {}),
    ...(isUsed && messages === undefined ? { 'Used-Service-Unit': [units] } : {})
  }
}

/** Octets granted to the first service of an answer. */
function grantedOctets(cca: Cca): number {
  return Number(firstGrant(cca)?.['CC-Total-Octets'] ?? 0)
}

function firstGrant(cca: Cca) {
  return cca['Multiple-Services-Credit-Control']?.[0]?.['Granted-Service-Unit']
}

/** A day online: at home, zero-rated, and a repeated report that must not be charged twice. */
export async function plentySession({ pgw, tell }: Stage, msisdn: string): Promise<void> {
  const session = newSession(pgw, msisdn)
  const send = async (what: string, request: Ccr) => tell.exchange(what, await pgw.charge(request))
  await send(
    'the session begins; the gateway asks for quota for internet (rating group 10)',
    ccr(pgw, session, 'initial', 0, [{ ratingGroup: 10, ask: true }])
  )
  await send(
    '10 MB used, more please',
    ccr(pgw, session, 'update', 1, [{ ratingGroup: 10, ask: true, octets: 10 * megabyte }])
  )
  await send(
    'a zero-rated service (rating group 20) starts beside it',
    ccr(pgw, session, 'update', 2, [{ ratingGroup: 20, ask: true }])
  )
  await send(
    'the session ends: 2.5 MB of internet and 7 MB zero-rated were used since',
    ccr(pgw, session, 'termination', 3, [
      { ratingGroup: 10, ask: false, octets: 2.5 * megabyte },
      { ratingGroup: 20, ask: false, octets: 7 * megabyte }
    ])
  )
}

/** The money ends in the middle of the session: the rest as final units, then 4012. */
export async function drySession({ pgw, tell }: Stage, msisdn: string): Promise<void> {
  const session = newSession(pgw, msisdn)
  const first = await pgw.charge(ccr(pgw, session, 'initial', 0, [{ ratingGroup: 10, ask: true }]))
  tell.exchange('the session begins', first)
  const rest = await pgw.charge(
    ccr(pgw, session, 'update', 1, [{ ratingGroup: 10, ask: true, octets: grantedOctets(first) }])
  )
  tell.exchange('all of it used, more please: the wallet pays for less than before', rest)
  const last = await pgw.charge(
    ccr(pgw, session, 'update', 2, [{ ratingGroup: 10, ask: true, octets: grantedOctets(rest) }])
  )
  tell.exchange('the final units used, more please: the wallet is empty', last)
  const end = await pgw.charge(ccr(pgw, session, 'termination', 3, []))
  tell.exchange('the gateway ends the session', end)
}

export async function unknownSession({ pgw, tell }: Stage, msisdn: string): Promise<void> {
  const session = newSession(pgw, msisdn)
  const answer = await pgw.charge(ccr(pgw, session, 'initial', 0, [{ ratingGroup: 10, ask: true }]))
  tell.exchange('a subscriber that has no account', answer)
}

/** The gateway has seen no answer and sends the report again. */
export async function repeatedSession({ pgw, tell }: Stage, msisdn: string): Promise<void> {
  const session = newSession(pgw, msisdn)
  tell.exchange(
    'the session begins',
    await pgw.charge(ccr(pgw, session, 'initial', 0, [{ ratingGroup: 10, ask: true }]))
  )
  tell.exchange(
    '5 MB used, more please',
    await pgw.charge(
      ccr(pgw, session, 'update', 1, [{ ratingGroup: 10, ask: true, octets: 5 * megabyte }])
    )
  )
  await tell.wallet(msisdn)
  tell.exchange('the same report once more, with the T flag', await pgw.repeat())
  await tell.wallet(msisdn)
  tell.exchange(
    'the session ends, 1 MB used since',
    await pgw.charge(
      ccr(pgw, session, 'termination', 2, [{ ratingGroup: 10, ask: false, octets: megabyte }])
    )
  )
}

/** Two lines of a family draw from one bucket. */
export async function familySession(
  { pgw, tell }: Stage,
  msisdns: readonly string[]
): Promise<void> {
  for (const msisdn of msisdns) {
    const session = newSession(pgw, msisdn)
    await pgw.charge(ccr(pgw, session, 'initial', 0, [{ ratingGroup: 10, ask: true }]))
    tell.exchange(
      `the line ${msisdn} used 8 MB and ends its session`,
      await pgw.charge(
        ccr(pgw, session, 'termination', 1, [{ ratingGroup: 10, ask: false, octets: 8 * megabyte }])
      )
    )
  }
}

/** 95 seconds to a German number: the first minute whole, then by the second. */
export async function call({ pgw, tell }: Stage, msisdn: string): Promise<void> {
  const service = {
    'IMS-Information': { 'Called-Party-Address': 'tel:+4930123456', 'Node-Functionality': 0 }
  }
  const session = newSession(pgw, msisdn, { context: contexts.voice, service })
  tell.exchange(
    'a call to +49 30 123456 begins',
    await pgw.charge(ccr(pgw, session, 'initial', 0, [{ ratingGroup: 100, ask: true }]))
  )
  tell.exchange(
    'the first minute is over, more please',
    await pgw.charge(ccr(pgw, session, 'update', 1, [{ ratingGroup: 100, ask: true, seconds: 60 }]))
  )
  tell.exchange(
    'it ends after 35 more seconds',
    await pgw.charge(
      ccr(pgw, session, 'termination', 2, [{ ratingGroup: 100, ask: false, seconds: 35 }])
    )
  )
}

/** An event: one request, one debit. */
export async function message({ pgw, tell }: Stage, msisdn: string): Promise<void> {
  const recipient = { 'Address-Type': 1, 'Address-Data': '4930123456' }
  const service = {
    'SMS-Information': { 'Recipient-Info': [{ 'Recipient-Address': [recipient] }] }
  }
  const session = newSession(pgw, msisdn, { context: contexts.message, service })
  tell.exchange(
    'an SMS to +49 30 123456',
    await pgw.charge(ccr(pgw, session, 'event', 0, [{ ratingGroup: 200, ask: true, messages: 1 }]))
  )
}
