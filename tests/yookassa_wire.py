"""YooKassa's end of the wire: it hears each request as it came, and answers as it was told to."""

import asyncio
import base64
import json
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from ledger.payments.settings import PaymentSettings
from ledger.payments.yookassa_gateway import open_yookassa

SHOP = "100500"
KEY = "test_made-up-secret-of-the-shop"
AUTHORIZATION = "Basic " + base64.b64encode(f"{SHOP}:{KEY}".encode()).decode()
PAYMENT_ID = "2f0c1b1e-000f-5000-8000-1b2c3d4e5f60"
REFUND_ID = "216749f7-0016-50be-b000-078d43a63ae4"


def settings_of(**values):
    values = {"yookassa_shop_id": SHOP, "yookassa_secret_key": KEY, **values}
    return PaymentSettings(**values)


def payment(**fields):
    return {
        "id": PAYMENT_ID,
        "status": "pending",
        "paid": False,
        "amount": {"value": "199.00", "currency": "RUB"},
        "confirmation": {"type": "redirect", "confirmation_url": "https://pay.example/?orderId=1"},
        "created_at": "2026-11-20T10:00:00.000Z",
        "description": "Стартер: 5 кредитов",
        "metadata": {"order_id": "1"},
        "recipient": {"account_id": SHOP, "gateway_id": "100700"},
        "refundable": False,
        "test": True,
        **fields,
    }


def refund(**fields):
    return {
        "id": REFUND_ID,
        "payment_id": PAYMENT_ID,
        "status": "succeeded",
        "amount": {"value": "39.80", "currency": "RUB"},
        "created_at": "2026-11-20T12:00:00.000Z",
        **fields,
    }


def listed(*items, **fields):
    return {"type": "list", "items": list(items), **fields}


def refusal(code, parameter="", description="It is not so"):
    return {
        "type": "error",
        "id": "ab5a11cd-13cc-4e33-af8b-75a74e18dd09",
        "code": code,
        "description": description,
        **({"parameter": parameter} if parameter else {}),
    }


@dataclass
class Asked:
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes


@dataclass
class Answer:
    body: object
    status: int = 200
    headers: str = ""

    def encoded(self):
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        head = f"HTTP/1.1 {self.status} Some\r\nContent-Length: {len(body)}\r\n{self.headers}\r\n"
        return head.encode() + body


DROPPED = Answer(b"")
HUNG = Answer(b"")


class Wire:
    """Answers run out in their order, and the last one stays."""

    def __init__(self):
        self.asked = []
        self.answers = deque()
        self.url = ""
        self.freed = asyncio.Event()

    def will(self, *answers):
        self.answers.extend(
            answer if isinstance(answer, Answer) else Answer(answer) for answer in answers
        )

    async def meet(self, reader, writer):
        try:
            self.asked.append(await _heard(reader))
            answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
            if answer is HUNG:
                await self.freed.wait()
            elif answer is not DROPPED:
                writer.write(answer.encoded())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever asked went away
        finally:
            writer.close()


async def _heard(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.lower(): value for name, value in (line.split(": ", 1) for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    url = urlsplit(target)
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    return Asked(method, url.path, query, headers, body)


@asynccontextmanager
async def open_wire():
    """A server in the test's own loop: a gateway that blocks the loop gets no answer."""
    wire = Wire()
    server = await asyncio.start_server(wire.meet, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v3"
    try:
        yield wire
    finally:
        wire.freed.set()
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def open_gateway(wire, **values):
    async with open_yookassa(settings_of(yookassa_api_url=wire.url, **values)) as gateway:
        yield gateway
