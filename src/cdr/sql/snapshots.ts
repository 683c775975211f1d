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
