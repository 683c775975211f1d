/**
 * CSV as RFC 4180 has it, in UTF-8, with a heading: a row for each CDR, or for each part of one. Columns may be added at
 * the end, and never move. Instants are UTC, lists are separated by spaces.
 */
import type { RecordedCdr } from '../charging/ports.ts'
import type { NetworkFacts } from '../domain/facts.ts'
import { formatMoney } from '../domain/money.ts'
import type { CdrPart, CdrRecord } from '../domain/record.ts'
import { namesOfSession } from '../domain/session-key.ts'
import type { EpochMs } from '../domain/time.ts'

type Value = string | number | boolean | null | undefined

const instant = (at: EpochMs) => new Date(at).toISOString()

function subSession({ cdr }: { readonly cdr: CdrRecord }): Value {
  return namesOfSession(cdr.sessionId).subSessionId
}

type Column<T> = readonly [name: string, read: (from: T) => Value]

const keyColumns: readonly Column<RecordedCdr>[] = [
  ['recorded', ({ recorded }) => recorded],
  ['recorded_at', ({ recordedAt }) => instant(recordedAt)],
  ['session_id', ({ cdr }) => namesOfSession(cdr.sessionId).sessionId],
  ['record_number', ({ cdr }) => cdr.number],
  ['account_id', ({ cdr }) => cdr.accountId],
  ['account_record', ({ cdr }) => cdr.record],
  ['line_id', ({ cdr }) => cdr.lineId],
  ['msisdn', ({ cdr }) => cdr.msisdn],
  ['imsi', ({ cdr }) => cdr.imsi],
  ['context', ({ cdr }) => cdr.context],
  ['origin_host', ({ cdr }) => cdr.originHost],
  ['started_at', ({ cdr }) => instant(cdr.startedAt)],
  ['ended_at', ({ cdr }) => instant(cdr.endedAt)],
  ['currency', ({ cdr }) => cdr.currency]
]

const fact = (name: string, read: (facts: NetworkFacts) => Value): Column<RecordedCdr> => [
  name,
  ({ cdr }) => read(cdr.facts)
]

const recordColumns: readonly Column<RecordedCdr>[] = [
  ...keyColumns,
  ['amount', ({ cdr }) => formatMoney(cdr.amount)],
  ['closing_cause', ({ cdr }) => cdr.cause],
  ['flags', ({ cdr }) => cdr.flags.join(' ')],
  ['octets', ({ cdr }) => cdr.octets],
  ['input_octets', ({ cdr }) => cdr.inputOctets],
  ['output_octets', ({ cdr }) => cdr.outputOctets],
  ['seconds', ({ cdr }) => cdr.seconds],
  ['messages', ({ cdr }) => cdr.messages],
  ['parts', ({ cdr }) => cdr.parts.length],
  fact('apn', facts => facts.apn),
  fact('plmn', facts => facts.plmn),
  fact('rat', facts => facts.rat),
  fact('charging_id', facts => facts.chargingId),
  fact('location', facts => facts.location),
  fact('address', facts => facts.address),
  fact('imei', facts => facts.imei),
  fact('charging_characteristics', facts => facts.chargingCharacteristics),
  fact('time_zone', facts => facts.timeZone),
  fact('called_party', facts => facts.calledParty),
  fact('calling_party', facts => facts.callingParty),
  fact('slice', facts => facts.slice),
  fact('pdu_session', facts => facts.pduSession),
  // When the record began: with the session, unless it is behind a partial one.
  ['opened_at', ({ cdr }) => instant(cdr.openedAt ?? cdr.startedAt)],
  ['sub_session_id', subSession]
]

interface PartOfCdr {
  readonly cdr: CdrRecord
  /** From 1. */
  readonly place: number
  readonly part: CdrPart
}

const partColumns: readonly Column<PartOfCdr>[] = [
  ['part', ({ place }) => place],
  ['rating_group', ({ part }) => part.ratingGroup],
  ['service_identifiers', ({ part }) => part.serviceIdentifiers.join(' ')],
  ['upf', ({ part }) => part.upf],
  ['price', ({ part }) => part.price],
  ['bucket', ({ part }) => part.bucket],
  ['zone', ({ part }) => part.zone],
  ['unit', ({ part }) => part.unit],
  ['units', ({ part }) => part.units],
  ['amount', ({ part }) => formatMoney(part.amount)],
  ['before', ({ part }) => part.before],
  ['suspense', ({ part }) => part.suspense],
  ['sub_session_id', subSession]
]

const endOfRow = '\r\n'

export const recordHeading = headingOf(recordColumns)
export const partHeading = headingOf([...keyColumns, ...partColumns])

function headingOf(columns: readonly Column<never>[]): string {
  return columns.map(([name]) => name).join(',') + endOfRow
}

/** The row of a CDR. */
export function recordRow(recorded: RecordedCdr): string {
  return cellsOf(recordColumns, recorded) + endOfRow
}

/** A row for each part; a CDR without any has none. */
export function partRows(recorded: RecordedCdr): string {
  const { cdr } = recorded
  const key = cellsOf(keyColumns, recorded)
  return cdr.parts
    .map((part, index) => {
      const cells = cellsOf(partColumns, { cdr, place: index + 1, part })
      return `${key},${cells}${endOfRow}`
    })
    .join('')
}

function cellsOf<T>(columns: readonly Column<T>[], from: T): string {
  return columns.map(([, read]) => cell(read(from))).join(',')
}

function cell(value: Value): string {
  const text = value == null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
