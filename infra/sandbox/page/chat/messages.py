"""The list of messages: shows a chat, and later only what changed in it."""

from collections.abc import Sequence
from datetime import datetime

from nicegui.element import Element

from infra.sandbox.page import words
from infra.sandbox.page.chat.bubble import Bubble, Hand
from infra.sandbox.page.chat.keyboard import PAYING
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
        self._states: dict[int, object] = {}
        self._day_labels: dict[str, Element] = {}
        self._newest: MessageView | None = None
        self.shown_max = SHOWN_MAX
        self._scroller = Scroller()
        with self._scroller:
            self._older: Element = button(self._want_older, "older", text="Показать раньше")
            self._list: Element = box("messages")

    def clear(self) -> None:
        self.shown_max = SHOWN_MAX
        self._list.clear()
        self._bubbles.clear()
        self._states.clear()
        self._day_labels.clear()
        self._newest = None
        self._scroller.to_bottom()

    def show(self, view: ChatView, now: float) -> None:
        self._remove(view.deleted_ids)
        messages = view.messages[-self.shown_max :]
        self._older.set_visibility(len(messages) < len(view.messages))
        oldest_id = min(self._bubbles, default=0)
        self._put_on_top([one for one in messages if one.message_id < oldest_id])
        self._append([one for one in messages if one.message_id not in self._bubbles])
        known = {message.message_id: message for message in view.messages}
        waiting = _waiting(view, now)
        for message in messages:
            waits = waiting.get(message.message_id, frozenset())
            if self._states.get(message.message_id) != (message.revision, waits):
                self._states[message.message_id] = (message.revision, waits)
                quoted = known.get(message.reply_to_message_id or 0)
                self._bubbles[message.message_id].update(message, quoted, waits)

    def _append(self, messages: Sequence[MessageView]) -> None:
        is_new = self._newest is not None
        for message in messages:
            self._label(message, None)
            self._build(message, self._newest)
            self._newest = message
        if is_new and any(not message.outgoing for message in messages):
            self._scroller.to_bottom()

    def _put_on_top(self, messages: Sequence[MessageView]) -> None:
        before, place = None, 0
        for message in messages:
            place += self._label(message, place)
            self._build(message, before).element.move(target_index=place)
            before, place = message, place + 1

    def _build(self, message: MessageView, before: MessageView | None) -> Bubble:
        follows = (
            before is not None
            and before.outgoing == message.outgoing
            and message.at - before.at < TOGETHER_S
        )
        with self._list:
            bubble = Bubble(self._hand, message, follows=follows)
        self._bubbles[message.message_id] = bubble
        return bubble

    def _label(self, message: MessageView, place: int | None) -> int:
        """Put the day's name before its first message; return how many elements that added."""
        moment = datetime.fromtimestamp(message.at).astimezone()
        day = words.day_of(moment, datetime.now().astimezone())  # noqa: TID251 - the page's edge: which day is today for the one who reads
        known = self._day_labels.get(day)
        if known is None:
            with self._list:
                known = self._day_labels[day] = Text(day, "day")
        elif place is None or _place_of(known) < place:
            return 0
        if place is not None:
            known.move(target_index=place)
        return 1

    def _remove(self, message_ids: Sequence[int]) -> None:
        for message_id in message_ids:
            bubble = self._bubbles.pop(message_id, None)
            if bubble is not None:
                bubble.element.delete()

    def _want_older(self) -> None:
        self.shown_max += SHOWN_MAX
        self._scroller.hold()


def _place_of(element: Element) -> int:
    slot = element.parent_slot
    return -1 if slot is None else slot.children.index(element)


def _waiting(view: ChatView, now: float) -> dict[int, frozenset[str]]:
    """Return by message the data of the taps that the bot has not answered yet."""
    waiting: dict[int, frozenset[str]] = {}
    for one in view.callbacks:
        if not one.is_answered and now - one.tapped_at < WAITING_MAX_S:
            known = waiting.get(one.message_id, frozenset())
            waiting[one.message_id] = known | {one.data}
    for checkout in view.checkouts:
        if checkout.state == "waiting":
            known = waiting.get(checkout.message_id, frozenset())
            waiting[checkout.message_id] = known | {PAYING}
    return waiting
