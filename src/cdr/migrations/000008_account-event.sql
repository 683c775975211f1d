-- What others should hear of: thresholds that were passed, offers suspended and resumed, implausible usage.
CREATE TABLE public.account_event (
  account_id text NOT NULL,
  record bigint NOT NULL,
  at timestamptz NOT NULL,
  type text NOT NULL,
  line_id text NOT NULL,
  subject text NOT NULL,
  threshold text NOT NULL,
  direction text NOT NULL,
  status text NOT NULL,
  used bigint NOT NULL,
  amount bigint NOT NULL,
  unit text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT account_event_key PRIMARY KEY (account_id, record)
);

CREATE INDEX account_event_at ON public.account_event (at);
