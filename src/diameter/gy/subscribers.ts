/** Subscription-Id 443 and Subscription-Id-Extension 659 -> SubscriberId. */
import type { SubscriberId, SubscriberIdType } from '../../domain/subscriber.ts'
import type { Ccr, SubscriptionId } from './ccr-avps.ts'

const subscriberTypes: readonly SubscriberIdType[] = [
  'msisdn', // END_USER_E164
  'imsi', // END_USER_IMSI
  'sip-uri', // END_USER_SIP_URI
  'nai', // END_USER_NAI
  'private' // END_USER_PRIVATE
]

/**
 * TS 32.299 puts Subscription-Id at command level; IMS nodes may send it inside
 * Service-Information.
 */
export function subscribersOf(ccr: Ccr): readonly SubscriberId[] {
  const atCommand = ccr['Subscription-Id']
  const list = atCommand?.length ? atCommand : ccr['Service-Information']?.['Subscription-Id']
  if (!list?.length) return extendedSubscribers(ccr['Subscription-Id-Extension'])
  const subscribers: SubscriberId[] = []
  for (const item of list) {
    const subscriber = subscriberOf(item)
    if (subscriber) subscribers.push(subscriber)
  }
  return subscribers
}

function subscriberOf(item: SubscriptionId): SubscriberId | null {
  const type = subscriberTypes[item['Subscription-Id-Type'] ?? -1]
  const data = item['Subscription-Id-Data']
  if (!type || !data) return null
  return subscriberWith(type, data)
}

function subscriberWith(type: SubscriberIdType, data: string): SubscriberId {
  if (type === 'imsi') return { type, value: data }
  const imsi = imsiIn(type, data)
  if (imsi !== null) return { type: 'imsi', value: imsi }
  if (type === 'nai' || type === 'private') return { type, value: data }
  // RFC 8506 8.47: E.164 is digits alone; some clients send the plus sign, a tel: URI, or a SIP URI of the number.
  const number = numberIn(data)
  return number === null ? { type, value: data } : { type: 'msisdn', value: number }
}

/** User part and MNC, MCC of a name in a home network's domain (TS 23.003 13.2, 19.2). */
const homeName =
  /^(?:sips?:)?(\d{14,16})@(?:[a-z\d-]+\.)*mnc(\d{3})\.mcc(\d{3})\.3gppnetwork\.org(?:[;:].*)?$/i

/**
 * The IMSI that a name is derived from: a private or temporary public user identity `IMSI@ims…`, also as a SIP URI
 * (TS 23.003 13.3, 13.4B), a root NAI `0IMSI@nai.epc…` (19.3.2), or a private identity of 15 digits. null: none.
 */
function imsiIn(type: SubscriberIdType, data: string): string | null {
  if (!data.includes('@')) return type === 'private' && /^\d{15}$/.test(data) ? data : null
  const [, user = '', mnc = '', mcc = ''] = homeName.exec(data) ?? []
  if (user === '') return null
  if (isOfNetwork(user, mcc, mnc)) return user
  // In front: 0 for EAP-AKA, 1 for EAP-SIM, 6 for EAP-AKA'.
  const root = user.slice(1)
  return /^[016]/.test(user) && isOfNetwork(root, mcc, mnc) ? root : null
}

/** An IMSI begins with MCC and MNC; an MNC of two digits has a zero in front in the domain. */
function isOfNetwork(digits: string, mcc: string, mnc: string): boolean {
  if (digits.length > 15 || !digits.startsWith(mcc)) return false
  return digits.startsWith(mnc, 3) || (mnc.startsWith('0') && digits.startsWith(mnc.slice(1), 3))
}

/** The digits of `4915…`, `+4915…`, `tel:+4915…` and `sip:+4915…@ims.example`; null: it is no telephone number. */
function numberIn(data: string): string | null {
  const found = /^(?:tel:|sips?:)?\+?(\d{5,15})(?:[@;].*)?$/i.exec(data)
  return found?.[1] ?? null
}

const extensions = [
  ['Subscription-Id-E164', 'msisdn'],
  ['Subscription-Id-IMSI', 'imsi'],
  ['Subscription-Id-SIP-URI', 'sip-uri'],
  ['Subscription-Id-NAI', 'nai'],
  ['Subscription-Id-Private', 'private']
] as const

/** Clients of RFC 8506 alone may send Subscription-Id-Extension (8.58) in place of Subscription-Id. */
function extendedSubscribers(list: Ccr['Subscription-Id-Extension']): readonly SubscriberId[] {
  if (!list?.length) return []
  const subscribers: SubscriberId[] = []
  for (const item of list) {
    for (const [name, type] of extensions) {
      const data = item[name]
      if (data) subscribers.push(subscriberWith(type, data))
    }
  }
  return subscribers
}
