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
  /** 3GPP-User-Location-Info 22, hexadecimal. */
  readonly location?: string
  /** PDP-Address 1227, as text. */
  readonly address?: string
  /** IMEI(SV) of User-Equipment-Info 458. */
  readonly imei?: string
  /** 3GPP-Charging-Characteristics 13. */
  readonly chargingCharacteristics?: string
  /** 3GPP-MS-TimeZone 23, hexadecimal. */
  readonly timeZone?: string
  /** Called-Party-Address 832 or SMS recipient, as sent: `tel:+49…`, `sip:…`, digits. */
  readonly calledParty?: string
  /** Calling-Party-Address 831 or SMS originator, as sent. */
  readonly callingParty?: string
  /** Role-Of-Node 829: 0 originating, 1 terminating, 2 proxy, 3 B2BUA. */
  readonly roleOfNode?: number
}
