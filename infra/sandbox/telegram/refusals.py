"""How the Bot API says no: a code and a sentence, word for word as bots know them."""

from infra.sandbox.telegram.json_types import Json


class ApiError(Exception):
    """An answer with `ok: false`."""

    def __init__(self, code: int, description: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after_s = retry_after_s

    def body(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after_s is not None:
            body["parameters"] = {"retry_after": self.retry_after_s}
        return body


class BadRequest(ApiError):
    """A refusal that a correct bot meets too: something changed meanwhile."""

    def __init__(self, reason: str) -> None:
        super().__init__(400, f"Bad Request: {_lowered(reason)}")


class Breach(BadRequest):
    """A refusal that a correct bot never meets; it is also recorded as a violation."""


class Forbidden(ApiError):
    def __init__(self, reason: str) -> None:
        super().__init__(403, f"Forbidden: {reason}")


class Conflict(ApiError):
    def __init__(self, reason: str) -> None:
        super().__init__(409, f"Conflict: {reason}")


class Unauthorized(ApiError):
    def __init__(self) -> None:
        super().__init__(401, "Unauthorized")


class MethodNotFound(ApiError):
    """The sandbox does not have it: never a quiet success."""

    def __init__(self) -> None:
        super().__init__(404, "Not Found: method not found")


class TooLarge(ApiError):
    def __init__(self) -> None:
        super().__init__(413, "Request Entity Too Large")


def too_many_requests(retry_after_s: int) -> ApiError:
    return ApiError(
        429, f"Too Many Requests: retry after {retry_after_s}", retry_after_s=retry_after_s
    )


def _lowered(reason: str) -> str:
    """Telegram lowers the first letter, except of codes such as BUTTON_DATA_INVALID."""
    if len(reason) > 1 and (reason[1] == "_" or reason[1].isupper()):
        return reason
    return reason[:1].lower() + reason[1:]
