"""KIE for tests: it answers what it was told to, in memory or over a real connection."""

import asyncio
import json
from collections import deque
from contextlib import asynccontextmanager, suppress

import httpx

from contracts.orders import Format
from videogen.kie import KieClient, KieSettings, UploadedPhoto
from videogen.kie.models import ADAPTERS, Wish
from videogen.kie.routes import Route
from videogen.provider import Task

KEY = "kie-secret-one"
OTHER_KEY = "kie-secret-two"
TOKEN = "t" * 32
TASK_ID = "281e5b0a4c7d4f5e9b1f0a2c3d4ef39b"
VIDEO = "https://files.example/video.mp4"
GROK = ADAPTERS["grok-imagine/image-to-video"]
VEO = ADAPTERS["veo3_fast"]
PHOTO = UploadedPhoto("https://files.example/photo.jpg")
WISH = Wish(PHOTO, "A slow orbit around the cup", 6, "720p", Format.VERTICAL)


class FakeTime:
    """A clock that only moves when somebody sleeps by it."""

    def __init__(self):
        self.now_s = 1_000.0

    def clock(self):
        return self.now_s

    async def sleep(self, seconds):
        self.now_s += seconds


def envelope(data=None, *, code=200, msg="success", status=200):
    return httpx.Response(status, json={"code": code, "msg": msg, "data": data})


def page(status, text="<html><h1>Bad gateway</h1></html>"):
    return httpx.Response(status, html=text)


def accepted(task_id=TASK_ID):
    return envelope({"taskId": task_id})


def record(state, **fields):
    return envelope({"taskId": TASK_ID, "model": GROK.model, "state": state, **fields})


def finished(*urls, **fields):
    return record("success", resultJson=json.dumps({"resultUrls": urls}), **fields)


class FakeKie:
    """Gives the replies in turn, and keeps what it was asked."""

    def __init__(self, *replies):
        self.replies = deque(replies)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        reply = self.replies.popleft()
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def bodies(self):
        return [json.loads(request.content) for request in self.requests]

    @property
    def keys(self):
        return [request.headers["authorization"] for request in self.requests]


def settings_of(**values):
    return KieSettings(_env_file=None, **{"kie_api_key": KEY, **values})


def client_of(kie, time=None, **values):
    time = time or FakeTime()
    transport = httpx.MockTransport(kie)
    return KieClient(
        settings_of(**values),
        httpx.AsyncClient(transport=transport),
        httpx.AsyncClient(transport=transport, follow_redirects=True),
        clock=time.clock,
        sleep=time.sleep,
    )


def task_of(client, route=Route.MARKET):
    return Task(provider="kie", task_id=TASK_ID, key_id=client.key_ids[0], route=route)


HANG = "hang"
CUT = "cut"
DRIP = "drip"
DRIP_S = 0.02


class RawKie:
    """A real server that writes bytes as they were given to it, and then may hang or hang up."""

    def __init__(self):
        self.replies = deque()
        self.requests = []

    def will(self, *parts):
        self.replies.append(parts)

    async def serve(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        self.requests.append(head + await reader.readexactly(length))
        for part in self.replies.popleft():
            if part is HANG:
                await reader.read()
            elif part is DRIP:
                await self._drip(reader, writer)
            elif part is CUT:
                writer.transport.abort()
                return
            else:
                writer.write(part)
                await writer.drain()
        writer.close()

    async def _drip(self, reader, writer):
        """Keep every single read happy until the other side has gone."""
        while not reader.at_eof():
            writer.write(b" ")
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), DRIP_S)


@asynccontextmanager
async def raw_kie():
    """Yield the server and its URL."""
    kie = RawKie()
    server = await asyncio.start_server(kie.serve, "127.0.0.1", 0)
    try:
        yield kie, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def raw(body, *, status="200 OK", kind="application/json", length=None):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n"
    return f"{head}Content-Length: {length or len(body)}\r\n\r\n".encode() + body
