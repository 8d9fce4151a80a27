"""The workload: one event per command, the life of a job, over many accounts.

TopUp(1), Deduct(1 job), Start, Settle, and again. The stock library's aggregate has the same four
methods (`bench.sides.stock`). Over NATS there is no Settle to ask for, and whatever was started
cannot be cancelled, so there a life is TopUp(1), Deduct(1 job), Cancel.
"""

from collections.abc import Iterator, Sequence
from random import Random
from uuid import UUID

from ledger.domain.commands import AccountCommand, Deduct, OpenAccount, Settle, Start, TopUp
from ledger.log import Origin

DIGEST = "5d" * 32
REASON = "bench"
TERMS = "1"

Life = Sequence[AccountCommand]


def account_of(number: int) -> str:
    return f"tg:{number}"


def random_id(chance: Random) -> UUID:
    """Return an id as ours are: spread over everything, so that no index has it easy."""
    return UUID(int=chance.getrandbits(128), version=4)


def origin_of(account: str) -> Origin:
    return Origin(actor="person", correlation_id=account)


def opening(account: str) -> AccountCommand:
    return OpenAccount(account_id=account, terms_version=TERMS)


def life(account: str, chance: Random) -> Life:
    job_id = random_id(chance)
    return (
        TopUp(account_id=account, grant_id=job_id.hex, credits=1, reason=REASON),
        Deduct(account_id=account, jobs=((job_id, DIGEST),), price_credits=1),
        Start(account_id=account, job_id=job_id),
        Settle(account_id=account, job_id=job_id, video_digest=DIGEST),
    )


def lives_in_turn(accounts: Sequence[str], chance: Random) -> Iterator[Life]:
    while True:
        for account in accounts:
            yield life(account, chance)


def lives_at_random(accounts: int, chance: Random) -> Iterator[Life]:
    """Draw the account of each next life uniformly."""
    while True:
        yield life(account_of(chance.randrange(accounts)), chance)
