"""One call to KIE: the key, the limits of time and size, and what went wrong, in one word."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from pydantic import JsonValue

from videogen.failures import ProviderCallError, Trouble
from videogen.kie.answers import read_answer
from videogen.kie.keys import Keys

ANSWER_BYTES_MAX = 1024 * 1024

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""With any of these no byte of the request has left."""


@dataclass(frozen=True)
class KieHttp:
    client: httpx.AsyncClient
    keys: Keys
    limit_s: float
    """Of a whole call, the upload of a photo included."""

    async def get(
        self, url: str, key_id: str, params: Mapping[str, str] | None = None
    ) -> JsonValue:
        request = self.client.build_request("GET", url, params=params, headers=self._head(key_id))
        return await self._ask(request)

    async def post(self, url: str, key_id: str, body: Mapping[str, JsonValue]) -> JsonValue:
        request = self.client.build_request("POST", url, json=body, headers=self._head(key_id))
        return await self._ask(request)

    async def post_file(
        self, url: str, key_id: str, file: tuple[str, bytes, str], form: Mapping[str, str]
    ) -> JsonValue:
        request = self.client.build_request(
            "POST", url, files={"file": file}, data=form, headers=self._head(key_id)
        )
        return await self._ask(request)

    def _head(self, key_id: str) -> dict[str, str]:
        return {**self.keys.header(key_id), "Accept": "application/json"}

    async def _ask(self, request: httpx.Request) -> JsonValue:
        """Return the `data` of a successful answer. Raises `ProviderCallError`."""
        status, body = await self._send(request)
        # Before anything is cut, so that no half of a key stays.
        answer = read_answer(status, self.keys.without_secrets(body.decode(errors="replace")))
        if answer.trouble is not None:
            raise ProviderCallError(answer.trouble, str(answer))
        return answer.data

    async def _send(self, request: httpx.Request) -> tuple[int, bytes]:
        # Without the original errors: they hold the request, and with it the key.
        try:
            # httpx limits each read, and a drop every few seconds would pass that for ever.
            async with asyncio.timeout(self.limit_s):
                return await self._exchange(request)
        except TimeoutError:
            raise ProviderCallError(Trouble.NO_REPLY, f"no answer in {self.limit_s:g} s") from None
        except NOT_SENT as error:
            raise ProviderCallError(Trouble.UNREACHABLE, type(error).__name__) from None
        except httpx.TransportError as error:
            raise ProviderCallError(Trouble.NO_REPLY, type(error).__name__) from None
        except httpx.DecodingError:
            raise ProviderCallError(Trouble.UNREADABLE, "a broken encoding") from None

    async def _exchange(self, request: httpx.Request) -> tuple[int, bytes]:
        response = await self.client.send(request, stream=True)
        try:
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > ANSWER_BYTES_MAX:
                    raise ProviderCallError(Trouble.UNREADABLE, f"over {ANSWER_BYTES_MAX} bytes")
            return response.status_code, bytes(body)
        finally:
            await response.aclose()
