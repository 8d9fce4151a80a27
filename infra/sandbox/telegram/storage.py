"""Documents in one SQLite file, so that a restarted sandbox shows the old chats."""

import json
import sqlite3
from pathlib import Path

from infra.sandbox.telegram.json_types import Json

CREATE = """
    CREATE TABLE IF NOT EXISTS documents (
        kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key)
    ) WITHOUT ROWID
"""
PUT = "INSERT OR REPLACE INTO documents (kind, key, body) VALUES (?, ?, ?)"
LOAD = "SELECT key, body FROM documents WHERE kind = ?"
READ = "SELECT body FROM documents WHERE kind = ? AND key = ?"
REMOVE = "DELETE FROM documents WHERE kind = ? AND key = ?"
CLEAR = "DELETE FROM documents WHERE kind = ?"


class StateError(Exception):
    """The kept state cannot be read; the message says what to do about it."""


class Storage:
    """Nothing is kept before `commit`: a killed process leaves whole changes only."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(CREATE)
        except (sqlite3.Error, OSError) as error:
            raise StateError(f"{path} cannot be used ({error}); remove it to start anew") from error

    def put(self, kind: str, key: object, body: Json) -> None:
        self._db.execute(PUT, (kind, str(key), json.dumps(body, ensure_ascii=False)))

    def load(self, kind: str) -> list[tuple[str, Json]]:
        return [(key, json.loads(body)) for key, body in self._db.execute(LOAD, (kind,))]

    def remove(self, kind: str, key: object) -> None:
        self._db.execute(REMOVE, (kind, str(key)))

    def clear(self, kind: str) -> None:
        self._db.execute(CLEAR, (kind,))

    def next_number(self, name: str, *, first: int = 1) -> int:
        """Return the next number of a series; no number is ever given twice."""
        row = self._db.execute(READ, ("counter", name)).fetchone()
        number = first if row is None else int(json.loads(row[0])["last"]) + 1
        self.put("counter", name, {"last": number})
        return number

    def commit(self) -> None:
        self._db.commit()

    def rollback(self) -> None:
        self._db.rollback()

    def close(self) -> None:
        self._db.close()
