"""A whole stack as a process: its lock, its state file, its end, and its way back after a crash."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from contracts.bus import BusSettings, open_bus
from contracts.topology import Service
from infra.local.layout import Layout, layout_at
from infra.local.running import Stack, stop_stack
from infra.local.state import State, live_state, read_state
from tests.eventually import eventually

START_S = 60.0
STOP_S = 5.0


class Driver:
    """Starts stacks in one folder and ends them with the test."""

    def __init__(self, layout: Layout, log: Path) -> None:
        self.layout = layout
        self._log = log
        self._started: list[subprocess.Popen[bytes]] = []

    async def start(self, *flags: str) -> "subprocess.Popen[bytes]":
        process = self.spawn(*flags)
        await eventually(lambda: self._is_ready(process), within_s=START_S)
        return process

    def spawn(self, *flags: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-P", "-m", "tests.local.driver", str(self.layout.directory)]
        return self.run(*command, *flags)

    def run(self, *command: str) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        self._started.append(process)
        return process

    def state(self) -> State:
        return Stack(self.layout).state()

    @property
    def log(self) -> str:
        return self._log.read_text()

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.wait()
        stop_stack(self.layout)

    def _is_ready(self, process: "subprocess.Popen[bytes]") -> bool:
        assert process.poll() is None, self.log
        state = read_state(self.layout)
        return bool(state and state.supervisor_pid == process.pid and state.state == "ready")


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    driver = Driver(layout_at(tmp_path / "a stack"), tmp_path / "driver.log")
    yield driver
    driver.close()


def processes_of(state: State, log: str) -> list[int]:
    """Return every process that the stack started, grandchildren too."""
    known = [service.pid for service in state.services.values() if service.pid]
    children = [psutil.Process(pid).children(recursive=True) for pid in known]
    lines = [line for line in log.splitlines() if "children" in line]
    named = [int(word) for word in lines[-1].split()[-2:]]
    return [*known, *(child.pid for found in children for child in found), *named]


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def all_gone(pids: list[int]) -> None:
    await eventually(lambda: all(map(is_gone, pids)), within_s=5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_stops_everything_in_time_and_leaves_nothing(driver: Driver, number):
    process = await driver.start()
    started = processes_of(driver.state(), driver.log)
    process.send_signal(number)
    assert process.wait(STOP_S) == 0
    assert all(map(is_gone, started))
    assert not driver.layout.state_file.exists()


async def test_a_second_start_is_refused_and_the_first_goes_on(driver: Driver):
    await driver.start()
    before = driver.state()
    assert driver.spawn().wait(START_S) == 1
    assert f"a stack is running in {driver.layout.directory}" in driver.log
    assert driver.state() == before


async def test_after_kill_9_of_the_supervisor_the_next_start_ends_what_was_left(driver: Driver):
    process = await driver.start()
    left = processes_of(driver.state(), driver.log)
    process.kill()
    process.wait()
    assert live_state(driver.layout) is None
    assert not any(map(is_gone, left))
    await driver.start()
    await all_gone(left)
    assert "left from last time and ended now: videogen, ledger" in driver.log


async def test_a_stranger_with_a_recorded_number_is_left_alone(driver: Driver):
    process = await driver.start()
    state = driver.state()
    process.kill()
    process.wait()
    pid = state.services["ledger"].pid
    assert pid is not None
    # The same number, born at another time: another process.
    born = state.services["ledger"].started_at
    text = driver.layout.state_file.read_text()
    driver.layout.state_file.write_text(text.replace(str(born), str(born - 1000)))
    await driver.start()
    assert not is_gone(pid)
    os.kill(pid, signal.SIGKILL)


async def test_a_killed_service_shows_its_new_pid_in_the_state(driver: Driver):
    await driver.start()
    before = driver.state().services["ledger"]
    assert before.pid is not None
    os.kill(before.pid, signal.SIGKILL)
    await eventually(lambda: driver.state().services["ledger"].restarts == 1)
    await eventually(lambda: driver.state().services["ledger"].pid not in (None, before.pid))


async def test_a_stack_that_follows_a_process_stops_when_it_is_gone(driver: Driver):
    followed = driver.run("/bin/sleep", "1000")
    process = await driver.start(str(followed.pid))
    followed.kill()
    followed.wait()
    assert process.wait(STOP_S + 2) == 0


async def test_secrets_are_for_their_owner_alone(driver: Driver):
    await driver.start("servers")
    folder = driver.layout.directory
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [folder / "stack.json", folder / "key", folder / "nats" / "nats.conf"]
    files += (folder / "nats" / "seeds").glob("*.nk")
    assert len(files) == 3 + len(Service)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert not (folder / "postgres" / "password").exists()


async def test_servers_keep_their_data_ports_and_passwords_from_one_start_to_the_next(
    driver: Driver,
):
    process = await driver.start("servers")
    before = driver.state()
    await _store(before)
    process.terminate()
    assert process.wait(STOP_S) == 0
    await driver.start("servers")
    after = driver.state()
    assert after.database_url == before.database_url
    assert after.nats_url == before.nats_url
    await _check_stored(after)


async def test_after_kill_9_of_everything_the_next_start_has_all_that_was_stored(driver: Driver):
    process = await driver.start("servers")
    before = driver.state()
    started = processes_of(before, driver.log)
    await _store(before)
    for pid in [process.pid, *started]:
        if not is_gone(pid):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    await driver.start("servers")
    await _check_stored(driver.state())


async def test_a_server_that_is_killed_comes_back(driver: Driver):
    await driver.start("servers")
    await _store(driver.state())
    for name in ("postgres", "nats"):
        pid = driver.state().services[name].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    await eventually(lambda: _is_stored(driver.state()), within_s=20)


async def _store(state: State) -> None:
    connection = await asyncpg.connect(state.owner_database_url)
    await connection.execute("CREATE TABLE kept (word text)")
    await connection.execute("INSERT INTO kept VALUES ('word')")
    await connection.close()
    settings = BusSettings(nats_url=state.nats_url, nats_seed_file=Path(state.nats_seeds["ledger"]))
    async with open_bus(settings, Service.LEDGER) as bus:
        await bus.js.add_stream(name="LEDGER", subjects=["ledger.event.>"])
        await bus.publish("ledger.event.kept.tg:1", b"word", message_id="1")


async def _check_stored(state: State) -> None:
    connection = await asyncpg.connect(state.owner_database_url)
    assert await connection.fetchval("SELECT word FROM kept") == "word"
    await connection.close()
    settings = BusSettings(nats_url=state.nats_url, nats_seed_file=Path(state.nats_seeds["ledger"]))
    async with open_bus(settings, Service.LEDGER) as bus:
        assert (await bus.js.get_msg("LEDGER", 1)).data == b"word"


async def _is_stored(state: State) -> bool:
    try:
        await _check_stored(state)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    return True
