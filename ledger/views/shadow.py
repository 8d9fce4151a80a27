"""The table that a rebuild fills beside the live one, and how it takes the live one's place."""

from ledger.database import PooledConnection
from ledger.views.following import Target, live
from ledger.views.projection import Projection

DROP = "DROP TABLE IF EXISTS {shadow}"
FORGET_CURSOR = "DELETE FROM ledger.cursors WHERE name = $1"
MAKE = "CREATE TABLE {shadow} (LIKE {live} INCLUDING ALL)"
MAKE_CURSOR = "INSERT INTO ledger.cursors (name) VALUES ($1)"
# What `LIKE` leaves out: who owns the table, how full its pages are, and who may do what.
COMPLETE = """
    SELECT format('ALTER TABLE %s OWNER TO %I', $2::text, pg_get_userbyid(relowner))
        FROM pg_class WHERE oid = $1::text::regclass
    UNION ALL
    SELECT format('ALTER TABLE %s SET (%s)', $2::text, array_to_string(reloptions, ', '))
        FROM pg_class WHERE oid = $1::text::regclass AND reloptions IS NOT NULL
    UNION ALL
    SELECT format('GRANT %s ON %s TO %I', privilege_type, $2::text, pg_get_userbyid(grantee))
        FROM pg_class, aclexplode(relacl)
        WHERE oid = $1::text::regclass AND grantee <> relowner
"""
# An index is named by `LIKE` as it likes; the one that it copies has the same definition.
INDEX_NAMES = """
    WITH indexes AS (
        SELECT indrelid, relname,
               indisunique::text || substring(pg_get_indexdef(indexrelid) FROM ' USING .*') AS what
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    )
    SELECT format('ALTER INDEX ledger.%I RENAME TO %I', new.relname, old.relname)
    FROM indexes AS old JOIN indexes AS new USING (what)
    WHERE old.indrelid = $1::text::regclass AND new.indrelid = $2::text::regclass
"""
REPLACE = "DROP TABLE {live}; ALTER TABLE {shadow} RENAME TO {name}"
MOVE_LIVE_CURSOR = """
    UPDATE ledger.cursors AS live
    SET position = shadow.position, hash = shadow.hash, moved_at = clock_timestamp()
    FROM ledger.cursors AS shadow
    WHERE live.name = $1 AND shadow.name = $2 AND shadow.position >= live.position
"""


class ShadowBehindError(Exception):
    """The shadow has read less of the log than the live table, and may not replace it."""


def shadow_of(projection: Projection) -> Target:
    return Target(table=f"ledger.{projection.name}_rebuild", cursor=f"{projection.name}.rebuild")


async def make_shadow(connection: PooledConnection, projection: Projection) -> None:
    """Make an empty one; what a rebuild that died has left goes first."""
    tables = live(projection).table, shadow_of(projection).table
    async with connection.transaction():
        await drop_shadow(connection, projection)
        await connection.execute(spelled(MAKE, projection))
        for (statement,) in await connection.fetch(COMPLETE, *tables):
            await connection.execute(statement)
        await connection.execute(MAKE_CURSOR, shadow_of(projection).cursor)


async def drop_shadow(connection: PooledConnection, projection: Projection) -> None:
    async with connection.transaction():
        await connection.execute(spelled(DROP, projection))
        await connection.execute(FORGET_CURSOR, shadow_of(projection).cursor)


async def replace_live(connection: PooledConnection, projection: Projection) -> None:
    """Do it in the transaction of the caller, who holds the live cursor.

    To drop the old table is to wait for those who read it.
    """
    old, new = live(projection), shadow_of(projection)
    renames = await connection.fetch(INDEX_NAMES, old.table, new.table)
    await connection.execute(spelled(REPLACE, projection))
    for (statement,) in renames:
        await connection.execute(statement)
    if await connection.execute(MOVE_LIVE_CURSOR, old.cursor, new.cursor) != "UPDATE 1":
        raise ShadowBehindError(projection.name)
    await connection.execute(FORGET_CURSOR, new.cursor)


def spelled(template: str, projection: Projection) -> str:
    return template.format(
        live=live(projection).table, shadow=shadow_of(projection).table, name=projection.name
    )
