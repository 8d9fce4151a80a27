"""The upload host, below `/kie/upload`: a photo as a stream, as base64 or by its address."""

import base64
import binascii
import re
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from infra.sandbox.kie.api import origin_of
from infra.sandbox.kie.dialects import UploadDialect, json_object
from infra.sandbox.kie.edge import Edge, Visit
from infra.sandbox.kie.faults import Endpoint
from infra.sandbox.kie.fetching import Fetch
from infra.sandbox.kie.files import type_of
from infra.sandbox.kie.refusals import KieError
from infra.sandbox.kie.world import KieWorld
from infra.sandbox.telegram.json_types import Json

UPLOAD = "/kie/upload"
UNAUTHORIZED = "Authentication failed: Invalid API Key"
DATA_URL = re.compile(r"^data:[\w.+-]+/[\w.+-]+;base64,")
FOLDER = re.compile(r"[^/\s]+(/[^/\s]+)*")
NAME = re.compile(r"[^/\s]+")


def upload_routes(world: KieWorld, fetch: Fetch) -> APIRouter:
    router = APIRouter(prefix=UPLOAD)
    edge = Edge(world, UploadDialect())
    desk = UploadDesk(world, fetch)

    @router.post("/api/file-stream-upload")
    async def stream(request: Request) -> Response:
        return await edge.answer(request, Endpoint.STREAM_UPLOAD, desk.stream)

    @router.post("/api/file-base64-upload")
    async def encoded(request: Request) -> Response:
        return await edge.answer(request, Endpoint.BASE64_UPLOAD, desk.encoded)

    @router.post("/api/file-url-upload")
    async def by_url(request: Request) -> Response:
        return await edge.answer(request, Endpoint.URL_UPLOAD, desk.by_url)

    @router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def nothing(path: str) -> Response:
        is_known = path.removeprefix("api/") in set(Endpoint)
        code, msg = (405, "Method Not Allowed") if is_known else (404, "Not Found")
        return JSONResponse({"success": False, "code": code, "msg": msg}, status_code=code)

    return router


class UploadDesk:
    def __init__(self, world: KieWorld, fetch: Fetch) -> None:
        self._world = world
        self._fetch = fetch

    async def stream(self, visit: Visit) -> Json:
        self._check_key(visit)
        try:
            async with visit.request.form(max_files=1) as form:
                file = form.get("file")
                if not isinstance(file, UploadFile):
                    raise KieError(400, "Missing required parameter: file")
                fields: Json = {name: form[name] for name in form if name != "file"}
                return self._kept(visit, fields, await file.read(), file.filename or "")
        except HTTPException as error:
            raise KieError(400, f"Multipart parsing failed: {error.detail}") from error

    async def encoded(self, visit: Visit) -> Json:
        self._check_key(visit)
        fields = _body(visit)
        text = _text(fields, "base64Data")
        try:
            data = base64.b64decode(DATA_URL.sub("", text, count=1), validate=True)
        except binascii.Error as error:
            raise KieError(400, "Base64 decoding failed: Invalid Base64 format") from error
        return self._kept(visit, fields, data, "")

    async def by_url(self, visit: Visit) -> Json:
        self._check_key(visit)
        fields = _body(visit)
        data = await self._fetch(_text(fields, "fileUrl"))
        if data is None:
            raise KieError(400, "File download failed")
        return self._kept(visit, fields, data, "")

    def _check_key(self, visit: Visit) -> None:
        header = visit.request.headers.get("authorization", "")
        self._world.accounts.known(header, UNAUTHORIZED)

    def _kept(self, visit: Visit, fields: Json, data: bytes, own_name: str) -> Json:
        _check_names(visit.endpoint, fields)
        folder = _text(fields, "uploadPath")
        if not FOLDER.fullmatch(folder):
            raise KieError(400, "Invalid parameter: uploadPath")
        name = _text(fields, "fileName", default=own_name) or self._new_name(data)
        if not NAME.fullmatch(name):
            raise KieError(400, "Invalid parameter: fileName")
        upload = self._world.files.keep(f"{folder}/{name}", data, now=self._world.clock.now())
        at = datetime.fromtimestamp(upload.uploaded_at, UTC)
        return {
            "fileName": name,
            "filePath": upload.path,
            "downloadUrl": f"{origin_of(visit.request)}/u/{upload.path}",
            "fileSize": len(data),
            "mimeType": upload.mime_type,
            "uploadedAt": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    def _new_name(self, data: bytes) -> str:
        return f"{self._world.new_id()}.{type_of(data)[1]}"


CONTENT_FIELD = {
    Endpoint.STREAM_UPLOAD: "file",
    Endpoint.BASE64_UPLOAD: "base64Data",
    Endpoint.URL_UPLOAD: "fileUrl",
}


def _check_names(endpoint: Endpoint, fields: Json) -> None:
    unknown = sorted(set(fields) - {"uploadPath", "fileName", CONTENT_FIELD[endpoint]})
    if unknown:
        raise KieError(400, f"Unknown parameter: {unknown[0]}")


def _text(fields: Json, name: str, *, default: str | None = None) -> str:
    value = fields.get(name, default)
    if value is None or (value == "" and default is None):
        raise KieError(400, f"Missing required parameter: {name}")
    if not isinstance(value, str):
        raise KieError(400, f"Invalid parameter: {name}")
    return value


def _body(visit: Visit) -> Json:
    return json_object(visit.body, trouble=KieError(400, "Invalid JSON body"))
