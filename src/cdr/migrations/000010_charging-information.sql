-- The charging information blocks of a session or event of Nchf, as the network sent them.
ALTER TABLE public.cdr ADD COLUMN charging_information jsonb;
