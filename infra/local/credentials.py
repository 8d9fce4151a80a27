"""The secrets of a stack: its passwords, all derived from one key, and the signer's own key."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from infra.local.errors import StackError
from infra.local.layout import Layout
from infra.local.private import write_private
from ledger.heads.key import KeyFileError, make_key, public_half, read_key

DATABASE = "neurocards"
SUPERUSER = "postgres"
OWNER = "ledger_owner"
SERVICE = "ledger_service"
READER = "ledger_reader"
ROLES = (OWNER, SERVICE, READER)
SHOPS = range(100_000, 1_000_000)


@dataclass(frozen=True)
class Credentials:
    key: str

    def password(self, name: str) -> str:
        return hmac.new(self.key.encode(), name.encode(), hashlib.sha256).hexdigest()

    @property
    def telegram_token(self) -> str:
        """A token in the shape of Telegram's, good only for this stack's emulator."""
        return f"42:SANDBOX-{self.password('telegram')[:24]}"

    @property
    def kie_key(self) -> str:
        """A key that only this stack's emulator of KIE takes."""
        return f"sandbox-{self.password('kie')[:32]}"

    @property
    def yookassa_shop_id(self) -> str:
        """The number of a shop that only this stack's emulator of YooKassa knows."""
        return str(SHOPS.start + int(self.password("yookassa-shop")[:8], 16) % len(SHOPS))

    @property
    def yookassa_secret(self) -> str:
        return f"test_{self.password('yookassa')[:40]}"


def credentials_of(layout: Layout) -> Credentials:
    if not layout.key_file.exists():
        write_private(layout.key_file, secrets.token_hex(32))
    return Credentials(layout.key_file.read_text())


def signing_key_of(layout: Layout) -> str:
    """Make the signer's own key once, derived from nothing; return its public half."""
    try:
        if not layout.signing_key_file.exists():
            return make_key(layout.signing_key_file)
        return public_half(read_key(layout.signing_key_file))
    except KeyFileError as error:
        raise StackError(str(error)) from error


@dataclass(frozen=True)
class DatabaseUrls:
    """One database, as each role reaches it."""

    superuser: str
    owner: str
    service: str
    reader: str


def database_urls(superuser_url: str, credentials: Credentials) -> DatabaseUrls:
    def as_role(role: str) -> str:
        return with_user(superuser_url, role, credentials.password(role))

    return DatabaseUrls(superuser_url, as_role(OWNER), as_role(SERVICE), as_role(READER))


def external_credentials(superuser_url: str, own: Credentials) -> Credentials:
    """Derive from the server's own password, so that every stack beside it derives the same.

    Roles belong to the whole server: stacks that disagreed would lock each other out.
    """
    password = urlsplit(superuser_url).password
    return Credentials(password) if password else own


def with_user(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user)}:{quote(password, safe='')}@{host}"))


def with_database(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(database)}"))
