"""Ask those who know nothing of the soak: SQL on the log, the audit, a player, Telegram."""

import asyncio
import os
from collections.abc import Sequence

from infra.local.composition import module
from infra.local.environment import for_own_stack
from infra.local.running import Stack
from infra.sandbox.journey import films
from infra.sandbox.journey.stage import Stage
from infra.sandbox.soak.evidence import Told
from infra.sandbox.telegram.json_types import Json

PLAYERS = 2
"""Videos that are decoded at the same time."""
AUDIT_LIMIT_S = 120.0
SHOWN_MAX = 3


async def troubles_of(stage: Stage, told: Sequence[Told]) -> list[str]:
    return [
        *await _books(stage),
        *await _audit(stage.stack),
        *await _videos(stage, told),
        *await _nonsense(stage),
    ]


async def _books(stage: Stage) -> list[str]:
    lines = await stage.books.equations()
    return [
        *(
            f"SQL: the equations do not hold for {one['account']}"
            for one in lines
            if not one["holds"]
        ),
        *(f"SQL: {breach}" for breach in await stage.books.breaches()),
    ]


async def _audit(stack: Stack) -> list[str]:
    """Run the operator's own command, as an operator would."""
    directory, heads = str(stack.layout.directory), str(stack.layout.heads_file)
    audit = module("ledger", "audit", "verify", "--head", heads)
    command = module("infra.local", "exec", "--stack", directory, "--", *audit)
    running = await asyncio.create_subprocess_exec(
        *command,
        env=for_own_stack(os.environ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(AUDIT_LIMIT_S):
        said, _ = await running.communicate()
    if running.returncode == 0:
        return []
    lines = said.decode(errors="replace").splitlines()[-SHOWN_MAX:]
    return [f"ledger audit verify exited with {running.returncode}: {' / '.join(lines)}"]


async def _videos(stage: Stage, told: Sequence[Told]) -> list[str]:
    players = asyncio.Semaphore(PLAYERS)

    async def play(one: Told) -> str | None:
        async with players:
            return await _play(stage, one)

    found = await asyncio.gather(*(play(one) for one in told if one.url))
    return [trouble for trouble in found if trouble]


async def _play(stage: Stage, one: Told) -> str | None:
    file = stage.out / f"{one.number}-{one.message_id}.mp4"
    data = (await stage.client.get(str(one.url))).raise_for_status().content
    await asyncio.to_thread(file.write_bytes, data)
    try:
        await asyncio.to_thread(films.watch, file)
    except ValueError as error:
        return f"the video {one.number} cannot be played: {error}"
    return None


async def _nonsense(stage: Stage) -> list[str]:
    found: list[Json] = (await stage.client.get("/sim/violations")).raise_for_status().json()
    return [
        f"Telegram was asked nonsense: {one['method']} {one['problem']}"
        for one in found[:SHOWN_MAX]
    ]
