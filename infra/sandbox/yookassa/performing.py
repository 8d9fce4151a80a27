"""Perform a call: for whom it is, once for each key, and what is answered."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from secrets import compare_digest

import structlog
from fastapi import Request

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.calls import CallRecord
from infra.sandbox.yookassa.faults import Endpoint
from infra.sandbox.yookassa.refusals import YooKassaError
from infra.sandbox.yookassa.replays import HEADER, Replay, digest_of, scope_of
from infra.sandbox.yookassa.world import YooKassaWorld

log = structlog.get_logger()


@dataclass(frozen=True)
class Visit:
    request: Request
    endpoint: Endpoint
    body: bytes
    text: str
    """What a fault rule looks into: the address, and the body without escapes."""
    record: CallRecord

    @property
    def is_writing(self) -> bool:
        return self.request.method == "POST"

    @property
    def key(self) -> str:
        return self.request.headers.get(HEADER, "")


@dataclass(frozen=True)
class Said:
    status: int
    body: Json


Perform = Callable[[Visit], Json]


class Performer:
    def __init__(self, world: YooKassaWorld) -> None:
        self._world = world

    def perform(self, visit: Visit, perform: Perform) -> Said:
        self._world.catch_up()
        try:
            self._check_shop(visit.request)
            if not visit.is_writing:
                return self.noted(visit.record, Said(200, perform(visit)))
            return self.noted(visit.record, self._performed_once(visit, perform))
        except YooKassaError as error:
            return self.refuse(visit.record, error)
        except Exception:
            log.exception("the sandbox failed", endpoint=visit.endpoint)
            return self.refuse(visit.record, YooKassaError(500))

    def refuse(self, record: CallRecord, error: YooKassaError) -> Said:
        return self.noted(record, self._refused(error))

    def noted(self, record: CallRecord, said: Said) -> Said:
        record.status = said.status
        record.code = str(said.body.get("code", ""))
        record.parameter = str(said.body.get("parameter", ""))
        return said

    def _performed_once(self, visit: Visit, perform: Perform) -> Said:
        """Answer a key as the first time. What is refused for good is remembered as well."""
        world, request = self._world, visit.request
        now = world.clock.now()
        scope = scope_of(world.shop.shop_id, request.method, request.url.path, visit.key)
        kind = request.headers.get("content-type", "application/json")
        if not kind.startswith("application/json"):
            raise YooKassaError(415)
        replay = world.replays.find(scope, visit.body, now)
        if replay is not None:
            visit.record.is_replay = True
            return Said(replay.status, replay.body)
        try:
            said = Said(200, perform(visit))
        except YooKassaError as error:
            said = self._refused(error)
        first = Replay(scope, digest_of(visit.body), said.status, said.body, now)
        world.replays.keep(first)
        world.keep(first)
        return said

    def _check_shop(self, request: Request) -> None:
        shop_id, secret = _basic(request.headers.get("authorization", ""))
        shop = self._world.shop
        is_right = compare_digest(secret.encode(), shop.secret.encode())
        if shop_id != shop.shop_id or not is_right:
            raise YooKassaError(401)
        if shop.status != "enabled":
            raise YooKassaError(403)

    def _refused(self, error: YooKassaError) -> Said:
        return Said(error.status, error.body(self._world.ids.error()))


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        shop_id, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _illegal_login() from error
    if scheme != "Basic" or not colon:
        raise _illegal_login()
    return shop_id, secret


def _illegal_login() -> YooKassaError:
    return YooKassaError(401, "Login has illegal format", "Authorization")
