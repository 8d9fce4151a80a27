"""The content of an order: what a person confirmed, frozen under its job id."""

import hashlib
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts.ids import AccountId, Sha256Hex
from contracts.messages import Message

PRODUCT_TEXT_MAX = 1_000
WISHES_MAX = 500
SCENARIO_MAX = 1_500
PROMPT_MAX = 20_000


class Template(StrEnum):
    UGC = "ugc"
    AD = "ad"
    OWN = "own"


class Format(StrEnum):
    """The shape of a video: its width to its height."""

    VERTICAL = "9:16"
    PORTRAIT = "3:4"
    SQUARE = "1:1"


class OrderScript(Message):
    """What the person saw and accepted, and what a video model is told for it."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    captions: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=200)], ...],
        Field(min_length=1, max_length=8),
    ]
    """In the order in which they are shown, in the person's language."""
    call: Annotated[str, Field(max_length=100)] = ""
    """The last words of the video, which call to act."""
    prompt: Annotated[str, Field(min_length=1, max_length=PROMPT_MAX)]
    """For the model, in the model's language."""


class Order(Message):
    """One video to be made. Stored once in the `orders` bucket and never overwritten."""

    job_id: UUID
    account: AccountId
    draft_id: UUID
    revision: int
    index: int
    count: int
    product_text: Annotated[str, Field(min_length=1, max_length=PRODUCT_TEXT_MAX)]
    template: Template
    scenario: Annotated[str, Field(max_length=SCENARIO_MAX)] | None = None
    wishes: Annotated[str, Field(max_length=WISHES_MAX)] | None = None
    format: Format = Format.VERTICAL
    script: OrderScript | None = None
    photo_digest: Sha256Hex
    locale: str = "ru"
    salt: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    """Random, so that the digest in the log cannot be guessed from a known text."""

    def to_bytes(self) -> bytes:
        return self.model_dump_json().encode()


def digest_of(stored: bytes) -> str:
    """Return the SHA-256 of an order exactly as it is stored, in hex."""
    return hashlib.sha256(stored).hexdigest()
