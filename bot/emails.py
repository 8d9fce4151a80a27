"""The address for receipts: whether it is one, and how it is shown without being told."""

from pydantic import TypeAdapter, ValidationError

from contracts.messages import Email

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


class NotAnEmail(Exception):
    pass


def read_email(text: str) -> str:
    """Raises `NotAnEmail`."""
    try:
        return _EMAIL.validate_python(text.strip())
    except ValidationError as error:
        raise NotAnEmail from error


def hint_of(email: str) -> str:
    """Return `a***@mail.ru`."""
    name, _, host = email.partition("@")
    return f"{name[:1]}***@{host}"
