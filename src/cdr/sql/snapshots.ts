/** The SQL of snapshots of accounts. */
import { instant } from './statements.ts'

/**
 * $1 documents as one JSON text. In the order of the key, so that two writers wait for each other and never deadlock. One
 * that is older than what is there changes nothing.
 */
export const keepDocuments = `
INSERT INTO public.account_snapshot AS known (account_id, line_id, record, at, document)
SELECT "accountId", "lineId", record, ${instant('at')}, document
FROM jsonb_to_recordset($1::jsonb)
  AS given ("accountId" text, "lineId" text, record bigint, at bigint, document jsonb)
ORDER BY 1, 2
ON CONFLICT (account_id, line_id) DO UPDATE
SET record = excluded.record, at = excluded.at, document = excluded.document
WHERE known.record < excluded.record`

/** $1 accounts and $2 numbers. */
export const keepNumbers = `
INSERT INTO public.account_snapshot_number (account_id, record)
SELECT * FROM unnest($1::text[], $2::bigint[]) ORDER BY 1, 2
ON CONFLICT DO NOTHING`

/** $1 the account behind which the page begins, $2 rows. */
export const accountsWithSnapshot = `
SELECT account_id FROM public.account_snapshot
WHERE line_id = '' AND account_id > $1 ORDER BY account_id LIMIT $2::integer`

/** $1 accounts. */
export const documentsOf = `
SELECT account_id, line_id, record, (extract(epoch FROM at) * 1000)::bigint AS at_ms,
  document::text AS document
FROM public.account_snapshot WHERE account_id = ANY ($1::text[]) ORDER BY account_id, line_id`

/** What CDRs say of sessions that ended after $2, of the accounts $1; not of events, refunds and usage records. */
export const recentSessions = `
SELECT account_id, session_id, min(line_id) AS line_id, max(record_number) AS records,
  (extract(epoch FROM min(started_at)) * 1000)::bigint AS started_ms,
  (extract(epoch FROM max(ended_at)) * 1000)::bigint AS ended_ms,
  bool_or(closing_cause = 'normalRelease') AS released, min(trace_id) AS trace_id
FROM public.cdr
WHERE account_id = ANY ($1::text[]) AND ended_at > $2::timestamptz
  AND NOT flags && ARRAY['event', 'refund', 'mediated']
GROUP BY account_id, session_id`

/** Top-ups after $2 of the accounts $1, with their idempotency keys. */
export const recentTopUps = `
SELECT account_id, reference, amount, (extract(epoch FROM at) * 1000)::bigint AS at_ms
FROM public.ledger_entry
WHERE account_id = ANY ($1::text[]) AND type = 'top-up' AND at > $2::timestamptz`
