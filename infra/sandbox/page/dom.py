"""Plain HTML elements on NiceGUI: texts stay texts, and every button says what it does."""

from collections.abc import Awaitable, Callable
from typing import cast

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

OnClick = Callable[[], object] | Callable[[], Awaitable[object]]


class Text(TextElement):
    """Any tag with a text inside, which the browser never reads as HTML."""

    def __init__(self, text: str, classes: str = "", *, tag: str = "span") -> None:
        super().__init__(tag=tag, text=text)
        self.classes(classes)


def box(classes: str = "", *, tag: str = "div") -> Element:
    return Element(tag).classes(classes)


def icon(name: str, classes: str = "") -> Element:
    """A Material icon; it is decoration, so screen readers skip it."""
    return ui.icon(name).classes(classes)


def button(on_click: OnClick, classes: str = "", *, aria: str = "", text: str = "") -> Text:
    """A native button; `aria` names it when it shows no text."""
    made = Text(text, classes, tag="button")
    attribute(made, "type", "button")
    if aria:
        attribute(made, "aria-label", aria)
        attribute(made, "title", aria)
    made.on("click", on_click, args=[])
    return made


def attribute(element: Element, name: str, value: object) -> None:
    """Set an HTML attribute; None takes it away. The browser hears only of a change."""
    # NiceGUI does not say what its dictionary holds.
    properties = cast("dict[str, object]", element.props)
    if properties.get(name) == value:
        return
    if value is None:
        del properties[name]
    else:
        properties[name] = value
    element.update()


def say(element: Text, text: str) -> None:
    """Change a text, and bother the browser only when it is another."""
    if element.text != text:
        element.set_text(text)
