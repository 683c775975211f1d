/** The SQL of the CDR writer and reader. One text for Postgres 13 and newer, and for PGlite. */

/**
 * Staging tables of this connection, emptied by each commit. They are asked for in each transaction, because a pool
 * or a proxy may hand out another connection. Of staged rows the planner thinks there are far more than a batch has, and
 * would compile the statements, which takes longer than they do.
 */
export const createStaging = `
SET LOCAL client_min_messages = warning;
SET LOCAL jit = off;
CREATE TEMPORARY TABLE IF NOT EXISTS cdr_staging (
  ord integer, session_id text, record_number integer, started_ms bigint, ended_ms bigint,
  account_id text, account_record bigint, line_id text, msisdn text, imsi text, context text,
  origin_host text, amount_micros bigint, currency text, closing_cause text, flags text[],
  octets bigint, input_octets bigint, output_octets bigint, seconds bigint, messages bigint,
  parts jsonb, services jsonb, facts jsonb, catalogue text,
  offers text[], charging_information jsonb, draws jsonb, opened_ms bigint, trace_id text
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS ledger_staging (
  ord integer, account_id text, record bigint, at_ms bigint, type text, amount bigint, target text,
  unit text, reference text
) ON COMMIT DELETE ROWS;`

/** Instants are staged as milliseconds, which are cheaper to write and to read than dates in text. */
export const instant = (column: string) =>
  `timestamptz '1970-01-01 00:00:00+00' + ${column} * interval '1 millisecond'`
const startedAt = instant('started_ms')

export const cdrColumns = `account_id, account_record, line_id, msisdn, imsi, context, origin_host,
  amount_micros, currency, closing_cause, flags,
  octets, input_octets, output_octets, seconds, messages, parts, services, facts,
  catalogue, offers, charging_information`

/**
 * The trace id that follows from a session id, as derivedTraceId (trace/trace-id.ts) works it out. Where it is not given it
 * is made here, because to carry it through the outbox and COPY would cost more.
 */
const derivedTraceId = "encode(substr(sha256(convert_to(session_id, 'UTF8')), 1, 16), 'hex')"
export const traceId = `coalesce(trace_id, ${derivedTraceId})`

export const ledgerColumns = 'type, amount, target, unit, reference'

/** Targets of COPY; the order of the columns is that of row-text.ts. */
export const cdrStaging = `pg_temp.cdr_staging
  (ord, session_id, record_number, started_ms, ended_ms, ${cdrColumns}, draws, opened_ms, trace_id)`
export const ledgerStaging = `pg_temp.ledger_staging
  (ord, account_id, record, at_ms, ${ledgerColumns})`

/** In the order of the key, so that two writers with the same records wait for each other and never deadlock. */
export const insertLedger = `
INSERT INTO public.ledger_entry (account_id, record, line, at, ${ledgerColumns}, counter)
SELECT account_id, record, 0, ${instant('at_ms')}, ${ledgerColumns}, public.ledger_counter(type)
FROM pg_temp.ledger_staging ORDER BY account_id, record, ord
ON CONFLICT DO NOTHING`

/**
 * Staged records whose key belongs to another record: a delivery again has the same number and amount.
 *
 * `lost`: the account has given the number of the stored CDR to another record too, or has not come to it yet. So its
 * state has gone back behind the stored CDR (a failover to a replica that lacked it), and with it the debit.
 */
export const conflictingCdrs = `
SELECT s.ord, s.account_id, s.account_record AS record,
  c.account_record AS stored, c.account_id AS stored_account, c.account_id = s.account_id AND (
  s.account_record <= c.account_record
  OR EXISTS (SELECT FROM public.ledger_entry e
    WHERE e.account_id = c.account_id AND e.record = c.account_record
      AND e.type NOT IN ('usage', 'refund', 'consumption', 'return'))
  OR EXISTS (SELECT FROM public.outbox_rejected r
    WHERE r.account_id = c.account_id AND r.record = c.account_record)
  OR EXISTS (SELECT FROM public.cdr o
    WHERE o.account_id = c.account_id AND o.account_record = c.account_record
      AND (o.session_id, o.record_number, o.started_at)
        <> (c.session_id, c.record_number, c.started_at))
) AS lost
FROM pg_temp.cdr_staging s
JOIN public.cdr c ON c.session_id = s.session_id AND c.record_number = s.record_number
  AND c.started_at = ${startedAt}
WHERE (c.account_id, c.account_record, c.amount_micros)
  IS DISTINCT FROM (s.account_id, s.account_record, s.amount_micros)
ORDER BY s.account_record`

export const conflictingLedger = `
SELECT s.ord, s.account_id, s.record FROM pg_temp.ledger_staging s
JOIN public.ledger_entry e ON (e.account_id, e.record, e.line) = (s.account_id, s.record, 0)
WHERE (e.type, e.amount, e.target, e.reference)
  IS DISTINCT FROM (s.type, s.amount, s.target, s.reference)`

/** $1 digests, $2 reasons, $3 values, $4 accounts and $5 records or nulls. */
export const insertRejected = `
INSERT INTO public.outbox_rejected (digest, reason, value, account_id, record)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) ORDER BY 1
ON CONFLICT DO NOTHING`

/** $1: days such as 2026-11-21. In their order, so that two servers cannot wait for each other. */
export const createPartitions = `
SELECT public.cdr_partition(day) FROM (SELECT unnest($1::date[]) AS day ORDER BY 1) AS days`

/** `more`: further columns, each with a comma behind it. */
export const selectCdrs = (more = '') => `
SELECT ${more} account_record, session_id, record_number, account_id, line_id, msisdn, imsi, context, origin_host,
  (extract(epoch FROM started_at) * 1000)::bigint AS started_ms,
  (extract(epoch FROM ended_at) * 1000)::bigint AS ended_ms,
  amount_micros, currency, closing_cause, array_to_string(flags, ',') AS flags,
  octets, input_octets, output_octets, seconds, messages, parts, services, facts,
  catalogue, array_to_string(offers, ',') AS offers,
  (extract(epoch FROM opened_at) * 1000)::bigint AS opened_ms,
  charging_information::text AS information, trace_id
FROM public.cdr`

/** $1 session id, $2 rows. */
export const cdrsOfSession = `${selectCdrs()}
WHERE session_id = $1
ORDER BY record_number, started_at
LIMIT $2::integer`

/**
 * A page, newest first. $1 account or null; $2 to $4 the key before which the page begins, or nulls; $5 rows; $6 a trace id.
 * The plain bound on started_at lets the planner skip newer partitions, which the comparison of rows does not.
 */
export function listCdrs(ofAccount: boolean, after: boolean, ofTrace: boolean): string {
  const conditions = [
    ofAccount ? 'account_id = $1' : '$1::text IS NULL',
    after
      ? `started_at <= $2::timestamptz
         AND (started_at, session_id, record_number) < ($2::timestamptz, $3::text, $4::integer)`
      : '$2::text IS NULL AND $3::text IS NULL AND $4::integer IS NULL',
    // CDRs of before there were trace ids have none.
    ofTrace ? `${traceId} = $6` : 'true'
  ]
  return `${selectCdrs()}
WHERE ${conditions.join(' AND ')}
ORDER BY started_at DESC, session_id DESC, record_number DESC
LIMIT $5::integer`
}
