/** What the columns of tables of CDRs are called, hold and mean. Columns may be added at the end, and never move. */
import type { RecordedCdr } from '../charging/ports.ts'
import type { NetworkFacts } from '../domain/facts.ts'
import type { CdrRecord } from '../domain/record.ts'
import { namesOfSession } from '../domain/session-key.ts'
import { traceIdOf } from '../trace/trace-id.ts'

/** `count`: a whole number. `instant`: milliseconds since 1970, UTC. `money`: millionths. `flag`: true or false. */
export type ColumnType = 'text' | 'count' | 'instant' | 'money' | 'flag'
export type Value = string | number | boolean | null | undefined
export type Column<T> = readonly [name: string, type: ColumnType, read: (from: T) => Value]

export function subSession({ cdr }: { readonly cdr: CdrRecord }): Value {
  return namesOfSession(cdr.sessionId).subSessionId
}

export function trace({ cdr }: { readonly cdr: CdrRecord }): Value {
  return traceIdOf(cdr)
}

export const keyColumns: readonly Column<RecordedCdr>[] = [
  ['recorded', 'count', ({ recorded }) => recorded],
  ['recorded_at', 'instant', ({ recordedAt }) => recordedAt],
  ['session_id', 'text', ({ cdr }) => namesOfSession(cdr.sessionId).sessionId],
  ['record_number', 'count', ({ cdr }) => cdr.number],
  ['account_id', 'text', ({ cdr }) => cdr.accountId],
  ['account_record', 'count', ({ cdr }) => cdr.record],
  ['line_id', 'text', ({ cdr }) => cdr.lineId],
  ['msisdn', 'text', ({ cdr }) => cdr.msisdn],
  ['imsi', 'text', ({ cdr }) => cdr.imsi],
  ['context', 'text', ({ cdr }) => cdr.context],
  ['origin_host', 'text', ({ cdr }) => cdr.originHost],
  ['started_at', 'instant', ({ cdr }) => cdr.startedAt],
  ['ended_at', 'instant', ({ cdr }) => cdr.endedAt],
  ['currency', 'text', ({ cdr }) => cdr.currency]
]

type ReadFact = (facts: NetworkFacts) => Value

const fact = (name: string, read: ReadFact, type: ColumnType = 'text'): Column<RecordedCdr> => [
  name,
  type,
  ({ cdr }) => read(cdr.facts)
]

export const recordColumns: readonly Column<RecordedCdr>[] = [
  ...keyColumns,
  ['amount', 'money', ({ cdr }) => cdr.amount],
  ['closing_cause', 'text', ({ cdr }) => cdr.cause],
  ['flags', 'text', ({ cdr }) => cdr.flags.join(' ')],
  ['octets', 'count', ({ cdr }) => cdr.octets],
  ['input_octets', 'count', ({ cdr }) => cdr.inputOctets],
  ['output_octets', 'count', ({ cdr }) => cdr.outputOctets],
  ['seconds', 'count', ({ cdr }) => cdr.seconds],
  ['messages', 'count', ({ cdr }) => cdr.messages],
  ['parts', 'count', ({ cdr }) => cdr.parts.length],
  fact('apn', facts => facts.apn),
  fact('plmn', facts => facts.plmn),
  fact('rat', facts => facts.rat, 'count'),
  fact('charging_id', facts => facts.chargingId),
  fact('location', facts => facts.location),
  fact('address', facts => facts.address),
  fact('imei', facts => facts.imei),
  fact('charging_characteristics', facts => facts.chargingCharacteristics),
  fact('time_zone', facts => facts.timeZone),
  fact('called_party', facts => facts.calledParty),
  fact('calling_party', facts => facts.callingParty),
  fact('slice', facts => facts.slice),
  fact('pdu_session', facts => facts.pduSession, 'count'),
  // When the record began: with the session, unless it is behind a partial one.
  ['opened_at', 'instant', ({ cdr }) => cdr.openedAt ?? cdr.startedAt],
  ['sub_session_id', 'text', subSession],
  ['trace_id', 'text', trace]
]
