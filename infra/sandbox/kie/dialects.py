"""The envelope that each of KIE's hosts puts its answers into."""

import json
from typing import cast

from fastapi import Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from infra.sandbox.kie.refusals import KieError
from infra.sandbox.kie.world import KieWorld
from infra.sandbox.telegram.json_types import Json

LIBRARY_AGENTS = (
    "python-httpx/",
    "python-requests/",
    "python-urllib",
    "python/",
    "aiohttp/",
)
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    "<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
)


class ApiDialect:
    """api.kie.ai: HTTP 200 even for a refusal, with few exceptions."""

    def __init__(self, world: KieWorld) -> None:
        self._world = world

    def granted(self, data: object) -> Response:
        return JSONResponse({"code": 200, "msg": "success", "data": data})

    def refused(self, error: KieError) -> Response:
        usual = error.code if error.code in self._world.manners.http_codes else 200
        body = {"code": error.code, "msg": error.msg, "data": None}
        return JSONResponse(body, status_code=error.http_status or usual)


class UploadDialect:
    """The upload host: the HTTP status is the code, and `success` repeats it."""

    def granted(self, data: object) -> Response:
        said = {"success": True, "code": 200, "msg": "File uploaded successfully"}
        return JSONResponse({**said, "data": data})

    def refused(self, error: KieError) -> Response:
        body = {"success": False, "code": error.code, "msg": error.msg}
        return JSONResponse(body, status_code=error.http_status or error.code)


class FileDialect:
    """The hosts of the files know only HTTP."""

    def granted(self, data: object) -> Response:
        if not isinstance(data, Response):
            raise TypeError("a file is answered with a response")
        return data

    def refused(self, error: KieError) -> Response:
        return HTMLResponse(error.msg, status_code=error.http_status or error.code)


Dialect = ApiDialect | UploadDialect | FileDialect


def is_library(agent: str) -> bool:
    """Return whether Cloudflare takes this `User-Agent` for a script's."""
    return not agent or agent.lower().startswith(LIBRARY_AGENTS)


def cloudflare_403() -> Response:
    return PlainTextResponse("error code: 1010", status_code=403)


def bad_gateway() -> Response:
    return HTMLResponse(BAD_GATEWAY, status_code=502)


def json_object(body: bytes, *, trouble: KieError) -> Json:
    """Return the body as a JSON object, or raise the trouble."""
    try:
        value: object = json.loads(body)
    except ValueError as error:
        raise trouble from error
    if not isinstance(value, dict):
        raise trouble
    return cast("Json", value)
