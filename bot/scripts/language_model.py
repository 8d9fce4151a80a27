"""A language model behind an OpenAI-compatible endpoint writes the script."""

import asyncio
from http import HTTPStatus
from typing import Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.scripts.answer import answer_schema, read_answer, script_of
from bot.scripts.brief import brief_of
from bot.scripts.instructions import messages
from bot.scripts.script import Ask, Script, ScriptWriterError, Target
from bot.scripts.settings import AnswerFormat

PATH = "chat/completions"
ANSWER_SIZE_MAX_BYTES = 64 * 1024
"""The text around a script included, and what a model thinks aloud."""
PASSING_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
RETRY_DELAY_S = 1.0


class LanguageModelWriter:
    """`client` brings the base URL and the key; `limit_s` is for everything, the retry included."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        model: str,
        *,
        answer_format: AnswerFormat,
        limit_s: float,
        retry_delay_s: float = RETRY_DELAY_S,
    ) -> None:
        self._client = client
        self._model = model
        self._answer_format = answer_format
        self._limit_s = limit_s
        self._retry_delay_s = retry_delay_s

    async def write(self, ask: Ask, target: Target) -> Script:
        brief = brief_of(ask, target)
        request = {
            "model": self._model,
            "messages": messages(brief),
            **_response_format(self._answer_format),
        }
        try:
            async with asyncio.timeout(self._limit_s):
                body = await self._asked_twice(request)
        except TimeoutError:
            raise ScriptWriterError("timeout") from None
        return script_of(read_answer(_content(body), brief), brief)

    async def _asked_twice(self, request: dict[str, object]) -> bytes:
        """Ask again, once, when the trouble may pass."""
        try:
            return await self._asked(request)
        except _PassingError:
            await asyncio.sleep(self._retry_delay_s)
        return await self._asked(request)

    async def _asked(self, request: dict[str, object]) -> bytes:
        # Errors of the client are not chained: some quote the request, some its headers.
        try:
            async with self._client.stream("POST", PATH, json=request) as response:
                if response.status_code in PASSING_STATUSES:
                    raise _PassingError(f"status_{response.status_code}")
                if response.status_code != HTTPStatus.OK:
                    raise ScriptWriterError(f"status_{response.status_code}")
                return await _read(response)
        except httpx.TimeoutException:
            raise ScriptWriterError("timeout") from None
        except httpx.TransportError as error:
            raise _PassingError(type(error).__name__) from None


class _PassingError(ScriptWriterError):
    """It may be gone a moment later."""


class _Message(BaseModel):
    content: Annotated[str, Field(min_length=1)]


class _Choice(BaseModel):
    message: _Message


class _Completion(BaseModel):
    """What we read of the service's answer; it may hold much more."""

    model_config = ConfigDict(hide_input_in_errors=True)

    choices: Annotated[list[_Choice], Field(min_length=1)]


def _response_format(wanted: AnswerFormat) -> dict[str, object]:
    match wanted:
        case AnswerFormat.TEXT:
            return {}
        case AnswerFormat.JSON_OBJECT:
            return {"response_format": {"type": "json_object"}}
        case AnswerFormat.JSON_SCHEMA:
            schema = {"name": "script", "strict": True, "schema": answer_schema()}
            return {"response_format": {"type": "json_schema", "json_schema": schema}}


async def _read(response: httpx.Response) -> bytes:
    """Read as it came: unpacking could make anything of a few bytes."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > ANSWER_SIZE_MAX_BYTES:
            raise ScriptWriterError("answer_too_long")
    return bytes(body)


def _content(body: bytes) -> str:
    try:
        return _Completion.model_validate_json(body).choices[0].message.content
    except ValidationError:
        raise ScriptWriterError("answer_not_a_completion") from None
