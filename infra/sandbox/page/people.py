"""The people of the sandbox, and which of them this page is now."""

from collections.abc import Callable, Mapping

from nicegui.element import Element

from contracts.ids import telegram_account
from infra.sandbox.page.dom import Text, attribute, box, button, icon
from infra.sandbox.telegram.chats import Chat, Person
from infra.sandbox.telegram.sim_people import FIRST_PERSON_ID
from infra.sandbox.telegram.world import TelegramWorld

AT_FIRST = ("Анна", "Борис")
MORE = ("Вера", "Глеб", "Дарья", "Егор", "Жанна", "Захар", "Инна", "Кирилл", "Лиза", "Марк")
HUES = 8


def present(world: TelegramWorld) -> list[Chat]:
    """Return everybody; when there is nobody yet, let the first ones come."""
    if not world.chats():
        for name in AT_FIRST:
            add(world, name)
    return world.chats()


def last_heard(chats: list[Chat]) -> Chat:
    """Return whose chat was written in last: who comes back from paying is still the same."""
    return max(chats, key=_last_at)


def add(world: TelegramWorld, name: str) -> Chat:
    number = world.storage.next_number("person", first=FIRST_PERSON_ID)
    return world.add_person(Person(number, name))


def next_name(world: TelegramWorld) -> str:
    taken = {chat.person.first_name for chat in world.chats()}
    free = (name for name in (*AT_FIRST, *MORE) if name not in taken)
    return next(free, f"Гость {len(taken) + 1}")


def names_of(world: TelegramWorld) -> Mapping[str, str]:
    return {telegram_account(chat.chat_id): chat.person.first_name for chat in world.chats()}


class PeopleStrip:
    """Buttons of all people; a dot where the bot wrote something not yet seen."""

    def __init__(self, choose: Callable[[int], None], add_one: Callable[[], None]) -> None:
        self._choose = choose
        self._shown: object = None
        self._seen: dict[int, int] = {}
        with box("people") as strip:
            attribute(strip, "role", "group")
            attribute(strip, "aria-label", "Кто вы в этом чате")
            Text("Вы", "people-title")
            self._list: Element = box("people-list")
            with button(add_one, "person-add", aria="Добавить человека"):
                icon("add")

    def show(self, chats: list[Chat], chosen_id: int) -> None:
        for chat in chats:
            if chat.chat_id == chosen_id or chat.chat_id not in self._seen:
                self._seen[chat.chat_id] = _written(chat)
        unread = {chat.chat_id for chat in chats if _written(chat) > self._seen[chat.chat_id]}
        wanted = (chosen_id, unread, [(c.chat_id, c.person.first_name) for c in chats])
        if wanted != self._shown:
            self._shown = wanted
            self._list.clear()
            with self._list:
                for chat in chats:
                    self._show_one(chat, chosen_id, is_unread=chat.chat_id in unread)

    def _show_one(self, chat: Chat, chosen_id: int, *, is_unread: bool) -> None:
        name = chat.person.first_name
        with button(lambda: self._choose(chat.chat_id), "person") as one:
            attribute(one, "aria-pressed", "true" if chat.chat_id == chosen_id else "false")
            with box(f"avatar hue-{chat.chat_id % HUES}") as avatar:
                attribute(avatar, "aria-hidden", "true")
                Text(name[:1])
            Text(name, "person-name")
            if chat.chat_id == chosen_id:
                one.run_method("scrollIntoView", {"inline": "nearest", "block": "nearest"})
            if is_unread:
                attribute(one, "aria-label", f"{name}, есть новое")
                box("unread")


def _last_at(chat: Chat) -> int:
    return next((one.wire["date"] for one in reversed(chat.messages.values())), 0)


def _written(chat: Chat) -> int:
    """Return the number of the bot's newest message."""
    return next((n for n, one in reversed(chat.messages.items()) if one.outgoing), 0)
