"""The heartbeat: while it is heard, the bot takes orders."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from contracts.bus import KeyExistsError, KeyMissingError, RevisionMovedError
from contracts.studio import HEARTBEAT_S, STUDIO_KEY, StudioStatus
from videogen.records import KeyValues

log = structlog.get_logger()


async def beat(values: KeyValues, now: Callable[[], datetime]) -> None:
    """Tell until cancelled that there is a worker. NATS may be away meanwhile."""
    while True:
        try:
            await _beat_once(values, StudioStatus(beat_at=now()))
        except (KeyExistsError, RevisionMovedError):
            log.debug("another worker was faster, which says the same")
        except Exception as error:  # noqa: BLE001 - the next beat may come through
            log.warning("heartbeat not sent", error=repr(error))
        await asyncio.sleep(HEARTBEAT_S)


async def _beat_once(values: KeyValues, status: StudioStatus) -> None:
    value = status.model_dump_json().encode()
    try:
        _, revision = await values.get(STUDIO_KEY)
    except KeyMissingError:
        await values.create(STUDIO_KEY, value)
    else:
        await values.update(STUDIO_KEY, value, revision)
