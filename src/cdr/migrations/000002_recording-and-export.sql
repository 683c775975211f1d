-- The order of recording, and the files that CDRs were exported in.

-- The number of the CDR that was recorded last. Whoever stores CDRs locks this row until its commit, so that the
-- numbers have no gap and none becomes visible before a lower one: what reads behind a number misses nothing.
CREATE TABLE public.cdr_recording (
  only_row boolean NOT NULL DEFAULT true CHECK (only_row),
  last bigint NOT NULL,
  CONSTRAINT cdr_recording_key PRIMARY KEY (only_row)
);

ALTER TABLE public.cdr ADD COLUMN recorded bigint;
WITH numbered AS (
  SELECT session_id, record_number, started_at,
    row_number() OVER (ORDER BY recorded_at, session_id, record_number, started_at) AS place
  FROM public.cdr
)
UPDATE public.cdr c SET recorded = n.place FROM numbered n
WHERE (c.session_id, c.record_number, c.started_at) = (n.session_id, n.record_number, n.started_at);
ALTER TABLE public.cdr ALTER COLUMN recorded SET NOT NULL;
CREATE INDEX cdr_recorded ON public.cdr (recorded);
INSERT INTO public.cdr_recording (last) SELECT coalesce(max(recorded), 0) FROM public.cdr;

-- What each service used, where a CDR has several.
ALTER TABLE public.cdr ADD COLUMN services jsonb;

-- One row for each stream of files. Its files hold every CDR once, in the order of recording.
CREATE TABLE public.cdr_export (
  stream text NOT NULL,
  format text NOT NULL,
  last_number bigint NOT NULL DEFAULT 0,
  last_recorded bigint NOT NULL DEFAULT 0,
  -- The exporter at work, and until when it may be taken for alive without another word.
  holder text,
  held_until timestamptz,
  CONSTRAINT cdr_export_key PRIMARY KEY (stream)
);

-- A file is planned here first, with the CDRs that belong to it; what was planned is written, however often.
CREATE TABLE public.cdr_export_file (
  stream text NOT NULL,
  number bigint NOT NULL,
  first_recorded bigint NOT NULL,
  last_recorded bigint NOT NULL,
  node_name text NOT NULL,
  node_address text NOT NULL,
  planned_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  name text,
  octets bigint,
  sha256 text,
  sums jsonb,
  CONSTRAINT cdr_export_file_key PRIMARY KEY (stream, number)
);
