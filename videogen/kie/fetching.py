"""Download a video to a file: bounded in time and size, there whole or not at all."""

import asyncio
from pathlib import Path
from typing import IO

import httpx

from videogen.failures import ProviderCallError, Trouble
from videogen.kie.answers import OK
from videogen.kie.http import NOT_SENT
from videogen.kie.sorting import SERVER
from videogen.video import SIZE_BYTES_MAX

PART_BYTES = 256 * 1024
GONE = (401, 403, 404, 410)
"""What file stores answer for an address whose time is over."""


async def fetch_file(
    client: httpx.AsyncClient,
    url: str,
    file: Path,
    *,
    limit_s: float,
    size_bytes_max: int = SIZE_BYTES_MAX,
) -> None:
    """Raises `ProviderCallError`. The address itself is not told: whoever has it has the video."""
    part = file.with_name(f"{file.name}.part")
    try:
        async with asyncio.timeout(limit_s):
            await _download(client, url, part, size_bytes_max)
        await asyncio.to_thread(part.replace, file)
    except TimeoutError:
        raise ProviderCallError(Trouble.NO_REPLY, f"not there in {limit_s:g} s") from None
    except NOT_SENT as error:
        raise ProviderCallError(Trouble.UNREACHABLE, type(error).__name__) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderCallError(Trouble.NO_REPLY, type(error).__name__) from None
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)


async def _download(client: httpx.AsyncClient, url: str, part: Path, size_bytes_max: int) -> None:
    async with client.stream("GET", url) as response:
        _check(response, size_bytes_max)
        handle = await asyncio.to_thread(part.open, "wb")
        try:
            await _copy(response, handle, size_bytes_max)
        finally:
            await asyncio.to_thread(handle.close)


async def _copy(response: httpx.Response, handle: IO[bytes], size_bytes_max: int) -> None:
    size_bytes = 0
    async for data in response.aiter_bytes(PART_BYTES):
        size_bytes += len(data)
        if size_bytes > size_bytes_max:
            raise ProviderCallError(Trouble.RESULT_TOO_LARGE, f"over {size_bytes_max} bytes")
        await asyncio.to_thread(handle.write, data)
    if size_bytes == 0:
        raise ProviderCallError(Trouble.RESULT_EMPTY, "a file without a byte")


def _check(response: httpx.Response, size_bytes_max: int) -> None:
    status, kind = response.status_code, response.headers.get("content-type", "")
    if status in GONE:
        raise ProviderCallError(Trouble.RESULT_GONE, f"HTTP {status}")
    if status != OK:
        trouble = Trouble.EDGE_FAILED if status in SERVER else None
        raise ProviderCallError(trouble or Trouble.UNREADABLE, f"HTTP {status}")
    if kind.startswith(("text/", "application/json")):
        raise ProviderCallError(Trouble.UNREADABLE, f"a file of type {kind}")
    if int(response.headers.get("content-length") or 0) > size_bytes_max:
        raise ProviderCallError(Trouble.RESULT_TOO_LARGE, f"over {size_bytes_max} bytes")
