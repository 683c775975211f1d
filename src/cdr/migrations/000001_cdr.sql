-- Charging data records, movements of money and allowances, and what could not be stored.

-- One row per (partial) session or event. The unique key needs the partition's column; the start of a
-- session never changes, so a record that is delivered again always meets its first delivery.
CREATE TABLE public.cdr (
  session_id text NOT NULL,
  record_number integer NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  account_id text NOT NULL,
  account_record bigint NOT NULL,
  line_id text NOT NULL,
  msisdn text,
  imsi text,
  context text NOT NULL,
  origin_host text NOT NULL,
  amount_micros bigint NOT NULL,
  currency text NOT NULL,
  closing_cause text NOT NULL,
  flags text[] NOT NULL,
  octets bigint NOT NULL,
  input_octets bigint NOT NULL,
  output_octets bigint NOT NULL,
  seconds bigint NOT NULL,
  messages bigint NOT NULL,
  parts jsonb NOT NULL,
  facts jsonb NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT cdr_key PRIMARY KEY (session_id, record_number, started_at)
) PARTITION BY RANGE (started_at);

CREATE INDEX cdr_account ON public.cdr (account_id, started_at);
CREATE INDEX cdr_started ON public.cdr (started_at);

-- Movements that are not usage: top-ups, fees, allowances given, expiries.
CREATE TABLE public.ledger_entry (
  account_id text NOT NULL,
  record bigint NOT NULL,
  at timestamptz NOT NULL,
  type text NOT NULL,
  amount bigint NOT NULL,
  target text NOT NULL,
  unit text NOT NULL,
  reference text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ledger_entry_key PRIMARY KEY (account_id, record)
);

-- Dead letters: outbox records that no table takes, word for word. The digest makes a second delivery
-- of the same record no second row.
CREATE TABLE public.outbox_rejected (
  digest text NOT NULL,
  reason text NOT NULL,
  value text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT outbox_rejected_key PRIMARY KEY (digest)
);

-- Makes the partition of one UTC day; true when it was not there. A plain table is made and attached,
-- because that does not lock out readers and writers of the other days, as CREATE … PARTITION OF does.
CREATE FUNCTION public.cdr_partition(day date) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  name text := 'cdr_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF to_regclass('public.' || name) IS NOT NULL THEN
    RETURN false;
  END IF;
  -- Servers that meet a new day together make it one after another. The second look is a query, because
  -- to_regclass may remember what it saw before the lock was taken.
  PERFORM pg_advisory_xact_lock(4753217);
  IF EXISTS (
    SELECT FROM pg_catalog.pg_class c
    WHERE c.relname = name AND c.relnamespace = 'public'::regnamespace
  ) THEN
    RETURN false;
  END IF;
  EXECUTE format(
    'CREATE TABLE public.%I (LIKE public.cdr INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
  EXECUTE format(
    'ALTER TABLE public.cdr ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
    name, to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00');
  RETURN true;
END
$$;
