"""The signer's private key: 32 bytes in hex, in a file that only its owner may read."""

import os
import stat
from pathlib import Path

from nacl.signing import SigningKey

from contracts.service import OperatorNeededError
from ledger.heads.file import sync_folder

FILE_MODE = 0o600
KEY_BYTES = 32


class KeyFileError(OperatorNeededError):
    """The key file cannot be used; says why, never what it holds."""


def make_key(path: Path) -> str:
    """Write a new key, whole and never over an old one, and return its public half in hex."""
    key = SigningKey.generate()
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{bytes(key).hex()}\n")
                file.flush()
                os.fsync(file.fileno())
            path.hardlink_to(beside)
        finally:
            beside.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be made: {error.strerror}") from error
    return public_half(key)


def read_key(path: Path) -> SigningKey:
    """Raises `KeyFileError`."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyFileError(f"{path} may be read by others than its owner: chmod 600 it")
        text = path.read_text("ascii").strip()
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise KeyFileError(f"{path} does not hold a key") from None
    try:
        return SigningKey(bytes.fromhex(text))
    except ValueError:
        # Neither the cause nor its text: they could repeat a part of the key.
        raise KeyFileError(f"{path} does not hold {KEY_BYTES} bytes in hex") from None


def public_half(key: SigningKey) -> str:
    return bytes(key.verify_key).hex()
