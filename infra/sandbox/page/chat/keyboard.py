"""The buttons under a chat message."""

from collections.abc import Callable

from infra.sandbox.page.dom import Text, attribute, box, icon
from infra.sandbox.telegram.views import ButtonView

STYLES = ("success", "danger", "primary")
SYMBOLS = {"url": "north_east", "copy_text": "content_copy", "web_app": "web_asset"}

PAYING = "\0pay"
"""Stands for the Pay button among the data of taps; no button's data begins like that."""

Press = Callable[[ButtonView], None]


def show_keyboard(rows: list[list[ButtonView]], waiting: frozenset[str], press: Press) -> None:
    """`waiting` holds the data of buttons whose tap the bot has not answered yet, or `PAYING`."""
    with box("keyboard"):
        for row in rows:
            with box("keyboard-row"):
                for one in row:
                    _show_button(one, is_waiting=_waits(one, waiting), press=press)


def _show_button(one: ButtonView, *, is_waiting: bool, press: Press) -> None:
    style = one.style if one.style in STYLES else ""
    is_link = one.action == "url"
    shown = Text(one.text, f"key {style}", tag="a" if is_link else "button")
    if is_link:
        attribute(shown, "href", str(one.value))
        attribute(shown, "target", "_blank")
        attribute(shown, "rel", "noopener noreferrer")
    else:
        attribute(shown, "type", "button")
        shown.on("click", lambda: press(one), args=[])
    if one.action == "disabled":
        attribute(shown, "disabled", value=True)
    if is_waiting:
        shown.classes("waiting")
        attribute(shown, "aria-busy", "true")
    if one.action in SYMBOLS:
        with shown:
            icon(SYMBOLS[one.action], "key-symbol")


def _waits(one: ButtonView, waiting: frozenset[str]) -> bool:
    if one.action == "pay":
        return PAYING in waiting
    return one.action == "callback_data" and one.value in waiting
