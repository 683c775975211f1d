-- Usage records from files.

-- Each record that was loaded: entered before it is charged, settled after. Its key is also that of its charge.
CREATE TABLE public.usage_record (
  session_id text NOT NULL,
  sequence bigint NOT NULL,
  digest text NOT NULL,
  used_at timestamptz NOT NULL,
  planned_at timestamptz NOT NULL DEFAULT now(),
  settled_at timestamptz,
  CONSTRAINT usage_record_key PRIMARY KEY (session_id, sequence)
);

-- Records that could not be charged, until somebody makes it possible and replays them.
CREATE TABLE public.usage_suspense (
  digest text NOT NULL,
  file text NOT NULL,
  line bigint NOT NULL,
  reason text NOT NULL,
  content text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT usage_suspense_key PRIMARY KEY (digest)
);
