-- The event log. Roles ledger_service and ledger_reader are created with the database.

CREATE SCHEMA ledger;

-- One row: which log this is. Message ids carry it, so that a restored or recreated database
-- is never mistaken for the one that NATS knows.
CREATE TABLE ledger.identity (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    log_id uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO ledger.identity DEFAULT VALUES;

-- Column names originator_id, originator_version, topic, state and notification_id are those of
-- the eventsourcing library. notification_id is the position: gap-free, in commit order.
CREATE TABLE ledger.events (
    notification_id bigint NOT NULL UNIQUE CHECK (notification_id > 0),
    originator_id text NOT NULL,
    originator_version bigint NOT NULL CHECK (originator_version > 0),
    topic text NOT NULL,
    state bytea NOT NULL,
    kind text NOT NULL,
    amount bigint NOT NULL,
    key text NOT NULL UNIQUE,
    job_id uuid,
    closes_job uuid UNIQUE,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    correlation_id text NOT NULL,
    balance_after bigint NOT NULL CHECK (balance_after >= 0),
    PRIMARY KEY (originator_id, originator_version),
    CHECK (kind IN ('account_opened', 'topped_up', 'deducted', 'started', 'settled',
                    'refunded', 'delivered')),
    CHECK (topic LIKE kind || '.v%'),
    CHECK ((amount > 0) = (kind IN ('topped_up', 'deducted', 'settled', 'refunded'))),
    CHECK (amount >= 0),
    CHECK ((closes_job IS NOT NULL) = (kind IN ('settled', 'refunded'))),
    CHECK ((job_id IS NOT NULL) = (kind NOT IN ('account_opened', 'topped_up'))),
    CHECK (closes_job IS NULL OR closes_job = job_id)
);
CREATE INDEX events_by_job ON ledger.events (job_id) WHERE job_id IS NOT NULL;

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER events_are_final BEFORE UPDATE OR DELETE ON ledger.events
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER events_stay BEFORE TRUNCATE ON ledger.events
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- What the rules need of each account, maintained by the append itself, so that the cost of a
-- command does not grow with history.
CREATE TABLE ledger.accounts (
    originator_id text PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    balance bigint NOT NULL CHECK (balance >= 0),
    open_deductions jsonb NOT NULL
);

-- For people: the log with its payloads opened.
CREATE VIEW ledger.journal AS
    SELECT notification_id AS position, recorded_at, originator_id AS account,
           originator_version AS version, kind, amount, balance_after, job_id, key, actor,
           correlation_id, convert_from(state, 'UTF8')::jsonb AS details
    FROM ledger.events;

-- Appends a batch or says what moved. It decides nothing about credits.
--
-- Arrays a_* hold one element per touched account, e_* one per event in order. Returns one row
-- ('appended', position, recorded_at) per event in order, or rows ('moved', NULL, NULL) when a
-- version or a key is not as the caller saw it; then nothing was written.
CREATE FUNCTION ledger.append_events(
    a_ids text[], a_expected bigint[], a_versions bigint[], a_balances bigint[], a_open jsonb[],
    e_ids text[], e_versions bigint[], e_topics text[], e_states bytea[], e_kinds text[],
    e_amounts bigint[], e_keys text[], e_jobs uuid[], e_closes uuid[], e_actors text[],
    e_correlations text[], e_balances bigint[]
) RETURNS TABLE (outcome text, appended_position bigint, appended_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger AS $$
DECLARE
    head bigint;
    moment timestamptz;
BEGIN
    -- One writer at a time, until commit: positions become visible in their order.
    PERFORM pg_advisory_xact_lock(7301);
    IF EXISTS (
        SELECT FROM unnest(a_ids, a_expected) AS asked (id, expected)
        LEFT JOIN accounts ON accounts.originator_id = asked.id
        WHERE coalesce(accounts.version, 0) <> asked.expected
    ) OR EXISTS (SELECT FROM events WHERE events.key = ANY (e_keys)) THEN
        RETURN QUERY SELECT 'moved', NULL::bigint, NULL::timestamptz;
        RETURN;
    END IF;

    SELECT notification_id, recorded_at INTO head, moment
        FROM events ORDER BY notification_id DESC LIMIT 1;
    head := coalesce(head, 0);
    moment := greatest(clock_timestamp(), moment);  -- the clock may step back, the log does not

    INSERT INTO events (notification_id, originator_id, originator_version, topic, state, kind,
                        amount, key, job_id, closes_job, recorded_at, actor, correlation_id,
                        balance_after)
        SELECT head + e.nth, e.id, e.version, e.topic, e.state, e.kind, e.amount, e.key, e.job,
               e.closes, moment, e.actor, e.correlation, e.balance
        FROM unnest(e_ids, e_versions, e_topics, e_states, e_kinds, e_amounts, e_keys, e_jobs,
                    e_closes, e_actors, e_correlations, e_balances) WITH ORDINALITY
            AS e (id, version, topic, state, kind, amount, key, job, closes, actor, correlation,
                  balance, nth);
    INSERT INTO accounts (originator_id, version, balance, open_deductions)
        SELECT * FROM unnest(a_ids, a_versions, a_balances, a_open)
        ON CONFLICT (originator_id) DO UPDATE
            SET version = excluded.version, balance = excluded.balance,
                open_deductions = excluded.open_deductions;

    PERFORM pg_notify('ledger_events', head::text);
    RETURN QUERY SELECT 'appended', head + nth, moment
        FROM generate_series(1, cardinality(e_ids)) AS nth;
END $$;

-- How far each follower of the log has come.
CREATE TABLE ledger.cursors (
    name text PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    stream_created_at timestamptz,
    stream_sequence bigint
);

REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO ledger_service, ledger_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO ledger_service, ledger_reader;
GRANT EXECUTE ON FUNCTION ledger.append_events TO ledger_service;
GRANT INSERT, UPDATE ON ledger.cursors TO ledger_service;
