"""The sandbox's own KIE: what a stack tells videogen leads to it, and to a film."""

import asyncio
import socket
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI

from contracts.orders import Format
from contracts.serving import serving
from infra.local.kie import emulated_kie
from infra.sandbox.kie.beside import CREDITS, EmulatedKieSettings, add_kie, send_callbacks
from tests.kie_provider_world import JOB_ID, Said, brief_of, submitted
from videogen.kie import KieSettings
from videogen.providers import callbacks_heard, open_provider
from videogen.settings import VideogenSettings
from videogen.video import inspect

KEY = "a-key-of-the-stack"
SCALE = "60"


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


async def test_what_a_stack_tells_videogen_leads_to_a_film(monkeypatch, tmp_path, free_port):
    app = FastAPI()
    world = add_kie(app, EmulatedKieSettings(sandbox_kie_key=KEY, sandbox_kie_scale=float(SCALE)))
    heard = []

    async def on_callback(job_id, task_id):
        heard.append((job_id, task_id))

    async with (
        serving(app, host="127.0.0.1", port=0, wake=world.close) as page_url,
        asyncio.TaskGroup() as tasks,
    ):
        sending = tasks.create_task(send_callbacks(world))
        told = emulated_kie(
            {"SANDBOX_KIE_SCALE": SCALE}, page_url=page_url, key=KEY, callback_port=free_port
        )
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        settings = VideogenSettings(videogen_provider="kie")
        said, brief = Said(tmp_path / "desk"), brief_of(shape=Format.SQUARE)
        async with (
            callbacks_heard(settings, on_callback, lambda: datetime.now(UTC)) as port,
            open_provider(settings) as provider,
        ):
            task = await submitted(provider, brief, said.desk)
            film = await provider.bring(task, brief, said.desk)
        sending.cancel()
    assert (await inspect(film, Format.SQUARE)).duration_ms >= 5_900
    assert heard == [(JOB_ID, task.task_id)]
    assert port == free_port
    assert world.accounts.balance(world.accounts.account("main")) == CREDITS - 27


def test_the_settings_of_kie_are_not_read_for_another_provider(monkeypatch):
    monkeypatch.delenv("KIE_API_KEY", raising=False)
    with pytest.raises(ValueError, match="kie_api_key"):
        KieSettings.model_validate({})

    async def opened():
        async with open_provider(VideogenSettings(videogen_workers=3)) as provider:
            return provider.name, provider.room

    assert asyncio.run(opened()) == ("local", 3)
