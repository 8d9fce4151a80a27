"""The sandbox decides which jobs fail or wait; the provider inside knows nothing of it."""

import asyncio
from uuid import UUID

import pytest

from contracts.orders import Template
from infra.sandbox.faults import Faults
from infra.sandbox.videogen import HELD, HOLD, FailingProvider, SlowProvider
from tests.eventually import eventually
from tests.videogen_doubles import FakeProvider
from videogen.failures import Trouble
from videogen.provider import Brief, Desk, ProviderFailure, Task

TASK = Task(provider="fake", task_id="t-1")


def brief_of(text):
    return Brief(UUID(int=3), b"", text, Template.AD)


@pytest.fixture
def desk(tmp_path):
    async def tell(*_):
        pass

    return Desk(tmp_path, rendering=tell, fetching=tell)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("Кружка, проверка сбоя", Trouble.GENERATION_FAILED),
        ("ПРОВЕРКА ФОТО", Trouble.CONTENT_REFUSED),
    ],
)
async def test_a_product_text_can_ask_for_a_failure(desk, text, trouble):
    with pytest.raises(ProviderFailure) as failure:
        await FailingProvider(FakeProvider()).bring(TASK, brief_of(text), desk)
    assert failure.value.failure.trouble is trouble


async def test_any_other_text_is_rendered(desk):
    inner = FakeProvider(video=b"film")
    file = await FailingProvider(inner).bring(TASK, brief_of("Кружка без сбоев"), desk)
    assert file.read_bytes() == b"film"


async def test_a_held_job_waits_until_the_hold_is_lifted(desk, tmp_path):
    faults = Faults(tmp_path / "faults")
    inner = FakeProvider()
    faults.arm(HOLD)
    async with asyncio.TaskGroup() as tasks:
        making = tasks.create_task(
            SlowProvider(inner, faults).bring(TASK, brief_of("Кружка"), desk)
        )
        held = await eventually(lambda: faults.armed(HELD))
        assert held.endswith(str(UUID(int=3)))
        assert inner.brought == []
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
