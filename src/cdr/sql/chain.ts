/** The SQL of the hash chain over CDRs. */

interface Form {
  readonly instants: readonly string[]
  readonly columns: readonly string[]
  readonly documents: readonly string[]
  /** Columns that came later. */
  readonly unknown?: readonly string[]
}

const firstForm: Form = {
  instants: ['started_at', 'ended_at', 'recorded_at', 'opened_at'],
  columns: [
    'session_id',
    'record_number',
    'account_id',
    'account_record',
    'line_id',
    'msisdn',
    'imsi',
    'context',
    'origin_host',
    'amount_micros',
    'currency',
    'closing_cause',
    'flags',
    'octets',
    'input_octets',
    'output_octets',
    'seconds',
    'messages',
    'catalogue',
    'offers'
  ],
  documents: ['parts', 'services', 'facts', 'charging_information']
}

/**
 * What a digest is of, by form. A form that was in use stays as it is: columns that are added to `cdr` make a new one.
 * It is SQL here and no function of the database, which could be replaced by whoever changes rows.
 */
export const digestForms: Readonly<Record<number, Form>> = {
  1: { ...firstForm, unknown: ['trace_id'] },
  2: { ...firstForm, columns: [...firstForm.columns, 'trace_id'] }
}

/** The form of new links. */
export const digestForm = 2

/**
 * SHA-256 of the instants as Postgres sends them (8 octets each, whatever the time zone of the session; nothing for
 * null), the text of a row of the columns, and the documents. Each ends by itself, so nothing is ambiguous.
 */
export function digestOf(form: number): string {
  const { instants = [], columns = [], documents = [] } = digestForms[form] ?? {}
  const binary = instants.map(column => `coalesce(timestamptz_send(${column}), '')`)
  const text = [
    `ROW(${columns.join(', ')})::text`,
    ...documents.map(column => `coalesce(${column}::text, '')`)
  ]
  return `sha256(${[...binary, `convert_to(${text.join(' || ')}, 'UTF8')`].join(' || ')})`
}

/**
 * Makes the link of `batch(n, digests)`, unless some of its CDRs were there already.
 * $1 the number before the first, $2 how many there must be, $3 the day.
 */
const linkOfBatch = `
before AS (
  SELECT head, greatest(day, $3::date) AS day FROM public.cdr_recording
), link AS (
  INSERT INTO public.cdr_link (first, last, day, form, digests, hash)
  SELECT $1::bigint + 1, $1::bigint + $2::bigint, r.day, ${digestForm}, b.digests,
    sha256(r.head || convert_to(
      ($1::bigint + 1) || ' ' || ($1::bigint + $2::bigint) || ' ' || to_char(r.day, 'YYYY-MM-DD')
      || ' ${digestForm}' || chr(10), 'UTF8') || b.digests)
  FROM batch b CROSS JOIN before r WHERE b.n = $2::bigint
  RETURNING day, hash
), moved AS (
  UPDATE public.cdr_recording SET head = link.hash, day = link.day FROM link
)
SELECT n FROM batch`

/** `insert` is of CDRs, and ends before RETURNING. */
export const insertWithLink = (insert: string) => `
WITH added AS (${insert} RETURNING recorded, ${digestOf(digestForm)} AS digest),
batch AS (
  SELECT count(*)::bigint AS n, string_agg(digest, ''::bytea ORDER BY recorded) AS digests FROM added
), ${linkOfBatch}`

/** Of CDRs that were inserted before in this transaction. */
export const addLink = `
WITH batch AS (
  SELECT count(*)::bigint AS n, string_agg(${digestOf(digestForm)}, ''::bytea ORDER BY recorded) AS digests
  FROM public.cdr WHERE recorded > $1::bigint AND recorded <= $1::bigint + $2::bigint
), ${linkOfBatch}`

/**
 * Locks the counter until the commit, and closes the days before $1: what is recorded after this is of that day at
 * least, also by a server whose clock is behind.
 */
export const closeDays = `
UPDATE public.cdr_recording SET day = greatest(day, $1::date)`

const hex = (column: string) => `encode(${column}, 'hex') AS ${column}`

/** Days before $1 with links and without a seal. */
export const unsealedDays = `
SELECT to_char(d.day, 'YYYY-MM-DD') AS day, d.first, d.last,
  (SELECT encode(hash, 'hex') FROM public.cdr_link l WHERE l.last = d.last) AS head,
  encode(coalesce((SELECT hash FROM public.cdr_link l WHERE l.last = d.first - 1),
    (SELECT chain_base FROM public.cdr_recording)), 'hex') AS base
FROM (
  SELECT day, min(first) AS first, max(last) AS last FROM public.cdr_link
  WHERE day < $1::date AND day > coalesce((SELECT max(day) FROM public.cdr_seal), '0001-01-01')
  GROUP BY day
) AS d ORDER BY 1`

/** $1 day, $2 first, $3 last, $4 base and $5 head in hexadecimal, $6 key, $7 signature in hexadecimal. */
export const addSeal = `
INSERT INTO public.cdr_seal (day, first, last, base, head, key, signature)
VALUES ($1::date, $2::bigint, $3::bigint, decode($4, 'hex'), decode($5, 'hex'), $6, decode($7, 'hex'))
ON CONFLICT DO NOTHING`

export const allSeals = `
SELECT to_char(day, 'YYYY-MM-DD') AS day, first, last, ${hex('base')}, ${hex('head')}, key, ${hex('signature')}
FROM public.cdr_seal ORDER BY day`

export const chainState = `
SELECT last, ${hex('head')}, chain_after, ${hex('chain_base')} FROM public.cdr_recording`

/** $1 the number behind which to begin, $2 how many links. */
export const links = `
SELECT first, last, to_char(day, 'YYYY-MM-DD') AS day, form, ${hex('digests')}, ${hex('hash')}
FROM public.cdr_link WHERE last > $1::bigint ORDER BY last LIMIT $2::integer`

/** What came later is null in a row of an older form: else it was put in, and the row has no digest. */
function shownDigest(form: number): string {
  const digest = `encode(${digestOf(form)}, 'hex')`
  const { unknown = [] } = digestForms[form] ?? {}
  if (unknown.length === 0) return digest
  const isUntouched = unknown.map(column => `${column} IS NULL`).join(' AND ')
  return `CASE WHEN ${isUntouched} THEN ${digest} ELSE '' END`
}

/** The CDRs behind $1 up to $2, with their digests. */
export const digests = (form: number) => `
SELECT recorded, ${shownDigest(form)} AS digest
FROM public.cdr WHERE recorded > $1::bigint AND recorded <= $2::bigint ORDER BY recorded`

/** What was dropped of the numbers behind $1 up to $2. */
export const droppedNumbers = `
SELECT greatest(first, $1::bigint + 1) AS first, least(last, $2::bigint) AS last
FROM public.cdr_dropped_recorded WHERE last > $1::bigint AND first <= $2::bigint`

/**
 * CDRs without a place in the chain: $1 the end of what it does not cover any more. Its last number is read in the same
 * statement, because others record meanwhile.
 */
export const strangers = `
SELECT recorded FROM public.cdr
WHERE recorded > (SELECT last FROM public.cdr_recording) OR recorded < 1
  OR (recorded <= $1::bigint AND recorded >= (SELECT min(first) FROM public.cdr_seal))
ORDER BY recorded LIMIT 100`

/** Who the CDRs at the numbers $1 are. */
export const namesOf = `
SELECT recorded, session_id, record_number, account_id FROM public.cdr
WHERE recorded = ANY ($1::bigint[]) ORDER BY recorded, session_id`
