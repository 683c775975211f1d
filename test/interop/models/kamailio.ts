/**
 * Kamailio ims_charging over Ro, as a state machine: time alone, one service, asks for 30 seconds at a time,
 * five seconds before the last ones end; refuses a call that gets none; lets a call run out what it has when
 * it gets no more. Its clock is virtual: a call takes no time.
 */
import type { Answer } from '../../support/diameter-client.ts'
import type { SessionOutcome } from './outcome.ts'
import { type Ccr, type Identity, type Plan, success, type Wire } from './wire.ts'

export const kamailioIdentity: Identity = { host: 'scscf.ims.test', realm: 'ims.test' }

const unitsSeconds = 30
const bufferSeconds = 5

interface Credit {
  /** 0: no more of it. */
  readonly seconds: number
  readonly final: boolean
  readonly because: string
}

export async function runKamailio(wire: Wire, plan: Plan): Promise<SessionOutcome> {
  let number = 0
  let talked = 0
  let reported = 0
  const outcome = (ended: SessionOutcome['ended'], because: string): SessionOutcome => ({
    ended,
    hangs: false,
    served: talked,
    unmetered: 0,
    because
  })
  async function send(type: number, service: object): Promise<Credit> {
    return read(await wire.ask(ccrOf(plan, type, number++, service)), type)
  }
  async function terminate(ended: SessionOutcome['ended'], because: string) {
    await send(3, { 'Used-Service-Unit': [{ 'CC-Time': talked - reported }] })
    return outcome(ended, because)
  }

  let credit = await send(1, ask)
  // It ends the charging session of a call that was never answered, too.
  if (credit.seconds === 0) return terminate('refused', credit.because)
  for (;;) {
    const early = !credit.final && credit.seconds > bufferSeconds ? bufferSeconds : 0
    talked = Math.min(plan.wants, talked + credit.seconds - early)
    if (talked === plan.wants) return terminate('by-user', 'the caller hung up')
    if (credit.final) return terminate('cut', 'the final units were used')
    if (number === 1) await plan.meanwhile?.()
    const used = talked - reported
    reported = talked
    const next = await send(2, { ...ask, 'Used-Service-Unit': [{ 'CC-Time': used }] })
    if (next.seconds === 0) {
      talked = Math.min(plan.wants, talked + credit.seconds - used)
      const ended = talked === plan.wants ? 'by-user' : 'cut'
      return terminate(ended, next.because)
    }
    credit = next
  }
}

const ask = { 'Requested-Service-Unit': { 'CC-Time': unitsSeconds } }

/** The answer as `Ro_parse_CCA_avps` and its callers take it. */
function read(answer: Answer | null, type: number): Credit {
  if (!answer) return none('the transaction timed out')
  if (answer.resultCode !== success) return none(`Result-Code ${answer.resultCode}`)
  const service = (answer.avps['Multiple-Services-Credit-Control'] ?? []).at(-1)
  const serviceCode = service?.['Result-Code'] ?? success
  if (type === 1 && serviceCode !== success)
    return none(`Result-Code ${serviceCode} of the service`)
  const granted = service?.['Granted-Service-Unit']?.['CC-Time'] ?? 0
  if (granted === 0) return none('an answer without CC-Time')
  const validity = service?.['Validity-Time'] ?? 0
  const seconds = validity > 0 ? Math.min(granted, validity) : granted
  const final = service?.['Final-Unit-Indication'] !== undefined
  return { seconds, final, because: 'granted' }
}

const none = (because: string): Credit => ({ seconds: 0, final: false, because })

function ccrOf(plan: Plan, type: number, number: number, service: object): Ccr {
  const caller = {
    'Subscription-Id-Type': 2,
    'Subscription-Id-Data': `sip:+${plan.msisdn}@ims.test`
  }
  return {
    'Session-Id': plan.sessionId,
    'Destination-Realm': 'localdomain',
    'Service-Context-Id': 'ext.01.001.8.32260@3gpp.org',
    'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': 4 },
    'User-Name': caller['Subscription-Id-Data'],
    'CC-Request-Type': type,
    'CC-Request-Number': number,
    'Event-Timestamp': Date.now(),
    'Subscription-Id': [caller],
    // A MAC address, as text.
    'User-Equipment-Info': {
      'User-Equipment-Info-Type': 1,
      'User-Equipment-Info-Value': Buffer.from('00-00-00-00-00-00')
    },
    'Multiple-Services-Indicator': 1,
    ...(type === 3 ? { 'Termination-Cause': 1 } : {}),
    'Multiple-Services-Credit-Control': [
      { ...service, 'Service-Identifier': [1000], 'Rating-Group': 100 }
    ],
    'Service-Information': {
      'Subscription-Id': [caller],
      'IMS-Information': {
        'Event-Type': { 'SIP-Method': type === 1 ? 'INVITE' : 'dummy' },
        'Role-Of-Node': 0,
        'Node-Functionality': 0,
        'User-Session-ID': plan.sessionId,
        'Calling-Party-Address': [caller['Subscription-Id-Data']],
        'Called-Party-Address': 'sip:+4915100000099@ims.test'
      }
    }
  }
}
