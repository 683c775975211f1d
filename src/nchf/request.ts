/** ChargingDataRequest -> ChargingRequest. Pure. */
import type { ChargingRequest, RequestType } from '../domain/request.ts'
import type { SubscriberId } from '../domain/subscriber.ts'
import { factsOf } from './facts.ts'
import { informationOf } from './information.ts'
import type { ChargingDataRequest } from './messages.ts'
import { type Problem, wrongMember } from './problem.ts'
import type { ConsumerProfile } from './profiles.ts'
import { consumerOf } from './reference.ts'
import { usagesOf } from './usage.ts'

const nobody =
  'is needed to find the account, or tenantIdentifier or a group of a customer without subscribers'

/** A charging request whose key, which depends on the operation, is still to be set. */
export type RequestDraft = { -readonly [K in keyof ChargingRequest]: ChargingRequest[K] }

/** The content of a request, or the problem that it is refused with. `kept`: as ReadBody has it. */
export function contentOf(
  body: ChargingDataRequest,
  type: RequestType,
  profile: ConsumerProfile,
  kept: ChargingDataRequest
): RequestDraft | Problem {
  const delivered = type === 'event' && isDelivered(body)
  const usages = usagesOf(body.multipleUnitUsage ?? [], {
    wraps: profile.wraps,
    event: type === 'event'
  })
  if ('cause' in usages) return usages
  const subscribers = subscribersOf(body)
  let facts = factsOf(body)
  if (subscribers.length === 0 && (type === 'initial' || type === 'event')) {
    if (isWithoutCard(body)) facts = { ...facts, emergency: true }
    if (facts.emergency !== true) {
      return wrongMember('CHARGING_FAILED', '/subscriberIdentifier', nobody)
    }
  }
  const draft: RequestDraft = {
    kind: 'charging',
    type,
    sessionId: '',
    number: 0,
    subscribers,
    context: contextOf(body),
    origin: { host: consumerOf(body.nfConsumerIdentification), realm: '' },
    route: { protocol: 'nchf', notifyUri: body.notifyUri ?? '' },
    profile: profile.engine,
    facts,
    usages
  }
  if (delivered) draft.delivered = true
  const information = informationOf(kept)
  if (information !== undefined) draft.information = information
  return draft
}

/**
 * A PDU session of equipment alone, known by its PEI: one without a SUPI is an emergency's (TS 23.501 5.16.4, TS 29.502
 * 6.1.6.2.2). Only its beginning tells: a later request need not repeat whom the session is of.
 */
function isWithoutCard({ pDUSessionChargingInformation: session }: ChargingDataRequest): boolean {
  return Boolean(session?.userInformation?.servedPEI)
}

/** oneTimeEventType: PEC. Without a type, usage that is reported and not asked for was delivered. */
function isDelivered(body: ChargingDataRequest): boolean {
  if (body.oneTimeEventType !== undefined) return body.oneTimeEventType === 'PEC'
  const entries = body.multipleUnitUsage ?? []
  return entries.length > 0 && entries.every(entry => entry.requestedUnit === undefined)
}

/** SUPI (TS 29.571 5.3.2) and GPSI; that of an exposed function's user when there is no SUPI. */
function subscribersOf(body: ChargingDataRequest): readonly SubscriberId[] {
  const subscribers: SubscriberId[] = []
  add(subscribers, body.subscriberIdentifier)
  add(subscribers, body.pDUSessionChargingInformation?.userInformation?.servedGPSI)
  if (subscribers.length === 0) {
    add(subscribers, body.nEFChargingInformation?.externalIndividualIdentifier)
    add(subscribers, body.sMSChargingInformation?.originatorInfo?.originatorGPSI)
  }
  // Slices are managed and used by a customer who is no subscriber (TS 28.201, TS 28.202), and so are groups of
  // subscribers (TS 32.254).
  const { externalGroupIdentifier, groupIdentifier } = body.nEFChargingInformation ?? {}
  const tenant = body.tenantIdentifier || externalGroupIdentifier || groupIdentifier
  if (subscribers.length === 0 && tenant) subscribers.push({ type: 'tenant', value: tenant })
  return subscribers
}

function add(subscribers: SubscriberId[], identifier: string | undefined): void {
  if (!identifier) return
  const dash = identifier.indexOf('-')
  const value = identifier.slice(dash + 1)
  const kind = identifier.slice(0, Math.max(dash, 0))
  if (kind === 'imsi' || kind === 'msisdn') subscribers.push({ type: kind, value })
  else if (kind === 'nai') subscribers.push({ type: 'nai', value })
  else subscribers.push({ type: 'private', value: identifier })
}

/**
 * The number of the specification that governs the request: by its charging information, else by
 * serviceSpecificationInfo, which is free text such as `TS 32.255 Rel-17`.
 */
function contextOf(body: ChargingDataRequest): string {
  if (body.pDUSessionChargingInformation) return '32255'
  if (body.iMSChargingInformation) return '32260'
  if (body.sMSChargingInformation) return '32274'
  if (body.nEFChargingInformation) return '32254'
  if (body.nSMChargingInformation) return '28202'
  if (body.nSPAChargingInformation) return '28201'
  const named = /(\d{2})\.?(\d{3})/.exec(body.serviceSpecificationInfo ?? '')
  return named ? `${named[1]}${named[2]}` : '32290'
}
