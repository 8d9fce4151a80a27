"""The service as a process on a real nats-server, with the rights it has in production."""

import hashlib
import signal
from contextlib import AsyncExitStack

import pytest

from contracts.messages import FailureReason, RefusalCode, VideoFailed, VideoReady
from contracts.topology import facts_object, thumbnail_object, video_object
from infra.sandbox.journey.films import described
from infra.sandbox.videogen import HELD, HOLD
from tests.eventually import eventually
from tests.videogen_doubles import deducted_of, order_of, photo_of
from tests.videogen_world import is_alive, videogen_world

PHOTO = photo_of(size=(600, 800))
STAGES = ["preparing", "rendering", "finishing", "video_ready"]


async def test_an_order_becomes_a_stored_video_and_one_fact(nats_server, tmp_path):
    async with videogen_world(nats_server, tmp_path) as world, world.worker():
        order = order_of(PHOTO)
        deducted = await world.place(order, PHOTO)
        await world.deduct(deducted, "1")
        ready = await world.outcome()
        assert isinstance(ready, VideoReady)
        assert (ready.job_id, ready.account) == (order.job_id, order.account)
        assert (ready.width, ready.height, ready.duration_ms) == (720, 1280, 7_000)
        video = await world.video(video_object(order.job_id))
        assert hashlib.sha256(video).hexdigest() == ready.video_digest
        assert len(video) == ready.size_bytes
        assert (await world.video(thumbnail_object(order.job_id))).startswith(b"\xff\xd8")
        facts = VideoReady.model_validate_json(await world.video(facts_object(order.job_id)))
        assert facts == ready
        (tmp_path / "video.mp4").write_bytes(video)
        assert "h264 (High)" in described(tmp_path / "video.mp4")
        await eventually(lambda: world.stages == STAGES)

        # The ledger publishes the fact again after a refill: nothing new comes of it.
        stored = await world.stored_facts()
        await world.deduct(deducted, "1-again")
        await eventually(world.unfinished_jobs_are_none, within_s=10)
        assert await world.stored_facts() == stored == 4
        assert (len(world.starts), len(world.outcomes)) == (1, 1)


@pytest.mark.parametrize("code", [RefusalCode.DEDUCTION_CLOSED, RefusalCode.TOO_LITTLE_TIME])
async def test_nothing_is_said_or_kept_of_a_job_that_may_not_start(nats_server, tmp_path, code):
    async with videogen_world(nats_server, tmp_path) as world, world.worker():
        world.refusal = code
        order = order_of(PHOTO)
        await world.deduct(await world.place(order, PHOTO), "1")
        await eventually(lambda: world.starts)
        await eventually(world.unfinished_jobs_are_none, within_s=10)
        assert await world.stored_facts() == 0


async def test_a_bad_message_is_set_aside_and_the_worker_goes_on(nats_server, tmp_path):
    async with videogen_world(nats_server, tmp_path) as world, world.worker():
        await world.deduct(b"\xffnot a fact", "1")
        await world.deduct(b'{"account": "tg:42"}', "2")
        missing = deducted_of(order_of(PHOTO, account="tg:7"))
        await world.deduct(missing, "3")
        failed = await world.outcome()
        assert (failed.job_id, failed.reason) == (missing.job_id, FailureReason.ORDER_MISSING)
        info = await world.ledger.js.stream_info("SET_ASIDE")
        assert info.state.messages >= 2
        await eventually(world.unfinished_jobs_are_none, within_s=10)


async def test_an_order_that_was_changed_after_the_deduction_is_missing(nats_server, tmp_path):
    async with videogen_world(nats_server, tmp_path) as world, world.worker():
        order = order_of(PHOTO)
        await world.place(order, PHOTO)
        await world.deduct(deducted_of(order, digest="0" * 64), "1")
        failed = await world.outcome()
        assert isinstance(failed, VideoFailed)
        assert failed.reason is FailureReason.ORDER_MISSING
        assert world.starts == []


async def test_the_sandbox_phrase_fails_a_job_by_name(nats_server, tmp_path):
    async with videogen_world(nats_server, tmp_path) as world, world.worker():
        order = order_of(PHOTO, text="Кружка, проверка сбоя")
        await world.deduct(await world.place(order, PHOTO), "1")
        failed = await world.outcome()
        assert failed.reason is FailureReason.PROVIDER_UNAVAILABLE


async def test_a_killed_workers_job_is_taken_over_and_gives_one_video(nats_server, tmp_path):
    async with videogen_world(nats_server, tmp_path) as world, AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(world.worker(name)) for name in "ab"]
        order = order_of(PHOTO)
        await world.deduct(await world.place(order, PHOTO), "1")

        killed = await eventually(lambda: next((w for w in workers if w.ffmpeg_pids()), None))
        [ffmpeg] = killed.ffmpeg_pids()
        killed.process.send_signal(signal.SIGKILL)
        killed.process.wait(timeout=5)
        await eventually(lambda: not is_alive(ffmpeg))

        ready = await world.outcome()
        assert isinstance(ready, VideoReady)
        assert len(world.starts) == 2
        await eventually(lambda: world.stages == STAGES)
        await eventually(world.unfinished_jobs_are_none, within_s=10)
        assert len(world.outcomes) == 1

        # The next worker clears away what the killed one could not, and only that.
        assert len(list(world.work.glob("worker-*"))) == 2
        async with world.worker("c"):
            left = {folder.name.split("-")[1] for folder in world.work.glob("worker-*")}
            assert str(killed.pid) not in left
            assert len(left) == 2


async def test_a_stopped_worker_first_ends_what_it_has_begun(nats_server, tmp_path):
    async with videogen_world(nats_server, tmp_path) as world, AsyncExitStack() as stack:
        worker = await stack.enter_async_context(world.worker())
        orders = [order_of(PHOTO, account=f"tg:{number}") for number in (1, 2)]
        for order in orders:
            await world.deduct(await world.place(order, PHOTO), str(order.job_id))
        await eventually(worker.ffmpeg_pids)
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(timeout=20) == 0
        assert isinstance(await world.outcome(within_s=1), VideoReady)
        assert list(world.work.glob("worker-*")) == []
        assert "Traceback" not in worker.log.read_text()


async def test_a_worker_that_may_not_wait_gives_its_job_back_at_once(nats_server, tmp_path):
    async with videogen_world(nats_server, tmp_path) as world, AsyncExitStack() as stack:
        first = await stack.enter_async_context(world.worker("first", VIDEOGEN_DRAIN_S="0"))
        order = order_of(PHOTO)
        await world.deduct(await world.place(order, PHOTO), "1")
        [ffmpeg] = await eventually(first.ffmpeg_pids)
        first.process.send_signal(signal.SIGTERM)
        assert first.process.wait(timeout=5) == 0
        assert not is_alive(ffmpeg)
        assert list(world.work.glob("worker-*")) == []
        assert "Traceback" not in first.log.read_text()

        # Others would wait 10 s for a worker that is silent; this one said goodbye.
        await stack.enter_async_context(world.worker("second"))
        await eventually(lambda: len(world.starts) == 2, within_s=6)
        assert isinstance(await world.outcome(), VideoReady)


async def test_a_job_outlives_a_crash_of_nats(nats_server, tmp_path):
    async with videogen_world(nats_server, tmp_path) as world, world.worker() as worker:
        world.faults.arm(HOLD)
        order = order_of(PHOTO)
        await world.deduct(await world.place(order, PHOTO), "1")
        held = await eventually(lambda: world.faults.armed(HELD))
        assert held.split() == [str(worker.pid), str(order.job_id)]
        nats_server.kill()
        nats_server.start()
        world.faults.disarm(HOLD)
        assert isinstance(await world.outcome(), VideoReady)
        await eventually(world.unfinished_jobs_are_none, within_s=20)
        assert len(world.outcomes) == 1
