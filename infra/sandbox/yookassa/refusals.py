"""How YooKassa says no: an HTTP status and an object that names the parameter."""

from collections.abc import Mapping
from types import MappingProxyType

from infra.sandbox.telegram.json_types import Json

CODES: Mapping[int, str] = MappingProxyType(
    {
        400: "invalid_request",
        401: "invalid_credentials",
        403: "forbidden",
        404: "not_found",
        405: "method_not_allowed",
        415: "unsupported_media_type",
        429: "too_many_requests",
        500: "internal_server_error",
    }
)
DESCRIPTIONS: Mapping[int, str] = MappingProxyType(
    {
        400: "Invalid request",
        401: "Error in shopId or secret key. Check their validity.",
        403: "Access to the operation is denied",
        404: "Not found",
        405: "The method is not allowed",
        415: "Content-Type must be application/json",
        429: "Too many requests",
        500: "Internal server error",
    }
)


class YooKassaError(Exception):
    def __init__(self, status: int, description: str = "", parameter: str = "") -> None:
        self.status = status
        self.code = CODES.get(status, CODES[500])
        self.description = description or DESCRIPTIONS.get(status, DESCRIPTIONS[500])
        self.parameter = parameter
        super().__init__(f"{self.code}: {self.description} ({parameter})")

    def body(self, error_id: str) -> Json:
        named = {"parameter": self.parameter} if self.parameter else {}
        said = {"code": self.code, "description": self.description}
        return {"type": "error", "id": error_id, **said, **named}


def wrong(description: str, parameter: str) -> YooKassaError:
    return YooKassaError(400, description, parameter)


def no_payment() -> YooKassaError:
    said = "Incorrect payment_id. Payment doesn't exist or access denied"
    return YooKassaError(404, said, "payment_id")


def no_refund() -> YooKassaError:
    said = "Incorrect refund_id. Refund doesn't exist or access denied"
    return YooKassaError(404, said, "refund_id")
