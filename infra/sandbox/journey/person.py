"""One person with a phone, as the sandbox's Telegram knows them over HTTP."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from infra.sandbox.telegram.views import ChatView, MessageView

WAIT_S = 60.0
VIDEO_WAIT_S = 120.0
LONG_POLL_S = 2.0

Found = TypeVar("Found")


class NotSeenError(AssertionError):
    """What the story waits for did not appear in the chat in time."""


class Person:
    """Sends, taps and reads. `account` is theirs in the ledger."""

    def __init__(self, client: httpx.AsyncClient, person_id: int, name: str) -> None:
        self._client = client
        self._person_id = person_id
        self.name = name
        self.account = f"tg:{person_id}"

    @classmethod
    async def enter(
        cls, client: httpx.AsyncClient, name: str, language_code: str = "ru"
    ) -> "Person":
        body = {"first_name": name, "language_code": language_code}
        reply = (await client.post("/sim/people", json=body)).raise_for_status()
        return cls(client, reply.json()["person_id"], name)

    async def text(self, text: str) -> None:
        await self._post("text", json={"text": text})

    async def photo(self, data: bytes, caption: str = "") -> None:
        form = {"caption": caption}
        await self._post("photo", data=form, files={"file": ("photo.jpg", data, "image/jpeg")})

    async def document(self, data: bytes, file_name: str, mime_type: str) -> None:
        await self._post("document", files={"file": (file_name, data, mime_type)})

    async def album(self, photos: list[bytes], caption: str = "", *, shuffle: bool = False) -> None:
        files = [("file", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(photos)]
        form = {"caption": caption, "shuffle": str(shuffle).lower()}
        await self._post("album", data=form, files=files)

    async def oversize(self, size_bytes: int) -> None:
        await self._post("oversize", json={"size_bytes": size_bytes})

    async def other(self, kind: str) -> None:
        await self._post("other", json={"kind": kind})

    async def edit(self, message_id: int, text: str) -> None:
        await self._post("edit", json={"message_id": message_id, "text": text})

    async def block(self) -> None:
        await self._post("block")

    async def unblock(self) -> None:
        await self._post("unblock")

    async def tap(self, label: str, *, times: int = 1) -> list[str]:
        """Press the newest button of this label; return the ids of the taps."""
        reply = await self._post("tap", json={"label": label, "times": times})
        return reply["callback_ids"]

    async def tap_data(self, data: str) -> list[str]:
        """Send callback data whether or not a button carries it."""
        reply = await self._post("tap", json={"data": data, "anyway": True})
        return reply["callback_ids"]

    async def chat(self) -> ChatView:
        reply = (await self._client.get(f"{self._path}/chat")).raise_for_status()
        return ChatView.model_validate_json(reply.content)

    async def last_message_id(self) -> int:
        return max((message.message_id for message in (await self.chat()).messages), default=0)

    async def see(
        self, look: Callable[[ChatView], Found | None], what: str, wait_s: float = WAIT_S
    ) -> Found:
        """Return what `look` finds in the chat, as soon as it is there. Raises `NotSeenError`."""
        give_up_at = time.monotonic() + wait_s
        view = await self.chat()
        while True:
            found = look(view)
            if found:
                return found
            if time.monotonic() > give_up_at:
                last = [message.text for message in view.messages[-3:]]
                raise NotSeenError(f"{self.name} did not see {what}; the chat ends with {last}")
            view = await self._changed(view)

    async def hear(self, part: str, *, after: int = 0, wait_s: float = WAIT_S) -> MessageView:
        """Return the bot's newest message that contains `part` and is newer than `after`."""

        def look(view: ChatView) -> MessageView | None:
            said = [message for message in said_by_bot(view, after) if part in message.text]
            return said[-1] if said else None

        return await self.see(look, f"«{part}»", wait_s)

    async def toast(self, callback_id: str) -> str:
        """Return what the tap was answered with."""

        def look(view: ChatView) -> str | None:
            answered = (tap for tap in view.callbacks if tap.callback_id == callback_id)
            return next((tap.text or " " for tap in answered if tap.is_answered), None)

        return await self.see(look, "an answer to the tap")

    async def download(self, url: str) -> bytes:
        return (await self._client.get(url)).raise_for_status().content

    async def _changed(self, view: ChatView) -> ChatView:
        query = {"after": view.revision, "wait_s": LONG_POLL_S}
        try:
            reply = await self._client.get(f"{self._path}/chat", params=query)
            return ChatView.model_validate_json(reply.raise_for_status().content)
        except httpx.TransportError:
            await asyncio.sleep(LONG_POLL_S / 10)
            return view

    async def _post(self, action: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx's own
        reply = await self._client.post(f"{self._path}/{action}", **body)
        if reply.is_error:
            raise NotSeenError(f"{self.name} could not {action}: {reply.text}")
        return reply.json()

    @property
    def _path(self) -> str:
        return f"/sim/people/{self._person_id}"


def said_by_bot(view: ChatView, after: int = 0) -> list[MessageView]:
    return [one for one in view.messages if one.outgoing and one.message_id > after]


def videos(view: ChatView, after: int = 0) -> list[MessageView]:
    said = said_by_bot(view, after)
    return [one for one in said if one.media is not None and one.media.kind == "video"]
