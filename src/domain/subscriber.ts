/** Identities that a network presents, and where an account lies in a store. */

import type { Line } from './account.ts'

/** Subscription-Id-Type 450 (RFC 8506 8.47), in words. */
export type SubscriberIdType = 'msisdn' | 'imsi' | 'tenant' | 'sip-uri' | 'nai' | 'private'

/** Subscription-Id 443, SUPI/GPSI, or tenantIdentifier: digits without plus for msisdn and imsi. */
export interface SubscriberId {
  readonly type: SubscriberIdType
  readonly value: string
}

/** Types of identities that accounts are found by, each with a directory of its own. */
export type IdentityType = 'msisdn' | 'imsi' | 'tenant'

export function isIdentity(type: SubscriberIdType): type is IdentityType {
  return type === 'msisdn' || type === 'imsi' || type === 'tenant'
}

/** What a line is known by; at least one of them. */
export interface LineNumbers {
  readonly msisdn?: string
  readonly imsi?: string
  /** tenantIdentifier of a customer who manages slices (TS 28.202), or a group of subscribers, who have neither. */
  readonly tenant?: string
}

/** The id of a line, which is unique within its account; null: it has no identity. */
export function lineIdOf({ msisdn, imsi, tenant }: LineNumbers): string | null {
  return msisdn ?? imsi ?? (tenant === undefined ? null : tenantLine(tenant))
}

/** The id of a line that has no number. */
export function tenantLine(tenant: string): string {
  return `tenant:${tenant}`
}

/** The identities that a line is found by. */
export function identitiesOf({ id, msisdn, imsi, tenant }: Line): [IdentityType, string][] {
  const named = id.startsWith(tenantLine('')) ? id.slice(tenantLine('').length) : undefined
  const identities: [IdentityType, string | null | undefined][] = [
    ['msisdn', msisdn],
    ['imsi', imsi],
    ['tenant', tenant ?? named]
  ]
  return identities.filter((entry): entry is [IdentityType, string] => entry[1] != null)
}

/** The line that an identity or a session belongs to. */
export interface LineRef {
  readonly accountId: string
  readonly lineId: string
}

/**
 * The technical account of emergency calls whose subscriber nobody knows. Its sessions have no line: in the place of
 * a line id stands the caller, `MSISDN/IMSI` as far as the network says.
 */
export const emergencyAccountId = 'emergency'

export function callerId(subscribers: readonly SubscriberId[]): string {
  const identity = (wanted: SubscriberIdType) =>
    subscribers.find(({ type }) => type === wanted)?.value ?? ''
  return `${identity('msisdn')}/${identity('imsi')}`
}

/** Line ids are identities, which hold no slash. */
export function isCaller(lineId: string): boolean {
  return lineId.includes('/')
}

export function callerOf(id: string): {
  readonly msisdn: string | null
  readonly imsi: string | null
} {
  const slash = id.indexOf('/')
  return { msisdn: id.slice(0, slash) || null, imsi: id.slice(slash + 1) || null }
}

/** The partition of an account: FNV-1a over its id. Fixed when a store is initialised, so never change it. */
export function partitionOf(accountId: string, partitions: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < accountId.length; i++) {
    hash = Math.imul(hash ^ accountId.charCodeAt(i), 0x01000193)
  }
  return (hash >>> 0) % partitions
}
