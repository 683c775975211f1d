/** The configuration as the server reads it, once it has been checked. */
import type { ExportFormat } from '../domain/export.ts'
import type { DuplicatePolicy, PeerSettings } from '../domain/peers.ts'
import type { Address } from './address.ts'
import type { IdentityMode, LogLevel } from './log.ts'

export const consumerProfiles = ['auto', '3gpp', 'free5gc'] as const
export type ConsumerProfileName = (typeof consumerProfiles)[number]

export const failureHandlings = ['TERMINATE', 'CONTINUE', 'RETRY_AND_TERMINATE'] as const
export type FailureHandlingName = (typeof failureHandlings)[number]

export const apiPrefixes = ['path', 'root'] as const
export type ApiPrefixName = (typeof apiPrefixes)[number]

export interface Config {
  readonly diameter: {
    readonly listen: Address
    readonly originHost: string
    readonly originRealm: string
    /** Patterns of Destination-Hosts served beside our own; null: the names within our realm. */
    readonly hosts: readonly string[] | null
    /** Patterns of Destination-Realms served beside our own. */
    readonly realms: readonly string[]
    readonly duplicates: DuplicatePolicy
    /** Tw of RFC 3539, in seconds. */
    readonly watchdog: number
    /** From a connection to its CER, in seconds. */
    readonly capabilitiesTimeout: number
    readonly connectionsPerAddress: number
    readonly inFlightPerConnection: number
    /** Of one message, and of the memory that it takes with what is read from it. */
    readonly messageOctets: number
    readonly tls: TlsFiles
    readonly peers: PeerSettings
  }
  readonly nchf: {
    readonly listen: Address
    /** Somebody wants this address: a server that cannot have it does not start. */
    readonly wanted: boolean
    /** The start of every Location; null: what the consumer used. */
    readonly apiRoot: string | null
    readonly profile: ConsumerProfileName
    /** Sent with successful answers; null: not sent. */
    readonly failureHandling: FailureHandlingName | null
    /** Cleartext without certificate and key; with `ca`, consumers must show a certificate. */
    readonly tls: Pick<TlsFiles, 'certificate' | 'key' | 'ca'>
    readonly oauth2: {
      /** File or URL of the keys of the NRF; null: consumers need no access token. */
      readonly keys: string | null
      /** Scope of the access tokens that notifications carry; null: they carry none. */
      readonly callbackScope: string | null
    }
    readonly nrf: {
      /** The apiRoot of the NRF; null: not registered. */
      readonly uri: string | null
      /** In small letters. */
      readonly instanceId: string | null
      /** The NF set of the servers that share this one's store; null: none. */
      readonly setId: string | null
      readonly plmns: readonly { readonly mcc: string; readonly mnc: string }[]
      readonly supiRanges: readonly NumberRange[]
      readonly gpsiRanges: readonly NumberRange[]
      /** Among the CHFs of a network: lower ones are chosen first; null: not said. */
      readonly priority: number | null
      /** Relative to other CHFs of the same priority; null: not said. */
      readonly capacity: number | null
      /** What apiPrefix of the registered service says. */
      readonly apiPrefix: ApiPrefixName
    }
  }
  readonly api: {
    readonly listen: Address
    /** null: `/v1` needs no token; then `listen` is a loopback address. */
    readonly token: string | null
  }
  readonly store: {
    /** `embedded:`, `redis:`, `redis-cluster:` or `redis-sentinel:`, also with TLS. */
    readonly url: string
    /** Fixed when a store is first used. null: the store's own, or its usual number. */
    readonly partitions: number | null
    /** Refuse a Redis without append-only file instead of warning. */
    readonly strict: boolean
    /** Embedded store: answers wait for fsync. */
    readonly durable: boolean
  }
  readonly cdr: {
    /** `embedded:` or `postgres:`. */
    readonly url: string
    /** PEM file of an Ed25519 private key, for the heads of the chain of CDRs; null: they are not signed. */
    readonly signingKey: string | null
  }
  readonly export: {
    /** Where the server writes files of CDRs; null: it writes none. */
    readonly folder: string | null
    readonly format: ExportFormat
    readonly stream: string
    readonly recordsMax: number
    /** Seconds after which a file is begun that is not full. */
    readonly seconds: number
    /** Our IP address in 3GPP files. */
    readonly address: string
  }
  readonly catalogue: {
    readonly folder: string
    /** Read again once its files have changed and been left alone for so many seconds; 0: only when told. */
    readonly watch: number
    /** Have clients ask anew when another version takes effect. */
    readonly reauthorize: boolean
    /** So many sessions a second. */
    readonly reauthorizeRate: number
  }
  /** Where usage is kept that cannot be committed. */
  readonly journal: { readonly folder: string }
  /** Where outbox records wait that the store has no room for. */
  readonly spill: {
    readonly folder: string
    /** Records in the store above which they are spilled. */
    readonly recordsMax: number
    /** Used percentage of the store's memory above which they are spilled. */
    readonly memoryMax: number
    /** On disk, of one server; 0: none are spilled. */
    readonly octetsMax: number
    /** Octets of the disk that stay free. */
    readonly freeMin: number
  }
  readonly workers: number
  readonly log: { readonly level: LogLevel; readonly identities: IdentityMode }
  /** What is odd but not wrong; for the log. */
  readonly warnings: readonly string[]
}

/** Of digits, both ends within. */
interface NumberRange {
  readonly start: string
  readonly end: string
}

/** Files in PEM format; null: not set. */
export interface TlsFiles {
  /** null: no TLS listener. */
  readonly listen: Address | null
  readonly certificate: string | null
  readonly key: string | null
  readonly ca: string | null
  readonly clientCertificate: boolean
}
