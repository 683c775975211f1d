-- When a record began that is behind another one of the same session; null: with the session, at started_at.
ALTER TABLE public.cdr ADD COLUMN opened_at timestamptz;
