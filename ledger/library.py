"""Everything that the ledger takes from `eventsourcing`, in one place.

Its types are free of I/O; its own recorders are synchronous, so ours on asyncpg stands in
`ledger.log.postgres`. The library's next major version renames much of this.
"""

from eventsourcing.persistence import IntegrityError, StoredEvent

__all__ = ["IntegrityError", "StoredEvent"]
