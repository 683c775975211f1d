/** The SQL of exports: streams of files and what is in them. */

/** $1 stream, $2 format. */
export const addStream = `
INSERT INTO public.cdr_export (stream, format) VALUES ($1, $2) ON CONFLICT DO NOTHING`

/** Takes the stream, or keeps it, for ten seconds. $1 stream, $2 holder. No row: it is somebody else's. */
export const hold = `
UPDATE public.cdr_export SET holder = $2, held_until = clock_timestamp() + interval '10 seconds'
WHERE stream = $1 AND (holder IS NULL OR holder = $2 OR held_until < clock_timestamp())
RETURNING format, last_number, last_recorded`

/** Who finds the stream held: the file that is being written, null for none, and until when it is held. $1 stream. */
export const held = `
SELECT to_char(held_until AT TIME ZONE 'UTC', 'HH24:MI:SS.MS') AS until,
  (SELECT number FROM public.cdr_export_file f
    WHERE f.stream = e.stream AND number = last_number AND finished_at IS NULL) AS number
FROM public.cdr_export e WHERE stream = $1`

/** $1 stream, $2 holder. */
export const release = `
UPDATE public.cdr_export SET holder = NULL, held_until = NULL WHERE stream = $1 AND holder = $2`

const fileColumns = `number, first_recorded, last_recorded, node_name, node_address,
  (extract(epoch FROM planned_at) * 1000)::bigint AS planned_ms`

/** The last file of a stream, when it was not finished; those before it were. $1 stream, $2 its number. */
export const unfinished = `
SELECT ${fileColumns} FROM public.cdr_export_file
WHERE stream = $1 AND number = $2::bigint AND finished_at IS NULL`

/** Milliseconds since the CDR of this number was recorded. $1 its number. */
export const ageOf = `
SELECT (extract(epoch FROM clock_timestamp() - recorded_at) * 1000)::bigint AS age_ms
FROM public.cdr WHERE recorded = $1::bigint`

/** $1 stream, $2 number, $3 first, $4 last, $5 name and $6 address of the node. */
export const plan = `
INSERT INTO public.cdr_export_file 
  (stream, number, first_recorded, last_recorded, node_name, node_address)
VALUES ($1, $2::bigint, $3::bigint, $4::bigint, $5, $6) RETURNING ${fileColumns}`

/** $1 stream, $2 number of the last file, $3 number of the last CDR in it. */
export const moveOn = `
UPDATE public.cdr_export SET last_number = $2::bigint, last_recorded = $3::bigint WHERE stream = $1`

/** $1 stream, $2 number, $3 name, $4 octets, $5 digest, $6 sums. */
export const finish = `
UPDATE public.cdr_export_file
SET finished_at = clock_timestamp(), name = $3, octets = $4::bigint, sha256 = $5, sums = $6::jsonb
WHERE stream = $1 AND number = $2::bigint AND finished_at IS NULL`
