/** What writes the CDRs of one file in its format. */
import type { RecordedCdr } from '../charging/ports.ts'

/** What its methods return belongs into the file next, and may be empty while CDRs are collected. */
export interface FileEncoder {
  /** Throws GYRO_INPUT_INVALID for a CDR that the format cannot hold. */
  add(recorded: RecordedCdr): string | Buffer
  /** What stands behind the last CDR. */
  finish(): string | Buffer
}
