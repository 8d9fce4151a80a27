"""The sandbox decides which jobs fail or wait; the provider inside knows nothing of it."""

import asyncio
from uuid import UUID

import pytest

from contracts.orders import Template
from infra.sandbox.faults import Faults
from infra.sandbox.videogen import HELD, HOLD, FailingProvider, SlowProvider
from tests.eventually import eventually
from videogen.failures import Trouble
from videogen.local import LocalProvider
from videogen.provider import Brief, Desk, ProviderFailure, Task

TASK = Task(provider="inner", task_id="3")


class Inner(LocalProvider):
    """Brings at once, and keeps whose film it brought."""

    brought = ()

    async def bring(self, task, brief, desk):
        type(self).brought = (*self.brought, (task, brief.product_text))
        return desk.folder / "film.mp4"


@pytest.fixture
def inner():
    Inner.brought = ()
    return Inner(room=3)


def brief_of(text):
    return Brief(UUID(int=3), b"", text, Template.AD)


@pytest.fixture
def said():
    return []


@pytest.fixture
def desk(tmp_path, said):
    async def rendering():
        said.append("rendering")

    async def fetching(_):
        said.append("fetching")

    return Desk(tmp_path, rendering, fetching)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("Кружка, проверка сбоя", Trouble.GENERATION_FAILED),
        ("ПРОВЕРКА ФОТО", Trouble.CONTENT_REFUSED),
    ],
)
async def test_a_product_text_can_ask_for_a_failure(inner, desk, said, text, trouble):
    with pytest.raises(ProviderFailure) as failure:
        await FailingProvider(inner).bring(TASK, brief_of(text), desk)
    assert failure.value.failure.trouble is trouble
    assert said == ["rendering"]
    assert inner.brought == ()


async def test_any_other_text_is_rendered(inner, desk):
    file = await FailingProvider(inner).bring(TASK, brief_of("Кружка без сбоев"), desk)
    assert file == desk.folder / "film.mp4"
    assert inner.brought == ((TASK, "Кружка без сбоев"),)


async def test_in_everything_else_it_is_the_provider_inside(inner, desk):
    around = SlowProvider(FailingProvider(inner), Faults(None))
    assert (around.name, around.room, around.usual_s) == ("local", 3, 20.0)
    assert (around.submits_for_free, around.goes_on_alone) == (True, False)
    submitted = await around.submit(brief_of("Кружка"), desk)
    assert submitted == await inner.submit(brief_of("Кружка"), desk)
    assert await around.find(UUID(int=3), str(UUID(int=3))) == submitted.task
    assert await around.find(UUID(int=3), "another") is None
    around.wake("3")


async def test_a_held_job_waits_until_the_hold_is_lifted(inner, desk, tmp_path):
    faults = Faults(tmp_path / "faults")
    faults.arm(HOLD)
    async with asyncio.TaskGroup() as tasks:
        slow = SlowProvider(inner, faults)
        making = tasks.create_task(slow.bring(TASK, brief_of("Кружка"), desk))
        held = await eventually(lambda: faults.armed(HELD))
        assert held.endswith(str(UUID(int=3)))
        assert inner.brought == ()
        faults.disarm(HOLD)
        await making
    assert len(inner.brought) == 1
    assert faults.armed(HELD) is None


def test_a_fault_is_armed_until_it_is_disarmed(tmp_path):
    faults = Faults(tmp_path / "faults")
    assert faults.armed("x") is None
    faults.arm("x", "да")
    assert faults.armed("x") == "да"
    faults.disarm("x")
    faults.disarm("x")
    assert faults.armed("x") is None


def test_a_one_shot_fault_is_taken_once(tmp_path):
    faults = Faults(tmp_path)
    faults.arm("x", "1")
    assert faults.take("x") == "1"
    assert faults.take("x") is None
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_nothing_is_ever_armed():
    faults = Faults(None)
    assert faults.armed("x") is None
    assert faults.take("x") is None
    with pytest.raises(LookupError):
        faults.arm("x")


@pytest.mark.parametrize("name", ["", "../x", "A", "x/y", ".x"])
def test_a_fault_has_a_plain_name(tmp_path, name):
    with pytest.raises(ValueError, match="a fault's name"):
        Faults(tmp_path).arm(name)
