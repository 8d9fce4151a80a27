"""Read what stands in KIE's answers though it is promised in one form and comes in another.

Nothing here fails: what cannot be read is None or empty, for none of it decides about a job.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from pydantic import JsonValue


def inner(value: JsonValue, name: str) -> JsonValue:
    """Return a field of an object that may come as a string of JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value.get(name) if isinstance(value, dict) else None


def whole(value: JsonValue) -> int | None:
    """Read 422 and "422"."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def amount(value: JsonValue) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        return None
    return read if read.is_finite() and read >= 0 else None


def words(value: JsonValue) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def instant(ms: JsonValue) -> datetime | None:
    read = whole(ms)
    try:
        return datetime.fromtimestamp(read / 1_000, UTC) if read else None
    except (OverflowError, ValueError, OSError):
        return None


def web_address(value: JsonValue) -> str | None:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
    except ValueError:
        return None
    known = parts is not None and parts.scheme in ("http", "https") and parts.hostname
    return words(value) if known else None


def first_address(urls: JsonValue) -> str | None:
    found = (web_address(url) for url in urls) if isinstance(urls, list) else ()
    return next((url for url in found if url is not None), None)
