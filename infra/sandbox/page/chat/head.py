"""The top of the chat: who one talks to, and what they are doing."""

from collections.abc import Callable

from infra.sandbox.page import words
from infra.sandbox.page.dom import Text, attribute, box, button, icon, say
from infra.sandbox.telegram.views import ChatView


class ChatHead:
    def __init__(self, bot_name: str, block: Callable[[], None]) -> None:
        with box("chat-head"):
            with box("avatar bot-avatar"):
                icon("smart_display")
            with box("chat-title"):
                Text(bot_name, "chat-name")
                self._status = Text("бот", "chat-status")
                attribute(self._status, "aria-live", "polite")
            self._block = button(block, "round", aria="Заблокировать бота")
            with self._block:
                icon("block")

    def show(self, view: ChatView, *, bot_is_polling: bool) -> None:
        action = words.action_sentence(view.action) if view.action else None
        say(self._status, action or ("бот" if bot_is_polling else "бот сейчас не запущен"))
        self._status.classes(add="busy" if action else "", remove="" if action else "busy")
        self._block.set_visibility(view.person.is_started and not view.person.is_blocked)
