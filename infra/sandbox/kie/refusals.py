"""How KIE says no: a code in the body and a sentence, word for word as clients know them."""

from collections.abc import Mapping
from types import MappingProxyType

PHRASES: Mapping[int, str] = MappingProxyType(
    {
        400: "taskId parameter is required",
        401: "You do not have access permissions",
        402: "The current credits are insufficient. Please top up.",
        404: "Not Found",
        408: "Upstream is currently experiencing service issues. "
        "No result has been returned for over 10 minutes.",
        422: "The page does not exist or is not published",
        429: "Rate limit exceeded",
        433: "The current number of points used by apiKey has exceeded the daily limit",
        451: "Failed to fetch the image. "
        "Kindly verify any access limits set by you or your service provider.",
        455: "Service Unavailable - System is currently undergoing maintenance",
        500: "Server Error - An unexpected error occurred while processing the request",
        501: "Generation Failed - Content generation task failed",
        505: "Feature Disabled - The requested feature is currently disabled",
        550: "Connection denied",
    }
)


class KieError(Exception):
    """An answer whose code is not 200; the sentence of the code is its default."""

    def __init__(self, code: int, msg: str = "", *, http_status: int | None = None) -> None:
        self.code = code
        self.msg = msg or PHRASES.get(code, PHRASES[500])
        self.http_status = http_status
        """None: as is usual for this code on this host."""
        super().__init__(self.msg)
