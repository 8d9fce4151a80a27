"""Shows the text of a chat message: every entity an element, every text a text node."""

from collections.abc import Callable

from nicegui.element import Element

from infra.sandbox.page.dom import Text, attribute, box
from infra.sandbox.page.rich_text import Piece, Span, pieces_of
from infra.sandbox.telegram.views import MessageView

TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}
SendText = Callable[[str], None]


def show_text(message: MessageView, send: SendText) -> None:
    with box("text"):
        _show(pieces_of(message.text, message.entities), send)


def _show(pieces: list[Piece], send: SendText) -> None:
    for piece in pieces:
        if isinstance(piece, str):
            Text(piece)
        elif piece.kind == "bot_command":
            _show_command(piece.plain, send)
        else:
            with _element_of(piece):
                _show(piece.pieces, send)


def _show_command(command: str, send: SendText) -> None:
    """As in Telegram, a command in a text is sent when it is pressed."""
    element = Text(command, "command", tag="button")
    attribute(element, "type", "button")
    element.on("click", lambda: send(command), args=[])


def _element_of(span: Span) -> Element:
    if span.url is not None:
        link = box("link", tag="a")
        attribute(link, "href", span.url)
        attribute(link, "target", "_blank")
        attribute(link, "rel", "noopener noreferrer")
        return link
    if span.kind == "spoiler":
        return box("spoiler", tag="span")
    return box(span.kind, tag=TAGS.get(span.kind, "span"))
