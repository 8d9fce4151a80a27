-- Projections: read from the log, rebuildable from it, never written by anything else.

CREATE TABLE ledger.balances (
    account text PRIMARY KEY,
    balance bigint NOT NULL CHECK (balance >= 0),
    open_credits bigint NOT NULL CHECK (open_credits >= 0),
    updated_at timestamptz NOT NULL
);

CREATE TABLE ledger.history (
    position bigint PRIMARY KEY,
    account text NOT NULL,
    recorded_at timestamptz NOT NULL,
    kind text NOT NULL,
    credits bigint NOT NULL,
    balance_after bigint NOT NULL,
    job_id uuid,
    reason text
);
CREATE INDEX history_by_account ON ledger.history (account, position DESC);

CREATE TABLE ledger.jobs (
    job_id uuid PRIMARY KEY,
    account text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'started', 'settled', 'refunded')),
    credits bigint NOT NULL CHECK (credits > 0),
    reason text,
    video_digest text,
    balance_after bigint NOT NULL,
    ordered_at timestamptz NOT NULL,
    deadline_at timestamptz NOT NULL,
    ended_at timestamptz,
    delivered boolean NOT NULL DEFAULT false,
    ordered_position bigint NOT NULL,
    position bigint NOT NULL
);
CREATE INDEX jobs_by_account ON ledger.jobs (account, ordered_position DESC);
CREATE INDEX jobs_open ON ledger.jobs (deadline_at) WHERE state IN ('queued', 'started');
CREATE INDEX jobs_undelivered ON ledger.jobs (ended_at)
    WHERE state = 'settled' AND NOT delivered;

REVOKE ALL ON ledger.balances, ledger.history, ledger.jobs FROM PUBLIC;
GRANT SELECT ON ledger.balances, ledger.history, ledger.jobs TO ledger_service, ledger_reader;
GRANT INSERT, UPDATE ON ledger.balances, ledger.history, ledger.jobs TO ledger_service;
