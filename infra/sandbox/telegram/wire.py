"""A request of the Bot API taken apart: parameters as text, files as bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from infra.sandbox.telegram.methods.call import Upload
from infra.sandbox.telegram.refusals import Breach, TooLarge

UPLOAD_BYTES_MAX = 50 * 1024 * 1024
OVERHEAD_BYTES_MAX = 64 * 1024
"""Of a multipart body around the file."""
PART_BYTES_MAX = 1024 * 1024
FILES_MAX = 32


@dataclass(frozen=True)
class RawCall:
    method: str
    parameters: dict[str, str]
    uploads: dict[str, Upload] = field(default_factory=dict[str, Upload])

    def as_text(self) -> str:
        """Return what a fault rule looks into."""
        names = {name: upload.file_name for name, upload in self.uploads.items()}
        return json.dumps({**self.parameters, "files": names}, ensure_ascii=False)

    @property
    def file_sizes(self) -> dict[str, int]:
        return {name: len(upload.data) for name, upload in self.uploads.items()}


async def read_call(request: Request, method: str) -> RawCall:
    """Read the query, then a form, a multipart form or a JSON object.

    Raises `TooLarge` after the whole body came in, as a sender does not listen before.
    """
    query = dict(request.query_params)
    if int(request.headers.get("content-length", "0")) > UPLOAD_BYTES_MAX + OVERHEAD_BYTES_MAX:
        async for _ in request.stream():
            pass
        raise TooLarge
    if request.headers.get("content-type", "").startswith("application/json"):
        return RawCall(method, {**query, **_texts(await request.body())})
    form = await _form(request)
    try:
        texts = {name: part for name, part in form.multi_items() if isinstance(part, str)}
        uploads = {
            name: await _upload(part)
            for name, part in form.multi_items()
            if isinstance(part, UploadFile)
        }
    finally:
        await form.close()
    return RawCall(method, {**query, **texts}, uploads)


async def _form(request: Request) -> FormData:
    try:
        return await request.form(max_files=FILES_MAX, max_part_size=PART_BYTES_MAX)
    except HTTPException as error:
        raise Breach(f"can't parse the form: {error.detail}") from error


async def _upload(part: UploadFile) -> Upload:
    data = await part.read()
    if len(data) > UPLOAD_BYTES_MAX:
        raise TooLarge
    return Upload(data, part.filename or "file", part.content_type)


def _texts(body: bytes) -> Mapping[str, str]:
    """Telegram turns a JSON body into the texts that a form would have had."""
    try:
        value: object = json.loads(body)
    except ValueError as error:
        raise Breach("can't parse JSON object") from error
    if not isinstance(value, dict):
        raise Breach("can't parse JSON object")
    return {
        name: item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
        for name, item in cast("dict[str, Any]", value).items()
        if item is not None
    }
