-- The trace id of the session: 32 lower-case hexadecimal digits, as trace-id of W3C Trace Context. Null in CDRs of before:
-- theirs follows from session_id, as that of every session whose consumer gave none. Without an index, which would
-- cost each insert a page at random: look for it together with the account, or with days of sessions.
ALTER TABLE public.cdr ADD COLUMN trace_id text;
