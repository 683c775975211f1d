-- The ledger has every movement of money and allowance, usage included: once for each CDR and bucket.

-- `amount` is what the target (the wallet, or a bucket) gained; the counter account lost as much. `record` is the
-- account's number of the movement or CDR, `line` the place within it: usage of the wallet is 0, of buckets 1 and on.
ALTER TABLE public.ledger_entry ADD COLUMN line smallint NOT NULL DEFAULT 0;
ALTER TABLE public.ledger_entry ADD COLUMN counter text NOT NULL DEFAULT '';
ALTER TABLE public.ledger_entry DROP CONSTRAINT ledger_entry_key;
ALTER TABLE public.ledger_entry
  ADD CONSTRAINT ledger_entry_key PRIMARY KEY (account_id, record, line);
ALTER TABLE public.ledger_entry ALTER COLUMN line DROP DEFAULT;

-- The account that a movement of this type is against. A type that is not known here is its own.
CREATE FUNCTION public.ledger_counter(type text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE type
    WHEN 'top-up' THEN 'funding'
    WHEN 'fee' THEN 'revenue'
    WHEN 'usage' THEN 'revenue'
    WHEN 'refund' THEN 'revenue'
    WHEN 'consumption' THEN 'consumed'
    WHEN 'return' THEN 'consumed'
    WHEN 'allowance' THEN 'granted'
    WHEN 'expiry' THEN 'expired'
    ELSE type
  END
$$;
UPDATE public.ledger_entry SET counter = public.ledger_counter(type);
ALTER TABLE public.ledger_entry ALTER COLUMN counter DROP DEFAULT;

-- What CDRs had taken before.
INSERT INTO public.ledger_entry
  (account_id, record, line, at, type, amount, target, unit, reference, counter)
SELECT account_id, account_record, 0, ended_at,
  CASE WHEN amount_micros < 0 THEN 'refund' ELSE 'usage' END,
  -amount_micros, 'wallet', currency, session_id, 'revenue'
FROM public.cdr WHERE amount_micros <> 0
ON CONFLICT DO NOTHING;
INSERT INTO public.ledger_entry
  (account_id, record, line, at, type, amount, target, unit, reference, counter)
SELECT account_id, account_record,
  row_number() OVER (PARTITION BY account_id, account_record ORDER BY bucket), ended_at,
  CASE WHEN units < 0 THEN 'return' ELSE 'consumption' END,
  -units, bucket, unit, session_id, 'consumed'
FROM (
  SELECT c.account_id, c.account_record, c.ended_at, c.session_id, p.bucket, min(p.unit) AS unit,
    sum(p.units)::bigint AS units
  FROM public.cdr c
  CROSS JOIN LATERAL jsonb_to_recordset(c.parts) AS p(bucket text, unit text, units bigint)
  WHERE p.bucket <> ''
  GROUP BY c.account_id, c.account_record, c.ended_at, c.session_id, p.bucket
) AS drawn
WHERE units <> 0
ON CONFLICT DO NOTHING;

-- Both sides of every entry: over all of them the amounts of a unit are zero.
CREATE VIEW public.ledger_posting AS
SELECT account_id, record, line, at, type, target AS ledger_account, amount, unit, reference
FROM public.ledger_entry
UNION ALL
SELECT account_id, record, line, at, type, counter, -amount, unit, reference
FROM public.ledger_entry;

-- What is in the ledger stays: mistakes are corrected by further entries.
CREATE FUNCTION public.ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: add an entry that corrects';
END
$$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.ledger_entry
FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_is_append_only();
