/** Who may connect to the server, whom it connects to itself, and how each is answered: settings of Diameter peers. */
import type { PeerProfile } from './request.ts'

/** Profiles that come with the server; a profile of the configuration begins with one of them. */
export const shippedProfiles = ['3gpp', 'open5gs', 'kamailio', 'magma'] as const

export type ShippedProfile = (typeof shippedProfiles)[number]

/** A profile of the operator's own: a shipped one with changes. */
export interface ProfileRule {
  readonly name: string
  readonly base: ShippedProfile
  readonly changes: Partial<Omit<PeerProfile, 'name'>>
}

/** A peer, or many: the first rule that matches decides. */
export interface PeerRule {
  /** Origin-Host 264; `*` stands for any characters. Case does not matter (RFC 6733 4.3.1). */
  readonly originHost: string
  /** Origin-Realm 296, likewise. */
  readonly originRealm: string
  /** Addresses or networks such as `10.1.0.0/16` that it connects from; empty: any. */
  readonly addresses: readonly string[]
  /** The name of a shipped profile or of one of the configuration. */
  readonly profile: string
}

/** An agent or gateway that the server connects to itself. */
export interface AgentRule {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** The Origin-Host that its CEA must name, as a pattern; `*`: any. */
  readonly originHost: string
  /** The profile of what comes over it, for requests that no peer rule matches. */
  readonly profile: string
}

/** What can be changed while the server runs. */
export interface PeerSettings {
  /** In order. Never empty: where nothing is configured, one rule that matches everybody. */
  readonly peers: readonly PeerRule[]
  readonly profiles: readonly ProfileRule[]
  readonly agents: readonly AgentRule[]
}

/** What is done when a peer connects that has a connection already. */
export const duplicatePolicies = ['allow', 'reject', 'replace'] as const

export type DuplicatePolicy = (typeof duplicatePolicies)[number]

/** Everybody may connect. */
export const anyPeer: PeerRule = {
  originHost: '*',
  originRealm: '*',
  addresses: [],
  profile: '3gpp'
}
