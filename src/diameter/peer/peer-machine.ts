/**
 * The life of a connection: RFC 6733 5.6, for those that were accepted (R-...) and those that were
 * made (I-...).
 *
 * Pure: an event gives the next state and what is to be done, in order. Choices that the RFC leaves
 * open, or makes for one connection a peer:
 * - A peer may have several connections, also one of either direction, so that there is no election;
 *   R-Reject is for those who configure it.
 * - A second CER on an open connection is answered when it names the same peer (RFC 3588 5.6 had
 *   this row), and closes the connection when it names another.
 * - While a connection is closing, requests are still answered: they cross our DPR on the wire, and
 *   the usage they report may not be sent again.
 */
import { resultCodes } from '../dictionary/result-codes.ts'

export interface PeerIdentity {
  readonly host: string
  readonly realm: string
  /** Origin-State-Id of its CER or CEA; absent: it said none. */
  readonly stateId?: number
}

/** A fault found in a message: its Result-Code, and the AVP to be shown in Failed-AVP. */
export interface PeerFault {
  readonly resultCode: number
  readonly avp: Buffer | null
  readonly message: string
}

/** What a CER or CEA says of its sender. */
export interface Capabilities {
  readonly version: number
  /** The first fault of the decoder, such as a missing AVP (5005). */
  readonly fault: PeerFault | null
  readonly peer: PeerIdentity | null
  /** Auth- and Acct-Application-Ids, bare or inside Vendor-Specific-Application-Id. */
  readonly applications: readonly number[]
  /** Inband-Security-Id 299; none means NO_INBAND_SECURITY. */
  readonly inbandSecurity: readonly number[]
  /** Why this peer is not let in, such as 3010; absent: it is. */
  readonly refused?: PeerFault | null
  /** It has a connection already, and may have but one. */
  readonly duplicate?: boolean
}

export type PeerState =
  /** Closed, in the table's words, with a transport connection: its first message must be a CER. */
  | { readonly name: 'wait-cer' }
  /** Wait-I-CEA: our CER is on its way. */
  | { readonly name: 'wait-cea' }
  | { readonly name: 'open'; readonly peer: PeerIdentity }
  | { readonly name: 'closing'; readonly peer: PeerIdentity }
  | { readonly name: 'closed' }

export type PeerEvent =
  | { readonly type: 'cer'; readonly capabilities: Capabilities }
  /** The answer to our CER; `refused` when it is not what we can use. */
  | { readonly type: 'cea'; readonly peer: PeerIdentity | null; readonly refused: string | null }
  | { readonly type: 'dwr' }
  | { readonly type: 'dwa' }
  | { readonly type: 'dpr' }
  | { readonly type: 'dpa' }
  /** Any other message. */
  | { readonly type: 'message' }
  /** The timer set by `set-timer` ran out, or the time to send a CER. */
  | { readonly type: 'timeout' }
  /** The server shuts down. */
  | { readonly type: 'stop' }
  /** The other side closed the transport connection, or it failed. */
  | { readonly type: 'disconnected' }

export type PeerAction =
  | { readonly do: 'send-cea'; readonly fault: PeerFault | null }
  | { readonly do: 'send-dwa' }
  | { readonly do: 'send-dpa' }
  | { readonly do: 'send-dpr' }
  /** Give the message to the application. */
  | { readonly do: 'process' }
  /** The peer is known and served from here on. */
  | { readonly do: 'opened' }
  /** Bound the wait for the other side to close (timeout follows). */
  | { readonly do: 'set-timer' }
  /** Close once the answers in flight are written. */
  | { readonly do: 'close-drained' }
  /** Close once what is written has been sent. */
  | { readonly do: 'close'; readonly reason: string }

export type PeerStep = readonly [PeerState, readonly PeerAction[]]

export const waitCer: PeerState = { name: 'wait-cer' }
export const waitCea: PeerState = { name: 'wait-cea' }
const closed: PeerState = { name: 'closed' }

/** Diameter Credit Control, RFC 8506. */
export const creditControlApplication = 4
const relayApplication = 0xffff_ffff
const noInbandSecurity = 0

const opened: PeerAction = { do: 'opened' }
const sendDwa: PeerAction = { do: 'send-dwa' }
const sendDpa: PeerAction = { do: 'send-dpa' }
const sendDpr: PeerAction = { do: 'send-dpr' }
const handOver: PeerAction = { do: 'process' }
const setTimer: PeerAction = { do: 'set-timer' }
const closeDrained: PeerAction = { do: 'close-drained' }
const close = (reason: string): PeerAction => ({ do: 'close', reason })

export function step(state: PeerState, event: PeerEvent): PeerStep {
  switch (state.name) {
    case 'wait-cer':
      return stepWaitCer(event)
    case 'wait-cea':
      return stepWaitCea(event)
    case 'open':
      return stepOpen(state.peer, event)
    case 'closing':
      return stepClosing(state.peer, event)
    case 'closed':
      return [closed, []]
  }
}

function stepWaitCer(event: PeerEvent): PeerStep {
  switch (event.type) {
    // Closed  R-Conn-CER  R-Accept, Process-CER, R-Snd-CEA  R-Open
    case 'cer':
      return acceptOrRefuse(event.capabilities)
    case 'disconnected':
      return [closed, []]
    case 'timeout':
      return [closed, [close('no capabilities exchange in time')]]
    case 'stop':
      return [closed, [close('the server stops')]]
    // RFC 6733 5.3: the capabilities exchange comes first; what precedes it is not answered.
    default:
      return [closed, [close('the first message is not a Capabilities-Exchange-Request')]]
  }
}

function stepWaitCea(event: PeerEvent): PeerStep {
  switch (event.type) {
    // Wait-I-CEA  I-Rcv-CEA  Process-CEA  I-Open
    case 'cea':
      if (event.refused !== null || !event.peer) {
        return [closed, [close(event.refused ?? 'the CEA does not name its sender')]]
      }
      return [{ name: 'open', peer: event.peer }, [opened]]
    // Wait-I-CEA  I-Peer-Disc  I-Disc  Closed
    case 'disconnected':
      return [closed, []]
    // Wait-I-CEA  Timeout  Error  Closed
    case 'timeout':
      return [closed, [close('no Capabilities-Exchange-Answer in time')]]
    case 'stop':
      return [closed, [close('the server stops')]]
    // Wait-I-CEA  I-Rcv-Non-CEA  Error  Closed
    default:
      return [closed, [close('something else than a Capabilities-Exchange-Answer came first')]]
  }
}

function acceptOrRefuse(capabilities: Capabilities): PeerStep {
  const fault = faultOf(capabilities)
  // 5.3: a CEA with an error, then the transport connection ends.
  if (fault || !capabilities.peer) {
    return [
      closed,
      [{ do: 'send-cea', fault }, close(fault?.message ?? 'the CER does not name its sender')]
    ]
  }
  // R-Open  R-Conn-CER  R-Reject  R-Open, seen from the connection that is one too many.
  if (capabilities.duplicate) return [closed, [close('the peer has a connection already')]]
  return [{ name: 'open', peer: capabilities.peer }, [{ do: 'send-cea', fault: null }, opened]]
}

/** Why a CER must be refused, or null. The order: version, form, who it is, applications, security. */
export function faultOf(capabilities: Capabilities): PeerFault | null {
  if (capabilities.version !== 1) {
    return refusal(
      5011,
      `Diameter version ${capabilities.version} is not supported; send version 1`
    )
  }
  if (capabilities.fault) return capabilities.fault
  if (capabilities.refused) return capabilities.refused
  const { applications, inbandSecurity } = capabilities
  if (!isShared(applications)) {
    return refusal(
      resultCodes.DIAMETER_NO_COMMON_APPLICATION,
      'no common application; this server offers Auth-Application-Id 4'
    )
  }
  if (inbandSecurity.length > 0 && !inbandSecurity.includes(noInbandSecurity)) {
    return refusal(
      resultCodes.DIAMETER_NO_COMMON_SECURITY,
      'no common security; this server offers NO_INBAND_SECURITY'
    )
  }
  return null
}

/** Credit control, or a relay, which shares every application (RFC 6733 2.4, 5.3). */
export const isShared = (applications: readonly number[]): boolean =>
  applications.includes(creditControlApplication) || applications.includes(relayApplication)

/** A fault that no AVP is to blame for. */
export const refusal = (resultCode: number, message: string): PeerFault => ({
  resultCode,
  avp: null,
  message
})

function stepOpen(peer: PeerIdentity, event: PeerEvent): PeerStep {
  const open: PeerState = { name: 'open', peer }
  switch (event.type) {
    // R-Open  R-Rcv-Message  Process  R-Open
    case 'message':
      return [open, [handOver]]
    // R-Open  R-Rcv-DWR  Process-DWR, R-Snd-DWA  R-Open
    case 'dwr':
      return [open, [sendDwa]]
    // R-Open  R-Rcv-DWA  Process-DWA  R-Open (the watchdog has seen it already)
    case 'dwa':
      return [open, []]
    // R-Open  Stop  R-Snd-DPR  Closing
    case 'stop':
      return [{ name: 'closing', peer }, [sendDpr, setTimer]]
    // R-Open  R-Rcv-DPR  R-Snd-DPA  Closing
    case 'dpr':
      return [{ name: 'closing', peer }, [sendDpa, setTimer]]
    // R-Open  R-Peer-Disc  R-Disc  Closed
    case 'disconnected':
      return [closed, []]
    case 'cer':
      return repeatedCer(peer, event.capabilities)
    // A DPA that nobody asked for, and a timer that outlived its state, change nothing.
    case 'dpa':
    case 'cea':
    case 'timeout':
      return [open, []]
  }
}

function repeatedCer(peer: PeerIdentity, capabilities: Capabilities): PeerStep {
  const host = capabilities.peer?.host.toLowerCase()
  if (faultOf(capabilities) || host !== peer.host.toLowerCase()) {
    return [closed, [close('a second CER contradicts the first')]]
  }
  return [{ name: 'open', peer }, [{ do: 'send-cea', fault: null }]]
}

function stepClosing(peer: PeerIdentity, event: PeerEvent): PeerStep {
  const closing: PeerState = { name: 'closing', peer }
  switch (event.type) {
    // Closing  R-Rcv-DPA  R-Disc  Closed
    case 'dpa':
      return [closed, [closeDrained]]
    // Closing  Timeout  Error  Closed
    case 'timeout':
      return [closed, [close('the peer did not close in time')]]
    // Closing  R-Peer-Disc  R-Disc  Closed
    case 'disconnected':
      return [closed, []]
    // Both sides disconnect at once: each answers the other, and the timer ends what remains.
    case 'dpr':
      return [closing, [sendDpa]]
    case 'dwr':
      return [closing, [sendDwa]]
    case 'message':
      return [closing, [handOver]]
    default:
      return [closing, []]
  }
}
