/**
 * Originating: the subscriber calls or sends. Terminating: the subscriber is called or receives. Forwarding: the
 * subscriber was called, and the call goes on to somebody else at the subscriber's cost (TS 32.260, TS 32.275).
 */
export type Leg = 'originating' | 'terminating' | 'forwarding'

/** What the network says of the circumstances of a service; rating input, and kept for the CDR. */
export interface NetworkFacts {
  /** Called-Station-Id 30 / dnnId. */
  readonly apn?: string
  /** Serving network as MCC and MNC digits, such as `26201` or `310410` (3GPP-SGSN-MCC-MNC 18). */
  readonly plmn?: string
  /** 3GPP-RAT-Type 21 as its number, TS 29.274 8.17. */
  readonly rat?: number
  /** 3GPP-Charging-Id 2, hexadecimal. */
  readonly chargingId?: string
  /** 3GPP-User-Location-Info 22, hexadecimal; or of userLocationinfo the area and cell, such as `tai-26201-000001`. */
  readonly location?: string
  /** PDP-Address 1227, as text. */
  readonly address?: string
  /** IMEI(SV) of User-Equipment-Info 458. */
  readonly imei?: string
  /** 3GPP-Charging-Characteristics 13. */
  readonly chargingCharacteristics?: string
  /** 3GPP-MS-TimeZone 23, hexadecimal; or uetimeZone, such as `+01:00`. */
  readonly timeZone?: string
  /** Called-Party-Address 832 or SMS recipient, as sent: `tel:+49…`, `sip:…`, digits. */
  readonly calledParty?: string
  /** Calling-Party-Address 831 or SMS originator, as sent. */
  readonly callingParty?: string
  /** Role-Of-Node 829: 0 originating, 1 terminating, 2 proxy, 3 B2BUA. */
  readonly roleOfNode?: number
  /** Which leg of a call or message is charged, where the request says it. */
  readonly leg?: Leg
  /** Recipients of a message beyond the first, as sent. */
  readonly otherRecipients?: readonly string[]
  /** Where a ported number is routed: Number-Portability-Routing-Information 2024. */
  readonly routingNumber?: string
  /** The media of a call hold video (SDP-Media-Component 843, SDP-Session-Description 842). */
  readonly video?: true
  /** IMS-Emergency-Indicator 2322: an emergency call, whatever was dialled. */
  readonly emergency?: true
  /** S-NSSAI of the network slice as `sst` or `sst-sd`, TS 29.571 5.4.4.2. */
  readonly slice?: string
  /** QoS-Class-Identifier 1028 of a bearer. */
  readonly qci?: number
  /** 5QI of the default QoS flow. */
  readonly fiveQi?: number
  /** pduSessionID. */
  readonly pduSession?: number
  /** Number of the usage record that a CDR was made of, where the online path did not see the usage. */
  readonly usageRecord?: string
  /** aPIName of an exposed network function, TS 32.254. */
  readonly apiName?: string
}
