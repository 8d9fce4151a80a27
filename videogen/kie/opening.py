"""Open the connections to KIE, for as long as they are needed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx

from videogen.kie.client import KieClient
from videogen.kie.settings import KieSettings

CONNECT_S_MAX = 10.0
REDIRECTS_MAX = 3


@asynccontextmanager
async def open_kie(settings: KieSettings) -> AsyncGenerator[KieClient]:
    """Proxies are taken from the environment, as HTTPS_PROXY names them."""
    headers = {"User-Agent": settings.kie_user_agent}
    trusted = httpx.create_ssl_context()
    timeout = httpx.Timeout(settings.kie_call_limit_s, connect=CONNECT_S_MAX, pool=CONNECT_S_MAX)
    async with (
        httpx.AsyncClient(headers=headers, timeout=timeout, verify=trusted) as calls,
        # Another one without our key, because it visits whatever address an answer names.
        httpx.AsyncClient(
            headers=headers,
            timeout=timeout,
            verify=trusted,
            follow_redirects=True,
            max_redirects=REDIRECTS_MAX,
        ) as files,
    ):
        yield KieClient(settings, calls, files)
