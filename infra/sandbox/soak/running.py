"""One soak from its plan to its evidence: enter, live, disarm, settle, prove."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts.bus import Bus, BusSettings, open_bus
from contracts.topology import Service
from infra.local.running import Stack
from infra.sandbox.journey.stage import open_stage
from infra.sandbox.soak import knobs
from infra.sandbox.soak.evidence import Cycle, Evidence
from infra.sandbox.soak.gathering import Gatherer
from infra.sandbox.soak.killing import Killer
from infra.sandbox.soak.plan import Plan
from infra.sandbox.soak.provider_faults import Armoury, Struck
from infra.sandbox.soak.proving import troubles_of
from infra.sandbox.soak.soaking import Crowd, enter
from infra.sandbox.soak.telling import Story
from infra.sandbox.soak.verdict import still_open

POLL_S = 1.0
OPEN_SHOWN = 3


@dataclass(frozen=True)
class Soaked:
    evidence: Evidence
    faults: Mapping[str, Struck]
    took_s: float


async def soak(stack: Stack, plan: Plan, people: int, out: Path, story: Story) -> Soaked:
    began = time.monotonic()
    no_photos = (b"", b"")
    async with open_stage(stack, no_photos, out) as stage, _workers_bus(stack) as bus:
        armoury = Armoury(stage.client, knobs.LATE_S * knobs.PROVIDER_SCALE)
        killer = Killer(stack, story.tell_kill)
        crowd = await enter(stage, plan, people)
        cycles = await Crowd(plan, armoury, killer, story, knobs.END_WAIT_S).live(crowd)
        faults = await armoury.disarm()
        gatherer = Gatherer(stage, bus, crowd)
        story.say("All faults are disarmed. Waiting until nothing is open…")
        settled = await _settled(gatherer, cycles, killer, story)
        story.say("Proving it: SQL, the audit, every video…")
        troubles = await troubles_of(stage, settled.told)
        evidence = await gatherer.gather(cycles, killer.kills, troubles)
        return Soaked(evidence, faults, time.monotonic() - began)


async def _settled(
    gatherer: Gatherer, cycles: list[Cycle], killer: Killer, story: Story
) -> Evidence:
    """Wait until nothing is open; what is still open at the limit is for the verdict to name."""
    give_up_at = time.monotonic() + knobs.SETTLE_WAIT_S
    while True:
        evidence = await gatherer.gather(cycles, killer.kills)
        left = still_open(evidence)
        if not left:
            return evidence
        if time.monotonic() > give_up_at:
            story.say(f"Still open: {'; '.join(left[:OPEN_SHOWN])}")
            return evidence
        await asyncio.sleep(POLL_S)


@asynccontextmanager
async def _workers_bus(stack: Stack) -> AsyncGenerator[Bus]:
    """A connection with the workers' own rights: nobody else may read what they keep of jobs."""
    state = stack.state()
    settings = BusSettings(
        nats_url=state.nats_url, nats_seed_file=Path(state.nats_seeds[Service.VIDEOGEN])
    )
    async with open_bus(settings, Service.VIDEOGEN) as bus:
        yield bus
