-- Re-rating: what a CDR was rated with, and the adjustments that were made to it since.

-- The catalogue in force and the account's offers when the CDR was recorded.
ALTER TABLE public.cdr ADD COLUMN catalogue text NOT NULL DEFAULT '';
ALTER TABLE public.cdr ADD COLUMN offers text[] NOT NULL DEFAULT '{}';

-- One row for each time that a CDR was found to cost something else. It is planned before the wallet moves, and settled
-- after; `operation` is the idempotency key of the movement, which several CDRs of an account share. Two that plan for one
-- CDR at a time meet in the key, so that nothing is given or taken twice.
CREATE TABLE public.cdr_adjustment (
  session_id text NOT NULL,
  record_number integer NOT NULL,
  started_at timestamptz NOT NULL,
  turn integer NOT NULL,
  account_id text NOT NULL,
  operation text NOT NULL,
  amount_micros bigint NOT NULL,
  catalogue text NOT NULL,
  planned_at timestamptz NOT NULL DEFAULT now(),
  settled_at timestamptz,
  refused text,
  CONSTRAINT cdr_adjustment_key PRIMARY KEY (session_id, record_number, started_at, turn)
);
CREATE INDEX cdr_adjustment_open ON public.cdr_adjustment (operation)
  WHERE settled_at IS NULL AND refused IS NULL;
CREATE INDEX ledger_entry_adjustment ON public.ledger_entry (account_id, reference)
  WHERE type = 'adjustment';
