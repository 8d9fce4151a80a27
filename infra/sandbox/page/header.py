"""The top of the page: whose page it is, and whether everything behind it answers."""

from collections.abc import Sequence

from infra.sandbox.page.backstage import Health
from infra.sandbox.page.dom import Text, attribute, box, icon, say

NO_LINK = "нет связи"
SHOW = """(event) => {
    const page = document.querySelector('.page');
    page.dataset.tab = event.currentTarget.dataset.for;
    for (const tab of page.querySelectorAll('.tab'))
        tab.setAttribute('aria-pressed', tab === event.currentTarget);
}"""


class Header:
    """With tabs that matter only where there is no room for two columns."""

    def __init__(self, names: Sequence[str]) -> None:
        with box("top", tag="header"):
            with box("brand"):
                with box("logo"):
                    icon("smart_display")
                with box("brand-text"):
                    Text("Нейрокарточки", "brand-name", tag="h1")
                    Text("песочница на этом компьютере", "brand-note")
            with box("health") as group:
                attribute(group, "role", "status")
                attribute(group, "aria-label", "Что отвечает")
                self._lights = {name: _Light(name) for name in names}

    def show(self, health: Sequence[Health]) -> None:
        for one in health:
            self._lights[one.name].show(is_well=one.is_well)


class _Light:
    def __init__(self, name: str) -> None:
        self._is_well: bool | None = None
        with box("light unknown") as self._place:
            box("dot")
            Text(name, "light-name")
            self._trouble = Text("", "light-trouble")
        self._name = name

    def show(self, *, is_well: bool) -> None:
        if is_well == self._is_well:
            return
        self._is_well = is_well
        self._place.classes(
            add="well" if is_well else "ill", remove="unknown ill" if is_well else "unknown well"
        )
        say(self._trouble, "" if is_well else NO_LINK)
        attribute(self._place, "title", f"{self._name}: {'отвечает' if is_well else NO_LINK}")


class Tabs:
    """Switches between the two columns on a narrow screen, in the browser alone."""

    def __init__(self) -> None:
        with box("tabs", tag="nav") as tabs:
            attribute(tabs, "aria-label", "Что показать")
            for name, title in (("chat", "Чат"), ("log", "Журнал")):
                tab = Text(title, "tab", tag="button")
                attribute(tab, "type", "button")
                attribute(tab, "data-for", name)
                attribute(tab, "aria-pressed", "true" if name == "chat" else "false")
                tab.on("click", js_handler=SHOW)
