"""What every message has in common, and the limits of its parts."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

JOBS_PER_ORDER_MAX = 10
CREDITS_MAX = 1_000_000
HISTORY_PAGE_MAX = 50

# Strict: neither "1", nor 1.0, nor true is an amount.
Credits = Annotated[int, Field(strict=True, gt=0, le=CREDITS_MAX)]
Reason = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9_:.-]+$")]


class Message(BaseModel):
    """One message; unknown fields are ignored so that older readers keep working."""

    model_config = ConfigDict(frozen=True, extra="ignore")
