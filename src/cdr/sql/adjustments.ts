/** The SQL of re-rating: CDRs in the order of their sessions, and the adjustments made to them. */
import { selectCdrs } from './statements.ts'

/**
 * A page of the sessions that began in a window, by start, session and number. $1 from, $2 until, $3 to $5 the key behind
 * which the page begins, or nulls; $6 rows. The bound on started_at lets the planner skip older partitions.
 */
export function windowOf(after: boolean): string {
  const begin = after
    ? `cdr.started_at >= $3::timestamptz
       AND (cdr.started_at, cdr.session_id, cdr.record_number) > ($3::timestamptz, $4::text, $5::integer)`
    : '$3::text IS NULL AND $4::text IS NULL AND $5::integer IS NULL'
  return `${selectCdrs('adjusted, turns,')}
CROSS JOIN LATERAL (
  SELECT coalesce(sum(amount_micros) FILTER (WHERE refused IS NULL), 0)::bigint AS adjusted,
    count(*)::integer AS turns
  FROM public.cdr_adjustment a
  WHERE a.session_id = cdr.session_id AND a.record_number = cdr.record_number
    AND a.started_at = cdr.started_at
) adjustments
WHERE cdr.started_at >= $1::timestamptz AND cdr.started_at < $2::timestamptz AND ${begin}
ORDER BY cdr.started_at, cdr.session_id, cdr.record_number
LIMIT $6::integer`
}

/**
 * $1 session ids, $2 record numbers, $3 starts, $4 turns, $5 amounts; $6 account, $7 operation, $8 catalogue. In the order
 * of the key, so that two that plan at a time wait for each other and never deadlock.
 */
export const planAdjustments = `
INSERT INTO public.cdr_adjustment
  (session_id, record_number, started_at, turn, amount_micros, account_id, operation, catalogue)
SELECT s, n, t, o, a, $6::text, $7::text, $8::text
FROM unnest($1::text[], $2::integer[], $3::timestamptz[], $4::integer[], $5::bigint[])
  AS planned (s, n, t, o, a)
ORDER BY s, n, t, o`

/** Movements that were planned and of which is not known whether they were made. $1 rows. */
export const openAdjustments = `
SELECT operation, account_id, sum(amount_micros)::bigint AS amount,
  min(catalogue) AS catalogue,
  EXISTS (SELECT FROM public.ledger_entry e
    WHERE e.type = 'adjustment' AND e.account_id = a.account_id AND e.reference = a.operation) AS booked
FROM public.cdr_adjustment a
WHERE settled_at IS NULL AND refused IS NULL
GROUP BY operation, account_id
ORDER BY operation
LIMIT $1::integer`

/** $1 operation. */
export const settleAdjustment = `
UPDATE public.cdr_adjustment SET settled_at = now()
WHERE operation = $1 AND settled_at IS NULL AND refused IS NULL`

/** $1 operation, $2 why. */
export const refuseAdjustment = `
UPDATE public.cdr_adjustment SET refused = $2
WHERE operation = $1 AND settled_at IS NULL AND refused IS NULL`
