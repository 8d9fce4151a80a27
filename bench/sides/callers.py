"""Many callers in one process, as the bot and the operator, over NATS."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from random import Random

from bench.life import DIGEST, REASON, TERMS, account_of, random_id
from bench.meter import WARM_UP_S, Meter
from bench.sides import Figures, Parameters
from bench.sides.service import bus_settings
from contracts import topology
from contracts.bus import Bus, NoAnswerError, ask, open_bus
from contracts.ids import job_id_of
from contracts.messages import Cancel, Command, Deduct, Done, OpenAccount, TopUp
from contracts.topology import Endpoint, Service

SEED = 7
READY_WAIT_S = 20.0

Request = tuple[Service, Endpoint, Command]
Life = Sequence[Request]


async def throughput(parameters: Parameters) -> Figures:
    """`callers` at once, each with `accounts` of its own; every command must be done."""
    callers, accounts = parameters["callers"], parameters["accounts"]
    async with AsyncExitStack() as stack:
        buses = {
            service: await stack.enter_async_context(
                open_bus(bus_settings(parameters, service), service)
            )
            for service in (Service.BOT, Service.OPERATOR)
        }
        do = partial(_ask, buses)
        await _ready(do)
        await Meter().run_out([_opening(accounts, caller) for caller in range(callers)], do)
        walks = [_lives(accounts, caller) for caller in range(callers)]
        rate = await Meter().run(walks, do, parameters["seconds"], WARM_UP_S)
    return {parameters["figure"]: rate}


async def _ask(buses: dict[Service, Bus], request: Request) -> None:
    service, endpoint, command = request
    reply = await ask(buses[service], endpoint, command, Done)
    assert isinstance(reply, Done), f"{endpoint.name}: {reply}"


async def _ready(do: "partial[asyncio.Future[None]]") -> None:
    """Wait for the service to answer at all."""
    [[request]] = _opening(1, 0)
    async with asyncio.timeout(READY_WAIT_S):
        while True:
            try:
                return await do(request)
            except NoAnswerError:
                await asyncio.sleep(0.1)


def _accounts(count: int, caller: int) -> list[str]:
    return [account_of(caller * count + nth) for nth in range(count)]


def _opening(accounts: int, caller: int) -> Iterator[Life]:
    for account in _accounts(accounts, caller):
        command = OpenAccount(account=account, correlation_id="bench", terms_version=TERMS)
        yield ((Service.BOT, topology.OPEN_ACCOUNT, command),)


def _lives(accounts: int, caller: int) -> Iterator[Life]:
    chance = Random(SEED + caller)
    while True:
        for account in _accounts(accounts, caller):
            yield tuple(_life(account, chance))


def _life(account: str, chance: Random) -> Iterator[Request]:
    draft_id = random_id(chance)
    told = {"account": account, "correlation_id": draft_id.hex}
    top_up = TopUp(grant_id=draft_id.hex, credits=1, reason=REASON, **told)
    deduct = Deduct(draft_id=draft_id, revision=0, price_credits=1, order_digests=(DIGEST,), **told)
    cancel = Cancel(job_id=job_id_of(account, draft_id, 0, 0), **told)
    yield Service.OPERATOR, topology.TOP_UP, top_up
    yield Service.BOT, topology.DEDUCT, deduct
    yield Service.BOT, topology.CANCEL, cancel
