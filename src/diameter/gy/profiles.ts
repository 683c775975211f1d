/**
 * Peer profiles: what differs between real Gy clients in how they must be answered.
 *
 * A profile is chosen by the Origin-Host (or the realm) of a request, by the first rule that
 * matches; a
 * request that no rule matches gets `3gpp`.
 */
import type { PeerProfile, RequestOrigin } from '../../domain/request.ts'

/** What the specifications say: thresholds are remaining amounts, values asked for are honoured. */
const threeGpp: PeerProfile = {
  name: '3gpp',
  thresholds: true,
  requestedUnits: true,
  unknownSession: 'unknown-session'
}

export const peerProfiles = {
  '3gpp': threeGpp,
  /** Asks for 1,000,000 octets whatever happens, so the amount says nothing. */
  open5gs: { ...threeGpp, name: 'open5gs', requestedUnits: false },
  /**
   * Asks for the talk time that it wants next; reads Time-Quota-Threshold only in newer versions.
   */
  kamailio: { ...threeGpp, name: 'kamailio' },
  /** Decides for itself when to report (at 0.8 of a quota), and ignores thresholds. */
  magma: { ...threeGpp, name: 'magma', thresholds: false }
} as const satisfies Record<string, PeerProfile>

export type PeerProfileName = keyof typeof peerProfiles

export interface ProfileRule {
  /**
   * An Origin-Host or an Origin-Realm; `*` stands for any characters. Case does not matter
   * (RFC 6733 4.3.1, DiameterIdentity).
   */
  readonly match: string
  readonly profile: PeerProfileName
}

/** The profile of the peer that a request came from. Called for every request. */
export type ProfileResolver = (origin: RequestOrigin) => PeerProfile

export const defaultProfile: PeerProfile = threeGpp

export const defaultProfiles: ProfileResolver = () => defaultProfile

/** A resolver that tries the rules in order and remembers the last peers it was asked for. */
export function createProfileResolver(rules: readonly ProfileRule[]): ProfileResolver {
  if (rules.length === 0) return defaultProfiles
  const compiled = rules.map(rule => ({
    pattern: patternOf(rule.match),
    profile: peerProfiles[rule.profile] as PeerProfile
  }))
  const known = new Map<string, PeerProfile>()
  return origin => {
    const key = `${origin.host} ${origin.realm}`
    const before = known.get(key)
    if (before) return before
    const rule = compiled.find(
      ({ pattern }) => pattern.test(origin.host) || pattern.test(origin.realm)
    )
    const profile = rule?.profile ?? defaultProfile
    // A client may send any number of Origin-Hosts; what it makes us remember is bounded.
    if (known.size >= 1_024) known.clear()
    known.set(key, profile)
    return profile
  }
}

function patternOf(match: string): RegExp {
  const escaped = match.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`, 'i')
}
