/**
 * Magma session_proxy over Gy, as a state machine: one MSCC for each rating group, matched by Rating-Group;
 * asks again at 0.8 of a quota, whatever threshold it is told; takes a 4xxx of a service for a credit that
 * waits, a 5xxx or an empty grant for one that is over.
 */
import type { Answer } from '../../support/diameter-client.ts'
import type { SessionOutcome } from './outcome.ts'
import { type Ccr, type Identity, type Plan, success, type Wire } from './wire.ts'

export const magmaIdentity: Identity = { host: 'feg.magma.test', realm: 'magma.test' }

const share = 0.8
/** Internet, and a group that costs nothing. */
const groups = [10, 20] as const

interface Credit {
  readonly group: number
  state: 'open' | 'suspended' | 'over'
  quota: number
  used: number
  served: number
  unreported: number
  final: boolean
}

/** `wants` is for each rating group; `served` in the outcome is that of the first, which costs money. */
export async function runMagma(wire: Wire, plan: Plan): Promise<SessionOutcome> {
  const credits: Credit[] = groups.map(group => ({
    group,
    state: 'open',
    quota: 0,
    used: 0,
    served: 0,
    unreported: 0,
    final: false
  }))
  let number = 0
  let because = ''
  let hangs = false
  const outcome = (ended: SessionOutcome['ended']): SessionOutcome => ({
    ended,
    hangs,
    served: credits[0]?.served ?? 0,
    unmetered: 0,
    because
  })

  /** false: the request as a whole failed. */
  async function send(type: number, told: readonly Credit[]): Promise<boolean> {
    const answer = await wire.ask(ccrOf(plan, type, number++, told))
    for (const credit of told) {
      credit.unreported = 0
      credit.used = 0
    }
    if (!answer || answer.resultCode !== success) {
      because = answer ? `Result-Code ${answer.resultCode}` : 'the request timed out'
      return false
    }
    if (type !== 3) for (const credit of told) take(credit, answer)
    return true
  }
  function take(credit: Credit, answer: Answer): void {
    const services = answer.avps['Multiple-Services-Credit-Control'] ?? []
    const service = services.find(each => each['Rating-Group'] === credit.group)
    if (!service) {
      hangs = true
      because = `no service in the answer has Rating-Group ${credit.group}`
      credit.state = 'suspended'
      return
    }
    const code = service['Result-Code'] ?? 0
    const granted = Number(service['Granted-Service-Unit']?.['CC-Total-Octets'] ?? 0)
    credit.final = service['Final-Unit-Indication'] !== undefined
    credit.quota = granted
    if (code >= 4000 && code < 5000) credit.state = 'suspended'
    else if (code !== 0 && code !== success) credit.state = 'over'
    else if (granted === 0) credit.state = 'over'
    else credit.state = 'open'
    if (credit.state !== 'open') because = `group ${credit.group} has ${code} and ${granted} octets`
  }
  /** Traffic until the group wants more, or is over. */
  function flow(credit: Credit): void {
    if (credit.state !== 'open') return
    const until = credit.final ? credit.quota : Math.ceil(credit.quota * share)
    const octets = Math.max(0, Math.min(plan.wants - credit.served, until - credit.used))
    credit.served += octets
    credit.used += octets
    credit.unreported += octets
    if (credit.final && credit.used >= credit.quota) {
      credit.state = 'over'
      because = 'the final units were used'
    }
  }
  const wantsMore = (credit: Credit): boolean =>
    credit.state === 'open' && credit.served < plan.wants

  if (!(await send(1, credits))) return outcome('refused')
  const refused = credits.every(({ state }) => state !== 'open')
  for (;;) {
    for (const credit of credits) flow(credit)
    const told = credits.filter(wantsMore)
    if (told.length === 0) break
    if (number === 1) await plan.meanwhile?.()
    if (!(await send(2, told))) break
  }
  const whole = credits.every(({ served }) => served === plan.wants)
  const why = because
  await send(3, credits)
  because = why
  return outcome(whole ? 'by-user' : refused ? 'refused' : 'cut')
}

function ccrOf(plan: Plan, type: number, number: number, told: readonly Credit[]): Ccr {
  const ask = {
    'CC-Total-Octets': 100_000n,
    'CC-Input-Octets': 100_000n,
    'CC-Output-Octets': 100_000n
  }
  return {
    'Session-Id': plan.sessionId,
    'Destination-Realm': 'localdomain',
    'Auth-Application-Id': 4,
    'Service-Context-Id': '32251@3gpp.org',
    'CC-Request-Type': type,
    'CC-Request-Number': number,
    'Event-Timestamp': Date.now(),
    'Subscription-Id': [
      { 'Subscription-Id-Type': 0, 'Subscription-Id-Data': plan.msisdn },
      { 'Subscription-Id-Type': 1, 'Subscription-Id-Data': plan.imsi }
    ],
    'Multiple-Services-Indicator': 1,
    ...(type === 3 ? { 'Termination-Cause': 1 } : {}),
    'Multiple-Services-Credit-Control': told.map(credit => ({
      'Rating-Group': credit.group,
      ...(type === 3 ? {} : { 'Requested-Service-Unit': ask }),
      ...(type === 1 ? {} : { 'Used-Service-Unit': [usageOf(credit)] })
    })),
    'Service-Information': {
      'PS-Information': {
        '3GPP-Charging-Id': Buffer.from([0, 0, 0, 2]),
        '3GPP-PDP-Type': 0,
        'PDP-Address': ['10.45.0.3'],
        'Called-Station-Id': 'magma.ipv4',
        '3GPP-Selection-Mode': '0',
        '3GPP-SGSN-MCC-MNC': '26201',
        '3GPP-GGSN-MCC-MNC': '26201',
        '3GPP-NSAPI': Buffer.from('5'),
        '3GPP-RAT-Type': Buffer.from([6])
      }
    }
  }
}

/** Both directions and their sum: the sum is the usage. */
function usageOf({ unreported }: Credit) {
  const output = unreported >> 3
  return {
    'CC-Total-Octets': BigInt(unreported),
    'CC-Input-Octets': BigInt(unreported - output),
    'CC-Output-Octets': BigInt(output)
  }
}
