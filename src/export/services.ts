/** What both kinds of record of TS 32.298 take from a CDR. */
import { type CdrRecord, isPartial, type ServiceTotals } from '../domain/record.ts'
import type { EpochMs } from '../domain/time.ts'

/** The services of a CDR with what each used. */
export function servicesOf(cdr: CdrRecord): readonly ServiceTotals[] {
  const [part] = cdr.parts
  if (cdr.services !== undefined) return cdr.services
  if (part === undefined) return []
  const { ratingGroup, serviceIdentifiers, upf } = part
  const { octets, inputOctets, outputOctets, seconds, messages } = cdr
  const totals = { octets, inputOctets, outputOctets, seconds, messages }
  return [{ ratingGroup, serviceIdentifiers, ...(upf === undefined ? {} : { upf }), ...totals }]
}

/** recordSequenceNumber: left out where a session has one record alone. */
export function sequenceNumberOf(cdr: CdrRecord): number | null {
  return cdr.number > 1 || isPartial(cdr.cause) ? cdr.number : null
}

/** A record says what happened in it alone: this is when it began. */
export function openingOf({ openedAt, startedAt }: CdrRecord): EpochMs {
  return openedAt ?? startedAt
}

/** When the session ended; null: it goes on behind this record. */
export function stopOf({ cause, endedAt }: CdrRecord): EpochMs | null {
  return isPartial(cause) ? null : endedAt
}

/** The number of the charging specification at the front of a context such as `32251@3gpp.org`. */
export function specificationOf(context: string): string {
  return /^\d{5}/.exec(context)?.[0] ?? ''
}
