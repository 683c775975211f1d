/** A usage record as a request to the engine. */
import type { NetworkFacts } from '../domain/facts.ts'
import type { ChargingRequest, PeerProfile } from '../domain/request.ts'
import { sessionKey } from '../domain/session-key.ts'
import type { SubscriberId } from '../domain/subscriber.ts'
import type { EpochMs } from '../domain/time.ts'
import { periodOf } from '../rating/period.ts'
import type { UsageRecord } from './record.ts'

/** Nothing is granted to a file. */
const profile: PeerProfile = {
  name: 'mediation',
  thresholds: false,
  requestedUnits: false,
  unknownSession: 'success',
  tariffSwitch: false,
  redirect: false,
  qosFinalUnits: false,
  pools: false,
  advice: false,
  sessionFailover: false,
  failureHandling: null,
  directDebitingFailureHandling: null
}

const route = { protocol: 'gy', peer: '' } as const

export interface Booking {
  /** IANA name: months are accounting periods there. */
  readonly timeZone: string
  /** A period stays open so long after its end, for what comes late. */
  readonly graceMs: number
  readonly now: EpochMs
}

/** The request key is session and sequence, as for a report that the client would have sent. */
export function requestOf(record: UsageRecord, booking: Booking): ChargingRequest {
  const { octets, inputOctets, outputOctets, seconds, messages } = record
  return {
    kind: 'charging',
    type: 'update',
    sessionId: sessionKey(record.session),
    number: record.sequence,
    subscribers: subscribersOf(record),
    context: record.context,
    origin: { host: record.origin, realm: '' },
    route,
    profile,
    facts: factsOf(record),
    usages: [
      {
        ratingGroup: record.ratingGroup,
        serviceIdentifiers: [],
        requested: null,
        used: { octets, inputOctets, outputOctets, seconds, messages }
      }
    ],
    mediated: {
      from: record.startedAt,
      until: record.endedAt,
      closed: isClosed(record.startedAt, booking)
    }
  }
}

export function subscribersOf({ msisdn, imsi }: UsageRecord): readonly SubscriberId[] {
  const found: SubscriberId[] = []
  if (msisdn !== null) found.push({ type: 'msisdn', value: msisdn })
  if (imsi !== null) found.push({ type: 'imsi', value: imsi })
  return found
}

function factsOf(record: UsageRecord): NetworkFacts {
  const { plmn, apn, rat, calledParty, chargingId } = record
  return {
    usageRecord: String(record.sequence),
    ...(plmn === null ? {} : { plmn }),
    ...(apn === null ? {} : { apn }),
    ...(rat === null ? {} : { rat }),
    ...(calledParty === null ? {} : { calledParty }),
    ...(chargingId === null ? {} : { chargingId })
  }
}

function isClosed(at: EpochMs, { timeZone, graceMs, now }: Booking): boolean {
  const month = periodOf({ kind: 'calendar-month' }, 0, at, timeZone)
  return month?.until != null && month.until + graceMs <= now
}
