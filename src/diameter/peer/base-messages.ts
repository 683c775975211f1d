/**
 * The messages of the base protocol that a connection reads and writes (RFC 6733 5.3 to 5.5, 7.2).
 */
import { decode } from '../codec/decode.ts'
import { encode } from '../codec/encode.ts'
import { avp } from '../codec/entries.ts'
import { flags, type Header } from '../codec/header.ts'
import { MessageWriter } from '../codec/writer.ts'
import { resultCodes } from '../dictionary/result-codes.ts'
import {
  type Capabilities,
  creditControlApplication,
  isShared,
  type PeerFault,
  type PeerIdentity,
  refusal
} from './peer-machine.ts'
import { plainAddress } from './peer-rules.ts'
import { findAvp, readEcho } from './raw.ts'

/** How this server presents itself. */
export interface BaseIdentity {
  readonly originHost: string
  readonly originRealm: string
  readonly productName: string
  /** SMI enterprise code of the implementer; 0: none (RFC 6733 5.3.3). */
  readonly vendorId: number
  /** Higher after each start that lost state; constant while it runs (RFC 6733 8.16). */
  readonly originStateId: number
  readonly hostIpAddresses: readonly string[]
}

const success = resultCodes.DIAMETER_SUCCESS
/** 3GPP, whose AVPs Gy uses. */
const tgppVendor = 10415
/** Disconnect-Cause 273 (RFC 6733 5.4.3). */
export const disconnectCauses = {
  /** The server stops; the peer may come back soon. */
  rebooting: 0,
  busy: 1,
  /** The peer is to stay away. */
  doNotWantToTalkToYou: 2
} as const

const writer = new MessageWriter()

/** The identity with the address that the peer connected to, when none is configured. */
export function withAddress(
  identity: BaseIdentity,
  localAddress: string | undefined
): BaseIdentity {
  if (identity.hostIpAddresses.length > 0) return identity
  return { ...identity, hostIpAddresses: [plainAddress(localAddress) || '127.0.0.1'] }
}

/** What a CER says, with the first fault in its form. */
export function readCapabilities(header: Header, message: Buffer): Capabilities {
  const { avps, faults } = decode('CER', message)
  return {
    version: header.version,
    fault: faults[0] ?? emptyNameFault(avps, message),
    peer: senderOf(avps),
    applications: applicationsOf(avps),
    inbandSecurity: avps['Inband-Security-Id']
  }
}

const nameCodes = [
  ['Origin-Host', 264],
  ['Origin-Realm', 296]
] as const

/** RFC 6733 4.3.1: a DiameterIdentity is a name, which nothing is not. null: neither is empty. */
function emptyNameFault(
  avps: { readonly [name in (typeof nameCodes)[number][0]]?: string | undefined },
  message: Buffer
): PeerFault | null {
  for (const [name, code] of nameCodes) {
    if (avps[name] !== '') continue
    return {
      resultCode: resultCodes.DIAMETER_INVALID_AVP_VALUE,
      avp: findAvp(message, code),
      message: `${name} is empty`
    }
  }
  return null
}

function senderOf({
  'Origin-Host': host,
  'Origin-Realm': realm,
  'Origin-State-Id': stateId
}: {
  readonly 'Origin-Host'?: string | undefined
  readonly 'Origin-Realm'?: string | undefined
  readonly 'Origin-State-Id'?: number | undefined
}): PeerIdentity | null {
  if (!host || !realm) return null
  return stateId === undefined ? { host, realm } : { host, realm, stateId }
}

/** What a CER and a CEA have alike. */
interface Offered {
  readonly 'Auth-Application-Id': readonly number[]
  readonly 'Acct-Application-Id': readonly number[]
  readonly 'Vendor-Specific-Application-Id': readonly {
    readonly 'Auth-Application-Id'?: number | undefined
    readonly 'Acct-Application-Id'?: number | undefined
  }[]
}

function applicationsOf(avps: Offered): readonly number[] {
  const applications = [...avps['Auth-Application-Id'], ...avps['Acct-Application-Id']]
  for (const group of avps['Vendor-Specific-Application-Id']) {
    // RFC 6733 5.3: the Vendor-Id inside plays no part in what both sides have in common.
    const id = group['Auth-Application-Id'] ?? group['Acct-Application-Id']
    if (id !== undefined) applications.push(id)
  }
  return applications
}

/** A CEA: who sent it, and why the connection cannot be used, or null. */
export function readCapabilitiesAnswer(
  message: Buffer,
  expected: (host: string) => boolean
): { readonly peer: PeerIdentity | null; readonly refused: string | null } {
  const { avps, faults } = decode('CEA', message)
  const peer = senderOf(avps)
  return { peer, refused: refusedBecause() }

  function refusedBecause(): string | null {
    const [fault] = faults
    if (fault) return `its CEA is broken: ${fault.message}`
    const code = avps['Result-Code']
    // RFC 6733 7.1.2: 2xxx is success.
    if (code === undefined || code < 2000 || code > 2999) {
      return `it answered our CER with ${code}: ${avps['Error-Message'] ?? 'no reason given'}`
    }
    if (!peer || !expected(peer.host)) return `it is ${peer?.host}, which is not expected there`
    return isShared(applicationsOf(avps)) ? null : 'it does not offer credit control'
  }
}

/** CER, with the same content as our CEA. */
export const capabilitiesRequest = (identity: BaseIdentity, hopByHop: number): Buffer =>
  encode('CER', { hopByHop, endToEnd: hopByHop }, capabilitiesOf(identity))

const capabilitiesOf = (identity: BaseIdentity) => ({
  'Origin-Host': identity.originHost,
  'Origin-Realm': identity.originRealm,
  'Host-IP-Address': identity.hostIpAddresses,
  'Vendor-Id': identity.vendorId,
  'Product-Name': identity.productName,
  'Origin-State-Id': identity.originStateId,
  'Supported-Vendor-Id': [tgppVendor],
  'Auth-Application-Id': [creditControlApplication],
  // Kamailio 5.6 sends Ro only to a peer that names the application with the vendor 3GPP, too.
  'Vendor-Specific-Application-Id': [
    { 'Vendor-Id': tgppVendor, 'Auth-Application-Id': creditControlApplication }
  ]
})

/**
 *     <CEA> ::= < Diameter Header: 257 >
 *               { Result-Code } { Origin-Host } { Origin-Realm } 1* { Host-IP-Address }
 *               { Vendor-Id } { Product-Name } [ Origin-State-Id ] [ Error-Message ]
 *               [ Failed-AVP ] * [ Supported-Vendor-Id ] * [ Auth-Application-Id ] ...
 */
export function capabilitiesAnswer(
  identity: BaseIdentity,
  request: Header,
  fault: PeerFault | null
): Buffer {
  return encode('CEA', idsOf(request), {
    ...capabilitiesOf(identity),
    'Result-Code': fault?.resultCode ?? success,
    'Error-Message': fault?.message,
    'Failed-AVP': fault?.avp ?? undefined
  })
}

/** Whatever else the DWR says, it says that the peer is alive: a fault in it must not end a connection that works. */
export const watchdogAnswer = (identity: BaseIdentity, request: Header): Buffer =>
  encode('DWA', idsOf(request), {
    'Result-Code': success,
    'Origin-Host': identity.originHost,
    'Origin-Realm': identity.originRealm,
    'Origin-State-Id': identity.originStateId
  })

export const watchdogRequest = (identity: BaseIdentity, hopByHop: number): Buffer =>
  encode(
    'DWR',
    { hopByHop, endToEnd: hopByHop },
    {
      'Origin-Host': identity.originHost,
      'Origin-Realm': identity.originRealm,
      'Origin-State-Id': identity.originStateId
    }
  )

/** Says what is wrong with a DPR; the connection ends all the same. */
export function disconnectAnswer(identity: BaseIdentity, request: Header, message: Buffer): Buffer {
  const fault = decode('DPR', message).faults.find(({ resultCode }) => resultCode >= 5000)
  return encode('DPA', idsOf(request), {
    'Result-Code': fault?.resultCode ?? success,
    'Origin-Host': identity.originHost,
    'Origin-Realm': identity.originRealm,
    'Error-Message': fault?.message,
    'Failed-AVP': fault?.avp ?? undefined
  })
}

export const disconnectRequest = (
  identity: BaseIdentity,
  hopByHop: number,
  cause: number
): Buffer =>
  encode(
    'DPR',
    { hopByHop, endToEnd: hopByHop },
    {
      'Origin-Host': identity.originHost,
      'Origin-Realm': identity.originRealm,
      'Disconnect-Cause': cause
    }
  )

/** The identifiers alone: the flags of an answer are those of its own command. */
const idsOf = (request: Header) => ({ hopByHop: request.hopByHop, endToEnd: request.endToEnd })

/**
 * The answer to any request that cannot be answered with the grammar of its own command.
 *
 *     <answer-message> ::= < Diameter Header: code, ERR [, PXY] >
 *                          0*1 < Session-Id > { Origin-Host } { Origin-Realm } { Result-Code }
 *                          [ Origin-State-Id ] [ Error-Message ] [ Error-Reporting-Host ]
 *                          [ Failed-AVP ] [ Experimental-Result ] * [ Proxy-Info ] * [ AVP ]
 *
 * `message` is the request as received; what follows its header may be anything.
 */
export function errorAnswer(
  identity: BaseIdentity,
  request: Header,
  message: Buffer,
  fault: PeerFault
): Buffer {
  const echo = readEcho(message)
  const answerFlags = (request.flags & flags.proxiable) | flags.error
  writer.beginWith(
    request.command,
    answerFlags,
    request.application,
    request.hopByHop,
    request.endToEnd
  )
  if (echo.sessionId) writer.raw(echo.sessionId)
  writer
    .text(avp['Origin-Host'], identity.originHost)
    .text(avp['Origin-Realm'], identity.originRealm)
    .u32(avp['Result-Code'], fault.resultCode)
    .u32(avp['Origin-State-Id'], identity.originStateId)
  if (fault.message) writer.text(avp['Error-Message'], fault.message)
  if (fault.avp) writer.octets(avp['Failed-AVP'], fault.avp)
  if (echo.proxyInfo) writer.raw(echo.proxyInfo)
  return writer.finish()
}

/** Disconnect-Cause of a DPR; null: none that can be read. */
export const disconnectCauseOf = (message: Buffer): number | null =>
  decode('DPR', message).avps['Disconnect-Cause'] ?? null

/** What the header of an application's request rules out (RFC 6733 7.1.3), or null. */
export function headerFault(
  request: Header,
  supported: { readonly application: number; readonly command: number }
): PeerFault | null {
  if ((request.flags & flags.error) !== 0) {
    return refusal(resultCodes.DIAMETER_INVALID_HDR_BITS, 'a request must not have the E bit')
  }
  // An unknown command of the base protocol is 3001: application 0 itself is supported.
  if (request.application !== supported.application && request.application !== 0) {
    const message = `application ${request.application} is not supported; this server offers 4`
    return refusal(resultCodes.DIAMETER_APPLICATION_UNSUPPORTED, message)
  }
  if (request.application !== supported.application || request.command !== supported.command) {
    const message = `command ${request.command} is not supported`
    return refusal(resultCodes.DIAMETER_COMMAND_UNSUPPORTED, message)
  }
  return null
}
