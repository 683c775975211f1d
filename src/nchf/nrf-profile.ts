/** What the NRF tells consumers of this server: NFProfile of a CHF, TS 29.510 6.1.6.2.2. */
import { isIPv4, isIPv6 } from 'node:net'

interface NumberRange {
  readonly start: string
  readonly end: string
}

export interface ProfileOptions {
  readonly instanceId: string
  /** The NF set whose servers share one store (TS 23.003 28.12); null: none is named. */
  readonly setId: string | null
  /** Where consumers reach the service, with host, port and path. */
  readonly apiRoot: string
  readonly plmns: readonly { readonly mcc: string; readonly mnc: string }[]
  /** Empty: all subscribers. */
  readonly supiRanges: readonly NumberRange[]
  readonly gpsiRanges: readonly NumberRange[]
  /** From 0, the first to be chosen, to 65,535; null: not said. */
  readonly priority: number | null
  /** Relative to others of the same priority, from 0 to 65,535; null: not said. */
  readonly capacity: number | null
  /** `path`: the path of apiRoot, as TS 29.510 says. `root`: all of it, which the SMF of free5GC takes as base URI. */
  readonly apiPrefix: 'path' | 'root'
  /** Consumers need an access token. */
  readonly oauth2Required: boolean
}

/** The one asked for; the NRF may answer another one. */
const heartBeatSeconds = 30
/** Of the OpenAPI files of Release 15 and 17 that the service follows. */
const versions = [
  { apiVersionInUri: 'v2', apiFullVersion: '2.1.0' },
  { apiVersionInUri: 'v3', apiFullVersion: '3.1.6' }
]

export type NfProfile = Readonly<Record<string, unknown>> & { readonly nfInstanceId: string }

export function nfProfile(options: ProfileOptions): NfProfile {
  const { instanceId, setId, plmns, supiRanges, gpsiRanges, priority, capacity } = options
  const url = new URL(options.apiRoot)
  const scheme = url.protocol.slice(0, -1)
  const port = Number(url.port) || (scheme === 'https' ? 443 : 80)
  const { ofInstance, ofEndPoint, ofService } = addressing(url.hostname)
  return {
    nfInstanceId: instanceId,
    nfType: 'CHF',
    nfStatus: 'REGISTERED',
    heartBeatTimer: heartBeatSeconds,
    ...(setId === null ? {} : { nfSetIdList: [setId] }),
    ...(plmns.length === 0 ? {} : { plmnList: plmns }),
    ...(priority === null ? {} : { priority }),
    ...(capacity === null ? {} : { capacity }),
    ...ofInstance,
    chfInfo: {
      ...(supiRanges.length === 0 ? {} : { supiRangeList: supiRanges }),
      ...(gpsiRanges.length === 0 ? {} : { gpsiRangeList: gpsiRanges })
    },
    nfServices: [
      {
        serviceInstanceId: 'nchf-convergedcharging',
        serviceName: 'nchf-convergedcharging',
        versions,
        scheme,
        nfServiceStatus: 'REGISTERED',
        ...ofService,
        ipEndPoints: [{ ...ofEndPoint, transport: 'TCP', port }],
        ...prefixOf(options, url),
        ...(options.oauth2Required ? { oauth2Required: true } : {})
      }
    ]
  }
}

function prefixOf({ apiPrefix, apiRoot }: ProfileOptions, { pathname }: URL) {
  if (apiPrefix === 'root') return { apiPrefix: apiRoot }
  return pathname === '/' ? {} : { apiPrefix: pathname }
}

/** The members that hold a host: an IPv4 or IPv6 address, or else a name. */
function addressing(hostname: string) {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIPv4(host)) {
    return {
      ofInstance: { ipv4Addresses: [host] },
      ofEndPoint: { ipv4Address: host },
      ofService: {}
    }
  }
  if (isIPv6(host)) {
    return {
      ofInstance: { ipv6Addresses: [host] },
      ofEndPoint: { ipv6Address: host },
      ofService: {}
    }
  }
  return { ofInstance: { fqdn: host }, ofEndPoint: {}, ofService: { fqdn: host } }
}
