"""Videogen's surroundings on a real nats-server: a ledger that answers, a bot's stores, workers."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from contracts.bus import (
    Bus,
    Delivery,
    Objects,
    Route,
    Values,
    consume,
    declare,
    open_bus,
    serve,
)
from contracts.messages import (
    Deducted,
    Done,
    GetJob,
    Job,
    JobState,
    Refusal,
    RefusalCode,
    Start,
    VideoFailed,
    VideoReady,
)
from contracts.orders import Order
from contracts.topology import (
    BOT_PROGRESS,
    JOB,
    LEDGER_OUTCOMES,
    ORDER_PHOTOS,
    ORDERS,
    START,
    VIDEOGEN_JOBS,
    VIDEOS,
    Service,
    ledger_event,
)
from infra.sandbox.faults import Faults
from tests.eventually import eventually
from tests.servers import NatsServer
from tests.videogen_doubles import NOW, deducted_of

READY_S = 30.0


@dataclass
class Worker:
    """One process of the service, as the sandbox runs it."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return "service ready" in self.log.read_text()

    def ffmpeg_pids(self) -> list[int]:
        children = psutil.Process(self.pid).children(recursive=True)
        return [child.pid for child in children if is_ffmpeg(child)]


@dataclass
class World:
    server: NatsServer
    folder: Path
    ledger: Bus
    bot: Bus
    outcomes: list[VideoReady | VideoFailed] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    refusal: RefusalCode | None = None
    state: JobState | None = None
    starts: list[Start] = field(default_factory=list)

    @property
    def faults(self) -> Faults:
        return Faults(self.folder / "faults")

    @property
    def work(self) -> Path:
        return self.folder / "work"

    async def place(self, order: Order, photo: bytes) -> Deducted:
        await (Values.of(self.bot, ORDERS)).create(str(order.job_id), order.to_bytes())
        await (Objects.of(self.bot, ORDER_PHOTOS)).put(str(order.job_id), photo)
        return deducted_of(order)

    async def deduct(self, deducted: Deducted | bytes, message_id: str) -> None:
        account = deducted.account if isinstance(deducted, Deducted) else "tg:42"
        await self.ledger.publish(
            ledger_event("deducted", account), deducted, message_id=message_id
        )

    async def video(self, name: str) -> bytes:
        return await (Objects.of(self.bot, VIDEOS)).get(name)

    async def stored_facts(self) -> int:
        info = await self.ledger.js.stream_info("VIDEOGEN")
        return info.state.messages

    async def unfinished_jobs_are_none(self) -> bool:
        """Whether the workers have acknowledged everything."""
        async with open_bus(self.server.settings(Service.VIDEOGEN), Service.VIDEOGEN) as bus:
            info = await bus.js.consumer_info("LEDGER", VIDEOGEN_JOBS.name)
        return not info.num_pending and not info.num_ack_pending

    async def outcome(self, within_s: float = 40.0) -> VideoReady | VideoFailed:
        await eventually(lambda: self.outcomes, within_s=within_s)
        assert len(self.outcomes) == 1
        return self.outcomes[0]

    @asynccontextmanager
    async def worker(self, name: str = "worker", **settings: str) -> AsyncGenerator[Worker]:
        with self._process(name, settings) as worker:
            await eventually(worker.is_ready, within_s=READY_S)
            yield worker

    @contextmanager
    def _process(self, name: str, settings: dict[str, str]) -> Generator[Worker]:
        log = self.folder / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "infra.sandbox.videogen"],
                env={
                    **os.environ,
                    "NATS_URL": self.server.url,
                    "NATS_SEED_FILE": str(self.server.seeds[Service.VIDEOGEN]),
                    "VIDEOGEN_WORK_DIR": str(self.work),
                    "SANDBOX_FAULTS_DIR": str(self.folder / "faults"),
                    **settings,
                },
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        try:
            yield Worker(process, log)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)

    async def _answer(self, start: Start) -> Done | Refusal:
        self.starts.append(start)
        if self.refusal is not None:
            return Refusal(code=self.refusal)
        return Done(account=start.account, balance=0, position=2, repeat=len(self.starts) > 1)

    async def _tell_of(self, query: GetJob) -> Job | Refusal:
        """What the ledger knows: a job is queued until it was allowed to start."""
        has_begun = any(start.job_id == query.job_id for start in self.starts)
        return Job(
            job_id=query.job_id,
            account=query.account,
            state=self.state or (JobState.STARTED if has_begun else JobState.QUEUED),
            credits=1,
            balance_after=0,
            ordered_at=NOW,
            deadline_at=NOW,
            delivered=False,
            position=1,
        )

    async def _hear_outcome(self, delivery: Delivery) -> None:
        body = VideoReady if delivery.name == "video_ready" else VideoFailed
        self.outcomes.append(delivery.parse(body))

    async def _hear_progress(self, delivery: Delivery) -> None:
        if delivery.name == "alert":
            return
        stage = delivery.name
        if stage == "job_progress":
            stage = delivery.data.decode().rpartition('"stage":"')[2].partition('"')[0]
        self.stages.append(stage)


@asynccontextmanager
async def videogen_world(server: NatsServer, folder: Path) -> AsyncGenerator[World]:
    """The neighbours of videogen, each with its own rights."""
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        ledger, bot, videogen = [
            await stack.enter_async_context(open_bus(server.settings(service), service))
            for service in (Service.LEDGER, Service.BOT, Service.VIDEOGEN)
        ]
        # Each waits for what the others own.
        await asyncio.gather(declare(ledger), declare(bot), declare(videogen))
        world = World(server, folder, ledger, bot)
        routes = [Route(START, Start, world._answer), Route(JOB, GetJob, world._tell_of)]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve(ledger, routes, stop, version="1.0.0"))
            tasks.create_task(consume(ledger, LEDGER_OUTCOMES, world._hear_outcome, stop))
            tasks.create_task(consume(bot, BOT_PROGRESS, world._hear_progress, stop))
            yield world
            stop.set()


def is_ffmpeg(process: psutil.Process) -> bool:
    """Whether it is at work for us; `ffmpeg -version` only tries out whether it can run."""
    try:
        return "ffmpeg" in process.name() and "-nostdin" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
