"""What a new person sees: what the bot says about itself, as Telegram shows it."""

from infra.sandbox.page.dom import Text, box, icon, say
from infra.sandbox.telegram.views import ChatView

UNKNOWN = "Бот ещё ничего о себе не рассказал. Нажмите «Начать» внизу."


class Welcome:
    def __init__(self) -> None:
        self._place = box("welcome")
        with self._place, box("welcome-card"):
            with box("avatar bot-avatar big"):
                icon("smart_display")
            Text("Что умеет этот бот?", "welcome-title")
            self._about = Text("", "welcome-text")

    def show(self, view: ChatView, description: str) -> None:
        self._place.set_visibility(not view.messages and not view.person.is_started)
        say(self._about, description or UNKNOWN)
