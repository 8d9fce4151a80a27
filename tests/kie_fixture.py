"""The KIE emulator for any test, with a client that has a key, and somebody who is called back."""

import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from fastapi import FastAPI, Request, Response

from contracts.serving import serving
from infra.sandbox.kie.accounts import KeyRule
from infra.sandbox.kie.app import create_app, new_world
from infra.sandbox.kie.clock import ScaledClock
from infra.sandbox.kie.downloads import Film
from infra.sandbox.kie.world import KieWorld

KEY = "kie-key-of-tests"
AGENT = "Mozilla/5.0 (compatible; neurocards-tests)"
CREDITS = 1_000.0
MODEL = "bytedance/v1-pro-fast-image-to-video"
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here is encrypted, so no certificates need to be loaded."""


@dataclass
class Wall:
    """Real time that stands still unless it is moved."""

    seconds: float = 1_760_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Receiver:
    """Somebody who is called back: keeps what came, and answers in turn, in the end with 200."""

    address: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], dict]] = field(default_factory=list)
    """Path, headers and body of each call."""

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/{path:path}")
        async def receive(path: str, request: Request) -> Response:
            self.got.append((path, dict(request.headers), await request.json()))
            return Response(status_code=self.answers.pop(0) if self.answers else 200)

        return app


@dataclass
class RunningKie:
    address: str
    world: KieWorld
    client: httpx.AsyncClient
    """With the key and a browser's name."""
    receiver: Receiver

    @property
    def api(self) -> str:
        return f"{self.address}/kie/api"

    @property
    def uploads(self) -> str:
        return f"{self.address}/kie/upload"

    def make_new(self) -> None:
        """Forget everything but one rich key."""
        self.world.forget_all()
        self.world.accounts.put_key(KeyRule(key=KEY))
        self.world.accounts.set_balance(self.world.accounts.account("main"), CREDITS)
        self.receiver.answers.clear()
        self.receiver.got.clear()

    async def upload(self, data: bytes, name: str = "p.jpg") -> str:
        reply = await self.client.post(
            f"{self.uploads}/api/file-stream-upload",
            files={"file": (name, data)},
            data={"uploadPath": "neurocards", "fileName": name},
        )
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]["downloadUrl"]

    async def create(self, body: object, **options: object) -> httpx.Response:
        url = f"{self.api}/api/v1/jobs/createTask"
        return await self.client.post(url, json=body, **options)

    async def order(self, photo_url: str, prompt: str = "slow orbit", **more: object) -> dict:
        """Ask for an ordinary task and return the answer."""
        asked = {"image_url": photo_url, "prompt": prompt, "duration": "5"}
        return (await self.create({"model": MODEL, "input": asked, **more})).json()

    async def task(self, photo: bytes, **more: object) -> str:
        answer = await self.order(await self.upload(photo), **more)
        assert answer["code"] == 200, answer
        return answer["data"]["taskId"]

    async def look(self, task_id: str, path: str = "jobs/recordInfo") -> dict:
        reply = await self.client.get(f"{self.api}/api/v1/{path}", params={"taskId": task_id})
        return reply.json()

    async def sim(self, path: str, **body: object) -> dict:
        reply = await self.client.post(f"{self.address}/kie/sim/{path}", json=body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def seen(self, path: str) -> list[dict]:
        return (await self.client.get(f"{self.address}/kie/sim/{path}")).json()

    async def pass_time(self, seconds: float) -> None:
        await self.sim("clock", advance_s=seconds)


@asynccontextmanager
async def running_kie(
    film: Film, *, wall: Callable[[], float], scale: float = 1.0
) -> AsyncGenerator[RunningKie]:
    world = new_world(clock=ScaledClock(wall, scale))
    receiver = Receiver()
    async with (
        serving(receiver.app(), host="127.0.0.1", port=0, wake=lambda: None) as receiver.address,
        serving(create_app(world, film), host="127.0.0.1", port=0, wake=world.close) as address,
        httpx.AsyncClient(
            headers={"Authorization": f"Bearer {KEY}", "User-Agent": AGENT},
            timeout=10,
            verify=PLAIN,
        ) as client,
    ):
        kie = RunningKie(address, world, client, receiver)
        kie.make_new()
        yield kie
