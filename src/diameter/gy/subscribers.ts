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
  if (type !== 'msisdn' && type !== 'sip-uri') return { type, value: data }
  // RFC 8506 8.47: E.164 is digits alone; some clients send the plus sign, a tel: URI, or a SIP URI of the number.
  const number = numberIn(data)
  return number === null ? { type, value: data } : { type: 'msisdn', value: number }
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
