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
-- check anew for each statement, and compiles a function once.
CREATE FUNCTION ledger.columns_fit_kind(
    topic text, kind text, amount bigint, debt_change bigint, job_id uuid, closes_job uuid,
    order_id uuid, closes_refund text
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF topic NOT LIKE kind || '.v%'
        OR (kind IN ('settled', 'refunded')) <> (closes_job IS NOT NULL)
        OR closes_job <> job_id
        OR (kind IN ('payment_refunded', 'payment_refund_failed')) <> (closes_refund IS NOT NULL)
        OR (kind IN ('deducted', 'started', 'settled', 'refunded', 'delivered'))
            <> (job_id IS NOT NULL)
        OR (kind LIKE 'payment\_%') <> (order_id IS NOT NULL)
    THEN
        RETURN false;
    END IF;
    RETURN CASE
        WHEN kind IN ('topped_up', 'refunded', 'payment_completed')
            THEN amount > 0 AND debt_change BETWEEN -amount AND 0
        WHEN kind IN ('deducted', 'settled', 'payment_requested')
            THEN amount > 0 AND debt_change = 0
        WHEN kind IN ('account_opened', 'started', 'delivered', 'payment_opened',
                      'payment_canceled', 'payment_refunded')
            THEN amount = 0 AND debt_change = 0
        WHEN kind = 'payment_refund_requested' THEN debt_change BETWEEN 0 AND amount
        WHEN kind = 'payment_refund_failed' THEN debt_change BETWEEN -amount AND 0
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

-- Appends a batch or says what moved. It decides nothing about credits.
--
-- Arrays a_* hold one element per touched account, e_* one per event in order; an array in which
-- all would be absent, or nothing, may be absent itself. The caller names
-- what it decided on: each account's version, that none of the keys exists, that the clock has
-- not passed not_after, and the last event that it has seen in this log. Returns one row:
-- 'appended' with the first position, the time of all, and each event's hash; or 'moved' with the
-- keys that exist (none if it was the time), and nothing was written; or 'diverged' if the log no
-- longer holds what the caller has seen in it. Accounts that moved are the error LG001.
DROP FUNCTION ledger.append_events;
CREATE FUNCTION ledger.append_events(
    seen_position bigint, seen_hash bytea, not_after timestamptz,
    a_ids text[], a_expected bigint[], a_versions bigint[], a_balances bigint[], a_debts bigint[],
    a_deductions jsonb[], a_orders jsonb[],
    e_ids text[], e_versions bigint[], e_topics text[], e_states bytea[], e_amounts bigint[],
    e_keys text[], e_jobs uuid[], e_closes_jobs uuid[], e_orders uuid[], e_closes_refunds text[],
    e_actors text[], e_correlations text[], e_balances bigint[], e_debt_changes bigint[],
    e_debts bigint[],
    OUT outcome text, OUT first_position bigint, OUT moment timestamptz, OUT hashes bytea[],
    OUT moved_keys text[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger AS $$
DECLARE
    head bigint;
    head_hash bytea;
    last_moment timestamptz;
    forms bytea[];
    touched bigint;
    opened bigint;
BEGIN
    -- One writer at a time, until commit: positions become visible in their order.
    PERFORM pg_advisory_xact_lock(7301);
    SELECT notification_id, recorded_at, hash INTO head, last_moment, head_hash
        FROM events ORDER BY notification_id DESC LIMIT 1;
    IF NOT FOUND THEN
        head := 0;
        head_hash := genesis();
    END IF;
    IF seen_position > 0 AND NOT (seen_position = head AND seen_hash = head_hash) AND NOT EXISTS (
        SELECT FROM events WHERE notification_id = seen_position AND hash = seen_hash
    ) THEN
        outcome := 'diverged';
        RETURN;
    END IF;

    moment := greatest(clock_timestamp(), last_moment);  -- a clock may step back, the log does not
    SELECT array_agg(events.key) INTO moved_keys FROM events WHERE events.key = ANY (e_keys);
    IF moved_keys IS NOT NULL OR moment > not_after THEN
        outcome := 'moved';
        RETURN;
    END IF;

    -- The versions are compared by the change itself: the usual append looks at no account twice.
    UPDATE accounts SET version = a.version, balance = a.balance, debt = coalesce(a.debt, 0),
                        open_deductions = a.deductions, open_orders = coalesce(a.orders, '{}')
        FROM unnest(a_ids, a_expected, a_versions, a_balances, a_debts, a_deductions, a_orders)
            AS a (id, expected, version, balance, debt, deductions, orders)
        WHERE accounts.originator_id = a.id AND accounts.version = a.expected;
    GET DIAGNOSTICS touched = ROW_COUNT;
    IF touched < cardinality(a_ids) THEN
        INSERT INTO accounts (originator_id, version, balance, debt, open_deductions, open_orders)
            SELECT a.id, a.version, a.balance, coalesce(a.debt, 0), a.deductions,
                   coalesce(a.orders, '{}')
            FROM unnest(a_ids, a_expected, a_versions, a_balances, a_debts, a_deductions, a_orders)
                AS a (id, expected, version, balance, debt, deductions, orders)
            WHERE a.expected = 0
            ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS opened = ROW_COUNT;
        IF touched + opened < cardinality(a_ids) THEN
            RAISE EXCEPTION 'accounts moved' USING ERRCODE = 'LG001';
        END IF;
    END IF;

    SELECT array_agg(event_form(
            head + e.nth, e.version, moment, e.amount, e.balance, coalesce(e.debt_change, 0),
            coalesce(e.debt, 0), e.id, e.topic, e.state, split_part(e.topic, '.', 1), e.key,
            e.actor, e.correlation, e.job, e.closes_job, e.order_id, e.closes_refund)
            ORDER BY e.nth)
        INTO forms
        FROM unnest(e_ids, e_versions, e_topics, e_states, e_amounts, e_keys, e_jobs,
                    e_closes_jobs, e_orders, e_closes_refunds, e_actors, e_correlations,
                    e_balances, e_debt_changes, e_debts) WITH ORDINALITY
            AS e (id, version, topic, state, amount, key, job, closes_job, order_id,
                  closes_refund, actor, correlation, balance, debt_change, debt, nth);
    FOR nth IN 1 .. cardinality(forms) LOOP
        head_hash := sha256(head_hash || forms[nth]);
        hashes[nth] := head_hash;
    END LOOP;

    INSERT INTO events (notification_id, originator_id, originator_version, topic, state, kind,
                        amount, key, job_id, closes_job, recorded_at, actor, correlation_id,
                        balance_after, debt_change, debt_after, order_id, closes_refund, hash)
        SELECT head + e.nth, e.id, e.version, e.topic, e.state, split_part(e.topic, '.', 1),
               e.amount, e.key, e.job, e.closes_job, moment, e.actor, e.correlation, e.balance,
               coalesce(e.debt_change, 0), coalesce(e.debt, 0), e.order_id, e.closes_refund, e.hash
        FROM unnest(e_ids, e_versions, e_topics, e_states, e_amounts, e_keys, e_jobs,
                    e_closes_jobs, e_orders, e_closes_refunds, e_actors, e_correlations,
                    e_balances, e_debt_changes, e_debts, hashes) WITH ORDINALITY
            AS e (id, version, topic, state, amount, key, job, closes_job, order_id,
                  closes_refund, actor, correlation, balance, debt_change, debt, hash, nth);

    PERFORM pg_notify('ledger_events', head::text);
    outcome := 'appended';
    first_position := head + 1;
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
