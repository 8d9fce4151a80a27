"""A photo over the whole page."""

from nicegui import ui

from infra.sandbox.page.dom import attribute, box, button, icon


class Lightbox:
    def __init__(self) -> None:
        with ui.dialog().props("maximized") as self._dialog, box("lightbox") as frame:
            frame.on("click", self._dialog.close, args=[])
            self._picture = box(tag="img")
            attribute(self._picture, "alt", "Фото")
            with button(self._dialog.close, "round light", aria="Закрыть"):
                icon("close")

    def open(self, url: str) -> None:
        attribute(self._picture, "src", url)
        self._dialog.open()
