-- Fourteen events, debt, the hash chain, and an append made for batches of many accounts.

ALTER TABLE ledger.events
    ADD COLUMN debt_change bigint NOT NULL DEFAULT 0,
    ADD COLUMN debt_after bigint NOT NULL DEFAULT 0,
    ADD COLUMN order_id uuid,
    ADD COLUMN closes_refund text,
    ADD COLUMN hash bytea;

-- The canonical form of a row is PostgreSQL's own binary row format (that of COPY ... BINARY):
-- each field as its length in four bytes and its bytes, an absent one as the length -1. Whatever
-- reads the log with COPY holds exactly the bytes that were hashed.
CREATE FUNCTION ledger.text_form(value text) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(int4send(octet_length(value)) || convert_to(value, 'UTF8'),
                '\xffffffff'::bytea);

CREATE FUNCTION ledger.uuid_form(value uuid) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce('\x00000010'::bytea || uuid_send(value), '\xffffffff'::bytea);

CREATE FUNCTION ledger.event_form(
    notification_id bigint, originator_version bigint, recorded_at timestamptz, amount bigint,
    balance_after bigint, debt_change bigint, debt_after bigint, originator_id text, topic text,
    state bytea, kind text, key text, actor text, correlation_id text, job_id uuid,
    closes_job uuid, order_id uuid, closes_refund text
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
RETURN '\x00000008'::bytea || int8send(notification_id)
    || '\x00000008'::bytea || int8send(originator_version)
    || '\x00000008'::bytea || timestamptz_send(recorded_at)
    || '\x00000008'::bytea || int8send(amount)
    || '\x00000008'::bytea || int8send(balance_after)
    || '\x00000008'::bytea || int8send(debt_change)
    || '\x00000008'::bytea || int8send(debt_after)
    || ledger.text_form(originator_id) || ledger.text_form(topic)
    || int4send(octet_length(state)) || state
    || ledger.text_form(kind) || ledger.text_form(key) || ledger.text_form(actor)
    || ledger.text_form(correlation_id) || ledger.uuid_form(job_id) || ledger.uuid_form(closes_job)
    || ledger.uuid_form(order_id) || ledger.text_form(closes_refund);

-- What the first event's hash follows: a chain belongs to its log.
CREATE FUNCTION ledger.genesis() RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, ledger
RETURN (SELECT sha256(uuid_send(log_id)) FROM ledger.identity);

-- A log of the version before this one gets its chain now.
ALTER TABLE ledger.events DISABLE TRIGGER events_are_final;
DO $$
DECLARE
    previous bytea := ledger.genesis();
    e ledger.events;
BEGIN
    FOR e IN SELECT * FROM ledger.events ORDER BY notification_id LOOP
        previous := sha256(previous || ledger.event_form(
            e.notification_id, e.originator_version, e.recorded_at, e.amount, e.balance_after,
            e.debt_change, e.debt_after, e.originator_id, e.topic, e.state, e.kind, e.key, e.actor,
            e.correlation_id, e.job_id, e.closes_job, e.order_id, e.closes_refund));
        UPDATE ledger.events SET hash = previous WHERE notification_id = e.notification_id;
    END LOOP;
END $$;
ALTER TABLE ledger.events ENABLE TRIGGER events_are_final;

-- Which columns an event of each kind has. A function, because PostgreSQL reads the text of every
-- check anew for each statement, and compiles a function once; the usual kinds come first.
CREATE FUNCTION ledger.columns_fit_kind(
    topic text, kind text, amount bigint, debt_change bigint, job_id uuid, closes_job uuid,
    order_id uuid, closes_refund text
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF NOT starts_with(topic, kind || '.v') THEN
        RETURN false;
    END IF;
    IF kind IN ('account_opened', 'deducted', 'started', 'settled', 'delivered') THEN
        RETURN debt_change = 0 AND order_id IS NULL AND closes_refund IS NULL
            AND (amount > 0) = (kind IN ('deducted', 'settled')) AND amount >= 0
            AND (job_id IS NOT NULL) = (kind <> 'account_opened')
            AND closes_job IS NOT DISTINCT FROM CASE kind WHEN 'settled' THEN job_id END;
    END IF;
    IF kind IN ('topped_up', 'refunded') THEN
        RETURN amount > 0 AND debt_change BETWEEN -amount AND 0
            AND order_id IS NULL AND closes_refund IS NULL
            AND (job_id IS NOT NULL) = (kind = 'refunded')
            AND closes_job IS NOT DISTINCT FROM job_id;
    END IF;
    IF order_id IS NULL OR job_id IS NOT NULL OR closes_job IS NOT NULL
        OR (closes_refund IS NOT NULL)
            <> (kind IN ('payment_refunded', 'payment_refund_failed'))
    THEN
        RETURN false;
    END IF;
    RETURN CASE kind
        WHEN 'payment_requested' THEN amount > 0 AND debt_change = 0
        WHEN 'payment_opened' THEN amount = 0 AND debt_change = 0
        WHEN 'payment_completed' THEN amount > 0 AND debt_change BETWEEN -amount AND 0
        WHEN 'payment_canceled' THEN amount = 0 AND debt_change = 0
        WHEN 'payment_refund_requested' THEN debt_change BETWEEN 0 AND amount
        WHEN 'payment_refunded' THEN amount = 0 AND debt_change = 0
        WHEN 'payment_refund_failed' THEN debt_change BETWEEN -amount AND 0
        ELSE false
    END;
END $$;

DO $$
DECLARE
    old text;
BEGIN
    FOR old IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'ledger.events'::regclass AND contype = 'c' LOOP
        EXECUTE format('ALTER TABLE ledger.events DROP CONSTRAINT %I', old);
    END LOOP;
END $$;
ALTER TABLE ledger.events
    ALTER COLUMN hash SET NOT NULL,
    ALTER COLUMN debt_change DROP DEFAULT,
    ALTER COLUMN debt_after DROP DEFAULT,
    DROP CONSTRAINT events_closes_job_key,
    ADD CONSTRAINT position_from_one CHECK (notification_id > 0),
    ADD CONSTRAINT version_from_one CHECK (originator_version > 0),
    ADD CONSTRAINT nothing_below_zero
        CHECK (amount >= 0 AND balance_after >= 0 AND debt_after >= 0),
    ADD CONSTRAINT hash_is_sha256 CHECK (octet_length(hash) = 32),
    ADD CONSTRAINT columns_fit_kind CHECK (ledger.columns_fit_kind(
        topic, kind, amount, debt_change, job_id, closes_job, order_id, closes_refund));
CREATE UNIQUE INDEX a_job_has_one_end ON ledger.events (closes_job)
    WHERE closes_job IS NOT NULL;
CREATE UNIQUE INDEX a_refund_has_one_end ON ledger.events (closes_refund)
    WHERE closes_refund IS NOT NULL;
DROP INDEX ledger.events_by_job;  -- the keys find what belongs to a job
CREATE INDEX events_by_order ON ledger.events (order_id, notification_id)
    WHERE order_id IS NOT NULL;

-- Updated in place by each append: room on the page keeps the index out of it.
ALTER TABLE ledger.accounts
    ADD COLUMN debt bigint NOT NULL DEFAULT 0 CHECK (debt >= 0),
    ADD COLUMN open_orders jsonb NOT NULL DEFAULT '{}';
ALTER TABLE ledger.accounts
    ALTER COLUMN debt DROP DEFAULT,
    ALTER COLUMN open_orders DROP DEFAULT,
    SET (fillfactor = 60);

ALTER TABLE ledger.cursors
    ADD COLUMN hash bytea,
    ADD COLUMN moved_at timestamptz NOT NULL DEFAULT clock_timestamp();
UPDATE ledger.cursors SET hash = events.hash
    FROM ledger.events WHERE events.notification_id = cursors.position;

DROP VIEW ledger.journal;
CREATE VIEW ledger.journal AS
    SELECT notification_id AS position, recorded_at, originator_id AS account,
           originator_version AS version, kind, amount, balance_after, debt_change, debt_after,
           job_id, order_id, key, actor, correlation_id,
           convert_from(state, 'UTF8')::jsonb AS details, encode(hash, 'hex') AS hash
    FROM ledger.events;

-- What an append is given: an account as it shall be, if it still has the version that the caller
-- decided on, and an event to come. As rows, not as arrays of columns: a driver writes them faster
-- than it looks at each element of an array.
CREATE TYPE ledger.account_change AS (
    originator_id text, expected_version bigint, version bigint, balance bigint, debt bigint,
    open_deductions jsonb, open_orders jsonb
);
CREATE TYPE ledger.event_change AS (
    originator_id text, originator_version bigint, topic text, state bytea, amount bigint,
    key text, job_id uuid, closes_job uuid, order_id uuid, closes_refund text, actor text,
    correlation_id text, balance_after bigint, debt_change bigint, debt_after bigint
);

-- Appends a batch or says what moved. It decides nothing about credits.
--
-- The caller names one change per touched account, the events in their order, and what it decided
-- on: each account's version, that none of the keys exists, that the clock has not passed
-- not_after, and the last event that it has seen in this log. Returns one row: 'appended' with the
-- first position, the time of all, and each event's hash; or 'moved' with the keys that exist (none
-- if it was the time), and nothing was written; or 'diverged' if the log no longer holds what the
-- caller has seen in it. Accounts that moved are the error LG001.
DROP FUNCTION ledger.append_events;
CREATE FUNCTION ledger.append_events(
    seen_position bigint, seen_hash bytea, not_after timestamptz,
    account_changes ledger.account_change[], event_changes ledger.event_change[],
    OUT outcome text, OUT first_position bigint, OUT moment timestamptz, OUT hashes bytea[],
    OUT moved_keys text[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger AS $$
DECLARE
    head bigint;
    head_hash bytea;
    last_moment timestamptz;
    touched bigint;
    opened bigint;
    nth int := 0;
    e event_change;
BEGIN
    -- One writer at a time, until commit: positions become visible in their order.
    PERFORM pg_advisory_xact_lock(7301);
    SELECT notification_id, recorded_at, hash INTO head, last_moment, head_hash
        FROM events ORDER BY notification_id DESC LIMIT 1;
    IF NOT FOUND THEN
        head := 0;
        head_hash := genesis();
    END IF;
    IF seen_position > 0 AND (seen_position <> head OR seen_hash <> head_hash) THEN
        IF NOT EXISTS (
            SELECT FROM events WHERE notification_id = seen_position AND hash = seen_hash
        ) THEN
            outcome := 'diverged';
            RETURN;
        END IF;
    END IF;

    moment := greatest(clock_timestamp(), last_moment);  -- a clock may step back, the log does not
    IF moment > not_after THEN
        outcome := 'moved';
        RETURN;
    END IF;

    -- Versions and keys are compared by the writing: the usual append looks at nothing twice.
    UPDATE accounts SET version = new.version, balance = new.balance, debt = new.debt,
                        open_deductions = new.open_deductions, open_orders = new.open_orders
        FROM unnest(account_changes) AS new
        WHERE accounts.originator_id = new.originator_id
            AND accounts.version = new.expected_version;
    GET DIAGNOSTICS touched = ROW_COUNT;
    IF touched < cardinality(account_changes) THEN
        INSERT INTO accounts (originator_id, version, balance, debt, open_deductions, open_orders)
            SELECT new.originator_id, new.version, new.balance, new.debt, new.open_deductions,
                   new.open_orders
            FROM unnest(account_changes) AS new
            WHERE new.expected_version = 0
            ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS opened = ROW_COUNT;
        IF touched + opened < cardinality(account_changes) THEN
            RAISE EXCEPTION 'accounts moved' USING ERRCODE = 'LG001';
        END IF;
    END IF;

    FOREACH e IN ARRAY event_changes LOOP
        nth := nth + 1;
        head_hash := sha256(head_hash || event_form(
            head + nth, e.originator_version, moment, e.amount, e.balance_after, e.debt_change,
            e.debt_after, e.originator_id, e.topic, e.state, split_part(e.topic, '.', 1), e.key,
            e.actor, e.correlation_id, e.job_id, e.closes_job, e.order_id, e.closes_refund));
        hashes[nth] := head_hash;
    END LOOP;

    INSERT INTO events (notification_id, originator_id, originator_version, topic, state, kind,
                        amount, key, job_id, closes_job, recorded_at, actor, correlation_id,
                        balance_after, debt_change, debt_after, order_id, closes_refund, hash)
        SELECT head + new.nth, new.originator_id, new.originator_version, new.topic, new.state,
               split_part(new.topic, '.', 1), new.amount, new.key, new.job_id, new.closes_job,
               moment, new.actor, new.correlation_id, new.balance_after, new.debt_change,
               new.debt_after, new.order_id, new.closes_refund, hashes[new.nth]
        FROM unnest(event_changes) WITH ORDINALITY AS new (
            originator_id, originator_version, topic, state, amount, key, job_id, closes_job,
            order_id, closes_refund, actor, correlation_id, balance_after, debt_change,
            debt_after, nth);

    PERFORM pg_notify('ledger_events', head::text);
    outcome := 'appended';
    first_position := head + 1;
EXCEPTION WHEN unique_violation THEN
    SELECT array_agg(events.key) INTO moved_keys
        FROM unnest(event_changes) AS new JOIN events ON events.key = new.key;
    IF moved_keys IS NULL THEN
        RAISE;
    END IF;
    outcome := 'moved';
END $$;

-- Waits for an append whose answer was lost: afterwards it has happened, or never will.
CREATE FUNCTION ledger.wait_for_appends() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
RETURN pg_advisory_xact_lock(7301);

REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT SELECT ON ledger.journal TO ledger_service, ledger_reader;
GRANT EXECUTE ON FUNCTION ledger.append_events, ledger.wait_for_appends TO ledger_service;
GRANT EXECUTE ON FUNCTION ledger.genesis, ledger.event_form, ledger.text_form, ledger.uuid_form
    TO ledger_service, ledger_reader;
