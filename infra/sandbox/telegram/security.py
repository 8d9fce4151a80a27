"""Only this machine, and no web page of somebody else, may drive the sandbox."""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
POLICY_VIOLATION = 1008


class LoopbackOnly:
    """Refuse a foreign `Host` (a rebound name), and a foreign `Origin` where something changes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        trouble = _trouble(scope) if scope["type"] in ("http", "websocket") else None
        if trouble is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": trouble})
        else:
            await PlainTextResponse(trouble, status_code=403)(scope, receive, send)


def _trouble(scope: Scope) -> str | None:
    headers = Headers(scope=scope)
    host = headers.get("host", "").lower()
    if not _is_loopback(urlsplit(f"//{host}").hostname or ""):
        return "the sandbox answers to loopback names only"
    origin = headers.get("origin")
    is_safe = scope["type"] == "http" and scope["method"] in SAFE_METHODS
    if origin is not None and not is_safe and urlsplit(origin.lower()).netloc != host:
        return "another site's page may not drive the sandbox"
    return None


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
