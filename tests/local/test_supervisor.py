"""The supervisor, with small programs in place of services."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psutil
import pytest

from infra.local import keeper
from infra.local.console import Console, says_ready
from infra.local.state import ServiceState
from infra.local.steps import Act, Once, Program, Step
from infra.local.supervisor import Supervisor
from tests.eventually import eventually
from tests.local import dummies
from tests.local.dummies import kept, once

PROMISED_STOP_S = 5.0


class Running:
    """A supervisor under test: what it printed and reported so far."""

    def __init__(self, *steps: Step) -> None:
        self._printed = io.StringIO()
        names = [step.name if isinstance(step, Act) else step.program.name for step in steps]
        self._supervisor = Supervisor(steps, Console(self._printed, names), self._report)
        self.stop = asyncio.Event()
        self.is_ready = False
        self.phases: list[str] = []
        self.services: dict[str, ServiceState] = {}

    async def run(self):
        return await self._supervisor.run(self.stop, self._on_ready)

    @property
    def lines(self) -> list[str]:
        return self._printed.getvalue().splitlines()

    def pid_of(self, name: str) -> int | None:
        return self.services[name].pid

    def _on_ready(self) -> None:
        self.is_ready = True

    def _report(self, phase: str, services: dict[str, ServiceState]) -> None:
        self.phases += [] if phase in self.phases else [phase]
        self.services = services


@asynccontextmanager
async def supervised(*steps: Step) -> AsyncIterator[Running]:
    """Run the steps until the end of the block; what they leave behind is a failure."""
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    running = Running(*steps)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(running.run())
        await eventually(lambda: running.is_ready or task.done(), within_s=30)
        assert running.is_ready, task.result()
        yield running
        running.stop.set()
        async with asyncio.timeout(PROMISED_STOP_S):
            assert await task is None
    assert {process.pid for process in psutil.Process().children(recursive=True)} <= before


async def refused(*steps: Step) -> tuple[str, Running]:
    running = Running(*steps)
    trouble = await running.run()
    assert trouble is not None
    assert not running.is_ready
    return str(trouble), running


def children_of(running: Running) -> list[int]:
    [line] = [line for line in running.lines if "children" in line]
    return [int(word) for word in line.split()[-2:]]


def gone(pid: int) -> Callable[[], bool]:
    def probe() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return probe


async def test_steps_are_taken_in_order_and_stopped_in_reverse():
    async def act() -> None:
        acted.append(list(running.services))

    acted: list[list[str]] = []
    running = Running(kept("first"), Act("act", act), once("task", "say('done')"), kept("last"))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(running.run())
        await eventually(lambda: running.is_ready)
        running.stop.set()
    assert acted == [["first"]]
    said = [line.split(" | ")[0].strip() + ":" + line.split()[-1] for line in running.lines]
    order = ["first:up", "task:done", "last:up", "last:bye", "first:bye"]
    assert [word for word in said if word in order] == order
    assert running.phases == ["starting", "ready", "stopping"]


async def test_each_line_has_the_name_of_its_program_before_it():
    async with supervised(kept("a"), kept("longer")) as running:
        pass
    assert "a      | up" in running.lines
    assert "longer | up" in running.lines


async def test_a_terminal_sees_each_program_in_its_colour():
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    printed = Terminal()
    console = Console(printed, ["a", "b"])
    console.write("a", "text")
    console.write("b", "text")
    assert printed.getvalue() == "\x1b[36ma |\x1b[0m text\n\x1b[33mb |\x1b[0m text\n"


async def test_a_log_with_huge_lines_and_broken_letters_is_shown_and_goes_on():
    async with supervised(kept("noisy", dummies.NOISY)) as running:
        text = "\n".join(running.lines)
    assert sum(line.count("x") for line in running.lines if "| x" in line) == 200_000
    assert "\ufffd\ufffd broken" in text
    assert "to stderr" in text


async def test_a_service_that_is_killed_is_started_again():
    async with supervised(kept("other"), kept("victim")) as running:
        other, victim = running.pid_of("other"), running.pid_of("victim")
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        await eventually(lambda: running.services["victim"].restarts == 1)
        await eventually(lambda: running.pid_of("victim") not in (victim, None))
        assert running.pid_of("other") == other
    assert any("victim was ended by SIGKILL; again in 0.2 s" in line for line in running.lines)


async def test_a_service_that_ran_long_is_started_again_soon(monkeypatch):
    monkeypatch.setattr(keeper, "STEADY_AFTER_S", 0.0)
    async with supervised(kept("victim")) as running:
        for deaths in (1, 2, 3):
            await eventually(lambda: running.pid_of("victim"))
            os.kill(running.pid_of("victim"), signal.SIGKILL)
            await eventually(lambda deaths=deaths: running.services["victim"].restarts == deaths)
    told = [line for line in running.lines if "again in" in line]
    assert len(told) == 3
    assert all(line.endswith("again in 0.2 s") for line in told)


async def test_a_service_that_keeps_dying_is_started_less_and_less_often():
    async with supervised(kept("ephemeral", dummies.SHORT_LIVED)) as running:
        await eventually(lambda: running.services["ephemeral"].restarts == 3)
    told = [line for line in running.lines if "again in" in line]
    assert [line.split()[-2] for line in told][:3] == ["0.2", "0.5", "1.0"]
    assert all("ended with exit code 3" in line for line in told)


async def test_services_that_ignore_the_signal_are_killed_in_time():
    # The block's end asserts the time and that nothing is left.
    async with supervised(*(kept(f"stubborn{i}", dummies.STUBBORN) for i in range(6))):
        pass


async def test_a_frozen_service_is_thawed_so_that_it_can_stop_in_order():
    async with supervised(kept("frozen")) as running:
        pid = running.pid_of("frozen")
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
    assert "frozen | bye" in running.lines


async def test_what_a_service_started_ends_with_it():
    async with supervised(kept("parent", dummies.PARENT)) as running:
        started = children_of(running)
    for pid in started:
        await eventually(gone(pid))


async def test_what_a_killed_service_started_ends_before_it_is_started_again():
    async with supervised(kept("parent", dummies.PARENT)) as running:
        child, loner = children_of(running)
        parent = running.pid_of("parent")
        assert parent is not None
        os.kill(parent, signal.SIGKILL)
        await eventually(lambda: running.services["parent"].restarts == 1)
        assert gone(child)()
    # It had left the group on purpose, which is what a browser would do; nobody can know it.
    os.kill(loner, signal.SIGKILL)


async def test_wrong_settings_end_the_start_at_once_with_their_reason():
    trouble, running = await refused(kept("good"), kept("wrong", dummies.MISCONFIGURED))
    assert trouble == "wrong refuses its settings; its last word: settings are wrong: PRICE"
    assert "good  | bye" in running.lines
    assert running.services["wrong"].restarts <= 1


async def test_a_service_that_waits_for_a_decision_ends_the_start_at_once():
    trouble, running = await refused(kept("careful", dummies.CONTRADICTED))
    assert trouble == "careful needs a decision; its last word: this is another log"
    assert running.services["careful"].restarts <= 1


async def test_a_service_that_cannot_live_ends_the_start():
    trouble, _ = await refused(kept("hopeless", dummies.HOPELESS))
    assert trouble == "hopeless ended 4 times before it was ready; its last word: no database"


async def test_only_the_event_itself_means_ready():
    trouble, _ = await refused(kept("talker", dummies.NEVER_READY, ready_within_s=0.5))
    assert trouble.startswith("talker was not ready within 0.5 s; its last word: I have heard")


async def test_a_failed_task_ends_the_start():
    trouble, running = await refused(kept("good"), once("task", "say('bad news'); sys.exit(4)"))
    assert trouble == "task failed with exit code 4; its last word: bad news"
    assert "good | bye" in running.lines


async def test_a_program_that_does_not_exist_ends_the_start():
    trouble, _ = await refused(Once(Program("missing", ("/no/such",), {})))
    assert trouble.startswith("missing cannot be started: ")


async def test_a_stop_in_the_middle_of_the_start_is_obeyed():
    running = Running(kept("good"), kept("slow", dummies.NEVER_READY), kept("never"))
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(running.run())
        await eventually(lambda: any("I have heard" in line for line in running.lines))
        running.stop.set()
        async with asyncio.timeout(PROMISED_STOP_S):
            assert await task is None
    assert not running.is_ready
    assert "never" not in running.services
    assert "good  | bye" in running.lines


@pytest.mark.parametrize(
    ("line", "is_ready"),
    [
        ("2026-11-23T03:39:54Z [info     ] service ready service=bot", True),
        ('{"service": "bot", "event": "service ready", "level": "info"}', True),
        ('{"event":"service ready"}', True),
        ("2026-11-23T03:39:54Z [info     ] waiting for service ready", False),
        ('2026-11-23T03:39:54Z [info     ] text said by="service ready"', False),
        ('{"event": "a text", "said": "service ready"}', False),
        ("service ready", False),
    ],
)
def test_readiness_is_read_from_both_shapes_of_the_log(line, is_ready):
    assert says_ready(line) is is_ready
