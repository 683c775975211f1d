/** The lists of the configuration that no variable could hold: Diameter peers, their profiles, and agents. */
import { isIP, isIPv4 } from 'node:net'
import {
  type AgentRule,
  anyPeer,
  type PeerRule,
  type PeerSettings,
  type ProfileRule,
  type ShippedProfile,
  shippedProfiles
} from '../domain/peers.ts'
import type { PeerProfile } from '../domain/request.ts'
import { parseAddress } from './address.ts'

/** `description` says what is allowed, as messages show it: "… must be <description>". */
export interface ValueSchema {
  readonly type: 'string' | 'integer' | 'boolean'
  readonly description: string
  readonly format?: string
  readonly enum?: readonly (string | number)[]
  readonly minimum?: number
  readonly maximum?: number
}

/** Checks of single values, by the name of their `format`. */
export const formats: Readonly<Record<string, (text: string) => boolean>> = {
  network: isNetwork,
  address: text => (parseAddress(text)?.port ?? 0) > 0,
  identity: text => /^[A-Za-z0-9.*-]{1,255}$/.test(text)
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, more] = text.split('/')
  if (isIP(address) === 0 || more !== undefined) return false
  if (prefix === undefined) return true
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIPv4(address) ? 32 : 128)
}

const flag: ValueSchema = { type: 'boolean', description: 'true or false' }
/** Members of a profile that are true or false, under the same names. */
const flagNames = [
  'thresholds',
  'requestedUnits',
  'tariffSwitch',
  'redirect',
  'finalUnits',
  'qosFinalUnits',
  'pools',
  'advice',
  'sessionFailover'
] as const satisfies readonly (keyof PeerProfile)[]
const flags = Object.fromEntries(flagNames.map(name => [name, flag]))

const identity: ValueSchema = {
  type: 'string',
  format: 'identity',
  description: "a name in which * stands for any characters, such as 'smf*.epc.example.org'"
}
const profileName: ValueSchema = {
  type: 'string',
  description: `the name of a profile: ${shippedProfiles.join(', ')} or one of diameter.profiles`
}
const units = (description: string): ValueSchema => ({
  type: 'integer',
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description
})

const wordOf = (words: readonly string[]): ValueSchema => ({
  type: 'string',
  enum: words,
  description: `one of ${words.join(', ')}`
})

function objectOf(properties: object, required: readonly string[], description: string) {
  return { type: 'object', additionalProperties: false, properties, required, description }
}

const listOf = (items: object, description: string) => ({ type: 'array', items, description })

/** JSON Schemas of the members of the section `diameter`. */
export const peerSchemas = {
  peers: listOf(
    objectOf(
      {
        originHost: identity,
        originRealm: identity,
        addresses: listOf(
          {
            type: 'string',
            format: 'network',
            description: 'an address or a network, such as 10.1.0.0/16'
          },
          'a list of addresses and networks'
        ),
        profile: profileName
      },
      [],
      'a peer: originHost, originRealm, addresses, profile'
    ),
    'a list of peers'
  ),
  profiles: {
    type: 'object',
    description: 'a section of profiles by name',
    additionalProperties: objectOf(
      {
        base: wordOf(shippedProfiles),
        ...flags,
        unknownSession: { type: 'integer', enum: [2001, 5002], description: '2001 or 5002' },
        failureHandling: wordOf(['terminate', 'continue', 'retry-and-terminate']),
        directDebitingFailureHandling: wordOf(['terminate-or-buffer', 'continue']),
        ratingGroup: {
          type: 'integer',
          minimum: 0,
          maximum: 0xffff_ffff,
          description: 'a rating group, 0 to 4294967295'
        },
        grantMax: objectOf(
          {
            octets: units('a whole number of octets from 1 on'),
            seconds: units('a whole number of seconds from 1 on'),
            messages: units('a whole number of messages from 1 on')
          },
          [],
          'a section of octets, seconds, messages'
        )
      },
      [],
      'a section of a profile: base, and what it changes'
    )
  },
  connect: listOf(
    objectOf(
      {
        address: {
          type: 'string',
          format: 'address',
          description: 'host:port, such as dra1.example.net:3868'
        },
        tls: flag,
        originHost: identity,
        profile: profileName
      },
      ['address'],
      'an agent: address, tls, originHost, profile'
    ),
    'a list of agents'
  )
} as const

/** What the schemas let through. */
export interface PeerSection {
  readonly peers?: readonly Partial<PeerRule>[]
  readonly profiles?: Readonly<Record<string, ProfileSection>>
  readonly connect?: readonly {
    readonly address: string
    readonly tls?: boolean
    readonly originHost?: string
    readonly profile?: string
  }[]
}

interface ProfileSection extends Partial<Record<(typeof flagNames)[number], boolean>> {
  readonly base?: ShippedProfile
  readonly unknownSession?: 2001 | 5002
  readonly ratingGroup?: number
  readonly grantMax?: Partial<NonNullable<PeerProfile['grantMax']>>
  readonly failureHandling?: PeerProfile['failureHandling']
  readonly directDebitingFailureHandling?: PeerProfile['directDebitingFailureHandling']
}

export function peerSettings(section: PeerSection): PeerSettings {
  const peers = (section.peers ?? []).map(peer => ({ ...anyPeer, ...peer }))
  return {
    peers: peers.length === 0 ? [anyPeer] : peers,
    profiles: Object.entries(section.profiles ?? {}).map(profileOf),
    agents: (section.connect ?? []).map(agentOf)
  }
}

function profileOf([name, section]: [string, ProfileSection]): ProfileRule {
  const { base = '3gpp', unknownSession, grantMax, ...same } = section
  const changes: Partial<Omit<PeerProfile, 'name'>> = {
    ...same,
    ...(unknownSession && {
      unknownSession: unknownSession === 2001 ? 'success' : 'unknown-session'
    }),
    ...(grantMax && { grantMax: { octets: null, seconds: null, messages: null, ...grantMax } })
  }
  return { name, base, changes }
}

function agentOf(agent: NonNullable<PeerSection['connect']>[number]): AgentRule {
  const { address, tls = false, originHost = '*', profile = '3gpp' } = agent
  return { host: '', port: 0, ...parseAddress(address), tls, originHost, profile }
}

/** A profile that nothing defines, with the keys to where it is named. */
export function unknownProfiles(
  section: PeerSection
): { readonly keys: readonly string[]; readonly problem: string }[] {
  const known = new Set<string>([...shippedProfiles, ...Object.keys(section.profiles ?? {})])
  const lists = { peers: section.peers ?? [], connect: section.connect ?? [] }
  return Object.entries(lists).flatMap(([list, items]) =>
    items.flatMap(({ profile }, index) =>
      profile === undefined || known.has(profile)
        ? []
        : [
            {
              keys: ['diameter', list, String(index), 'profile'],
              problem: `must be one of ${[...known].join(', ')}, not "${profile}"`
            }
          ]
    )
  )
}
