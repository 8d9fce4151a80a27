"""What each role of the database may not do, tried as that role."""

from collections.abc import Iterator

import asyncpg
import pytest

from infra.local.credentials import OWNER, READER, SERVICE, DatabaseUrls
from tests.chained_rows import append_rows
from tests.servers import Databases, apart

EVENTS = 3


@pytest.fixture(scope="module")
def shared(databases: Databases) -> Iterator[DatabaseUrls]:
    """One database for all rows: nothing that is refused leaves a trace in it."""
    with databases.one() as urls:
        apart(append_rows(urls.owner, EVENTS))
        yield urls


async def execute_as(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def ask(url: str, query: str, *values: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


def url_of(database: DatabaseUrls, role: str) -> str:
    return {OWNER: database.owner, SERVICE: database.service, READER: database.reader}[role]


CHANGES = (
    "INSERT INTO ledger.events SELECT * FROM ledger.events",
    "UPDATE ledger.events SET amount = 9",
    "UPDATE ledger.events SET hash = hash WHERE notification_id = 1",
    "DELETE FROM ledger.events WHERE notification_id = 3",
    "TRUNCATE ledger.events CASCADE",
    "INSERT INTO ledger.accounts SELECT * FROM ledger.accounts",
    "UPDATE ledger.accounts SET balance = 1000",
    "DELETE FROM ledger.accounts",
    "TRUNCATE ledger.accounts CASCADE",
    "INSERT INTO ledger.identity DEFAULT VALUES",
    "UPDATE ledger.identity SET log_id = gen_random_uuid()",
    "DELETE FROM ledger.identity",
    "TRUNCATE ledger.identity CASCADE",
)
DETOURS = (
    "SET session_replication_role = replica",
    "SET ROLE ledger_owner",
    "ALTER TABLE ledger.events DISABLE TRIGGER events_are_final",
    "ALTER TABLE ledger.events DROP CONSTRAINT nothing_below_zero",
    "ALTER TABLE ledger.events OWNER TO CURRENT_USER",
    "DROP TRIGGER events_stay ON ledger.events",
    "DROP INDEX ledger.a_job_has_one_end",
    "DROP FUNCTION ledger.append_events",
    "CREATE OR REPLACE FUNCTION ledger.genesis() RETURNS bytea LANGUAGE sql RETURN '\\x00'::bytea",
    "ALTER FUNCTION ledger.refuse_change() RENAME TO changes_are_fine",
    "CREATE RULE swallow AS ON INSERT TO ledger.events DO INSTEAD NOTHING",
    "CREATE TABLE ledger.mine ()",
    "CREATE TEMPORARY TABLE events ()",
    "CREATE SCHEMA mine",
    "ALTER SYSTEM SET fsync = off",
)


@pytest.mark.parametrize("statement", [*CHANGES, *DETOURS])
@pytest.mark.parametrize("role", [SERVICE, READER])
async def test_neither_service_nor_reader_changes_the_log_by_hand(
    shared: DatabaseUrls, role: str, statement: str
):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute_as(url_of(shared, role), statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger.events SET amount = 9",
        "DELETE FROM ledger.events",
        "TRUNCATE ledger.events",
        "TRUNCATE ledger.events CASCADE",
    ],
)
async def test_even_the_owner_cannot_change_an_event(shared: DatabaseUrls, statement: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await execute_as(shared.owner, statement)


@pytest.mark.parametrize(
    "statement", ["SET session_replication_role = replica", "ALTER SYSTEM SET fsync = off"]
)
async def test_even_the_owner_takes_no_detour_around_the_triggers(
    shared: DatabaseUrls, statement: str
):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute_as(shared.owner, statement)


async def test_the_reader_writes_to_no_table_at_all(shared: DatabaseUrls):
    rights = await ask(
        shared.reader,
        """
        SELECT oid::regclass::text AS name, right_asked
        FROM pg_class, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER',
                                    'REFERENCES']) AS right_asked
        WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace <> 'pg_catalog'::regnamespace
            AND relnamespace <> 'information_schema'::regnamespace
            AND has_table_privilege(oid, right_asked)
        """,
    )
    assert [tuple(one) for one in rights] == []


async def test_the_reader_sees_every_table_of_the_ledger_but_nobodys_address(
    shared: DatabaseUrls,
):
    [[hidden, seen]] = await ask(
        shared.reader,
        """
        SELECT array_agg(relname::text) FILTER (WHERE NOT has_any_column_privilege(oid, 'SELECT')),
            count(*)
        FROM pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'ledger'::regnamespace
        """,
    )
    assert (hidden, seen > 3) == (["payment_customers"], True)
    kept_back = await ask(
        shared.reader,
        """
        SELECT attrelid::regclass::text || '.' || attname FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid
        WHERE relkind = 'r' AND relnamespace = 'ledger'::regnamespace AND attnum > 0
          AND relname <> 'payment_customers'
          AND NOT has_column_privilege(attrelid, attnum, 'SELECT')
        ORDER BY 1
        """,
    )
    assert [one[0] for one in kept_back] == [
        "ledger.payment_notifications.body",
        "ledger.payment_notifications.sender",
        "ledger.payment_orders.body",
        "ledger.payment_orders.url",
        "ledger.payment_refunds.receipt",
    ]


@pytest.mark.parametrize("function", ["append_events", "wait_for_appends"])
async def test_nobody_but_the_service_appends(shared: DatabaseUrls, function: str):
    [[call]] = await ask(
        shared.reader,
        """
        SELECT format('SELECT ledger.%I(%s)', proname, (
            SELECT string_agg('NULL::' || format_type(argument, NULL), ', ')
            FROM unnest(proargtypes) AS argument))
        FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace AND proname = $1
        """,
        function,
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=f"function {function}"):
        await execute_as(shared.reader, call)
    allowed = await ask(
        shared.reader,
        """
        SELECT rolname FROM pg_roles, pg_proc
        WHERE pronamespace = 'ledger'::regnamespace AND proname = $1 AND NOT rolsuper
            AND has_function_privilege(pg_roles.oid, pg_proc.oid, 'EXECUTE')
        """,
        function,
    )
    assert {row["rolname"] for row in allowed} == {SERVICE, OWNER}


async def test_no_role_of_ours_is_more_than_a_role(shared: DatabaseUrls):
    rows = await ask(
        shared.reader,
        """
        SELECT rolname FROM pg_roles
        WHERE rolname = ANY ($1) AND NOT (rolsuper OR rolcreaterole OR rolcreatedb
            OR rolreplication OR rolbypassrls
            OR EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid))
        """,
        [OWNER, SERVICE, READER],
    )
    assert {row["rolname"] for row in rows} == {OWNER, SERVICE, READER}


async def test_what_was_refused_has_changed_nothing(shared: DatabaseUrls):
    for statement in (*CHANGES, *DETOURS):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute_as(shared.service, statement)
    [[count, amounts]] = await ask(
        shared.reader, "SELECT count(*), sum(amount)::bigint FROM ledger.events"
    )
    assert (count, amounts) == (EVENTS, EVENTS)
