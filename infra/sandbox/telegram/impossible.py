"""What a person cannot do either."""


class ImpossibleError(Exception):
    """A person with Telegram's own app could not do this; the message says why."""


class NothingThereError(ImpossibleError):
    """It names something that does not exist."""
