"""The real product as a stack of a program's own, and the commands that work beside it."""

import os
import signal
import subprocess
from pathlib import Path

import asyncpg
import pytest

from infra.local.composition import module
from infra.local.errors import StackError
from infra.local.layout import layout_at
from infra.local.running import running_stack, stop_stack
from infra.local.state import live_state
from tests.eventually import eventually

SERVICES = {"postgres", "nats", "signer", "ledger", "videogen", "sandbox", "bot"}


def beside(directory: Path, *command: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "NEUROCARDS_STACK": str(directory), **changes}
    environ = {name: value for name, value in environ.items() if value}
    run = module("infra.local", "exec", "--", *command)
    return subprocess.run(run, env=environ, capture_output=True, text=True, check=False)


async def user_of(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT current_user")
    finally:
        await connection.close()


async def test_the_product_runs_serves_the_console_survives_a_kill_and_stops(tmp_path: Path):
    directory = tmp_path / "own stack"
    around = {"TELEGRAM_BOT_TOKEN": "7:real", "DATABASE_URL": "postgresql://elsewhere/x"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in around.items():
            patch.setenv(name, value)
        async with running_stack(directory, {"LEDGER_WELCOME_CREDITS": "3"}) as stack:
            state = stack.state()
            assert set(state.services) == SERVICES
            granting = module("ledger", "grant", "tg:1", "5", "--reason", "compensation")
            refused = beside(directory, *granting, DATABASE_URL="")
            assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
            assert await user_of(state.database_url) == "ledger_reader"

            before = stack.pid_of("videogen")
            assert before is not None
            os.kill(before, signal.SIGKILL)
            await eventually(lambda: stack.pid_of("videogen") not in (None, before))
            assert any("videogen was ended by SIGKILL" in line for line in stack.log_lines())
    assert live_state(layout_at(directory)) is None
    with pytest.raises(StackError, match="is gone"):
        stack.state()


async def test_a_start_that_fails_says_why(tmp_path: Path):
    with pytest.raises(StackError) as failed:
        async with running_stack(tmp_path / "stack", {"LEDGER_PRICE_CREDITS": "banana"}):
            pass
    assert "ledger refuses its settings" in str(failed.value)
    assert "PRICE_CREDITS" in str(failed.value)
    assert live_state(layout_at(tmp_path / "stack")) is None


async def test_a_kept_stack_goes_on_until_it_is_stopped(tmp_path: Path):
    layout = layout_at(tmp_path / "stack")
    try:
        async with running_stack(layout.directory, keep=True) as stack:
            state = stack.state()
        assert live_state(layout) == state
        assert await user_of(state.service_database_url) == "ledger_service"
    finally:
        assert stop_stack(layout)
    assert live_state(layout) is None
    assert not stop_stack(layout)
