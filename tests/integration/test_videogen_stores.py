"""The doubles of the unit tests and the real stores keep the same promises."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from contracts.bus import (
    KeyExistsError,
    KeyMissingError,
    ObjectMissingError,
    Objects,
    RevisionMovedError,
    Values,
    open_bus,
)
from contracts.topology import JOBS, VIDEOS, Service
from tests.memory_values import MemoryValues
from tests.videogen_doubles import MemoryObjects
from tests.videogen_world import videogen_world

Stores = tuple[Values | MemoryValues, Objects | MemoryObjects]


@asynccontextmanager
async def memory_stores(_server, _folder) -> AsyncGenerator[Stores]:
    yield MemoryValues(), MemoryObjects()


@asynccontextmanager
async def nats_stores(server, folder) -> AsyncGenerator[Stores]:
    async with (
        videogen_world(server, folder),
        open_bus(server.settings(Service.VIDEOGEN), Service.VIDEOGEN) as bus,
    ):
        yield Values.of(bus, JOBS), Objects.of(bus, VIDEOS)


@pytest.mark.parametrize("open_stores", [memory_stores, nats_stores])
async def test_values_are_written_over_what_was_read_or_not_at_all(
    open_stores, nats_server, tmp_path
):
    async with open_stores(nats_server, tmp_path) as (values, _):
        key = str(uuid4())
        with pytest.raises(KeyMissingError):
            await values.get(key)
        with pytest.raises(RevisionMovedError):
            await values.update(key, b"0", 7)
        first = await values.create(key, b"1")
        with pytest.raises(KeyExistsError):
            await values.create(key, b"2")
        assert await values.get(key) == (b"1", first)
        second = await values.update(key, b"3", first)
        with pytest.raises(RevisionMovedError):
            await values.update(key, b"4", first)
        assert await values.get(key) == (b"3", second)
        await values.delete(key)
        with pytest.raises(KeyMissingError):
            await values.get(key)


@pytest.mark.parametrize("open_stores", [memory_stores, nats_stores])
async def test_an_object_is_what_was_put_last(open_stores, nats_server, tmp_path):
    async with open_stores(nats_server, tmp_path) as (_, objects):
        with pytest.raises(ObjectMissingError):
            await objects.get("film")
        for data in (b"x" * 300_000, b"x" * 300_000, b"y"):
            await objects.put("film", data)
            assert await objects.get("film") == data
