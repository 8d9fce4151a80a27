# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# nkeys has no annotations.
"""NATS user keys: the server knows the public half, the service proves that it has the seed."""

import secrets

import nkeys

SEED_BYTES = 32


def new_seed() -> str:
    return nkeys.encode_seed(secrets.token_bytes(SEED_BYTES), nkeys.PREFIX_BYTE_USER).decode()


def public_key(seed: str) -> str:
    key: bytes = nkeys.from_seed(bytearray(seed.encode())).public_key  # pyright: ignore[reportAssignmentType] - it says VerifyKey and returns bytes
    return key.decode()
