"""KIE as a provider of the service, against the emulator: one task a job, whatever goes wrong."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from contracts.orders import Format
from tests.eventually import eventually
from tests.kie_fixture import RunningKie
from tests.kie_provider_world import (
    JOB_ID,
    SCALE,
    Said,
    brief_of,
    living_kie,
    opened,
    settings_for,
    submitted,
    tasks_per_photo,
)
from videogen.failures import ProviderCallError, Trouble
from videogen.kie.callback_server import hearing_callbacks
from videogen.kie.catalogue import CatalogueError
from videogen.kie.outcomes import Finished
from videogen.provider import ProviderFailure, Rejected, SubmitUnknown, Task
from videogen.video import inspect

HASTY_S = 0.3
PATIENCE_S = 60
FAR = 30 * SCALE


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_living_kie(tmp_path_factory) -> AsyncGenerator[RunningKie]:
    async with living_kie(tmp_path_factory.mktemp("films")) as one:
        yield one


@pytest.fixture
def kie(shared_living_kie: RunningKie) -> Generator[RunningKie]:
    shared_living_kie.make_new()
    yield shared_living_kie
    # Every test here also proves this.
    assert max(tasks_per_photo(shared_living_kie), default=0) <= 1


@pytest.fixture
def said(tmp_path) -> Said:
    return Said(tmp_path / "desk")


async def submit(kie, said, **values):
    async with opened(kie, **values) as provider:
        return await provider.submit(brief_of(), said.desk)


async def bring(kie, said, **values):
    async with opened(kie, **values) as provider:
        task = await submitted(provider, brief_of(), said.desk)
        return await provider.bring(task, brief_of(), said.desk)


async def looks(kie) -> int:
    return len(await kie.seen("calls?endpoint=recordInfo"))


@pytest.mark.parametrize("shape", list(Format))
async def test_a_film_of_each_format_comes_out_in_our_form(kie, said, shape):
    brief = brief_of("Кружка, as a model makes it", shape)
    async with opened(kie) as provider:
        task = await submitted(provider, brief, said.desk)
        film = await provider.bring(task, brief, said.desk)
    video = await inspect(film, shape)
    assert 2_900 <= video.duration_ms <= 3_100
    assert said.words == ["rendering", Decimal(27)]


async def test_the_task_is_kept_with_all_that_is_needed_to_ask_again(kie, said):
    async with opened(kie) as provider:
        task = await submitted(provider, brief_of(), said.desk)
        [made] = await kie.seen("tasks")
        assert (task.provider, task.task_id) == ("kie", made["task_id"])
        assert (task.key_id, task.route) == (provider.client.key_ids[0], "market")


async def test_after_a_restart_the_same_task_is_followed(kie, said):
    async with opened(kie) as provider:
        task = await submitted(provider, brief_of(), said.desk)
    async with opened(kie) as provider:
        kept = Task.model_validate_json(task.model_dump_json())
        film = await provider.bring(kept, brief_of(), said.desk)
    assert film.exists()
    assert tasks_per_photo(kie) == [1]


async def test_one_poller_follows_many_tasks_within_the_rates(kie, tmp_path):
    colors = ["red", "green", "blue", "teal", "navy", "gold"]
    desks = [Said(tmp_path / color).desk for color in colors]
    async with opened(kie, kie_poll_s=0.02) as provider:

        async def one(desk, color):
            brief = brief_of(job_id=UUID(int=colors.index(color)), color=color)
            return await provider.poller.ended(await submitted(provider, brief, desk))

        ends = await asyncio.gather(*map(one, desks, colors))
    assert {type(end) for end in ends} == {Finished}
    calls = await kie.seen("calls")
    assert {call["code"] for call in calls} == {200}
    assert len(await kie.seen("tasks")) == len(colors)


async def test_a_task_that_is_woken_is_looked_at_at_once(kie, said):
    async with opened(kie, kie_poll_s=PATIENCE_S) as provider:
        task = await submitted(provider, brief_of(), said.desk)
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(provider.poller.ended(task))

            async def is_made():
                [made] = await kie.seen("tasks")
                return made["state"] == "success"

            await eventually(is_made)
            assert await looks(kie) == 0
            provider.wake("of somebody else")
            provider.wake(task.task_id)
            await waiting
        assert await looks(kie) == 1


async def test_a_job_that_is_cancelled_is_not_looked_at_any_more(kie, said):
    await kie.sim("faults", kind="stuck")
    async with opened(kie) as provider:
        task = await submitted(provider, brief_of(), said.desk)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(HASTY_S):
                await provider.bring(task, brief_of(), said.desk)
        before = await looks(kie)
        provider.wake(task.task_id)
        await asyncio.sleep(0)
        assert before >= 2
        assert await looks(kie) == before


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ({"kind": "refuse", "code": 402}, Trouble.BALANCE_EMPTY),
        ({"kind": "refuse", "code": 433}, Trouble.KEY_CAPPED),
        ({"kind": "refuse", "code": 455}, Trouble.MAINTENANCE),
        ({"kind": "refuse", "code": 451}, Trouble.UPLOAD_NOT_FETCHED),
        ({"kind": "cloudflare_403"}, Trouble.EDGE_BLOCKED),
    ],
)
async def test_a_refused_submission_is_rejected_for_its_reason(kie, said, fault, trouble):
    await kie.sim("faults", endpoint="createTask", **fault)
    outcome = await submit(kie, said)
    assert type(outcome) is Rejected
    assert outcome.failure.trouble is trouble
    assert await kie.seen("tasks") == []


@pytest.mark.parametrize(
    ("kind", "trouble", "tasks"),
    [
        ("html_502", Trouble.EDGE_FAILED, 0),
        ("reset", Trouble.NO_REPLY, 0),
        ("hang", Trouble.NO_REPLY, 0),
        ("hang_after", Trouble.NO_REPLY, 1),
        ("lost_reply", Trouble.NO_REPLY, 1),
    ],
)
async def test_a_submission_without_a_plain_answer_stays_unknown(kie, said, kind, trouble, tasks):
    await kie.sim("faults", kind=kind, endpoint="createTask")
    outcome = await submit(kie, said, kie_call_limit_s=HASTY_S)
    assert type(outcome) is SubmitUnknown
    assert outcome.failure.trouble is trouble
    assert len(await kie.seen("tasks")) == tasks


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ({"kind": "html_502"}, Trouble.UPLOAD_FAILED),
        ({"kind": "reset"}, Trouble.UPLOAD_FAILED),
        ({"kind": "refuse", "code": 401}, Trouble.KEY_REFUSED),
    ],
)
async def test_an_upload_that_fails_is_a_certain_no(kie, said, fault, trouble):
    await kie.sim("faults", endpoint="file-stream-upload", **fault)
    outcome = await submit(kie, said)
    assert type(outcome) is Rejected
    assert outcome.failure.trouble is trouble
    assert outcome.failure.is_rejection
    assert await kie.seen("calls?endpoint=createTask") == []


async def test_a_format_that_the_offer_has_not_is_rejected_before_the_upload(kie, said):
    async with opened(kie, kie_offer="veo") as provider:
        outcome = await provider.submit(brief_of(shape=Format.SQUARE), said.desk)
    assert type(outcome) is Rejected
    assert outcome.failure.trouble is Trouble.REQUEST_REFUSED
    assert await kie.seen("calls") == []


async def test_a_photo_that_cannot_be_read_is_refused_before_the_upload(kie, said):
    brief = brief_of()
    async with opened(kie) as provider:
        broken = type(brief)(JOB_ID, brief.photo[:300], "Кружка", brief.template)
        outcome = await provider.submit(broken, said.desk)
    assert type(outcome) is Rejected
    assert outcome.failure.trouble is Trouble.PHOTO_REFUSED
    assert await kie.seen("calls") == []


async def test_an_offer_that_the_catalogue_has_not_is_told_at_the_start(kie):
    with pytest.raises(CatalogueError, match="KIE_OFFER is sora, but the offers are grok"):
        async with opened(kie, kie_offer="sora"):
            pass


@pytest.mark.parametrize("offer", ["grok", "seedance", "hailuo", "wan", "kling", "veo"])
async def test_every_offer_is_accepted_as_it_is_asked_for(kie, said, offer):
    brief = brief_of("Кружка «Север». " * 60)
    async with opened(kie, kie_offer=offer) as provider:
        await submitted(provider, brief, said.desk)


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ({"kind": "fail", "fail_code": "501", "fail_msg": "oops"}, Trouble.GENERATION_FAILED),
        ({"kind": "fail", "fail_msg": "image was flagged"}, Trouble.CONTENT_REFUSED),
        ({"kind": "empty_result"}, Trouble.RESULT_EMPTY),
        ({"kind": "hidden", "delay_s": FAR}, Trouble.TASK_NOT_VISIBLE),
    ],
)
async def test_a_task_without_a_film_fails_for_its_reason(kie, said, fault, trouble):
    await kie.sim("faults", **fault)
    # Whoever gives up waits 120 times as long as this before.
    with pytest.raises(ProviderFailure) as failure:
        await bring(kie, said, kie_poll_s=0.01)
    assert failure.value.failure.trouble is trouble
    assert said.words == ["rendering"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html_502", "times": 3},
        {"kind": "refuse", "code": 455, "times": 2},
        {"kind": "refuse", "code": 401},
        {"kind": "cloudflare_403"},
        {"kind": "reset"},
        {"kind": "hang"},
    ],
)
async def test_trouble_with_looking_never_ends_a_job(kie, said, fault):
    await kie.sim("faults", endpoint="recordInfo", **fault)
    async with opened(kie, kie_poll_s=0.01, kie_call_limit_s=HASTY_S) as provider:
        task = await submitted(provider, brief_of(), said.desk)
        assert type(await provider.poller.ended(task)) is Finished


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "late", "delay_s": 0.5 * SCALE},
        {"kind": "hidden", "delay_s": 0.3 * SCALE},
        {"kind": "expired_result"},
        {"kind": "html_502", "endpoint": "file", "times": 2},
    ],
)
async def test_a_film_that_comes_late_or_with_difficulty_is_brought(kie, said, fault):
    await kie.sim("faults", **fault)
    film = await bring(kie, said)
    assert film.exists()


async def test_a_film_that_cannot_be_fetched_for_now_may_be_fetched_later(kie, said):
    await kie.sim("faults", kind="html_502", endpoint="file", times=4)
    async with opened(kie, kie_poll_s=0.01) as provider:
        task = await submitted(provider, brief_of(), said.desk)
        with pytest.raises(ProviderCallError):
            await provider.bring(task, brief_of(), said.desk)
        film = await provider.bring(task, brief_of(), said.desk)
    assert film.exists()


async def test_a_lost_submission_is_found_by_its_callback(kie, said):
    await kie.sim("faults", kind="lost_reply", endpoint="createTask")
    heard = asyncio.Queue()

    async def on_callback(job_id, task_id):
        heard.put_nowait((job_id, task_id))

    listening = settings_for(kie, kie_callback_port=0)
    async with hearing_callbacks(listening, on_callback, partial(datetime.now, UTC)) as port:
        values = {"kie_callback_url": f"http://127.0.0.1:{port}"}
        assert type(await submit(kie, said, **values)) is SubmitUnknown
        async with asyncio.timeout(10):
            job_id, task_id = await heard.get()
    assert job_id == JOB_ID
    async with opened(kie, **values) as provider:
        assert await provider.find(UUID(int=8), task_id) is None
        assert await provider.find(JOB_ID, "no such task") is None
        task = await provider.find(JOB_ID, task_id)
        film = await provider.bring(task, brief_of(), said.desk)
    assert film.exists()
    assert tasks_per_photo(kie) == [1]


async def test_a_lost_submission_to_veo_is_found_after_the_offer_was_changed(kie, said):
    url = {"kie_callback_url": "http://127.0.0.1:9/kie"}
    async with opened(kie, kie_offer="veo", **url) as provider:
        made = await submitted(provider, brief_of(), said.desk)
    async with opened(kie, **url) as provider:
        assert await provider.find(JOB_ID, made.task_id) == made


async def test_what_cannot_be_asked_is_not_called_missing(kie):
    await kie.sim("faults", kind="html_502", endpoint="recordInfo")
    async with opened(kie) as provider:
        with pytest.raises(ProviderCallError):
            await provider.find(JOB_ID, "some task")


async def test_the_photo_and_the_words_reach_the_model(kie, said):
    await submit(kie, said)
    [task] = kie.world.tasks
    assert task.photos[0].data.startswith(b"\xff\xd8\xff")
    assert "The product: Кружка" in task.order.input.prompt
    [upload] = task.order.input.photo_urls
    assert httpx.URL(upload).path.endswith("/upload-of-tests-0.jpg")
