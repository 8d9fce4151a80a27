"""A program of the stock library alone: reads our log with its recorder and mapper, and folds it.

    python -m tests.library.stock_reader DATABASE_URL

Prints one JSON document: what each account came to, how many events there were, and which of the
ledger's modules were loaded (none).
"""

import json
import sys
from typing import Any
from urllib.parse import urlsplit

from eventsourcing.application import Repository
from eventsourcing.persistence import EventStore, Mapper, Notification
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from tests.library.twins import Account, LedgerTranscoder, register_twins

PAGE = 100


def main(url: str) -> None:
    register_twins()
    datastore = datastore_of(url)
    try:
        sys.stdout.write(json.dumps(read(datastore)))
    finally:
        datastore.close()


def datastore_of(url: str) -> PostgresDatastore:
    parts = urlsplit(url)
    return PostgresDatastore(
        dbname=parts.path.removeprefix("/"),
        host=parts.hostname or "",
        port=parts.port or "",
        user=parts.username or "",
        password=parts.password or "",
        schema="ledger",
        originator_id_type="text",
    )


def read(datastore: PostgresDatastore) -> dict[str, Any]:
    recorder = PostgresApplicationRecorder(datastore, events_table_name="events")
    mapper: Mapper[str] = Mapper(LedgerTranscoder())
    repository: Repository[str] = Repository(EventStore(mapper, recorder))
    log = list(notifications(recorder))
    kinds = {type(mapper.to_domain_event(one)).__name__ for one in log}
    accounts = {one.originator_id for one in log}
    return {
        "accounts": {each: of(repository.get(each)) for each in accounts},
        "positions": [one.id for one in log],
        "kinds": sorted(kinds),
        "ledger_modules": [name for name in sys.modules if name.partition(".")[0] == "ledger"],
    }


def notifications(recorder: PostgresApplicationRecorder) -> list[Notification]:
    """Page through the whole log as one of the library's readers does."""
    found: list[Notification] = []
    while page := recorder.select_notifications(
        found[-1].id if found else 0, PAGE, inclusive_of_start=False
    ):
        found += page
    return found


def of(account: Account) -> dict[str, Any]:
    return {
        "version": account.version,
        "balance": account.balance,
        "debt": account.debt,
        "open": sorted(str(job_id) for job_id in account.open),
    }


if __name__ == "__main__":
    main(sys.argv[1])
