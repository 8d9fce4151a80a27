"""Talk to KIE: upload the photo, submit a task once, look at it, fetch its video."""

import asyncio
import re
import time
from decimal import Decimal
from pathlib import Path

import httpx
from pydantic import JsonValue, ValidationError

from videogen.failures import ProviderCallError, Trouble
from videogen.kie.bucket import Clock, Sleep, TokenBucket
from videogen.kie.fetching import fetch_file
from videogen.kie.http import KieHttp
from videogen.kie.keys import Keys
from videogen.kie.loose import amount, inner, web_address
from videogen.kie.models import Adapter, Wish
from videogen.kie.outcomes import (
    Finished,
    NotVisible,
    TaskView,
    UploadedPhoto,
)
from videogen.kie.records import read_task
from videogen.kie.routes import Route
from videogen.kie.settings import KieSettings
from videogen.provider import Rejected, Submission, Submitted, SubmitUnknown, Task

NAME = "kie"
UPLOAD_PATH = "neurocards"
UPLOAD_BYTES_MAX = 10 * 1024 * 1024
"""What the models take of one photo."""
UPLOAD_NAME = re.compile(r"[A-Za-z0-9_-]{16,80}")
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")
SUBMITS_WINDOW_S = 10.0


class KieClient:
    """One per process: it keeps the rates. Several processes share KIE's limits between them."""

    def __init__(
        self,
        settings: KieSettings,
        calls: httpx.AsyncClient,
        files: httpx.AsyncClient,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._keys = Keys(settings.secrets(), clock)
        self._http = KieHttp(calls, self._keys, settings.kie_call_limit_s)
        self._files = files
        # Several keys may be of one account, so what counts by account is counted over all.
        self._submits = TokenBucket(
            count=settings.kie_submits_per_ten_s, per_s=SUBMITS_WINDOW_S, clock=clock, sleep=sleep
        )
        self._queries = TokenBucket(
            count=settings.kie_queries_per_s, per_s=1.0, clock=clock, sleep=sleep
        )

    @property
    def key_ids(self) -> tuple[str, ...]:
        return self._keys.ids

    async def upload(self, photo: bytes, *, name: str) -> UploadedPhoto:
        """Store a JPEG for about a day. `name` must be new each time, and not to be guessed.

        Raises `ProviderCallError`; an upload makes no task and may be repeated.
        """
        if not UPLOAD_NAME.fullmatch(name) or not 0 < len(photo) <= UPLOAD_BYTES_MAX:
            raise ValueError(f"a name of 16 to 80 letters, and up to {UPLOAD_BYTES_MAX} bytes")
        file_name = f"{name}.jpg"
        url = f"{self._settings.kie_upload_url}/api/file-stream-upload"
        form = {"uploadPath": UPLOAD_PATH, "fileName": file_name}

        async def with_key(key_id: str) -> JsonValue:
            return await self._http.post_file(url, key_id, (file_name, photo, "image/jpeg"), form)

        uploaded = web_address(inner(await self._keys.first_that_works(with_key), "downloadUrl"))
        if uploaded is None:
            raise ProviderCallError(Trouble.UNREADABLE, "an upload without an address")
        return UploadedPhoto(uploaded)

    async def submit(self, adapter: Adapter, wish: Wish, *, callback_token: str) -> Submission:
        """Ask for a task, at most once. Store that this is about to be called before calling it.

        Only a key that was refused for certain is followed by the next one.
        """
        body = adapter.body(wish, self._callback_url(callback_token))

        async def with_key(key_id: str) -> Task:
            await self._submits.take()
            url = f"{self._settings.kie_api_url}{adapter.route.submit_path}"
            return _task_of(await self._http.post(url, key_id, body), key_id, adapter.route)

        try:
            return Submitted(await self._keys.first_that_works(with_key))
        except ProviderCallError as error:
            outcome = Rejected if error.failure.is_rejection else SubmitUnknown
            return outcome(error.failure, error.detail)

    async def look(self, task: Task) -> TaskView:
        """Raises `ProviderCallError`, which says nothing about the task: look again later."""
        await self._queries.take()
        url = f"{self._settings.kie_api_url}{Route(task.route).look_path}"
        try:
            data = await self._http.get(url, task.key_id, {"taskId": task.task_id})
        except ProviderCallError as error:
            if error.failure.trouble is Trouble.TASK_NOT_VISIBLE:
                return NotVisible()
            raise
        return read_task(task, data)

    async def find(self, task_id: str, route: Route, *, callback_token: str) -> Task | None:
        """Return the task that a callback named, if it was submitted with this token.

        For a submission that stayed unknown: then nobody knows which key made the task. Raises
        `ProviderCallError` when the key that may be it could not be asked.
        """
        ours, trouble = self._callback_url(callback_token), None
        for key_id in self._keys.ids:
            task = Task(provider=NAME, task_id=task_id, key_id=key_id, route=route)
            try:
                view = await self.look(task)
            except ProviderCallError as error:
                trouble = error
                continue
            if not isinstance(view, NotVisible):
                # A record need not repeat the address; that we were called there is enough then.
                return task if view.callback_url in (None, ours) else None
        if trouble is not None:
            raise trouble
        return None

    async def fetch(self, task: Task, finished: Finished, file: Path) -> None:
        """Store the video in `file`, which appears whole or not at all. Do it at once.

        Addresses expire; KIE gives a fresh one for a while. Raises `ProviderCallError`.
        """
        try:
            await self._fetch(finished.url, file)
        except ProviderCallError as error:
            if error.failure.trouble is not Trouble.RESULT_GONE:
                raise
            await self._fetch(await self.download_url(task, finished.url), file)

    async def download_url(self, task: Task, url: str) -> str:
        """Return another address of the same file, good for 20 minutes."""
        await self._queries.take()
        asked = f"{self._settings.kie_api_url}/api/v1/common/download-url"
        fresh = web_address(await self._http.post(asked, task.key_id, {"url": url}))
        if fresh is None:
            raise ProviderCallError(Trouble.UNREADABLE, "no address to download from")
        return fresh

    async def credits(self, key_id: str) -> Decimal:
        """Return what the key's account still has."""
        await self._queries.take()
        url = f"{self._settings.kie_api_url}/api/v1/chat/credit"
        balance = amount(await self._http.get(url, key_id))
        if balance is None:
            raise ProviderCallError(Trouble.UNREADABLE, "no number of credits")
        return balance

    async def _fetch(self, url: str, file: Path) -> None:
        await fetch_file(self._files, url, file, limit_s=self._settings.kie_fetch_limit_s)

    def _callback_url(self, token: str) -> str | None:
        if not TOKEN.fullmatch(token):
            raise ValueError("a token has 16 to 128 letters that need no quoting")
        base = self._settings.kie_callback_url
        return None if base is None else f"{base}/{token}"


def _task_of(data: JsonValue, key_id: str, route: Route) -> Task:
    try:
        return Task.model_validate(
            {"provider": NAME, "task_id": inner(data, "taskId"), "key_id": key_id, "route": route}
        )
    except ValidationError:
        raise ProviderCallError(Trouble.UNREADABLE, "accepted without a task's id") from None
