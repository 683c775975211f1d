/** A CDR as one line of JSON: as GET /v1/cdrs answers, with its place in the order of recording. */
import { viewCdr } from '../api/views.ts'
import type { RecordedCdr } from '../charging/ports.ts'

export function jsonLine({ recorded, recordedAt, cdr }: RecordedCdr): string {
  const { services } = cdr
  return `${JSON.stringify({
    recorded,
    recordedAt: new Date(recordedAt).toISOString(),
    accountRecord: cdr.record,
    lineId: cdr.lineId,
    ...viewCdr(cdr),
    ...(services === undefined ? {} : { services })
  })}\n`
}
