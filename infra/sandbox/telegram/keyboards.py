"""The rules of keyboards under messages and in place of the keyboard."""

from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.refusals import Breach

ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
)
MAY_BE_EMPTY = {"switch_inline_query", "switch_inline_query_current_chat"}
STYLES = {"danger", "success", "primary"}
BUTTONS_MAX = 100
CALLBACK_DATA_BYTES_MAX = 64
COPY_TEXT_MAX = 256
LINK_SCHEMES = {"http", "https", "tg", "ton", "tonsite"}
WEB_SCHEMES = {"http", "https"}

MarkupKind = Literal["none", "inline", "reply", "remove", "force_reply"]


def kind_of_markup(markup: Json | None) -> MarkupKind:
    """Return what kind of markup it is, or raise the `Breach` that Telegram would answer."""
    if not markup:
        return "none"
    if markup.get("keyboard"):
        for button in _buttons(markup["keyboard"]):
            if not button["text"]:
                raise Breach("keyboard button text must be non-empty")
        return "reply"
    if markup.get("inline_keyboard"):
        for button in _buttons(markup["inline_keyboard"]):
            _check_inline_button(button)
        return "inline"
    if markup.get("remove_keyboard"):
        return "remove"
    return "force_reply" if markup.get("force_reply") else "none"


def inline_markup(markup: Json | None) -> Json | None:
    """Return the markup that stays on an edited message: inline or none."""
    kind = kind_of_markup(markup)
    if kind not in ("none", "inline"):
        raise Breach("inline keyboard expected")
    return markup if kind == "inline" else None


def payable_markup(markup: Json | None, label: str) -> Json:
    """Return the keyboard of an invoice: its first button pays, and is added when there is none."""
    rows: list[list[Json]] = (markup or {}).get("inline_keyboard") or []
    if not rows:
        return {"inline_keyboard": [[{"text": label, "pay": True}]]}
    first, *others = _buttons(rows)
    if not first.get("pay") or not first["text"].strip():
        raise Breach("BUTTON_TYPE_INVALID")
    for button in others:
        _check_inline_button(button)
    return {"inline_keyboard": rows}


def action_of(button: Json) -> str:
    """Return the name of the one thing that an accepted inline button does."""
    return next(action for action in ACTIONS if _is_given(button, action))


def _buttons(rows: list[list[Json]]) -> Iterator[Json]:
    if sum(len(row) for row in rows) > BUTTONS_MAX:
        raise Breach("reply markup is too long")
    for row in rows:
        yield from row


def _check_inline_button(button: Json) -> None:
    actions = [action for action in ACTIONS if _is_given(button, action)]
    if not actions:
        raise _unreadable("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        # Telegram takes one of them in silence; which one is nobody's intention.
        raise _unreadable(f"Exactly one action is allowed, found {', '.join(actions)}")
    if not button["text"].strip():
        raise Breach("inline keyboard button text must be non-empty")
    if button.get("style") not in (None, *STYLES):
        raise _unreadable("Invalid button style specified")
    _check_action(actions[0], button)


def _check_action(action: str, button: Json) -> None:
    match action:
        case "url":
            _check_link(button["url"])
        case "callback_data":
            if len(button["callback_data"].encode()) > CALLBACK_DATA_BYTES_MAX:
                raise Breach("BUTTON_DATA_INVALID")
        case "copy_text":
            if not 1 <= len(button["copy_text"]["text"]) <= COPY_TEXT_MAX:
                raise Breach("BUTTON_COPY_TEXT_INVALID")
        case "web_app":
            url: str = button["web_app"]["url"]
            if urlsplit(url).scheme != "https":
                raise Breach(
                    f"inline keyboard button Web App URL '{url}' is invalid: "
                    "Only HTTPS links are allowed"
                )
        case "pay" | "callback_game":
            raise Breach("BUTTON_TYPE_INVALID")
        case _:
            return


def _check_link(url: str) -> None:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in LINK_SCHEMES:
        raise _wrong_link(url, "Unsupported URL protocol")
    host = parts.hostname or ""
    if parts.scheme in WEB_SCHEMES and "." not in host and ":" not in host:
        raise _wrong_link(url, "Wrong HTTP URL")


def _is_given(button: Json, action: str) -> bool:
    value = button.get(action)
    if value is None or value is False:
        return False
    return action in MAY_BE_EMPTY or value != ""


def _wrong_link(url: str, why: str) -> Breach:
    return Breach(f"inline keyboard button URL '{url}' is invalid: {why}")


def _unreadable(why: str) -> Breach:
    return Breach(f"can't parse inline keyboard button: {why}")
