/**
 * The SQL of reconciliation: each CDR, and each entry of the ledger, of a page of accounts is read once.
 *
 * Reading is by account and nested on purpose (LATERAL with OFFSET 0): of what jsonb holds the planner knows nothing, and
 * joins whose size it only guesses made it read and sort all CDRs of all accounts for every page.
 */

const parts = `jsonb_to_recordset(c.parts)
  AS p(bucket text, unit text, units bigint, price text, amount bigint, suspense boolean)`

/** What is compared, by account and number. */
const entries = `
wanted AS MATERIALIZED (SELECT * FROM unnest($1::text[], $2::bigint[]) AS a(id, upto)),
booked AS MATERIALIZED (
  SELECT a.id, a.upto, e.* FROM wanted a CROSS JOIN LATERAL (
    SELECT record, type, target, amount, reference FROM public.ledger_entry
    WHERE account_id = a.id OFFSET 0
  ) AS e
),
recorded AS MATERIALIZED (
  SELECT a.id, a.upto, c.* FROM wanted a CROSS JOIN LATERAL (
    SELECT account_record AS record, session_id, amount_micros, parts FROM public.cdr
    WHERE account_id = a.id OFFSET 0
  ) AS c
),
used AS MATERIALIZED (
  SELECT c.id, c.record, c.session_id, p.*
  FROM recorded c CROSS JOIN LATERAL ${parts} WHERE c.record <= c.upto
),
gone AS MATERIALIZED (
  SELECT a.id, a.upto, d.day, d.record FROM wanted a CROSS JOIN LATERAL (
    SELECT day, generate_series(first, last) AS record FROM public.cdr_dropped_run
    WHERE account_id = a.id OFFSET 0
  ) AS d
),
rejected AS MATERIALIZED (
  SELECT a.id, a.upto, r.record FROM wanted a CROSS JOIN LATERAL (
    SELECT record FROM public.outbox_rejected WHERE account_id = a.id OFFSET 0
  ) AS r
)`

/** Every number that is stored. */
const numbers = `
numbers AS MATERIALIZED (
  SELECT id, upto, record FROM booked
  UNION SELECT id, upto, record FROM recorded
  UNION SELECT id, upto, record FROM gone
  UNION SELECT id, upto, record FROM rejected
  UNION SELECT a.id, a.upto, v.record FROM wanted a CROSS JOIN LATERAL (
    SELECT record FROM public.account_event WHERE account_id = a.id
    UNION ALL SELECT record FROM public.account_snapshot_number WHERE account_id = a.id OFFSET 0
  ) AS v
),
stored AS MATERIALIZED (
  SELECT a.id, a.upto, count(n.record) FILTER (WHERE n.record BETWEEN 1 AND a.upto) AS present,
    coalesce(max(n.record), 0) AS last
  FROM wanted a LEFT JOIN numbers n USING (id) GROUP BY 1, 2
)`

/** What CDRs say, and what the ledger says of them. */
const usages = `
said AS MATERIALIZED (
  SELECT id, record, session_id, 'wallet' AS target, -amount_micros AS amount
  FROM recorded WHERE record <= upto AND amount_micros <> 0
  UNION ALL
  SELECT id, record, session_id, bucket, -sum(units)::bigint
  FROM used WHERE bucket <> '' GROUP BY 1, 2, 3, 4 HAVING sum(units) <> 0
),
usage AS MATERIALIZED (
  SELECT id, upto, record, reference, target, amount FROM booked b
  WHERE type IN ('usage', 'refund', 'consumption', 'return')
    -- A CDR that met its key is a dead letter; what it took is here, and given back by an adjustment.
    AND NOT EXISTS (SELECT FROM rejected r WHERE r.id = b.id AND r.record = b.record)
),
posted AS MATERIALIZED (
  SELECT id, record, reference AS session_id, target, amount FROM usage u
  WHERE record <= upto AND NOT EXISTS (SELECT FROM gone g WHERE g.id = u.id AND g.record = u.record)
),
-- Days that were dropped, as one sum for each target.
dropped AS MATERIALIZED (
  SELECT coalesce(d.id, p.id) AS id, coalesce(p.first, 0) AS record, 'dropped with ' || day AS session_id,
    target, d.amount AS cdr, p.amount AS ledger
  FROM (
    SELECT a.id, s.day, s.target, s.amount FROM wanted a CROSS JOIN LATERAL (
      SELECT day, target, amount FROM public.cdr_dropped_sum
      WHERE account_id = a.id AND amount <> 0 OFFSET 0
    ) AS s
  ) AS d FULL JOIN (
    SELECT u.id, g.day, u.target, min(u.record) AS first, sum(u.amount) AS amount
    FROM usage u JOIN gone g ON g.id = u.id AND g.record = u.record
    GROUP BY 1, 2, 3 HAVING sum(u.amount) <> 0
  ) AS p USING (id, day, target)
  WHERE d.amount IS DISTINCT FROM p.amount
)`

/**
 * Rows of several kinds. $1 account ids, $2 the number of each up to which it is looked at.
 *
 *     sum       id, target, ledger: what the target gained
 *     stored    id, record: the last number of all; cdr its dead letters; missing,
 *               first: numbers up to $2 that nothing has, and the first ten
 *     mismatch  id, record, session, target, ledger, cdr: a CDR and its entries that differ
 *     totals    id, ledger: its CDRs, cdr their octets, missing those at no price, record CDRs in suspense
 */
export const books = `
WITH ${entries}, ${numbers}, ${usages},
totals AS (
  SELECT id, coalesce(sum(units) FILTER (WHERE unit = 'octets'), 0) AS octets,
    coalesce(sum(units) FILTER (WHERE unit = 'octets' AND price <> '' AND amount = 0), 0) AS zero_rated,
    count(DISTINCT record) FILTER (WHERE suspense) AS suspense
  FROM used GROUP BY id
),
counted AS (
  SELECT id, count(DISTINCT record) AS cdrs FROM recorded WHERE record <= upto GROUP BY id
),
mismatches AS (
  SELECT id, record, session_id, target, s.amount AS cdr, p.amount AS ledger
  FROM said s FULL JOIN posted p USING (id, record, session_id, target)
  WHERE s.amount IS DISTINCT FROM p.amount
  UNION ALL SELECT id, record, session_id, target, cdr, ledger FROM dropped
  ORDER BY id, record, target LIMIT 1000
)
SELECT 'sum' AS kind, id, target, NULL AS session, NULL::bigint AS record,
  sum(amount) FILTER (WHERE record <= upto) AS ledger, NULL::numeric AS cdr, NULL::numeric AS missing,
  NULL AS first
FROM booked GROUP BY id, target HAVING count(*) FILTER (WHERE record <= upto) > 0
UNION ALL
SELECT 'stored', id, NULL, NULL, last, NULL,
  (SELECT count(*) FROM rejected r WHERE r.id = s.id), upto - present,
  CASE WHEN present < upto THEN (
    SELECT (array_agg(n ORDER BY n))[1:10]::text FROM (
      SELECT generate_series(1, s.upto) EXCEPT SELECT record FROM numbers n WHERE n.id = s.id
    ) AS gaps(n)
  ) END
FROM stored s
UNION ALL
SELECT 'mismatch', id, target, session_id, record, ledger, cdr, NULL, NULL FROM mismatches
UNION ALL
SELECT 'totals', id, NULL, NULL, coalesce(suspense, 0), cdrs, coalesce(octets, 0),
  coalesce(zero_rated, 0), NULL
FROM counted LEFT JOIN totals USING (id)`

/** $1 the account behind which the page begins, $2 rows. */
export const accountsOfLedger = `
WITH RECURSIVE ids(id) AS (
  SELECT min(account_id) FROM public.ledger_entry WHERE account_id > $1
  UNION ALL
  SELECT (SELECT min(account_id) FROM public.ledger_entry WHERE account_id > ids.id)
  FROM ids WHERE ids.id IS NOT NULL
)
SELECT a.id AS account_id,
  coalesce((SELECT sum(amount) FROM public.ledger_entry e
    WHERE e.account_id = a.id AND e.target = 'wallet'), 0)::text AS wallet
FROM (SELECT id FROM ids WHERE id IS NOT NULL LIMIT $2::integer) AS a ORDER BY 1`
