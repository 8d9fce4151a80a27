"""Whoever changes the books is found out, and a follower that lags is not called a liar."""
# ruff: noqa: S608 - the statements are the test's own

import json
import os
import subprocess
import sys

import asyncpg
import pytest

from ledger.audit.comparisons import compare
from ledger.audit.findings import Findings, Kind
from ledger.audit.projections import COLUMNS, PROJECTIONS
from ledger.audit.verifying import verify
from ledger.chain import ROW_COLUMNS
from ledger.codec import TOPICS
from ledger.database import UNREACHABLE
from tests.books import EVENTS, HEADS_EVERY, PUBLIC, RECHAIN, Books, kept_books
from tests.servers import apart

EVENT_COLUMNS = [name.strip() for name in ROW_COLUMNS.split(",")]
TARGET = 1_234

# The smallest change that a value of the type can have.
FLIPS = {
    "bigint": "{c} # 1",
    "text": "left({c}, -1) || chr(ascii(right({c}, 1)) # 1)",
    "bytea": "set_bit({c}, 77, 1 - get_bit({c}, 77))",
    "uuid": "(left({c}::text, -1) || translate(right({c}::text, 1),"
    " '0123456789abcdef', '1032547698badcfe'))::uuid",
    "timestamp with time zone": "{c} + interval '1 microsecond'",
    "date": "{c} + 1",
    "boolean": "NOT {c}",
    "jsonb": "CASE jsonb_typeof({c}) WHEN 'array' THEN {c} || '[\"other\"]'"
    " ELSE {c} || '{{\"other\": 1}}' END",
}
COLUMN_TYPES = """
    SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
"""


@pytest.fixture(scope="module")
def kept(databases, tmp_path_factory):
    with kept_books(databases, tmp_path_factory.mktemp("heads")) as kept:
        yield kept


@pytest.fixture
def books(databases, kept):
    template, heads = kept
    with databases.one(template) as urls:
        yield Books(urls, heads)


@pytest.fixture(scope="module")
def untouched(databases, kept):
    """One copy for the tests that change nothing that lasts."""
    template, heads = kept
    with databases.one(template) as urls:
        yield Books(urls, heads)


@pytest.fixture(scope="module")
def types(untouched):
    async def read():
        connection = await asyncpg.connect(untouched.urls.reader)
        tables = ("events", *COLUMNS)
        try:
            return {
                table: dict(await connection.fetch(COLUMN_TYPES, f"ledger.{table}"))
                for table in tables
            }
        finally:
            await connection.close()

    return apart(read())


def found(report, kind):
    return {finding.position for finding in report.findings if finding.kind == kind}


def flip(column, column_type):
    return FLIPS[column_type].format(c=column)


def test_books_in_order_are_found_in_order(untouched):
    report = untouched.audit_with_heads()
    assert report.findings == []
    assert report.is_clean
    assert (report.events, report.position, report.heads) == (EVENTS, EVENTS, EVENTS // HEADS_EVERY)
    assert {
        one.name: one.behind for one in report.followers if one.name in COLUMNS
    } == dict.fromkeys(COLUMNS, 0)


def test_the_kept_books_hold_every_kind_of_event(untouched):
    kinds = {topic.partition(".")[0] for topic in TOPICS}
    assert untouched.value("SELECT array_agg(DISTINCT kind) FROM ledger.events") == sorted(kinds)


def test_the_audit_knows_every_column(types):
    assert {name: set(columns) for name, columns in types.items()} == {
        "events": set(EVENT_COLUMNS),
        **{name: set(columns) for name, columns in COLUMNS.items()},
    }


@pytest.mark.parametrize("column", EVENT_COLUMNS)
def test_one_changed_bit_is_named(books, types, column):
    target = books.value(
        f"SELECT min(notification_id) FROM ledger.events"
        f" WHERE notification_id > {TARGET} AND {column} IS NOT NULL"
    )
    books.change(
        f"UPDATE ledger.events SET {column} = {flip(column, types['events'][column])}"
        f" WHERE notification_id = {target}"
    )
    report = books.audit()
    assert not report.is_clean
    if column == "notification_id":
        assert target in found(report, Kind.POSITION_GAP)
    else:
        assert target in found(report, Kind.CHAIN_BROKEN)
        assert found(report, Kind.CHAIN_BROKEN) <= {target, target + 1}


def test_a_deleted_row_is_named(books):
    books.change(f"DELETE FROM ledger.events WHERE notification_id = {TARGET}")
    report = books.audit()
    assert found(report, Kind.POSITION_GAP) == {TARGET}
    assert found(report, Kind.CHAIN_BROKEN) == {TARGET + 1}


def test_an_inserted_row_is_named(books):
    columns = ", ".join(EVENT_COLUMNS[1:])
    books.change(
        f"UPDATE ledger.events SET notification_id = notification_id + 1"
        f" WHERE notification_id >= {TARGET}",
        f"INSERT INTO ledger.events (notification_id, {columns})"
        f" SELECT {TARGET}, {columns} FROM ledger.events WHERE notification_id = {TARGET + 50}",
    )
    report = books.audit()
    assert min(found(report, Kind.CHAIN_BROKEN)) == TARGET
    assert Kind.KEY_REPEATED in report.counts
    assert Kind.VERSION_GAP in report.counts


def test_a_row_added_at_the_end_is_named(books):
    columns = ", ".join(EVENT_COLUMNS[1:])
    books.change(
        f"INSERT INTO ledger.events (notification_id, {columns})"
        f" SELECT {EVENTS + 1}, {columns} FROM ledger.events WHERE notification_id = {EVENTS}"
    )
    assert found(books.audit(), Kind.CHAIN_BROKEN) == {EVENTS + 1}


def test_two_swapped_rows_are_named(books):
    books.change(
        f"UPDATE ledger.events SET notification_id = CASE notification_id"
        f" WHEN {TARGET} THEN {TARGET + 9} ELSE {TARGET} END"
        f" WHERE notification_id IN ({TARGET}, {TARGET + 9})"
    )
    report = books.audit()
    assert {TARGET, TARGET + 9} <= found(report, Kind.CHAIN_BROKEN)
    assert Kind.CLOCK_WENT_BACK in report.counts


def test_a_cut_tail_contradicts_whatever_was_made_from_it(books):
    books.change(f"DELETE FROM ledger.events WHERE notification_id > {EVENTS - 20}")
    report = books.audit()
    assert Kind.CHAIN_BROKEN not in report.counts
    assert Kind.ACCOUNT_DIVERGED in report.counts
    assert found(report, Kind.CURSOR_DIVERGED) == {EVENTS}
    assert Kind.PROJECTION_DIVERGED in report.counts


TWICE = {
    "job": "UPDATE ledger.events SET closes_job = other.closes_job FROM ledger.events AS other"
    " WHERE ledger.events.notification_id = {second} AND other.notification_id = {first}",
    "refund": "UPDATE ledger.events SET closes_refund = other.closes_refund"
    " FROM ledger.events AS other"
    " WHERE ledger.events.notification_id = {second} AND other.notification_id = {first}",
    "key": "UPDATE ledger.events SET key = other.key FROM ledger.events AS other"
    " WHERE ledger.events.notification_id = {second} AND other.notification_id = {first}",
}


@pytest.mark.parametrize(
    ("what", "column", "kind"),
    [
        ("job", "closes_job", Kind.ENDED_TWICE),
        ("refund", "closes_refund", Kind.ENDED_TWICE),
        ("key", "key", Kind.KEY_REPEATED),
    ],
)
def test_what_stands_twice_is_named(books, what, column, kind):
    some = f"FROM ledger.events WHERE {column} IS NOT NULL"
    first = books.value(f"SELECT min(notification_id) {some}")
    second = books.value(f"SELECT max(notification_id) {some}")
    books.change(TWICE[what].format(first=first, second=second))
    assert found(books.audit(), kind) == {second}


def test_a_delivery_whose_job_never_ended_is_named(books):
    delivered = books.value("""
        SELECT min(d.notification_id) FROM ledger.events AS d
        JOIN ledger.events AS s ON s.closes_job = d.job_id AND s.kind = 'settled'
        WHERE d.kind = 'delivered'
    """)
    books.change(f"""
        DELETE FROM ledger.events WHERE closes_job =
            (SELECT job_id FROM ledger.events WHERE notification_id = {delivered})
    """)
    assert found(books.audit(), Kind.DANGLING_REFERENCE) == {delivered}


def test_a_payment_of_another_price_than_was_asked_is_named(books):
    paid = books.value(
        "SELECT min(notification_id) FROM ledger.events WHERE kind = 'payment_completed'"
    )
    books.change(f"""
        UPDATE ledger.events SET state = convert_to(regexp_replace(
            convert_from(state, 'UTF8'), '"price":\\d+', '"price":1'), 'UTF8')
        WHERE notification_id = {paid}
    """)
    assert paid in found(books.audit(), Kind.UNLAWFUL)


def cut_the_last_event(books):
    """Append an event, sign it, and take it back with everything that was made from it."""
    books.change_and_leave_in_use("CREATE TABLE public.before AS SELECT * FROM ledger.accounts")
    one = books.value("SELECT min(originator_id) FROM ledger.accounts")
    books.top_up(one, "the one that is cut")
    signed = books.with_all_signed()
    assert signed.audit_with_heads().is_clean
    books.change_and_leave_in_use(
        f"DELETE FROM ledger.events WHERE notification_id > {EVENTS}",
        "DELETE FROM ledger.accounts",
        "INSERT INTO ledger.accounts SELECT * FROM public.before",
    )
    return signed, one


def test_a_cut_tail_without_a_trace_is_found_by_the_signed_heads(books):
    books, _ = cut_the_last_event(books)
    assert books.audit().is_clean
    report = books.audit_with_heads()
    assert found(report, Kind.HEAD_MISSING) == {EVENTS + 1}
    assert set(report.counts) == {Kind.HEAD_MISSING}


def test_a_tail_that_was_cut_and_grew_again_is_found_by_the_signed_heads(books):
    books, one = cut_the_last_event(books)
    books.top_up(one, "the one in its place")
    assert books.audit().is_clean
    report = books.audit_with_heads()
    assert found(report, Kind.HEAD_CONTRADICTED) == {EVENTS + 1}
    assert set(report.counts) == {Kind.HEAD_CONTRADICTED}


def test_a_rechained_log_is_found_by_the_signed_heads_alone(books):
    books.change(
        f"UPDATE ledger.events SET actor = 'nobody' WHERE notification_id = {TARGET}", RECHAIN
    )
    assert books.audit().is_clean
    report = books.audit_with_heads()
    after = set(range(HEADS_EVERY, EVENTS + 1, HEADS_EVERY)) - {500, 1000}
    assert found(report, Kind.HEAD_CONTRADICTED) == after
    assert set(report.counts) == {Kind.HEAD_CONTRADICTED}


def test_a_head_of_another_key_or_log_is_not_believed(books):
    forged = books.heads.read_bytes().replace(PUBLIC.encode(), b"0" * 64, 1)
    books.heads.with_name("forged").write_bytes(forged)
    report = Books(books.urls, books.heads.with_name("forged")).audit_with_heads()
    assert found(report, Kind.HEAD_FORGED) == {HEADS_EVERY}
    books.change("UPDATE ledger.identity SET log_id = gen_random_uuid()")
    assert found(books.audit_with_heads(), Kind.HEAD_CONTRADICTED)


ACCOUNT_CHANGES = {
    "balance": "UPDATE ledger.accounts SET balance = balance + 1 WHERE originator_id = '{one}'",
    "debt": "UPDATE ledger.accounts SET debt = debt + 1 WHERE originator_id = '{one}'",
    "version": "UPDATE ledger.accounts SET version = version + 1 WHERE originator_id = '{one}'",
    "open job": "UPDATE ledger.accounts SET open_deductions = jsonb_build_object("
    "gen_random_uuid(), jsonb_build_object('credits', 1, 'deadline_at', now()))"
    " WHERE originator_id = '{one}'",
    "open order": "UPDATE ledger.accounts SET open_orders = jsonb_build_object("
    "gen_random_uuid(), '{{}}'::jsonb) WHERE originator_id = '{one}'",
    "no JSON object": "UPDATE ledger.accounts SET open_orders = '1' WHERE originator_id = '{one}'",
    "no row": "DELETE FROM ledger.accounts WHERE originator_id = '{one}'",
}


@pytest.mark.parametrize("change", ACCOUNT_CHANGES)
def test_a_changed_account_is_named(books, change):
    one = books.value("SELECT min(originator_id) FROM ledger.accounts")
    books.change(ACCOUNT_CHANGES[change].format(one=one))
    report = books.audit()
    assert set(report.counts) == {Kind.ACCOUNT_DIVERGED}
    if change != "no JSON object":
        assert {finding.account for finding in report.findings} == {one}


def test_an_account_that_is_not_of_the_log_is_named(books):
    books.change("INSERT INTO ledger.accounts VALUES ('tg:1', 1, 100, '{}', 0, '{}')")
    [finding] = books.audit().findings
    assert (finding.kind, finding.account) == (Kind.ACCOUNT_DIVERGED, "tg:1")


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_of_a_projection_is_compared(untouched, types, name):
    """Each change is rolled back before the next."""

    async def change_one_by_one():
        connection = await asyncpg.connect(untouched.urls.superuser)
        try:
            return [column for column in COLUMNS[name] if not await is_found(connection, column)]
        finally:
            await connection.close()

    async def is_found(connection, column):
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            f"DO $$ DECLARE rule record; BEGIN FOR rule IN SELECT conname FROM pg_constraint"
            f" WHERE conrelid = 'ledger.{name}'::regclass AND contype IN ('c', 'p') LOOP"
            f" EXECUTE format('ALTER TABLE ledger.{name} DROP CONSTRAINT %I', rule.conname);"
            f" END LOOP; END $$"
        )
        changed = await connection.execute(
            f"UPDATE ledger.{name} SET {column} = {flip(column, types[name][column])}"
            f" WHERE ctid = (SELECT ctid FROM ledger.{name} WHERE {column} IS NOT NULL LIMIT 1)"
        )
        assert changed == "UPDATE 1", column
        findings = Findings()
        await compare(connection, PROJECTIONS[name], EVENTS, findings)
        await transaction.rollback()
        return Kind.PROJECTION_DIVERGED in findings.counts

    assert apart(change_one_by_one()) == []


@pytest.mark.parametrize("name", COLUMNS)
def test_a_missing_row_of_a_projection_is_found(books, name):
    books.change(f"DELETE FROM ledger.{name} WHERE ctid = (SELECT ctid FROM ledger.{name} LIMIT 1)")
    [finding] = books.audit().findings
    assert finding.kind == Kind.PROJECTION_DIVERGED
    assert finding.says.startswith(f"{name}: row ")
    assert finding.says.endswith(" is missing")


def test_a_projection_that_lags_is_behind_and_not_diverged(books):
    books.change(
        "TRUNCATE ledger.jobs",
        "UPDATE ledger.cursors SET position = 0, hash = NULL WHERE name = 'jobs'",
    )
    report = books.audit()
    assert report.is_clean
    assert {one.name: one.behind for one in report.followers}["jobs"] == EVENTS
    assert not any(one.diverged for one in report.followers)


def test_a_cursor_put_back_leaves_rows_from_the_future(books):
    books.change(
        "UPDATE ledger.cursors SET position = e.notification_id, hash = e.hash"
        f" FROM ledger.events AS e WHERE name = 'history' AND e.notification_id = {EVENTS - 2}"
    )
    report = books.audit()
    assert found(report, Kind.PROJECTION_DIVERGED) == {EVENTS - 1, EVENTS}


def test_a_cursor_put_ahead_hides_nothing(books):
    books.change(
        "TRUNCATE ledger.history",
        "UPDATE ledger.cursors SET position = 1,"
        " hash = (SELECT hash FROM ledger.events WHERE notification_id = 1)"
        " WHERE name = 'history'",
    )
    assert found(books.audit(), Kind.PROJECTION_DIVERGED) == {1}


@pytest.mark.parametrize("position", [EVENTS - 1, EVENTS + 1])
def test_a_cursor_that_read_another_log_has_diverged(books, position):
    books.change(f"UPDATE ledger.cursors SET position = {position} WHERE name = 'balances'")
    report = books.audit()
    assert found(report, Kind.CURSOR_DIVERGED) == {position}
    assert {one.name for one in report.followers if one.diverged} == {"balances"}


def test_an_audit_that_loses_postgresql_says_so(untouched):
    async def cut_off():
        connection = await asyncpg.connect(untouched.urls.superuser)
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'ledger-audit' AND datname = current_database()"
            )
        finally:
            await connection.close()

    with pytest.raises(UNREACHABLE):
        apart(verify(untouched.urls.reader, None, lambda *_: apart(cut_off())))


def test_the_console_ends_with_1_on_a_finding_and_names_it(books):
    def console(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-P", "-m", "ledger", "audit", "verify", *arguments],
            env={**os.environ, "DATABASE_URL": books.urls.reader, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    clean = console("--head", str(books.heads), LEDGER_HEADS_KEY=PUBLIC)
    assert (clean.returncode, clean.stderr) == (0, "")
    assert clean.stdout.endswith("nothing found\n")
    books.change(f"UPDATE ledger.events SET actor = 'me' WHERE notification_id = {TARGET}")
    dirty = console("--json")
    assert (dirty.returncode, dirty.stderr) == (1, "")
    document = json.loads(dirty.stdout)
    assert document["counts"] == {"chain_broken": 1}
    assert document["findings"][0]["position"] == TARGET
    assert {one["name"] for one in document["followers"]} >= set(COLUMNS)
    assert console("--head", str(books.heads)).returncode == 1
    assert console("--head", "nowhere", LEDGER_HEADS_KEY=PUBLIC).stderr.count("\n") == 1
    away = console(DATABASE_URL="postgresql://ledger_reader:x@127.0.0.1:1/nothing")
    assert (away.returncode, away.stderr.count("\n")) == (69, 1)
    assert console("--unknown").returncode == 2
