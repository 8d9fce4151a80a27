"""Read in a chat how jobs ended. Pure."""

import re

from infra.sandbox.journey.person import said_by_bot, videos
from infra.sandbox.soak.evidence import Told, ToldKind
from infra.sandbox.telegram.views import ChatView, MessageView

NUMBER = re.compile(r"Видео № ([0-9A-F]{6})")
BALANCE = re.compile(r"Кредит вернулся, баланс: (\d+)")
LATE = "опоздал"
UNCERTAIN = "не уверен, что оно дошло"


def told_in(account: str, view: ChatView) -> list[Told]:
    """Return the messages that tell of an end, the oldest first; cards of jobs are none."""
    found: list[Told] = []
    with_video = {message.message_id for message in videos(view)}
    for message in said_by_bot(view):
        number = NUMBER.search(message.text)
        kind = _kind(message, is_video=message.message_id in with_video)
        if kind is not None:
            balance = BALANCE.search(message.text)
            found.append(
                Told(
                    account=account,
                    message_id=message.message_id,
                    at=float(message.at),
                    number=number[1] if number else "",
                    kind=kind,
                    text=message.text,
                    balance=int(balance[1]) if balance else None,
                    url=message.media.url if message.media else None,
                )
            )
    return found


def job_number(message: MessageView) -> str:
    """Return the number on the card of a job. Raises `ValueError` if there is none."""
    number = NUMBER.search(message.text)
    if number is None:
        raise ValueError(f"no number of a job in {message.text!r}")
    return number[1]


def _kind(message: MessageView, *, is_video: bool) -> ToldKind | None:
    if is_video:
        return ToldKind.LATE_VIDEO if LATE in message.text else ToldKind.VIDEO
    if BALANCE.search(message.text):
        return ToldKind.REFUND
    return ToldKind.UNCERTAIN if UNCERTAIN in message.text else None
