"""The nats-server that the launcher configures: each service can do its part, and no other's."""

import asyncio
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import Error

from contracts.bus import PermissionViolationError, declare, open_bus
from contracts.permissions import Rights, inbox_prefix
from contracts.topology import Service
from infra.local.errors import StackError
from infra.local.nats import Server, accounts_block, find_server, make_seeds, prepare, seed_file
from infra.local.nkey import new_seed
from infra.local.ports import free_port
from tests.eventually import eventually
from tests.servers import NatsServer


async def test_every_service_declares_and_reads_what_is_its_own(nats_server: NatsServer):
    async def declared(service: Service) -> None:
        async with open_bus(nats_server.settings(service), service) as bus:
            await declare(bus)
            # A right that is missing would have been reported by now or is by the drain.
            stop = asyncio.Event()
            stop.set()
            await bus.watch(stop)

    async with asyncio.TaskGroup() as tasks:
        for service in Service:
            tasks.create_task(declared(service))


@pytest.mark.parametrize(
    ("service", "subject"),
    [
        (Service.BOT, "ledger.event.settled.tg:1"),
        (Service.BOT, "ledger.cmd.top_up.tg:1"),
        (Service.BOT, "ledger.cmd.start.tg:1"),
        (Service.BOT, "videogen.event.video_ready.tg:1"),
        (Service.BOT, "$JS.API.STREAM.DELETE.LEDGER"),
        (Service.BOT, "$JS.API.STREAM.PURGE.LEDGER"),
        (Service.BOT, "$O.videos.C.x"),
        (Service.VIDEOGEN, "ledger.cmd.deduct.tg:1"),
        (Service.VIDEOGEN, "ledger.cmd.top_up.tg:1"),
        (Service.VIDEOGEN, "ledger.event.refunded.tg:1"),
        (Service.VIDEOGEN, "bot.update.0"),
        (Service.VIDEOGEN, "$KV.orders.x"),
        (Service.LEDGER, "videogen.event.video_ready.tg:1"),
        (Service.LEDGER, "ledger.cmd.deduct.tg:1"),
        (Service.OPERATOR, "ledger.cmd.deduct.tg:1"),
        (Service.OPERATOR, "ledger.event.settled.tg:1"),
    ],
)
async def test_what_belongs_to_another_is_refused(nats_server: NatsServer, service, subject):
    async with open_bus(nats_server.settings(service), service) as bus:
        await bus.client.publish(subject, b"{}")
        with pytest.raises(PermissionViolationError):
            async with asyncio.timeout(5):
                await bus.watch(asyncio.Event())


async def test_nobody_reads_the_replies_of_another(nats_server: NatsServer):
    async with open_bus(nats_server.settings(Service.VIDEOGEN), Service.VIDEOGEN) as bus:
        await bus.client.subscribe(f"{inbox_prefix(Service.BOT)}.>")
        with pytest.raises(PermissionViolationError):
            async with asyncio.timeout(5):
                await bus.watch(asyncio.Event())


async def test_a_stranger_is_not_let_in(nats_server: NatsServer, tmp_path: Path):
    async def quiet(_: Exception) -> None:
        pass

    foreign = tmp_path / "foreign.nk"
    foreign.write_text(new_seed())
    for credentials in ({}, {"nkeys_seed": str(foreign)}, {"user": "bot", "password": "bot"}):
        client = Client()
        with pytest.raises(Error, match=r"(?i)authorization violation"):
            await client.connect(
                nats_server.url, error_cb=quiet, allow_reconnect=False, **credentials
            )
        # nats-py leaves the connection of a refused client open.
        assert client._transport is not None
        client._transport.close()
        with suppress(ConnectionError):
            await client._transport.wait_closed()


async def test_what_was_acknowledged_is_there_after_a_kill(nats_server: NatsServer):
    settings = nats_server.settings(Service.LEDGER)
    async with open_bus(settings, Service.LEDGER) as bus:
        await bus.js.add_stream(name="LEDGER", subjects=["ledger.event.>"])
        for number in range(50):
            await bus.publish("ledger.event.x.tg:1", b"x", message_id=str(number))
        nats_server.kill()
        nats_server.start()

        async def stored() -> int:
            try:
                return (await bus.js.stream_info("LEDGER")).state.messages
            except Error:  # The client has not noticed yet that it must connect again.
                return 0

        assert await eventually(stored, within_s=20) == 50


def test_seeds_are_made_once_and_for_their_owner_alone(tmp_path: Path):
    folder = tmp_path / "seeds"
    first = make_seeds(folder)
    assert make_seeds(folder) == first
    assert len(set(first.values())) == len(Service)
    assert all(key.startswith("U") for key in first.values())
    for service in Service:
        file = seed_file(folder, service)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text().startswith("SU")
        assert file.read_text() not in accounts_block(first)


def test_a_subject_that_the_server_refuses_is_said_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    wrong = Rights(publish=("ledger..event",), subscribe=())
    monkeypatch.setattr("infra.local.nats.rights_of", lambda _: wrong)
    with pytest.raises(StackError, match=r"nats-server refuses its configuration: .*ledger\.\."):
        prepare(Server(find_server({}), tmp_path / "nats", free_port(), free_port()))


def test_the_server_may_be_named(tmp_path: Path):
    own = tmp_path / "nats-server"
    own.write_text("#!/bin/sh\n")
    with pytest.raises(StackError, match=r"NATS_SERVER_BIN names .* which cannot be run"):
        find_server({"NATS_SERVER_BIN": str(own)})
    own.chmod(0o755)
    assert find_server({"NATS_SERVER_BIN": str(own)}) == own
