"""Where KIE calls us when a task has ended: `POST /<token>`, answered before anything is done.

A callback is a hint which task to look at. One that is lost costs time and no video, because the
tasks are looked at anyway; only a submission that stayed unknown waits for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import SecretStr

from videogen.beside import Start, tasks_beside
from videogen.failures import ProviderCallError
from videogen.kie.bucket import Sleep
from videogen.kie.callbacks import (
    BODY_BYTES_MAX,
    BadCallbackError,
    BadSignatureError,
    task_named_in,
)
from videogen.kie.settings import KieSettings
from videogen.kie.tokens import Tokens, tokens_of

HINTS_MAX = 200
"""At the same time; whoever calls then is asked to call again."""
SHUTDOWN_S = 2.0

log = structlog.get_logger()

OnCallback = Callable[[UUID, str], Awaitable[None]]
"""Called with the job and the task. It may raise `ProviderCallError` to be called again later."""


@asynccontextmanager
async def hearing_callbacks(
    settings: KieSettings,
    on_callback: OnCallback,
    now: Callable[[], datetime],
    *,
    sleep: Sleep = asyncio.sleep,
) -> AsyncGenerator[int | None]:
    """Listen until the block is left; gives the port, or None where the settings name none.

    Raises `OSError` when the port is taken.
    """
    if settings.kie_callback_port is None:
        yield None
        return
    async with tasks_beside() as start:
        hints = _Hints(on_callback, start, sleep)
        hearer = _Hearer(settings.kie_callback_hmac_key, tokens_of(settings), hints, now)
        async with _listening(hearer, settings.kie_callback_host, settings.kie_callback_port) as at:
            log.info("callbacks of KIE are heard", port=at)
            yield at


@asynccontextmanager
async def _listening(hearer: "_Hearer", host: str, port: int) -> AsyncGenerator[int]:
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    # Whatever a proxy leaves before it, the token comes last.
    app.router.add_post("/{path:.*}", hearer.hear)
    # Without a log of addresses, because the token is in each.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        # Several workers of one machine share the port: any of them can follow any callback.
        await web.TCPSite(runner, host, port, reuse_port=True).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


@dataclass(frozen=True)
class _Hearer:
    key: SecretStr | None
    tokens: Tokens
    hints: "_Hints"
    now: Callable[[], datetime]

    async def hear(self, request: web.Request) -> web.Response:
        job_id = self.tokens.job_of(request.match_info["path"].rpartition("/")[2])
        if job_id is None:
            return web.Response(status=404)
        try:
            task_id = self._task_named_in(await request.read(), request)
        except BadSignatureError as error:
            log.warning("a callback was refused", job_id=str(job_id), reason=str(error))
            return web.Response(status=401)
        except BadCallbackError as error:
            log.warning("a callback was not readable", job_id=str(job_id), reason=str(error))
            return web.Response(status=400)
        return web.Response(status=200 if self.hints.take(job_id, task_id) else 503)

    def _task_named_in(self, body: bytes, request: web.Request) -> str:
        return task_named_in(
            body,
            timestamp=request.headers.get("X-Webhook-Timestamp"),
            signature=request.headers.get("X-Webhook-Signature"),
            key=self.key,
            now=self.now(),
        )


class _Hints:
    """What was heard and is being looked into."""

    def __init__(self, on_callback: OnCallback, start: Start, sleep: Sleep) -> None:
        self._on_callback = on_callback
        self._start = start
        self._sleep = sleep
        self._open: set[asyncio.Task[None]] = set()

    def take(self, job_id: UUID, task_id: str) -> bool:
        if len(self._open) >= HINTS_MAX:
            return False
        hint = self._start(self._follow(job_id, task_id))
        self._open.add(hint)
        hint.add_done_callback(self._open.discard)
        return True

    async def _follow(self, job_id: UUID, task_id: str) -> None:
        """KIE does not call again once we have answered, so trouble that passes is waited out."""
        retries = 0
        while True:
            try:
                return await self._on_callback(job_id, task_id)
            except ProviderCallError as error:
                delays_s = error.failure.retry_delays_s
                if retries >= len(delays_s):
                    log.warning("a callback led nowhere", job_id=str(job_id), trouble=str(error))
                    return None
                await self._sleep(delays_s[retries])
                retries += 1
            except Exception:
                # One that fails must not end the others.
                log.exception("a callback was not followed", job_id=str(job_id), task=task_id)
                return None
