"""The whole product, started once for all end-to-end tests of a process."""

import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from infra.local.running import Stack, running_stack
from infra.sandbox.journey.stage import Stage, open_stage
from infra.sandbox.samples import sample_photo

SETTINGS = {"LEDGER_SWEEP_S": "0.5", "BOT_PROGRESS_INTERVAL_S": "0", "LEDGER_STARS": "1"}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path_factory.mktemp("stack"), SETTINGS) as stack:
        yield stack


@pytest.fixture
async def stage(stack: Stack, tmp_path) -> AsyncIterator[Stage]:
    """The running product; afterwards the bot must have asked Telegram no nonsense."""
    async with open_stage(
        stack, (sample_photo("mug"), sample_photo("backpack")), tmp_path
    ) as stage:
        yield stage
        (await stage.client.delete("/sim/faults")).raise_for_status()
        violations = (await stage.client.get("/sim/violations")).json()
        assert violations == []


def jpeg(width: int, height: int, colour: str = "teal") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(target, "JPEG")
    return target.getvalue()
