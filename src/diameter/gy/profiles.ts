/**
 * Peer profiles: what differs between real Gy clients in how they must be answered.
 *
 * Which peer has which profile is configured; whoever has none gets `3gpp`.
 */
import type { PeerRule, ProfileRule, ShippedProfile } from '../../domain/peers.ts'
import type { PeerProfile } from '../../domain/request.ts'
import type { RequestOrigin } from '../../domain/route.ts'
import type { PeerEntry } from '../peer/peer-rules.ts'

/** What the specifications say: thresholds are remaining amounts, values asked for are honoured. */
const threeGpp: PeerProfile = {
  name: '3gpp',
  thresholds: true,
  requestedUnits: true,
  unknownSession: 'unknown-session',
  tariffSwitch: true,
  redirect: true,
  qosFinalUnits: false,
  pools: true,
  advice: true,
  sessionFailover: true,
  failureHandling: null,
  directDebitingFailureHandling: null
}

/** What a client that reads little beyond units, validity and TERMINATE does not understand. */
const plain = { tariffSwitch: false, redirect: false, pools: false, advice: false } as const

export const peerProfiles = {
  '3gpp': threeGpp,
  /**
   * Asks for 1,000,000 octets and for advice of charge whatever happens, so both say nothing. Takes an
   * answer without units for one without limit, so it is never redirected. Told that units are final, it
   * ends the session at its next report without asking, and a top-up meanwhile comes too late; refused with
   * 4012 it ends the session as well.
   */
  open5gs: {
    ...threeGpp,
    ...plain,
    name: 'open5gs',
    requestedUnits: false,
    finalUnits: false
  },
  /**
   * Asks for the talk time that it wants next; reads Time-Quota-Threshold only in newer versions.
   */
  kamailio: { ...threeGpp, ...plain, name: 'kamailio' },
  /** Decides for itself when to report (at 0.8 of a quota), and ignores thresholds. */
  magma: { ...threeGpp, ...plain, name: 'magma', thresholds: false, redirect: true }
} as const satisfies Record<ShippedProfile, PeerProfile>

/** The profile of the peer that a request came from. Called for every request. */
export type ProfileResolver = (origin: RequestOrigin) => PeerProfile

export const defaultProfile: PeerProfile = threeGpp

export const defaultProfiles: ProfileResolver = () => defaultProfile

/** The profile of this name: one of the configuration, or a shipped one. */
export function profileNamed(name: string, rules: readonly ProfileRule[]): PeerProfile {
  const rule = rules.find(candidate => candidate.name === name)
  if (rule) return { ...peerProfiles[rule.base], ...rule.changes, name }
  return Object.hasOwn(peerProfiles, name) ? peerProfiles[name as ShippedProfile] : defaultProfile
}

/** The peers of the configuration with their profiles. The configuration has checked the names. */
export function peerEntries(
  peers: readonly PeerRule[],
  profiles: readonly ProfileRule[]
): PeerEntry[] {
  return peers.map(peer => ({ ...peer, profile: profileNamed(peer.profile, profiles) }))
}
