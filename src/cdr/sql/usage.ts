/** The SQL of the book of usage records. */

const keys = 'unnest($1::text[], $2::bigint[]) AS given (session_id, sequence)'

/**
 * $1 sessions, $2 sequences, $3 digests, $4 instants. What was there before the statement, for each record in order; a row
 * that it adds is not seen by it. In the order of the key, so that two loaders wait for each other and never deadlock.
 */
export const planUsage = `
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[])
    WITH ORDINALITY AS g (session_id, sequence, digest, used_at, ord)
), added AS (
  INSERT INTO public.usage_record (session_id, sequence, digest, used_at)
  SELECT session_id, sequence, digest, used_at FROM given ORDER BY session_id, sequence
  ON CONFLICT DO NOTHING
)
SELECT CASE WHEN r.digest IS NULL THEN 'new' WHEN r.digest <> given.digest THEN 'other'
  WHEN r.settled_at IS NULL THEN 'open' ELSE 'done' END AS fate
FROM given LEFT JOIN public.usage_record r USING (session_id, sequence)
ORDER BY given.ord`

/** Records that are not settled, locked in the order of the key: two loaders of the same ones would deadlock else. */
const open = `
WITH open AS MATERIALIZED (
  SELECT r.session_id, r.sequence FROM public.usage_record r JOIN ${keys} USING (session_id, sequence)
  WHERE r.settled_at IS NULL ORDER BY r.session_id, r.sequence FOR UPDATE OF r
)`

export const settleUsage = `${open}
UPDATE public.usage_record r SET settled_at = now() FROM open
WHERE (r.session_id, r.sequence) = (open.session_id, open.sequence) AND r.settled_at IS NULL`

export const forgetUsage = `${open}
DELETE FROM public.usage_record r USING open
WHERE (r.session_id, r.sequence) = (open.session_id, open.sequence) AND r.settled_at IS NULL`

/**
 * A usage record of a CDR that Gyro exported has its session behind `gyro;`, and 4,096 numbers for each CDR of it
 * (mediation/ber/containers.ts): where that CDR was recorded here, it is charged.
 */
export const recordedUsage = `
SELECT DISTINCT given.session_id, given.sequence FROM ${keys}
JOIN public.cdr c ON c.session_id = given.session_id
  AND c.facts ->> 'usageRecord' = given.sequence::text
UNION
SELECT given.session_id, given.sequence FROM ${keys}
JOIN public.cdr c ON given.session_id LIKE 'gyro;%' AND c.session_id = substr(given.session_id, 6)
  AND c.record_number = given.sequence / 4096`

/** $1 digests, $2 files, $3 lines, $4 reasons, $5 contents. */
export const suspendUsage = `
INSERT INTO public.usage_suspense (digest, file, line, reason, content)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[]) ORDER BY 1
ON CONFLICT (digest) DO UPDATE SET reason = excluded.reason`

/** $1 digest, $2 rows. */
export const suspendedUsage = `
SELECT digest, file, line, reason, content FROM public.usage_suspense
WHERE digest > $1 ORDER BY digest LIMIT $2::integer`

export const releaseUsage = 'DELETE FROM public.usage_suspense WHERE digest = ANY($1::text[])'
