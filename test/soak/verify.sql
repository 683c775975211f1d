-- Whether what is in Postgres is what was used, without a line of the product: each row is a fault.
-- `expected` has for each account how many sessions it had and what they cost.
WITH recorded AS (
  SELECT account_id, count(*) AS rows, count(DISTINCT session_id) AS sessions,
    sum(amount_micros) AS micros
  FROM public.cdr GROUP BY account_id
),
booked AS (
  SELECT account_id, -sum(amount) AS micros
  FROM public.ledger_entry
  WHERE target = 'wallet' AND type IN ('usage', 'refund')
  GROUP BY account_id
),
numbers AS (
  SELECT account_id, count(DISTINCT record) AS known, max(record) AS highest
  FROM (
    SELECT account_id, account_record AS record FROM public.cdr
    UNION ALL SELECT account_id, record FROM public.ledger_entry
    UNION ALL SELECT account_id, record FROM public.account_event
    UNION ALL SELECT account_id, record FROM public.account_snapshot_number
  ) AS every
  GROUP BY account_id
)
SELECT account_id, 'rows' AS what, e.sessions AS wanted, coalesce(r.rows, 0) AS found
FROM expected e LEFT JOIN recorded r USING (account_id) WHERE e.sessions <> coalesce(r.rows, 0)
UNION ALL
SELECT account_id, 'sessions', e.sessions, coalesce(r.sessions, 0)
FROM expected e LEFT JOIN recorded r USING (account_id) WHERE e.sessions <> coalesce(r.sessions, 0)
UNION ALL
SELECT account_id, 'amount of CDRs', e.micros, coalesce(r.micros, 0)
FROM expected e LEFT JOIN recorded r USING (account_id) WHERE e.micros <> coalesce(r.micros, 0)
UNION ALL
SELECT account_id, 'amount of the ledger', e.micros, coalesce(b.micros, 0)
FROM expected e LEFT JOIN booked b USING (account_id) WHERE e.micros <> coalesce(b.micros, 0)
UNION ALL
SELECT account_id, 'outbox numbers', highest, known FROM numbers WHERE highest <> known
UNION ALL
SELECT '', 'rejected records', 0, count(*) FROM public.outbox_rejected HAVING count(*) > 0
UNION ALL
SELECT '', 'sum of both sides of the ledger', 0, sum(amount) FROM public.ledger_posting
HAVING sum(amount) <> 0
