"""The composition root: connects, wires by hand, and owns the tasks."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import structlog

from contracts.bus import Bus, BusSettings, Objects, Values, ask, consume, declare, open_bus
from contracts.messages import Done, Refusal, Start
from contracts.topology import (
    JOBS,
    ORDER_PHOTOS,
    ORDERS,
    START,
    STATUS,
    VIDEOGEN_JOBS,
    VIDEOS,
    Service,
)
from videogen.beating import beat
from videogen.folders import open_workshop
from videogen.making import JobMaker
from videogen.provider import Provider
from videogen.records import JobRecords
from videogen.settings import VideogenSettings

log = structlog.get_logger()


async def serve(settings: VideogenSettings, provider: Provider, stop: asyncio.Event) -> None:
    """Make videos until `stop`, which also ends a render: another worker gets its job at once."""
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(_work(settings, provider, stop))
        await stop.wait()
        working.cancel()


async def _work(settings: VideogenSettings, provider: Provider, stop: asyncio.Event) -> None:
    with open_workshop(settings.videogen_work_dir) as workshop:
        async with open_bus(BusSettings(), Service.VIDEOGEN) as bus:
            await declare(bus)
            maker = _maker(bus, provider, workshop)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(bus.watch(stop))
                tasks.create_task(beat(Values.of(bus, STATUS), partial(datetime.now, UTC)))
                tasks.create_task(
                    consume(
                        bus,
                        VIDEOGEN_JOBS,
                        maker.handle,
                        stop,
                        workers=settings.videogen_workers,
                    )
                )
                log.info("service ready")


def _maker(bus: Bus, provider: Provider, workshop: Path) -> JobMaker:
    async def ask_start(start: Start) -> Done | Refusal:
        return await ask(bus, START, start, Done)

    return JobMaker(
        provider=provider,
        records=JobRecords(Values.of(bus, JOBS)),
        orders=Values.of(bus, ORDERS),
        photos=Objects.of(bus, ORDER_PHOTOS),
        videos=Objects.of(bus, VIDEOS),
        publish=bus.publish,
        ask_start=ask_start,
        workshop=workshop,
        now=partial(datetime.now, UTC),
        new_id=uuid4,
    )
