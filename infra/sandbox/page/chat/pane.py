"""The chat of one person: what they see, and what they can do."""

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui

from infra.sandbox.page.backstage import Backstage
from infra.sandbox.page.chat.foot import ChatFoot
from infra.sandbox.page.chat.head import ChatHead
from infra.sandbox.page.chat.lightbox import Lightbox
from infra.sandbox.page.chat.messages import WAITING_MAX_S, Messages
from infra.sandbox.page.chat.notices import Notices
from infra.sandbox.page.chat.welcome import Welcome
from infra.sandbox.page.dom import box
from infra.sandbox.telegram.chats import Chat
from infra.sandbox.telegram.impossible import ImpossibleError
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.phone import Phone
from infra.sandbox.telegram.tapping import Tap
from infra.sandbox.telegram.views import ButtonView

NOT_SENT = "Не получилось отправить."
OLD_BUTTON = "Эта кнопка больше не действует."
NO_STARS = "Не хватает звёзд, или этот счёт уже не оплатить."
IDLE_BUTTON = "В песочнице эта кнопка ничего не делает."


@dataclass(frozen=True)
class _Look:
    """All that decides what the chat looks like."""

    revision: int
    action: str | None
    second: int
    about: str
    commands: list[Json]
    shown_max: int
    bot_is_polling: bool


class ChatPane:
    """`show` a person first, then `refresh` as often as wanted."""

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._person_id = 0
        self._shown: _Look | None = None
        self._lightbox = Lightbox()
        with box("chat-card"):
            self._head = ChatHead(backstage.world.settings.sandbox_bot_name, self._block)
            with box("chat-body"):
                self._messages = Messages(self)
                self._welcome = Welcome()
                self._notices = Notices()
            self._foot = ChatFoot(
                start=lambda: self.send_text("/start"),
                unblock=self._unblock,
                send_text=self.send_text,
                notice=self._notices.toast,
            )

    def show(self, person_id: int) -> None:
        self._person_id = person_id
        self._shown = None
        self._notices.forget(self._phone.view())
        self._messages.clear()

    def refresh(self) -> None:
        chat = self._backstage.world.find_chat(self._person_id)
        look = chat and self._look(chat)
        # Asked often, so a chat that looks the same is not even rendered into a view.
        if look is None or look == self._shown:
            return
        self._shown = look
        view = self._phone.view()
        self._head.show(view, bot_is_polling=look.bot_is_polling)
        self._messages.show(view, self._backstage.world.now())
        self._welcome.show(view, look.about)
        self._foot.show(view)
        self._notices.hear(view.callbacks)
        self._notices.hear_checkouts(view.checkouts)

    def _look(self, chat: Chat) -> "_Look":
        world = self._backstage.world
        person, now = chat.person, world.now()
        about = world.profile.text("description", person.language_code)
        # A wait ends by time alone, so while there is one every second counts as a change.
        waits = any(
            one.answer is None and now - one.tapped_at <= WAITING_MAX_S + 1
            for one in chat.callbacks
        ) or any(
            one.charge_id is None and now - one.asked_at <= WAITING_MAX_S + 1
            for one in world.stars.checkouts
        )
        return _Look(
            revision=chat.state.revision,
            action=chat.action if chat.action_until > now else None,
            second=int(now) if waits else 0,
            about=about or world.profile.text("description", None),
            commands=world.profile.commands_for(person.person_id, person.language_code),
            shown_max=self._messages.shown_max,
            bot_is_polling=self._backstage.bot.is_polling,
        )

    def send_text(self, text: str) -> None:
        self._try(lambda: self._phone.send_text(text), NOT_SENT)

    def press(self, message_id: int, button: ButtonView) -> None:
        match button.action:
            case "callback_data":
                tap = Tap(label=button.text, data=str(button.value), message_id=message_id)
                self._try(lambda: self._phone.tap(tap), OLD_BUTTON)
            case "copy_text":
                ui.clipboard.write(str(button.value))
                self._notices.toast("Скопировано")
            case "pay":
                self._try(lambda: self._phone.begin_payment(message_id), NO_STARS)
            case _:
                self._notices.toast(IDLE_BUTTON)

    def open_photo(self, url: str) -> None:
        self._lightbox.open(url)

    @property
    def _phone(self) -> Phone:
        return Phone(self._backstage.world, self._person_id)

    def _block(self) -> None:
        self._try(self._phone.block, NOT_SENT)

    def _unblock(self) -> None:
        self._try(self._phone.unblock, NOT_SENT)

    def _try(self, act: Callable[[], object], otherwise: str) -> None:
        try:
            act()
        except ImpossibleError:
            self._notices.toast(otherwise)
        else:
            self.refresh()
