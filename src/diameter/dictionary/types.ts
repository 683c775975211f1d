/** The words of the dictionary: what a row says of an AVP, and the value that it stands for. */

/** Wire formats (RFC 6733 §4.2, §4.3). Enumerated is a signed 32-bit integer; unknown values are kept. */
export type AvpType =
  | 'OctetString'
  | 'Integer32'
  | 'Integer64'
  | 'Unsigned32'
  | 'Unsigned64'
  | 'Grouped'
  | 'Address'
  | 'Time'
  | 'UTF8String'
  | 'DiameterIdentity'
  | 'DiameterURI'
  | 'Enumerated'
  | 'IPFilterRule'

/**
 * How often a member may occur: `1` exactly once, `?` at most once, `+` at least once, `*` any number.
 * Every group and command takes further known AVPs beside the members named.
 */
export type Cardinality = '1' | '?' | '+' | '*'

export type Members = { readonly [name: string]: Cardinality }

export interface AvpDef {
  readonly code: number
  readonly type: AvpType
  /** Whether the M bit is set when sending. On receipt the M bit of a known AVP does not matter. */
  readonly mandatory: boolean
  /** Of a group: its members. */
  readonly members?: Members
  /** Of a group: it is not looked into; its value is the encoded AVPs inside. */
  readonly opaque?: true
}

/** Rows of one vendor. */
export type AvpTable = Readonly<Record<string, AvpDef>>

export interface CommandDef {
  readonly code: number
  readonly request: boolean
  /** The P bit when sending. */
  readonly proxiable: boolean
  /** The application of its header when the sender names none. */
  readonly application: number
  readonly members: Members
  /** A required member may be missing where the other one is there. */
  readonly instead?: Readonly<Record<string, string>>
}
