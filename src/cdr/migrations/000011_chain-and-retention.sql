-- The hash chain over CDRs in the order of recording, and what is kept of CDRs that were dropped.

-- The hash of the last link, and the latest day of recording; the chain covers what is behind `chain_after`, and the hash
-- there is `chain_base`. All of it changes with the number, in the same lock.
ALTER TABLE public.cdr_recording
  ADD COLUMN head bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  ADD COLUMN day date NOT NULL DEFAULT '1970-01-01',
  ADD COLUMN chain_after bigint NOT NULL DEFAULT 0,
  ADD COLUMN chain_base bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex');
-- What was there before is not covered.
UPDATE public.cdr_recording SET chain_after = last;

-- One link for each batch: the digests of its CDRs, 32 octets each, in the order of recording. `hash` is SHA-256 of the
-- hash before it, the line "first last day form\n" and the digests; `form` says which columns are in a digest.
CREATE TABLE public.cdr_link (
  last bigint NOT NULL,
  first bigint NOT NULL,
  day date NOT NULL,
  form smallint NOT NULL,
  digests bytea NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT cdr_link_key PRIMARY KEY (last)
);
CREATE INDEX cdr_link_day ON public.cdr_link (day);
-- Digests look random: trying to make them smaller is in vain.
ALTER TABLE public.cdr_link ALTER COLUMN digests SET STORAGE EXTERNAL;

-- The head of the chain at the end of each day of recording, with CDRs on it. Without a key there is no signature.
CREATE TABLE public.cdr_seal (
  day date NOT NULL,
  first bigint NOT NULL,
  last bigint NOT NULL,
  base bytea NOT NULL,
  head bytea NOT NULL,
  key text,
  signature bytea,
  sealed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT cdr_seal_key PRIMARY KEY (day)
);

-- Days whose partition was dropped. A day that was dropped again, after late CDRs had come, counts on.
CREATE TABLE public.cdr_dropped_day (
  day date NOT NULL,
  cdrs bigint NOT NULL,
  dropped_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT cdr_dropped_day_key PRIMARY KEY (day)
);

-- What the CDRs of an account that were dropped had taken, by target: as in the ledger, what the target gained.
CREATE TABLE public.cdr_dropped_sum (
  account_id text NOT NULL,
  day date NOT NULL,
  target text NOT NULL,
  amount numeric NOT NULL,
  CONSTRAINT cdr_dropped_sum_key PRIMARY KEY (account_id, day, target)
);

-- Their numbers, in runs: of the account, and of recording.
CREATE TABLE public.cdr_dropped_run (
  account_id text NOT NULL,
  first bigint NOT NULL,
  last bigint NOT NULL,
  day date NOT NULL,
  CONSTRAINT cdr_dropped_run_key PRIMARY KEY (account_id, first)
);
CREATE TABLE public.cdr_dropped_recorded (
  last bigint NOT NULL,
  first bigint NOT NULL,
  day date NOT NULL,
  CONSTRAINT cdr_dropped_recorded_key PRIMARY KEY (last)
);
