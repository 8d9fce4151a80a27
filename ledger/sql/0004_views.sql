-- Projections of fourteen events. Each is a table, and the cursor of the same name says up to
-- which position it holds the log. A rebuild makes the same table anew, so nothing else may be
-- stored in it. `amount` and `debt_change` below are the columns of ledger.events.

-- Per account: the fold of its events.
ALTER TABLE ledger.balances
    ADD COLUMN debt bigint NOT NULL DEFAULT 0 CHECK (debt >= 0);
ALTER TABLE ledger.balances
    ALTER COLUMN debt DROP DEFAULT,
    SET (fillfactor = 70);  -- updated in place: room on the page keeps the index out of it
COMMENT ON COLUMN ledger.balances.balance IS
    '+amount + debt_change of topped_up, refunded, payment_completed and payment_refund_failed, '
    '-amount + debt_change of deducted and payment_refund_requested';
COMMENT ON COLUMN ledger.balances.open_credits IS
    'amount of deducted, less that of settled and refunded';
COMMENT ON COLUMN ledger.balances.updated_at IS 'recorded_at of the last event';
COMMENT ON COLUMN ledger.balances.debt IS 'sum of debt_change';

-- Per event: a line that a person can read.
ALTER TABLE ledger.history
    ADD COLUMN order_id uuid,
    ADD COLUMN debt_change bigint NOT NULL DEFAULT 0;
ALTER TABLE ledger.history
    ALTER COLUMN debt_change DROP DEFAULT;
COMMENT ON COLUMN ledger.history.credits IS
    'signed change of the balance, see ledger.balances; the other columns are those of the event';
COMMENT ON COLUMN ledger.history.reason IS
    'reason of topped_up, refunded, payment_canceled and payment_refund_failed, '
    'outcome of delivered, NULL for the others';

-- Per job: from its deduction to its end.
CREATE INDEX jobs_by_order ON ledger.jobs (ordered_position);
COMMENT ON COLUMN ledger.jobs.state IS
    'by the last of deducted (queued), started, settled, refunded';
COMMENT ON COLUMN ledger.jobs.reason IS 'reason of refunded';
COMMENT ON COLUMN ledger.jobs.balance_after IS
    'that of the end (settled, refunded), before it that of deducted';
COMMENT ON COLUMN ledger.jobs.ended_at IS 'recorded_at of the end';
COMMENT ON COLUMN ledger.jobs.delivered IS 'whether there is a delivered event, of any outcome';
COMMENT ON COLUMN ledger.jobs.ordered_position IS 'position of deducted';
COMMENT ON COLUMN ledger.jobs.position IS 'position of the last event about the job';

-- Per order of credits: from its request to its refunds.
CREATE TABLE ledger.payments (
    order_id uuid PRIMARY KEY,
    account text NOT NULL,
    provider text NOT NULL,
    plan text NOT NULL,
    credits bigint NOT NULL CHECK (credits > 0),
    price bigint NOT NULL CHECK (price > 0),
    currency text NOT NULL CHECK (currency <> ''),
    state text NOT NULL CHECK (state IN ('requested', 'opened', 'completed', 'canceled')),
    payment_ids jsonb NOT NULL,
    completed bigint NOT NULL CHECK (completed >= 0),
    paid_credits bigint NOT NULL,
    paid_money bigint NOT NULL,
    refund_requested_money bigint NOT NULL,
    refund_returned_money bigint NOT NULL CHECK (refund_returned_money >= 0),
    refund_failed_money bigint NOT NULL CHECK (refund_failed_money >= 0),
    open_refunds jsonb NOT NULL,
    clawed_credits bigint NOT NULL,
    shortfall_credits bigint NOT NULL CHECK (shortfall_credits >= 0),
    requested_at timestamptz NOT NULL,
    opened_at timestamptz,
    completed_at timestamptz,
    canceled_at timestamptz,
    requested_position bigint NOT NULL,
    position bigint NOT NULL,
    CHECK ((state = 'completed') = (completed > 0)),
    CHECK (paid_credits = completed * credits AND paid_money = completed * price),
    CHECK (refund_returned_money + refund_failed_money <= refund_requested_money),
    CHECK (refund_requested_money - refund_failed_money <= paid_money),
    CHECK (clawed_credits BETWEEN 0 AND paid_credits)
) WITH (fillfactor = 70);
CREATE INDEX payments_by_account ON ledger.payments (account, requested_position DESC);
COMMENT ON COLUMN ledger.payments.price IS
    'whole minor units of the currency, as all money here; this and the columns before it are '
    'those of payment_requested';
COMMENT ON COLUMN ledger.payments.state IS
    'completed if any payment_completed, else canceled if payment_canceled, else opened if any '
    'payment_opened, else requested';
COMMENT ON COLUMN ledger.payments.payment_ids IS
    'array of the payment_id of each payment_opened and payment_completed, each once, by position';
COMMENT ON COLUMN ledger.payments.completed IS 'number of payment_completed';
COMMENT ON COLUMN ledger.payments.paid_credits IS 'sum of credits of payment_completed';
COMMENT ON COLUMN ledger.payments.paid_money IS 'sum of price of payment_completed';
COMMENT ON COLUMN ledger.payments.refund_requested_money IS
    'sum of money of payment_refund_requested';
COMMENT ON COLUMN ledger.payments.refund_returned_money IS
    'that part of it whose refund_id has a payment_refunded';
COMMENT ON COLUMN ledger.payments.refund_failed_money IS
    'that part of it whose refund_id has a payment_refund_failed';
COMMENT ON COLUMN ledger.payments.open_refunds IS
    'object: refund_id to money of each payment_refund_requested that has neither end';
COMMENT ON COLUMN ledger.payments.clawed_credits IS
    'sum of credits of payment_refund_requested less that of payment_refund_failed';
COMMENT ON COLUMN ledger.payments.shortfall_credits IS
    'sum of shortfall of payment_refund_requested';
COMMENT ON COLUMN ledger.payments.requested_at IS 'recorded_at of payment_requested';
COMMENT ON COLUMN ledger.payments.opened_at IS 'recorded_at of the first payment_opened';
COMMENT ON COLUMN ledger.payments.completed_at IS 'recorded_at of the first payment_completed';
COMMENT ON COLUMN ledger.payments.canceled_at IS 'recorded_at of payment_canceled';
COMMENT ON COLUMN ledger.payments.requested_position IS 'position of payment_requested';
COMMENT ON COLUMN ledger.payments.position IS 'position of the last event about the order';

-- Per day, kind of event and currency: what the events of that day say in sum.
CREATE TABLE ledger.daily_totals (
    day date,
    kind text,
    currency text,
    events bigint NOT NULL CHECK (events > 0),
    credits bigint NOT NULL CHECK (credits >= 0),
    debt_change bigint NOT NULL,
    money bigint NOT NULL CHECK (money >= 0),
    PRIMARY KEY (day, kind, currency)
) WITH (fillfactor = 70);
COMMENT ON COLUMN ledger.daily_totals.day IS 'of recorded_at, in UTC';
COMMENT ON COLUMN ledger.daily_totals.currency IS
    'that of payment_requested, payment_completed and payment_refund_requested, '''' for the others';
COMMENT ON COLUMN ledger.daily_totals.credits IS 'sum of amount';
COMMENT ON COLUMN ledger.daily_totals.debt_change IS 'sum of debt_change';
COMMENT ON COLUMN ledger.daily_totals.money IS
    'sum of price of payment_requested and payment_completed, of money of '
    'payment_refund_requested, 0 for the others';

-- A projection without its cursor would count from the beginning again: followers never make one.
INSERT INTO ledger.cursors (name)
    VALUES ('balances'), ('history'), ('jobs'), ('payments'), ('daily_totals')
    ON CONFLICT DO NOTHING;

REVOKE ALL ON ledger.payments, ledger.daily_totals FROM PUBLIC;
GRANT SELECT ON ledger.payments, ledger.daily_totals TO ledger_service, ledger_reader;
GRANT INSERT, UPDATE ON ledger.payments, ledger.daily_totals TO ledger_service;
