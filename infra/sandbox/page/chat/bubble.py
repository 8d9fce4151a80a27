"""One chat message on the page. What did not change stays, so a playing video plays on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from nicegui.element import Element

from infra.sandbox.page.chat.invoice import show_invoice
from infra.sandbox.page.chat.keyboard import show_keyboard
from infra.sandbox.page.chat.media import show_media
from infra.sandbox.page.chat.text import show_text
from infra.sandbox.page.dom import Text, box, icon
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.views import ButtonView, MessageView

OTHER_CONTENT = {
    "contact": "Контакт",
    "location": "Место на карте",
    "dice": "Кубик",
    "successful_payment": "Оплата прошла",
    "refunded_payment": "Звёзды возвращены",
}
QUOTE_LENGTH_MAX = 80


class Hand(Protocol):
    """What a person can do to a message."""

    def send_text(self, text: str) -> None: ...

    def press(self, message_id: int, button: ButtonView) -> None: ...

    def open_photo(self, url: str) -> None: ...


@dataclass
class _Part:
    place: Element
    shown: object = None


class Bubble:
    """`follows` says that the message before it is of the same side."""

    def __init__(self, hand: Hand, message: MessageView, *, follows: bool) -> None:
        self._hand = hand
        side = "bot" if message.outgoing else "own"
        self.element = box(f"message {side} {'follows' if follows else ''}")
        with self.element:
            self._frame = box("bubble")
            with self._frame:
                self._quote, self._media, self._text = (_Part(box()) for _ in range(3))
                self._about = _Part(box("about"))
            self._reactions = _Part(box("reactions"))
            self._keyboard = _Part(box("keyboard-place"))

    def update(
        self, message: MessageView, quoted: MessageView | None, waiting: frozenset[str]
    ) -> None:
        self._show_quote(quoted)
        self._show_media(message)
        self._show_text(message)
        self._show_about(message)
        self._show_reactions(message)
        self._show_keyboard(message, waiting)

    def _show_quote(self, quoted: MessageView | None) -> None:
        shown = None if quoted is None else (quoted.text or "Вложение")[:QUOTE_LENGTH_MAX]
        if _is_new(self._quote, shown) and shown:
            with self._quote.place:
                Text(shown, "quote")

    def _show_media(self, message: MessageView) -> None:
        media = message.media
        if not _is_new(self._media, media and media.file_id) or media is None:
            return
        self._frame.classes(f"with-{media.kind}")
        with self._media.place:
            show_media(media, self._hand.open_photo)

    def _show_text(self, message: MessageView) -> None:
        if not _is_new(self._text, (message.text, message.entities)):
            return
        self._frame.classes(
            add="" if message.text else "without-text",
            remove="without-text" if message.text else "",
        )
        with self._text.place:
            if message.text:
                show_text(message, self._hand.send_text)
            elif "invoice" in message.wire:
                show_invoice(message.wire["invoice"])
            elif message.media is None:
                Text(_other(message.wire), "text")

    def _show_about(self, message: MessageView) -> None:
        if not _is_new(self._about, (message.at, message.edited_at)):
            return
        with self._about.place:
            if message.edited_at:
                Text("изменено")
            Text(datetime.fromtimestamp(message.at).astimezone().strftime("%H:%M"))
            if not message.outgoing:
                icon("done_all", "ticks")

    def _show_reactions(self, message: MessageView) -> None:
        if _is_new(self._reactions, list(message.reactions)):
            with self._reactions.place:
                for reaction in message.reactions:
                    Text(reaction, "reaction")

    def _show_keyboard(self, message: MessageView, waiting: frozenset[str]) -> None:
        if _is_new(self._keyboard, (message.buttons, waiting)) and message.buttons:
            with self._keyboard.place:
                show_keyboard(
                    message.buttons,
                    waiting,
                    lambda button: self._hand.press(message.message_id, button),
                )


def _other(wire: Json) -> str:
    kind = next((kind for kind in OTHER_CONTENT if kind in wire), "")
    moved: Json | None = wire.get("successful_payment") or wire.get("refunded_payment")
    stars = f": ⭐ {moved['total_amount']}" if moved else ""
    return OTHER_CONTENT.get(kind, "Сообщение") + stars


def _is_new(part: _Part, wanted: object) -> bool:
    """Empty the part when it shows something else than what is wanted."""
    if part.shown == wanted:
        return False
    if part.shown is not None:
        part.place.clear()
    part.shown = wanted
    return True
