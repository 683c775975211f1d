/** Events of accounts: rare, so they go in as one JSON text a batch. */
import type { EventRecord } from '../domain/record.ts'
import type { Session } from './database.ts'
import { storable } from './storable.ts'

const texts = [
  'accountId',
  'type',
  'lineId',
  'subject',
  'threshold',
  'direction',
  'status',
  'unit'
] as const
const integers = ['record', 'at', 'used', 'amount'] as const

/** Why no row can be made of a record; empty: one can. */
export function faultOfEvent(record: EventRecord): string {
  for (const name of texts) {
    if (typeof record[name] !== 'string') return `${name} is not a text`
  }
  for (const name of integers) {
    if (!Number.isSafeInteger(record[name])) return `${name} is not a safe integer`
  }
  return record.at < 0 ? 'at is not an instant' : ''
}

/** In the order of the key, so that two writers with the same records wait for each other and never deadlock. */
const insertEvents = `
INSERT INTO public.account_event (account_id, record, at, type, line_id, subject, threshold, direction,
  status, used, amount, unit)
SELECT "accountId", record, timestamptz '1970-01-01 00:00:00+00' + at * interval '1 millisecond', type,
  "lineId", subject, threshold, direction, status, used, amount, unit
FROM jsonb_to_recordset($1::jsonb) AS event ("accountId" text, record bigint, at bigint, type text,
  "lineId" text, subject text, threshold text, direction text, status text, used bigint,
  amount bigint, unit text)
ORDER BY "accountId", record
ON CONFLICT DO NOTHING`

/** Rows added. */
export async function storeEvents(
  session: Session,
  events: readonly EventRecord[]
): Promise<number> {
  if (events.length === 0) return 0
  const { count } = await session.query(insertEvents, [JSON.stringify(events, storable)])
  return count
}
