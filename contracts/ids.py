"""Ids that more than one service must compute alike."""

import re
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import AfterValidator, StringConstraints

ACCOUNT_LENGTH_MAX = 64
ACCOUNT_PATTERN = r"^[a-z]{2,8}:[A-Za-z0-9_-]{1,48}$"

TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")

# Fixed for ever: another namespace would give a replayed confirmation new job ids.
JOBS = UUID("9c1f5d0e-6f0b-5c9e-9a43-2f1f0a4b7d11")

AccountId = Annotated[
    str, StringConstraints(pattern=ACCOUNT_PATTERN, max_length=ACCOUNT_LENGTH_MAX)
]
Sha256Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _one_token(value: str) -> str:
    if not TOKEN.fullmatch(value):
        raise ValueError("must be 1 to 64 letters, digits, '_' or '-'")
    return value


Token = Annotated[str, AfterValidator(_one_token)]


def telegram_account(user_id: int) -> str:
    return f"tg:{user_id}"


def telegram_user(account: str) -> int | None:
    """Return the Telegram user id behind an account, or None for another kind of account."""
    kind, _, rest = account.partition(":")
    return int(rest) if kind == "tg" and rest.isdecimal() else None


def kv_key(account: str) -> str:
    """Return the account as a KV key, where `:` is not allowed: `tg.42`."""
    return account.replace(":", ".")


def job_id_of(account: str, draft_id: UUID, revision: int, index: int) -> UUID:
    """Return the job id of one video of a confirmed draft revision.

    The bot and the ledger both compute it, so a repeated confirmation names the same jobs.
    """
    return uuid5(JOBS, f"{account}/{draft_id}/{revision}/{index}")
