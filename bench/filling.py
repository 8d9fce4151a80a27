"""A lawful log written by PostgreSQL itself, for the sizes that no engine makes in a minute.

Each account is opened and topped up by one credit, again and again.
"""

import asyncpg

from bench.life import REASON, TERMS
from ledger.codec import encode, kind_of
from ledger.domain.events import AccountEvent, AccountOpened, ToppedUp
from ledger.domain.keys import key_of

# They stand where the account's number and the event's version go.
NUMBER = 987_654_321
VERSION = 123_456_789
WORK_MEMORY = "SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'"

# An aggregate over a window hashes row after row: the state is the hash of the row before.
MAKE_CHAIN = """
    CREATE FUNCTION pg_temp.next_hash(bytea, bytea) RETURNS bytea
        LANGUAGE sql IMMUTABLE RETURN sha256($1 || $2);
    CREATE AGGREGATE pg_temp.chain(bytea)
        (sfunc = pg_temp.next_hash, stype = bytea, initcond = '{genesis}');
"""
FILL = """
    INSERT INTO ledger.events (
        notification_id, originator_version, recorded_at, amount, balance_after, debt_change,
        debt_after, originator_id, topic, state, kind, key, actor, correlation_id, hash)
    SELECT position, version, moment, amount, version - 1, 0,
           0, account, topic, convert_to(state, 'UTF8'), kind, key, 'operator', 'bench',
           pg_temp.chain(ledger.event_form(
               position, version, moment, amount, version - 1, 0,
               0, account, topic, convert_to(state, 'UTF8'), kind, key, 'operator', 'bench',
               NULL, NULL, NULL, NULL)) OVER (ORDER BY position)
    FROM (
        SELECT row_number() OVER (ORDER BY version, number) AS position, version,
               transaction_timestamp() AS moment, format('tg:%s', number) AS account,
               CASE WHEN version = 1 THEN 0 ELSE 1 END AS amount,
               CASE WHEN version = 1 THEN {opened_topic} ELSE {topped_topic} END AS topic,
               CASE WHEN version = 1 THEN {opened_kind} ELSE {topped_kind} END AS kind,
               CASE WHEN version = 1 THEN {opened_state} ELSE {topped_state} END AS state,
               CASE WHEN version = 1 THEN {opened_key} ELSE {topped_key} END AS key
        FROM generate_series(0, $1::bigint - 1) AS number,
             generate_series(1, CASE WHEN number = 0 THEN $3::bigint ELSE $2::bigint END)
                 AS version
    ) AS made
    ORDER BY position
"""
FILL_ACCOUNTS = """
    INSERT INTO ledger.accounts
        (originator_id, version, balance, debt, open_deductions, open_orders)
    SELECT originator_id, max(originator_version), max(originator_version) - 1, 0, '{}', '{}'
    FROM ledger.events GROUP BY originator_id
"""


async def fill(superuser_url: str, *, accounts: int, events: int, first: int | None = None) -> None:
    """Give every account so many events, and the first account `first` of them."""
    connection = await asyncpg.connect(superuser_url)
    try:
        genesis: bytes = await connection.fetchval("SELECT ledger.genesis()")
        await connection.execute(WORK_MEMORY)
        await connection.execute(MAKE_CHAIN.format(genesis=f"\\x{genesis.hex()}"))
        await connection.execute(_fill_statement(), accounts, events, first or events)
        await connection.execute(FILL_ACCOUNTS)
        await connection.execute("VACUUM (ANALYZE) ledger.events, ledger.accounts")
    finally:
        await connection.close()


def _fill_statement() -> str:
    told = {"originator_id": f"tg:{NUMBER}", "originator_version": VERSION}
    opened = AccountOpened(terms_version=TERMS, **told)
    topped = ToppedUp(grant_id=f"bench-{VERSION}", credits=1, reason=REASON, to_debt=0, **told)
    parts = {**_parts("opened", opened), **_parts("topped", topped)}
    return FILL.format(**parts)


def _parts(name: str, event: AccountEvent) -> dict[str, str]:
    stored = encode(event)
    return {
        f"{name}_topic": _expression(stored.topic),
        f"{name}_kind": _expression(kind_of(event)),
        f"{name}_state": _expression(stored.state.decode()),
        f"{name}_key": _expression(key_of(event)),
    }


def _expression(text: str) -> str:
    """Return the SQL that makes such a text for any number and version."""
    numbered = text.replace(str(NUMBER), "' || number || '")
    return f"('{numbered.replace(str(VERSION), chr(39) + ' || version || ' + chr(39))}')"
