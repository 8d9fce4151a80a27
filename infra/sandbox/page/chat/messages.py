"""The list of messages: shows a chat, and later only what changed in it."""

from collections.abc import Mapping
from datetime import datetime

from nicegui.element import Element

from infra.sandbox.page import words
from infra.sandbox.page.chat.bubble import Bubble, Hand
from infra.sandbox.page.chat.parts import Scroller
from infra.sandbox.page.dom import Text, box, button
from infra.sandbox.telegram.views import ChatView, MessageView

SHOWN_MAX = 60
"""Messages shown at first; each press on «Показать раньше» adds as many."""
TOGETHER_S = 600
WAITING_MAX_S = 15
"""After that the bot's answer to a tap no longer counts."""


class Messages:
    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._bubbles: dict[int, Bubble] = {}
        self._revisions: dict[int, tuple[int, frozenset[str]]] = {}
        self._shown_max = SHOWN_MAX
        self._last: MessageView | None = None
        self._scroller = Scroller()
        with self._scroller:
            self._older: Element = button(self._show_older, "older", text="Показать раньше")
            self._list: Element = box("messages")

    def clear(self) -> None:
        self._shown_max = SHOWN_MAX
        self._empty()
        self._scroller.to_bottom()

    def show(self, view: ChatView, now: float) -> None:
        for message_id in [*self._bubbles]:
            if message_id in view.deleted_ids:
                self._bubbles.pop(message_id).element.delete()
        messages = view.messages[-self._shown_max :]
        self._older.set_visibility(len(messages) < len(view.messages))
        known = {message.message_id: message for message in view.messages}
        waiting = _waiting(view, now)
        for message in messages:
            self._show(message, known, waiting.get(message.message_id, frozenset()))

    def _show(
        self, message: MessageView, known: Mapping[int, MessageView], waiting: frozenset[str]
    ) -> None:
        wanted = (message.revision, waiting)
        bubble = self._bubbles.get(message.message_id)
        if bubble is None:
            bubble = self._bubbles[message.message_id] = self._append(message)
            self._revisions.pop(message.message_id, None)
        if self._revisions.get(message.message_id) != wanted:
            bubble.update(message, known.get(message.reply_to_message_id or 0), waiting)
            self._revisions[message.message_id] = wanted

    def _append(self, message: MessageView) -> Bubble:
        last, self._last = self._last, message
        day = _moment(message.at)
        with self._list:
            if last is None or _moment(last.at).date() != day.date():
                Text(words.day_of(day, datetime.now().astimezone()), "day")  # noqa: TID251 - the page is an edge, and shows this machine's day
                last = None
            follows = (
                last is not None
                and last.outgoing == message.outgoing
                and message.at - last.at < TOGETHER_S
            )
            if not message.outgoing:
                self._scroller.to_bottom()
            return Bubble(self._hand, message, follows=follows)

    def _show_older(self) -> None:
        self._shown_max += SHOWN_MAX
        self._empty()

    def _empty(self) -> None:
        self._list.clear()
        self._bubbles.clear()
        self._revisions.clear()
        self._last = None


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at).astimezone()


def _waiting(view: ChatView, now: float) -> dict[int, frozenset[str]]:
    """Return by message the data of the taps that the bot has not answered yet."""
    waiting: dict[int, frozenset[str]] = {}
    for one in view.callbacks:
        if not one.is_answered and now - one.tapped_at < WAITING_MAX_S:
            known = waiting.get(one.message_id, frozenset())
            waiting[one.message_id] = known | {one.data}
    return waiting
