/** The SQL of reconciliation. $1 account ids, $2 the number of each up to which it is looked at. */

const wanted = 'unnest($1::text[], $2::bigint[]) AS a(id, upto)'

/** What each target gained. */
export const ledgerSums = `
SELECT a.id, e.target, sum(e.amount)::text AS amount
FROM ${wanted} JOIN public.ledger_entry e ON e.account_id = a.id AND e.record <= a.upto
GROUP BY 1, 2`

/** Numbers from 1 on that no CDR, movement or dead letter has: how many, and the first ten. */
export const missingNumbers = `
SELECT a.id, gaps.missing, gaps.first FROM ${wanted}
CROSS JOIN LATERAL (
  SELECT count(*)::bigint AS missing, (array_agg(n ORDER BY n))[1:10]::text AS first
  FROM (
    SELECT generate_series(1, a.upto) AS n
    EXCEPT SELECT e.record FROM public.ledger_entry e WHERE e.account_id = a.id
    EXCEPT SELECT c.account_record FROM public.cdr c WHERE c.account_id = a.id
    EXCEPT SELECT v.record FROM public.account_event v WHERE v.account_id = a.id
    EXCEPT SELECT r.record FROM public.outbox_rejected r WHERE r.account_id = a.id
  ) AS numbers
) AS gaps
WHERE gaps.missing > 0`

const parts = `jsonb_to_recordset(c.parts)
  AS p(bucket text, unit text, units bigint, price text, amount bigint, suspense boolean)`

/** CDRs and entries of usage that differ, by record, session and target. */
export const mismatches = `
WITH wanted AS (SELECT * FROM ${wanted}),
recorded AS (
  SELECT c.account_id, c.account_record AS record, c.session_id, 'wallet' AS target,
    -c.amount_micros AS amount
  FROM wanted a JOIN public.cdr c ON c.account_id = a.id AND c.account_record <= a.upto
  WHERE c.amount_micros <> 0
  UNION ALL
  SELECT c.account_id, c.account_record, c.session_id, p.bucket, -sum(p.units)::bigint
  FROM wanted a JOIN public.cdr c ON c.account_id = a.id AND c.account_record <= a.upto
  CROSS JOIN LATERAL ${parts}
  WHERE p.bucket <> ''
  GROUP BY 1, 2, 3, 4 HAVING sum(p.units) <> 0
),
booked AS (
  SELECT e.account_id, e.record, e.reference AS session_id, e.target, e.amount
  FROM wanted a JOIN public.ledger_entry e ON e.account_id = a.id AND e.record <= a.upto
  WHERE e.type IN ('usage', 'refund', 'consumption', 'return')
    -- A CDR that met its key is a dead letter; what it took is here, and given back by an adjustment.
    AND NOT EXISTS (SELECT FROM public.outbox_rejected r
      WHERE r.account_id = e.account_id AND r.record = e.record)
)
SELECT account_id, record, session_id, target, r.amount::text AS cdr, b.amount::text AS ledger
FROM recorded r FULL JOIN booked b USING (account_id, record, session_id, target)
WHERE r.amount IS DISTINCT FROM b.amount
ORDER BY account_id, record, target LIMIT 1000`

export const cdrSums = `
SELECT count(DISTINCT (c.account_id, c.account_record))::bigint AS cdrs,
  coalesce(sum(p.units) FILTER (WHERE p.unit = 'octets'), 0)::text AS octets,
  coalesce(sum(p.units) FILTER (WHERE p.unit = 'octets' AND p.price <> '' AND p.amount = 0), 0)::text
    AS zero_rated,
  count(DISTINCT (c.account_id, c.account_record)) FILTER (WHERE p.suspense)::bigint AS suspense
FROM ${wanted} JOIN public.cdr c ON c.account_id = a.id AND c.account_record <= a.upto
LEFT JOIN LATERAL ${parts} ON true`

/** $1 the account behind which the page begins, $2 rows. */
export const accountsOfLedger = `
SELECT a.account_id,
  coalesce((SELECT sum(amount) FROM public.ledger_entry e
    WHERE e.account_id = a.account_id AND e.target = 'wallet'), 0)::text AS wallet
FROM (
  SELECT DISTINCT account_id FROM public.ledger_entry
  WHERE account_id > $1 ORDER BY account_id LIMIT $2::integer
) AS a ORDER BY 1`
