"""A signed head: what the log was at one moment, said by a key that the log's owner lacks."""

import struct
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from ledger.chain import stamp_of

Hex32 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Hex64 = Annotated[str, Meta(pattern="^[0-9a-f]{128}$")]

PURPOSE = b"neurocards signed head 1"
"""What the key signs beside heads, should there ever be anything, cannot be taken for one."""


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the heads file."""

    log_id: UUID
    position: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    hash: Hex32
    """The chain's hash of the event at the position, so of everything up to it."""
    signed_at: Annotated[datetime, Meta(tz=True)]
    """By PostgreSQL's clock."""
    key: Hex32
    """Public."""
    signature: Hex64


def sign(
    key: SigningKey, *, log_id: UUID, position: int, event_hash: bytes, signed_at: datetime
) -> Head:
    public = bytes(key.verify_key)
    signature = key.sign(_form(log_id, position, event_hash, signed_at, public)).signature
    return Head(
        log_id=log_id,
        position=position,
        hash=event_hash.hex(),
        signed_at=signed_at,
        key=public.hex(),
        signature=signature.hex(),
    )


def is_signed_by(head: Head, key: str) -> bool:
    """Say whether the holder of this public key, in hex, signed exactly this head."""
    if head.key != key:
        return False
    public = bytes.fromhex(key)
    form = _form(head.log_id, head.position, bytes.fromhex(head.hash), head.signed_at, public)
    try:
        VerifyKey(public).verify(form, bytes.fromhex(head.signature))
    except BadSignatureError:
        return False
    return True


def _form(
    log_id: UUID, position: int, event_hash: bytes, signed_at: datetime, public: bytes
) -> bytes:
    """Return what is signed: each part after its length."""
    numbers = (struct.pack(">q", position), struct.pack(">q", stamp_of(signed_at)))
    parts = (PURPOSE, log_id.bytes, numbers[0], event_hash, numbers[1], public)
    return b"".join(struct.pack(">i", len(part)) + part for part in parts)
