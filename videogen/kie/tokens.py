"""The last part of the address that KIE calls: it names the job, and only we can have made it.

Nothing is stored, so a callback finds its job even after everything but the settings was lost.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr

from videogen.kie.settings import KieSettings

SEAL_LENGTH = 32
TOKEN = re.compile(rf"([0-9a-f]{{32}})-([0-9a-f]{{{SEAL_LENGTH}}})")


@dataclass(frozen=True)
class Tokens:
    secret: SecretStr

    def token_of(self, job_id: UUID) -> str:
        return f"{job_id.hex}-{self._seal(job_id)}"

    def job_of(self, token: str) -> UUID | None:
        """Return the job of a token of ours. How long it takes tells nothing about the seal."""
        parts = TOKEN.fullmatch(token)
        if parts is None:
            return None
        job_id = UUID(hex=parts[1])
        return job_id if hmac.compare_digest(parts[2], self._seal(job_id)) else None

    def _seal(self, job_id: UUID) -> str:
        secret = self.secret.get_secret_value().encode()
        return hmac.new(secret, job_id.bytes, hashlib.sha256).hexdigest()[:SEAL_LENGTH]


def tokens_of(settings: KieSettings) -> Tokens:
    """Without a secret of its own it is derived from the first key."""
    if settings.kie_callback_secret is not None:
        return Tokens(settings.kie_callback_secret)
    key = settings.secrets()[0].get_secret_value()
    return Tokens(SecretStr(hashlib.sha256(f"kie-callback:{key}".encode()).hexdigest()))
