-- What it takes, beside the ledger, to make a store again that was lost: each account (line_id is empty) and each line as it
-- was when anything but usage last changed it. `record` is the account's number then.
CREATE TABLE public.account_snapshot (
  account_id text NOT NULL,
  line_id text NOT NULL,
  record bigint NOT NULL,
  at timestamptz NOT NULL,
  document jsonb NOT NULL,
  CONSTRAINT account_snapshot_key PRIMARY KEY (account_id, line_id)
);

-- The numbers of all of them, as the newest alone stay.
CREATE TABLE public.account_snapshot_number (
  account_id text NOT NULL,
  record bigint NOT NULL,
  CONSTRAINT account_snapshot_number_key PRIMARY KEY (account_id, record)
);
