/** What differs between NF consumers in how they must be answered. */
import type { PeerProfile } from '../domain/request.ts'
import type { ChargingDataRequest } from './messages.ts'

export interface ConsumerProfile {
  /** Requests of sessions and events whose identity is known by their ids. */
  readonly engine: PeerProfile
  /** Initial requests that nothing but their content tells apart. */
  readonly unnamed: PeerProfile
  /** invocationSequenceNumber says nothing: the content of a request is its key. */
  readonly contentKeys: boolean
  /** volumeQuotaThreshold is the used volume at which to report, not the one that remains. */
  readonly absoluteThresholds: boolean
  /** Volumes have 32 bits with a sign: negative ones have wrapped. */
  readonly wraps: boolean
}

const threeGpp: PeerProfile = {
  name: 'nchf-3gpp',
  thresholds: true,
  requestedUnits: true,
  unknownSession: 'unknown-session',
  tariffSwitch: true,
  redirect: true,
  qosFinalUnits: false,
  pools: false,
  advice: false,
  sessionFailover: true,
  failureHandling: null,
  directDebitingFailureHandling: null,
  derivedSessions: 'any-number'
}

/**
 * The free5GC SMF sends sequence 0 for ever, asks for 1,000 octets whatever happens, and decodes volumes into 32 bits
 * with a sign.
 */
const free5gc: PeerProfile = {
  ...threeGpp,
  name: 'nchf-free5gc',
  requestedUnits: false,
  tariffSwitch: false,
  redirect: false,
  grantMax: { octets: 0x7fff_ffff, seconds: null, messages: null }
}

const profiles = {
  '3gpp': {
    engine: threeGpp,
    unnamed: { ...threeGpp, derivedSessions: 'same-number' },
    contentKeys: false,
    absoluteThresholds: false,
    wraps: false
  },
  free5gc: {
    engine: free5gc,
    unnamed: { ...free5gc, derivedSessions: 'same-number' },
    contentKeys: true,
    absoluteThresholds: true,
    wraps: true
  }
} as const satisfies Record<string, ConsumerProfile>

/** `auto`: that of the free5GC SMF for requests with its notifyUri, `3gpp` for others. */
export type ProfileChoice = 'auto' | '3gpp' | 'free5gc'

/** Where the free5GC SMF takes notifications, as it says with every request. */
const free5gcNotify = '/nsmf-callback/notify_'

export function profileFor(choice: ProfileChoice, body: ChargingDataRequest): ConsumerProfile {
  if (choice !== 'auto') return profiles[choice]
  return body.notifyUri?.includes(free5gcNotify) === true ? profiles.free5gc : profiles['3gpp']
}
