/** Identities that a network presents, and where an account lies in a store. */

/** Subscription-Id-Type 450 (RFC 8506 8.47), in words. */
export type SubscriberIdType = 'msisdn' | 'imsi' | 'sip-uri' | 'nai' | 'private'

/** Subscription-Id 443, or SUPI/GPSI: digits without plus for msisdn and imsi. */
export interface SubscriberId {
  readonly type: SubscriberIdType
  readonly value: string
}

/** The line that an identity or a session belongs to. */
export interface LineRef {
  readonly accountId: string
  readonly lineId: string
}

/** The partition of an account: FNV-1a over its id. Fixed when a store is initialised, so never change it. */
export function partitionOf(accountId: string, partitions: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < accountId.length; i++) {
    hash = Math.imul(hash ^ accountId.charCodeAt(i), 0x01000193)
  }
  return (hash >>> 0) % partitions
}
