"""Photos by their address: our own uploads from the shelf, all others over the network."""

from collections.abc import Awaitable, Callable

import httpx

from infra.sandbox.kie.files import photo_of
from infra.sandbox.kie.refusals import KieError
from infra.sandbox.kie.tasks import Photo
from infra.sandbox.kie.world import KieWorld

FETCH_S = 30.0
FETCHED_BYTES_MAX = 100 * 1024 * 1024

Fetch = Callable[[str], Awaitable[bytes | None]]
"""Return what is at an address, or None when it cannot be had."""


class PhotoSource:
    def __init__(self, world: KieWorld, fetch: Fetch) -> None:
        self._world = world
        self._fetch = fetch

    async def all(self, urls: list[str], origin: str) -> tuple[Photo, ...]:
        """Raise 451 when one of them cannot be fetched."""
        return tuple([await self._one(url, origin) for url in urls])

    async def _one(self, url: str, origin: str) -> Photo:
        ours = f"{origin}/u/"
        if url.startswith(ours):
            upload = self._world.files.uploaded(url.removeprefix(ours), now=self._world.clock.now())
            if upload is None:
                raise KieError(451)
            return upload.photo
        data = await self._fetch(url)
        if data is None:
            raise KieError(451)
        return photo_of(data)


async def fetch_over_http(url: str) -> bytes | None:
    try:
        async with (
            httpx.AsyncClient(timeout=FETCH_S, trust_env=False) as client,
            client.stream("GET", url) as response,
        ):
            return await _content(response)
    except (httpx.HTTPError, httpx.InvalidURL):
        return None


async def _content(response: httpx.Response) -> bytes | None:
    if not response.is_success:
        return None
    data = bytearray()
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > FETCHED_BYTES_MAX:
            return None
    return bytes(data)
