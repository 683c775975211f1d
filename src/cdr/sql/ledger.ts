/** The SQL of what CDRs post to the ledger. */
import { instant, ledgerColumns } from './statements.ts'

/** Of the staged CDRs: what each took from the wallet, and from every bucket. */
const staged = `
SELECT ord, account_id, account_record AS record, 0 AS line, ended_ms,
  CASE WHEN amount_micros < 0 THEN 'refund' ELSE 'usage' END AS type, -amount_micros AS amount,
  'wallet' AS target, currency AS unit, session_id AS reference, 'revenue' AS counter
FROM pg_temp.cdr_staging WHERE amount_micros <> 0
UNION ALL
SELECT s.ord, s.account_id, s.account_record, d.line, s.ended_ms,
  CASE WHEN d.units < 0 THEN 'return' ELSE 'consumption' END, -d.units,
  d.bucket, d.unit, s.session_id, 'consumed'
FROM pg_temp.cdr_staging s
CROSS JOIN LATERAL
  jsonb_to_recordset(s.draws) AS d(line integer, bucket text, unit text, units bigint)
WHERE s.draws IS NOT NULL`

/** In the order of the key, so that two writers with the same records wait for each other and never deadlock. */
export const insertUsage = `
INSERT INTO public.ledger_entry (account_id, record, line, at, ${ledgerColumns}, counter)
SELECT account_id, record, line, ${instant('ended_ms')}, ${ledgerColumns}, counter
FROM (${staged}) AS usage ORDER BY account_id, record, line, ord
ON CONFLICT DO NOTHING`

/** Staged CDRs whose numbers belong to other entries. */
export const conflictingUsage = `
SELECT DISTINCT s.ord, s.account_id, s.record FROM (${staged}) s
JOIN public.ledger_entry e USING (account_id, record, line)
WHERE (e.type, e.amount, e.target, e.reference)
  IS DISTINCT FROM (s.type, s.amount, s.target, s.reference)`
