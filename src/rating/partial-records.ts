/** When the CDR of a session is cut while the session goes on (TS 32.251 5.2.3, TS 32.255 5.2.3): a partial record. */
import type { Units } from '../domain/units.ts'

/** What the network may say otherwise than before, or the calendar. */
export type RecordChange = 'plmn' | 'rat' | 'time-zone' | 'tariff'

/** Limits of one record; without any the session has one record. */
export interface PartialRecords {
  /** Of sessions with these 3GPP-Charging-Characteristics, hexadecimal digits in small letters; absent: of all. */
  readonly characteristics?: ReadonlySet<string>
  /** Milliseconds. */
  readonly time?: number
  /** Octets. */
  readonly volume?: Units
  /** Parts of the CDR: its services under each price and bucket. */
  readonly parts?: number
  readonly changes: ReadonlySet<RecordChange>
}

export interface RecordPolicy {
  /** The first that fits holds; absent: no record is cut. */
  readonly partialRecords?: readonly PartialRecords[]
}
