/** The SQL of the order of recording. */
import { insertWithLink } from './chain.ts'
import { cdrColumns, instant, selectCdrs, traceId } from './statements.ts'

/** Locks the counter until the commit. $1 how many. */
export const takeNumbers = `
UPDATE public.cdr_recording SET last = last + $1::integer RETURNING last - $1::integer AS before`

/** $1 the number before the first. */
export const setLast = 'UPDATE public.cdr_recording SET last = $1::bigint'

const order = 'session_id, record_number, started_ms, ord'

/**
 * In the order of the key, so that two writers with the same records wait for each other and never deadlock. Where all
 * are new, they are a link of the chain.
 * $1 the number before the first, $2 how many are staged, $3 the day.
 */
export const insertCdrs = insertWithLink(`
INSERT INTO public.cdr
  (session_id, record_number, started_at, ended_at, opened_at, ${cdrColumns}, trace_id, recorded)
SELECT session_id, record_number, ${instant('started_ms')}, ${instant('ended_ms')},
  ${instant('opened_ms')}, ${cdrColumns}, ${traceId},
  $1::bigint + row_number() OVER (ORDER BY ${order})
FROM pg_temp.cdr_staging ORDER BY ${order}
ON CONFLICT DO NOTHING`)

/** Numbers the CDRs behind $1 again, without gaps. */
export const closeGaps = `
WITH numbered AS (
  SELECT session_id, record_number, started_at, row_number() OVER (ORDER BY recorded) AS place
  FROM public.cdr WHERE recorded > $1::bigint
)
UPDATE public.cdr c SET recorded = $1::bigint + n.place FROM numbered n
WHERE (c.session_id, c.record_number, c.started_at) = (n.session_id, n.record_number, n.started_at)
  AND c.recorded <> $1::bigint + n.place`

/** In the order of recording: $1 the number before the first, $2 the last, $3 rows. */
export const recordedCdrs = `
${selectCdrs('recorded, (extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_ms,')}
WHERE recorded > $1::bigint AND recorded <= $2::bigint
ORDER BY recorded
LIMIT $3::integer`

export const lastRecorded = 'SELECT last FROM public.cdr_recording'
