"""What KIE calls us with: a hint of which task to look at, and nothing more.

Its signature covers the task's id and the time but not the body, so the state in it proves nothing.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta

from pydantic import JsonValue, SecretStr

from videogen.kie.loose import inner

BODY_BYTES_MAX = 256 * 1024
TASK_ID_LENGTH_MAX = 100
AGE_MAX = timedelta(minutes=5)


class BadCallbackError(Exception):
    """Not from KIE, or not readable: it is not to be acted on."""


class BadSignatureError(BadCallbackError):
    """Whoever sent it does not know our key, or kept it for too long."""


def task_named_in(
    body: bytes,
    *,
    timestamp: str | None,
    signature: str | None,
    key: SecretStr | None,
    now: datetime,
) -> str:
    """Return the id of the task to look at. Without a key of ours no signature is asked for.

    `timestamp` and `signature` are the headers X-Webhook-Timestamp and X-Webhook-Signature.
    Raises `BadCallbackError`.
    """
    task_id = _task_id(body)
    if key is not None:
        _check_signature(task_id, timestamp or "", signature or "", key)
        _check_age(timestamp or "", now)
    return task_id


def signature_of(task_id: str, timestamp: str, key: SecretStr) -> str:
    message = f"{task_id}.{timestamp}".encode()
    digest = hmac.new(key.get_secret_value().encode(), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _task_id(body: bytes) -> str:
    if len(body) > BODY_BYTES_MAX:
        raise BadCallbackError("too large")
    try:
        parsed: JsonValue = json.loads(body)
    except (ValueError, RecursionError):
        raise BadCallbackError("not JSON") from None
    data = inner(parsed, "data")
    # Which name it has, and where, differs from endpoint to endpoint.
    for place, name in (
        (data, "taskId"),
        (data, "task_id"),
        (parsed, "taskId"),
        (parsed, "task_id"),
    ):
        found = inner(place, name)
        if isinstance(found, str) and 0 < len(found) <= TASK_ID_LENGTH_MAX:
            return found
    raise BadCallbackError("no task's id")


def _check_signature(task_id: str, timestamp: str, signature: str, key: SecretStr) -> None:
    expected = signature_of(task_id, timestamp, key)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise BadSignatureError("a wrong signature")


def _check_age(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdecimal()):
        raise BadSignatureError("a time that is no number")
    if abs(now.timestamp() - int(timestamp)) > AGE_MAX.total_seconds():
        raise BadSignatureError("too old, or of a clock that is wrong")
