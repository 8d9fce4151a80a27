"""The rows of a projection's table, read and written in whole batches, one statement each."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from types import NoneType
from typing import Any, Generic, TypeVar, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from ledger.database import PooledConnection, Row

R = TypeVar("R", bound=Struct)

_SQL_TYPES: dict[object, str] = {
    UUID: "uuid",
    str: "text",
    int: "bigint",
    bool: "boolean",
    date: "date",
    datetime: "timestamptz",
    list: "jsonb",
    dict: "jsonb",
}
_write_json = msgspec.json.Encoder().encode


class Rows(Generic[R]):
    """Rows of one shape, whose fields are named as the columns; the first ones are the key.

    The table is named with each call, because a rebuild fills another.
    """

    def __init__(self, shape: type[R], *, keys: int = 1) -> None:
        fields = msgspec.structs.fields(shape)
        self._shape = shape
        self._columns = [field.name for field in fields]
        self._types = [_sql_type(field.type) for field in fields]
        self._keys = keys
        self._json = {
            nth: msgspec.json.Decoder(field.type).decode
            for nth, field in enumerate(fields)
            if self._types[nth] == "jsonb"
        }

    async def read(
        self, connection: PooledConnection, table: str, keys: Collection[Any]
    ) -> dict[Any, R]:
        """Return the rows that exist. A key of several columns is a tuple of them."""
        columns, key = ", ".join(self._columns), ", ".join(self._columns[: self._keys])
        statement = f"""
            SELECT {columns} FROM unnest({self._parameters(self._keys)}) AS asked ({key})
            JOIN {table} USING ({key})
        """  # noqa: S608 - names of our own
        asked = [list(keys)] if self._keys == 1 else list(map(list, zip(*keys, strict=True)))
        found = await connection.fetch(statement, *asked)
        if self._keys == 1:
            return {row[0]: self._row_of(row) for row in found}
        return {tuple(row)[: self._keys]: self._row_of(row) for row in found}

    async def add(self, connection: PooledConnection, table: str, rows: Iterable[R]) -> None:
        """Write rows that are not there yet, the fastest way."""
        schema, _, name = table.rpartition(".")
        await connection.copy_records_to_table(
            name, schema_name=schema, columns=self._columns, records=map(astuple, rows)
        )

    async def put(self, connection: PooledConnection, table: str, rows: Iterable[R]) -> None:
        """Write rows, in place of those with the same keys."""
        key = ", ".join(self._columns[: self._keys])
        changed = ", ".join(f"{name} = excluded.{name}" for name in self._columns[self._keys :])
        columns: list[Sequence[Any]] = list(zip(*map(astuple, rows), strict=True))
        if not columns:
            return
        for nth in self._json:
            columns[nth] = [_write_json(value).decode() for value in columns[nth]]
        statement = f"""
            INSERT INTO {table} ({", ".join(self._columns)})
            SELECT * FROM unnest({self._parameters(len(self._columns))})
            ON CONFLICT ({key}) DO UPDATE SET {changed}
        """  # noqa: S608 - names of our own
        await connection.execute(statement, *columns)

    def _row_of(self, row: Row) -> R:
        if not self._json:
            return self._shape(*row)
        values = list(row)
        for nth, read_json in self._json.items():
            values[nth] = read_json(values[nth])
        return self._shape(*values)

    def _parameters(self, count: int) -> str:
        typed = enumerate(self._types[:count], start=1)
        return ", ".join(f"${nth}::{sql_type}[]" for nth, sql_type in typed)


def _sql_type(annotation: object) -> str:
    if get_origin(annotation) in _SQL_TYPES:
        return _SQL_TYPES[get_origin(annotation)]
    [kind] = {*(get_args(annotation) or (annotation,))} - {NoneType}
    return _SQL_TYPES[kind]
