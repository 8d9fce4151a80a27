"""The SDK's client with the limits that it lacks, and its errors in the words of the port.

The SDK gives its sockets no time limit, repeats a POST on its own, and answers a broken connection
with an `AttributeError`. Its `Payment.create` passes amounts through floats and adds to the body,
so we speak to its client directly: what we froze is what is sent.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# The SDK has no annotations; this module is the only one that imports it.

import json
from collections.abc import Mapping
from typing import cast
from uuid import UUID

import requests
from pydantic import JsonValue, TypeAdapter, ValidationError
from yookassa.client import ApiClient
from yookassa.configuration import Configuration
from yookassa.domain.exceptions import (
    ApiError,
    BadRequestError,
    ForbiddenError,
    GoneError,
    NotFoundError,
    UnauthorizedError,
)

from ledger.payments.gateway import (
    GatewayError,
    GatewayRefusedError,
    GatewaySilentError,
    NotThereError,
)
from ledger.payments.settings import PaymentSettings

KEY_HEADER = "Idempotence-Key"
WORDS_LENGTH_MAX = 300
# What the provider says itself, unless it says nothing.
CODES: Mapping[type[ApiError], str] = {
    BadRequestError: "invalid_request",
    UnauthorizedError: "invalid_credentials",
    ForbiddenError: "forbidden",
    NotFoundError: "not_found",
    GoneError: "gone",
}
ANSWER: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class ShopClient(ApiClient):
    """One shop's client; threads may share it, because each request opens its own session."""

    def __init__(self, settings: PaymentSettings) -> None:
        if settings.yookassa_shop_id is None or settings.yookassa_secret_key is None:
            raise ValueError("there is no shop: YOOKASSA_SHOP_ID is not set")
        key = settings.yookassa_secret_key.get_secret_value()
        # The SDK reads its settings from a class. They are taken back as soon as this client has
        # them, so nothing else in the process finds the key there, or changes ours.
        Configuration.configure(settings.yookassa_shop_id, key, api_url=settings.yookassa_api_url)
        try:
            super().__init__()
        finally:
            Configuration.configure(None, None)
        self._timeouts = (settings.yookassa_connect_s, settings.yookassa_read_s)

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        key: UUID | None = None,
        body: Mapping[str, JsonValue] | None = None,
    ) -> dict[str, JsonValue]:
        """Block until the answer, at most about as long as both limits. Raises `GatewayError`s."""
        place = f"{method} {path}"
        headers = None if key is None else {KEY_HEADER: str(key)}
        try:
            answer = self.request(method, path, query, headers, _in_order(body))
            return ANSWER.validate_python(answer)
        except ApiError as error:
            raise _translated(error, place) from error
        except ValidationError:
            raise GatewaySilentError(f"{place}: the answer is no JSON object") from None
        except (requests.RequestException, ValueError, TypeError, RecursionError) as error:
            # ValueError and TypeError: the SDK found an error's body that it cannot read.
            raise GatewaySilentError(f"{place}: unreadable: {type(error).__name__}") from error
        except AttributeError as error:
            # This is how the SDK reports that there was no response.
            cause = error.__context__
            if not isinstance(cause, OSError):
                raise
            raise GatewaySilentError(f"{place}: {type(cause).__name__}") from cause

    def execute(
        self,
        body: object,
        method: str,
        path: str,
        query_params: Mapping[str, str] | None,
        request_headers: Mapping[str, str],
    ) -> requests.Response:
        """Send as the SDK does, but in limited time, once, to nobody else, and logging no key."""
        with requests.Session() as session:
            return session.request(
                method,
                f"{self.endpoint}{path}",
                params=query_params,
                headers=request_headers,
                json=body,
                auth=_as_it_is,
                timeout=self._timeouts,
                allow_redirects=False,
            )


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """The SDK has set the header; without any `auth` a `.netrc` of the machine would replace it."""
    return request


def _in_order(body: Mapping[str, JsonValue] | None) -> object:
    """Sort the names: a body that was kept as `jsonb` comes back with them in another order."""
    return None if body is None else json.loads(json.dumps(body, sort_keys=True))


def _translated(error: ApiError, place: str) -> GatewayError:
    code = CODES.get(type(error))
    said = cast("Mapping[str, object]", error.content or {})
    if code is None:
        return GatewaySilentError(f"{place}: {said.get('code') or type(error).__name__}")
    parameter = str(said.get("parameter") or "")[:WORDS_LENGTH_MAX]
    if parameter == KEY_HEADER:
        # Something was sent with this key before, and this is not the answer to it.
        return GatewaySilentError(f"{place}: the key was used for another body")
    words = str(said.get("description") or "")[:WORDS_LENGTH_MAX]
    kind = NotThereError if isinstance(error, NotFoundError) else GatewayRefusedError
    return kind(str(said.get("code") or code)[:WORDS_LENGTH_MAX], words, parameter)
