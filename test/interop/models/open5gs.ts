/**
 * Open5GS SMF as PGW-C over Gy, as a state machine: what it sends, what it reads of an answer, and what it does
 * then. It has one MSCC without Rating-Group, asks for 1,000,000 octets whatever happens, never repeats a
 * request, waits for an answer without a time limit, and lets traffic pass unlimited when an answer of 2001
 * has no Granted-Service-Unit.
 */
import type { Answer } from '../../support/diameter-client.ts'
import type { SessionOutcome } from './outcome.ts'
import { type Ccr, type Identity, type Plan, success, type Wire } from './wire.ts'

export const open5gsIdentity: Identity = {
  host: 'smf.epc.mnc001.mcc262.3gppnetwork.org',
  realm: 'epc.mnc001.mcc262.3gppnetwork.org'
}

/** Reporting-Reason 872. */
const reasons = { threshold: 0, final: 2, quotaExhausted: 3 } as const
/** What passes the gateway between a report and its answer. */
const inFlightOctets = 5_000

interface Quota {
  /** null: nothing limits the traffic. */
  readonly octets: number | null
  /** Used octets at which the gateway reports; 0: it has no threshold. */
  readonly reportAt: number
  readonly final: boolean
}

type Reading =
  | { readonly kind: 'quota'; readonly quota: Quota }
  | { readonly kind: 'failed'; readonly reason: string; readonly terminates: boolean }
  | { readonly kind: 'hang'; readonly reason: string }

export async function runOpen5gs(wire: Wire, plan: Plan): Promise<SessionOutcome> {
  let number = 0
  let served = 0
  let unmetered = 0
  /** Octets since the last report, and since the present quota began. */
  let unreported = 0
  let used = 0
  const outcome = (ended: SessionOutcome['ended'], because: string, hangs = false) => ({
    ended,
    hangs,
    served,
    unmetered,
    because
  })
  const pass = (octets: number): void => {
    served += octets
    unreported += octets
    used += octets
  }
  /** Deltas are taken when the request is built, and never told again. */
  const report = () => {
    const octets = unreported
    unreported = 0
    return {
      'CC-Time': 1,
      'CC-Input-Octets': octets - (octets >> 2),
      'CC-Output-Octets': octets >> 2
    }
  }
  async function send(type: number, service: object): Promise<Reading> {
    const request = ccrOf(wire.identity, plan, type, number, service)
    return read(await wire.ask(request), number++)
  }
  async function terminate(ended: SessionOutcome['ended'], because: string) {
    // It does not look at the answer.
    await send(3, { 'Used-Service-Unit': [report()], 'Reporting-Reason': [reasons.final] })
    return outcome(ended, because)
  }

  let reading = await send(1, ask)
  if (reading.kind === 'hang') return outcome('refused', reading.reason, true)
  if (reading.kind === 'failed') {
    return reading.terminates
      ? terminate('refused', reading.reason)
      : outcome('refused', reading.reason)
  }
  for (;;) {
    const { quota } = reading
    if (quota.octets === null) {
      unmetered += plan.wants - served
      pass(plan.wants - served)
      return terminate('by-user', 'an answer of 2001 had no Granted-Service-Unit')
    }
    const reportAt = quota.reportAt > used ? quota.reportAt : quota.octets
    pass(Math.max(0, Math.min(plan.wants - served, reportAt - used)))
    if (served >= plan.wants) return terminate('by-user', 'the user went')
    if (quota.final) return terminate('cut', 'the final units were used')
    const reason = used < quota.octets ? reasons.threshold : reasons.quotaExhausted
    if (number === 1) await plan.meanwhile?.()
    const usage = { 'Reporting-Reason': [reason], ...report() }
    const left = quota.octets - used
    used = 0
    const sent = send(2, { ...ask, 'Used-Service-Unit': [usage] })
    pass(Math.max(0, Math.min(inFlightOctets, left, plan.wants - served)))
    const next = await sent
    if (next.kind === 'hang') return outcome('cut', next.reason, true)
    if (next.kind === 'failed') return terminate('cut', next.reason)
    reading = next
  }
}

const ask = { 'Requested-Service-Unit': { 'CC-Total-Octets': 1_000_000n } }

/** The answer as `smf_gy_cca_cb` takes it. */
function read(answer: Answer | null, number: number): Reading {
  if (!answer) return { kind: 'hang', reason: 'no answer, and no timer runs' }
  const { avps, resultCode } = answer
  if ((avps['CC-Request-Number'] ?? number) !== number) {
    return { kind: 'hang', reason: 'an answer with another CC-Request-Number is thrown away' }
  }
  if (resultCode !== success) {
    return { kind: 'failed', reason: `Result-Code ${resultCode}`, terminates: false }
  }
  // Of several services the last one's values remain.
  const service = (avps['Multiple-Services-Credit-Control'] ?? []).at(-1)
  const serviceCode = service?.['Result-Code']
  if (serviceCode !== undefined && serviceCode !== success) {
    return { kind: 'failed', reason: `Result-Code ${serviceCode} of the service`, terminates: true }
  }
  const granted = service?.['Granted-Service-Unit']?.['CC-Total-Octets']
  const octets = granted === undefined ? null : Number(granted)
  const threshold = service?.['Volume-Quota-Threshold'] ?? 0
  const reportAt = octets !== null && threshold > 0 && octets >= threshold ? octets - threshold : 0
  const final = service?.['Final-Unit-Indication'] !== undefined
  return { kind: 'quota', quota: { octets, reportAt, final } }
}

function ccrOf(from: Identity, plan: Plan, type: number, number: number, service: object): Ccr {
  return {
    'Session-Id': plan.sessionId,
    // Its own realm, which the server must take for its own.
    'Destination-Realm': from.realm,
    'Auth-Application-Id': 4,
    'Service-Context-Id': '32251@3gpp.org',
    'CC-Request-Type': type,
    'CC-Request-Number': number,
    'Event-Timestamp': Date.now(),
    'Subscription-Id': [
      { 'Subscription-Id-Type': 1, 'Subscription-Id-Data': plan.imsi },
      { 'Subscription-Id-Type': 0, 'Subscription-Id-Data': plan.msisdn }
    ],
    // DIRECT_DEBITING, in a session, where it means nothing.
    'Requested-Action': 0,
    'AoC-Request-Type': 1,
    ...(type === 1 ? { 'Multiple-Services-Indicator': 0 } : {}),
    ...(type === 3 ? { 'Termination-Cause': 1 } : {}),
    'Multiple-Services-Credit-Control': [{ ...service, 'QoS-Information': qos }],
    'Service-Information': {
      'PS-Information': {
        '3GPP-Charging-Id': Buffer.from([0, 0, 0, 1]),
        ...(type === 1 ? { '3GPP-PDP-Type': 0 } : {}),
        'PDP-Address': ['10.45.0.2'],
        'Called-Station-Id': 'internet',
        '3GPP-Selection-Mode': '0',
        '3GPP-SGSN-MCC-MNC': '26201',
        // Raw, not the digit that it should be.
        '3GPP-NSAPI': Buffer.from([5]),
        '3GPP-RAT-Type': Buffer.from([6])
      }
    }
  }
}

const qos = {
  'QoS-Class-Identifier': 9,
  'Allocation-Retention-Priority': {
    'Priority-Level': 8,
    'Pre-emption-Capability': 1,
    'Pre-emption-Vulnerability': 1
  },
  'APN-Aggregate-Max-Bitrate-UL': 1_000_000_000,
  'APN-Aggregate-Max-Bitrate-DL': 1_000_000_000
}
