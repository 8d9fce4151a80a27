"""Ask KIE what the account of each key still has. Keys are named by their ids alone."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal

from videogen.failures import ProviderCallError
from videogen.kie import KieClient, KieSettings, open_kie

CALL_S_MAX = 10.0
"""A person is waiting for the answer."""


@dataclass(frozen=True)
class Balance:
    key_id: str
    credits: Decimal | None = None
    trouble: str = ""
    """Why the credits are not known."""


async def balances_of(settings: KieSettings) -> tuple[Balance, ...]:
    limit_s = min(settings.kie_call_limit_s, CALL_S_MAX)
    hasty = settings.model_copy(update={"kie_call_limit_s": limit_s})
    async with open_kie(hasty) as client:
        return tuple(await asyncio.gather(*(_balance(client, each) for each in client.key_ids)))


async def _balance(client: KieClient, key_id: str) -> Balance:
    try:
        return Balance(key_id, await client.credits(key_id))
    except ProviderCallError as error:
        return Balance(key_id, trouble=str(error))
