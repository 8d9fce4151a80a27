"""Every key of a bucket is listed with its last value, whatever happens to it meanwhile."""

import asyncio

import pytest

from contracts.bus import PermissionViolationError, Values, declare
from contracts.topology import DRAFTS, JOBS, STATUS, Service


@pytest.fixture
async def videogen(connect):
    bus = await connect(Service.VIDEOGEN)
    await declare(bus)
    return bus


async def fill(values, count):
    keys = [f"key-{number}" for number in range(count)]
    for start in range(0, count, 200):
        some = keys[start : start + 200]
        await asyncio.gather(*(values.create(key, key.encode()) for key in some))
    return {key: key.encode() for key in keys}


@pytest.mark.parametrize("count", [0, 1, 2_000])
async def test_as_many_keys_are_listed_as_there_are(videogen, count):
    values = Values.of(videogen, JOBS)
    filled = await fill(values, count)
    assert await values.all() == filled
    assert await values.all() == filled


async def test_a_key_has_its_last_value_and_a_deleted_one_is_not_there(videogen):
    values = Values.of(videogen, JOBS)
    first = await values.create("kept", b"1")
    await values.update("kept", b"2", first)
    await values.create("deleted", b"1")
    await values.delete("deleted")
    await values.create("empty", b"")
    assert await values.all() == {"kept": b"2", "empty": b""}
    await values.delete("kept")
    await values.delete("empty")
    assert await values.all() == {}


async def test_a_key_that_is_rewritten_meanwhile_is_never_missing(videogen):
    values = Values.of(videogen, JOBS)
    filled = await fill(values, 300)
    stop = asyncio.Event()

    async def rewrite(key):
        _, revision = await values.get(key)
        number = 0
        while not stop.is_set():
            number += 1
            revision = await values.update(key, f"{key} {number}".encode(), revision)

    async with asyncio.TaskGroup() as tasks:
        for key in list(filled)[::30]:
            tasks.create_task(rewrite(key))
        for _ in range(10):
            listed = await values.all()
            assert listed.keys() == filled.keys()
            assert all(value.decode().split()[0] == key for key, value in listed.items())
        stop.set()


async def test_nothing_of_the_reading_stays_at_the_server(videogen):
    values = Values.of(videogen, JOBS)
    await fill(values, 3)
    await values.all()
    assert (await videogen.js.stream_info(JOBS.stream)).state.consumer_count == 0


async def test_who_only_reads_a_bucket_may_list_it(videogen, connect):
    await Values.of(videogen, STATUS).create("studio", b"1")
    bot = await connect(Service.BOT)
    assert await Values.of(bot, STATUS).all() == {"studio": b"1"}


async def test_a_bucket_of_somebody_else_is_not_listed(videogen, connect):
    await declare(await connect(Service.BOT))
    with pytest.raises(TimeoutError):
        await Values.of(videogen, DRAFTS).all()
    with pytest.raises(PermissionViolationError):
        await videogen.watch(asyncio.Event())
