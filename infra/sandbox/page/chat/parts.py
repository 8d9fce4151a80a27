"""The two parts of the chat that live in the browser: the scrolling list and the typing box."""

from typing import Any

from nicegui.element import Element

from infra.sandbox.page.dom import attribute
from infra.sandbox.samples import SAMPLES
from infra.sandbox.telegram.text import CAPTION_MAX, TEXT_MAX

SAMPLE_URL = "/page/samples/{name}.jpg"
PREVIEW_URL = "/page/samples/{name}/preview.jpg"


class Scroller(Element, component="scroller.js"):
    def to_bottom(self) -> None:
        self.run_method("toBottom")

    def hold(self) -> None:
        """Keep in place what is seen now while older messages come above it."""
        self.run_method("hold")


class Composer(Element, component="composer.js"):
    """Emits `notice` with a sentence when something could not be sent."""

    def __init__(self) -> None:
        super().__init__()
        self._served: object = None
        shown = [
            {
                "name": sample.name,
                "title": sample.title,
                "url": SAMPLE_URL.format(name=sample.name),
                "preview": PREVIEW_URL.format(name=sample.name),
            }
            for sample in SAMPLES
        ]
        attribute(self, "samples", shown)
        attribute(self, "textMax", TEXT_MAX)
        attribute(self, "captionMax", CAPTION_MAX)
        self.serve(0, [], None)

    def serve(self, person_id: int, commands: list[Any], placeholder: str | None) -> None:
        """Type as this person from now on."""
        if self._served != (person_id, commands, placeholder):
            self._served = (person_id, commands, placeholder)
            attribute(self, "personId", person_id)
            attribute(self, "commands", commands)
            attribute(self, "placeholder", placeholder or "Сообщение")
