/** The SQL of retention. Partitions are named cdr_YYYYMMDD. */

export const partitionOf = (day: string) => `public.cdr_${day.replaceAll('-', '')}`

/** Days with a partition, before $1. */
export const days = `
SELECT to_char(to_date(substr(c.relname, 5), 'YYYYMMDD'), 'YYYY-MM-DD') AS day
FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'public.cdr'::regclass AND c.relname ~ '^cdr_[0-9]{8}$'
  AND to_date(substr(c.relname, 5), 'YYYYMMDD') < $1::date
ORDER BY 1`

/** The last number of recording of a day; null: no CDR. */
export const lastOfDay = (day: string) => `SELECT max(recorded) AS last FROM ${partitionOf(day)}`

/** Up to which number days are sealed, or are not covered by the chain. */
export const sealedThrough = `
SELECT greatest((SELECT max(last) FROM public.cdr_seal), (SELECT chain_after FROM public.cdr_recording))
  AS last`

/** Up to which number each stream of files has been written. */
export const exportedThrough = `
SELECT e.stream, coalesce(max(f.last_recorded), 0) AS last
FROM public.cdr_export e
LEFT JOIN public.cdr_export_file f ON f.stream = e.stream AND f.finished_at IS NOT NULL
GROUP BY 1 ORDER BY 1`

/** Adjustments of a day's CDRs that were planned and not settled. $1 the day. */
export const openAdjustments = `
SELECT count(*)::integer AS open FROM public.cdr_adjustment
WHERE settled_at IS NULL AND refused IS NULL
  AND started_at >= ($1::date)::timestamp AT TIME ZONE 'UTC'
  AND started_at < ($1::date + 1)::timestamp AT TIME ZONE 'UTC'`

/** One at a time. A reader that does not end must not stop those who wait behind us. */
export const begin = `
SELECT pg_advisory_xact_lock(4753218);
SET LOCAL lock_timeout = '5s';
SET LOCAL jit = off`

/** What the day's CDRs have taken. $1 the day, $2 the last number. */
export const keepSums = (day: string) => `
INSERT INTO public.cdr_dropped_sum AS s (account_id, day, target, amount)
SELECT account_id, $1::date, target, sum(amount) FROM (
  SELECT account_id, 'wallet' AS target, -amount_micros::numeric AS amount
  FROM ${partitionOf(day)} WHERE recorded <= $2::bigint AND amount_micros <> 0
  UNION ALL
  SELECT c.account_id, p.bucket, -p.units::numeric
  FROM ${partitionOf(day)} c
  CROSS JOIN LATERAL jsonb_to_recordset(c.parts) AS p(bucket text, units bigint)
  WHERE c.recorded <= $2::bigint AND p.bucket <> ''
) AS taken GROUP BY account_id, target
ON CONFLICT (account_id, day, target) DO UPDATE SET amount = s.amount + excluded.amount`

/** $1 the day, $2 the last number. */
export const keepNumbers = (day: string) => `
INSERT INTO public.cdr_dropped_run (account_id, first, last, day)
SELECT account_id, min(number), max(number), $1::date FROM (
  SELECT account_id, account_record AS number, account_record
    - dense_rank() OVER (PARTITION BY account_id ORDER BY account_record) AS run
  FROM ${partitionOf(day)} WHERE recorded <= $2::bigint
) AS numbered GROUP BY account_id, run
ON CONFLICT DO NOTHING`

/** $1 the day, $2 the last number. */
export const keepRecorded = (day: string) => `
INSERT INTO public.cdr_dropped_recorded (first, last, day)
SELECT min(recorded), max(recorded), $1::date FROM (
  SELECT recorded, recorded - row_number() OVER (ORDER BY recorded) AS run
  FROM ${partitionOf(day)} WHERE recorded <= $2::bigint
) AS numbered GROUP BY run`

/** $1 the day, $2 the last number. */
export const keepDay = (day: string) => `
INSERT INTO public.cdr_dropped_day AS d (day, cdrs)
SELECT $1::date, count(*) FROM ${partitionOf(day)} WHERE recorded <= $2::bigint
ON CONFLICT (day) DO UPDATE SET cdrs = d.cdrs + excluded.cdrs, dropped_at = excluded.dropped_at
RETURNING cdrs`

export const lock = (day: string) => `LOCK TABLE ${partitionOf(day)} IN ACCESS EXCLUSIVE MODE`
export const drop = (day: string) => `DROP TABLE ${partitionOf(day)}`

/**
 * Where the chain may begin from now on: the end of the last sealed day before which all that it covers was dropped.
 * No row: where it begins now.
 */
const emptied = `
SELECT s.last, s.head FROM public.cdr_seal s, public.cdr_recording r
WHERE s.last > r.chain_after
  AND s.last - r.chain_after = (
    SELECT sum(least(d.last, s.last) - greatest(d.first, r.chain_after + 1) + 1)
    FROM public.cdr_dropped_recorded d WHERE d.last > r.chain_after AND d.first <= s.last)
ORDER BY s.last DESC LIMIT 1`

/** Days of recording that are gone end in their seals: links and numbers of them are not needed any more. */
export const shortenChain = `
WITH emptied AS (${emptied}),
moved AS (
  UPDATE public.cdr_recording SET chain_after = e.last, chain_base = e.head FROM emptied e
), links AS (
  DELETE FROM public.cdr_link l USING emptied e WHERE l.last <= e.last
)
DELETE FROM public.cdr_dropped_recorded d USING emptied e WHERE d.last <= e.last`
