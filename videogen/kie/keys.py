"""The keys of our KIE accounts, each under an id that may be stored and logged."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from pydantic import SecretStr

from videogen.failures import ProviderCallError, Trouble
from videogen.kie.bucket import Clock

REST_S = 300.0
"""A key that was refused is tried after the others for so long."""
ID_LENGTH = 8

Result = TypeVar("Result")


class Keys:
    def __init__(self, secrets: Sequence[SecretStr], clock: Clock) -> None:
        self._secrets = {_id_of(secret): secret for secret in secrets}
        self._clock = clock
        self._rests_until: dict[str, float] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._secrets)

    async def first_that_works(self, call: Callable[[str], Awaitable[Result]]) -> Result:
        """Go on to the next key only where this one was refused for what it is."""
        refused = ProviderCallError(Trouble.KEY_MISSING, "there is no key at all")
        for key_id in self._in_turn():
            try:
                return await call(key_id)
            except ProviderCallError as error:
                if not error.failure.another_key_may_do:
                    raise
                self._rests_until[key_id] = self._clock() + REST_S
                refused = error
        raise refused

    def header(self, key_id: str) -> dict[str, str]:
        """Raises `ProviderCallError` for a key that was taken out of the settings."""
        if key_id not in self._secrets:
            raise ProviderCallError(Trouble.KEY_MISSING, f"key {key_id} is not set any more")
        return {"Authorization": f"Bearer {self._secrets[key_id].get_secret_value()}"}

    def without_secrets(self, text: str) -> str:
        """What a provider says may repeat the key that it refuses."""
        for key_id, secret in self._secrets.items():
            text = text.replace(secret.get_secret_value(), f"<key {key_id}>")
        return text

    def _in_turn(self) -> list[str]:
        """Those that rest come last, and so a repaired one is found again."""
        now_s = self._clock()
        return sorted(
            self._secrets, key=lambda key_id: self._rests_until.get(key_id, now_s) > now_s
        )


def _id_of(secret: SecretStr) -> str:
    """The same for the same key in any order of the settings; tells nothing about it."""
    return hashlib.sha256(f"kie:{secret.get_secret_value()}".encode()).hexdigest()[:ID_LENGTH]
