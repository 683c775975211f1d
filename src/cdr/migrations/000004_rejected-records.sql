-- Of a dead letter that met the key of another record: its account and outbox number. A number that was given twice
-- shows that the state store has lost what came after it.
ALTER TABLE public.outbox_rejected ADD COLUMN account_id text, ADD COLUMN record bigint;

CREATE INDEX outbox_rejected_record ON public.outbox_rejected (account_id, record);
