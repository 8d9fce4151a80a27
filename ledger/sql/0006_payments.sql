-- What the ledger keeps beside the log to deal with providers of payments. None of it moves a
-- credit: the log does. It may be erased, and what is lost is asked of the provider again.

CREATE TABLE ledger.payment_orders (
    order_id uuid PRIMARY KEY,
    account text NOT NULL,
    provider text NOT NULL,
    noted_at timestamptz NOT NULL,
    body jsonb,
    sent_at timestamptz,
    payment_id text,
    url text,
    expires_at timestamptz,
    reason text,
    checks integer NOT NULL DEFAULT 0,
    next_check_at timestamptz,
    trouble text
);
CREATE INDEX payment_orders_due ON ledger.payment_orders (next_check_at)
    WHERE next_check_at IS NOT NULL;
CREATE UNIQUE INDEX payment_orders_by_payment ON ledger.payment_orders (provider, payment_id)
    WHERE payment_id IS NOT NULL;
COMMENT ON COLUMN ledger.payment_orders.body IS
    'what is sent to the provider, the same each time; NULL before that, and when it was erased';
COMMENT ON COLUMN ledger.payment_orders.sent_at IS
    'when it was first sent: the provider remembers its key for a day from then';
COMMENT ON COLUMN ledger.payment_orders.reason IS 'why it was canceled, in the provider''s word';
COMMENT ON COLUMN ledger.payment_orders.next_check_at IS
    'when the provider is asked next; NULL when nothing is left to ask';
COMMENT ON COLUMN ledger.payment_orders.trouble IS 'what went wrong the last time';

CREATE TABLE ledger.payment_customers (
    account text PRIMARY KEY,
    email text NOT NULL,
    noted_at timestamptz NOT NULL
);
COMMENT ON TABLE ledger.payment_customers IS 'where receipts go; erased on request';

CREATE TABLE ledger.payment_notifications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at timestamptz NOT NULL,
    sender text NOT NULL,
    event text,
    object_id text,
    body text NOT NULL,
    outcome text
);
CREATE INDEX payment_notifications_by_object ON ledger.payment_notifications (object_id);
CREATE INDEX payment_notifications_by_time ON ledger.payment_notifications (received_at);
COMMENT ON TABLE ledger.payment_notifications IS
    'each ring of the bell; one that was recorded never keeps another from being answered';
COMMENT ON COLUMN ledger.payment_notifications.outcome IS
    'what the provider said when it was asked; NULL while it is being asked';

CREATE TABLE ledger.payment_refunds (
    refund_id uuid PRIMARY KEY,
    account text NOT NULL,
    order_id uuid NOT NULL,
    provider text NOT NULL,
    payment_id text NOT NULL,
    money bigint NOT NULL,
    asked_by text NOT NULL,
    noted_at timestamptz NOT NULL,
    receipt jsonb,
    sent_at timestamptz,
    provider_refund_id text,
    checks integer NOT NULL DEFAULT 0,
    next_check_at timestamptz,
    trouble text
);
CREATE INDEX payment_refunds_due ON ledger.payment_refunds (next_check_at)
    WHERE next_check_at IS NOT NULL;
COMMENT ON TABLE ledger.payment_refunds IS
    'money that we send back: its credits are taken, and its provider is asked until it says how it went';

CREATE TABLE ledger.stars_reports (
    charge_id text PRIMARY KEY,
    account text NOT NULL,
    order_id uuid NOT NULL,
    stars bigint NOT NULL,
    reported_at timestamptz NOT NULL,
    outcome text
);
CREATE INDEX stars_reports_by_time ON ledger.stars_reports (reported_at);
COMMENT ON TABLE ledger.stars_reports IS
    'what the bot said was paid in Stars; the log has what was credited of it';

CREATE TABLE ledger.chat_grants (
    account text NOT NULL,
    grant_id text NOT NULL,
    credits bigint NOT NULL,
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (account, grant_id)
);
CREATE INDEX chat_grants_by_time ON ledger.chat_grants (granted_at);
COMMENT ON TABLE ledger.chat_grants IS
    'grants that came over NATS, to limit how much a day they may be';

CREATE TABLE ledger.payment_sweeps (
    provider text PRIMARY KEY,
    swept_until timestamptz NOT NULL
);
COMMENT ON TABLE ledger.payment_sweeps IS
    'up to when the provider''s own list was compared with the log';

REVOKE ALL ON ledger.payment_orders, ledger.payment_customers, ledger.payment_notifications,
    ledger.payment_refunds, ledger.stars_reports, ledger.chat_grants, ledger.payment_sweeps
    FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.payment_orders, ledger.payment_customers,
    ledger.payment_notifications, ledger.payment_refunds, ledger.stars_reports, ledger.chat_grants,
    ledger.payment_sweeps TO ledger_service;
-- Readers see how payments stand, and nobody's address.
GRANT SELECT (order_id, account, provider, noted_at, sent_at, payment_id, expires_at, reason,
    checks, next_check_at, trouble) ON ledger.payment_orders TO ledger_reader;
GRANT SELECT (id, received_at, event, object_id, outcome) ON ledger.payment_notifications
    TO ledger_reader;
GRANT SELECT (refund_id, account, order_id, provider, payment_id, money, asked_by, noted_at, sent_at,
    provider_refund_id, checks, next_check_at, trouble) ON ledger.payment_refunds TO ledger_reader;
GRANT SELECT ON ledger.stars_reports, ledger.chat_grants, ledger.payment_sweeps TO ledger_reader;
