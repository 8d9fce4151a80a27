"""The world behind the emulator: people, chats, files, updates, in one place and in one order.

People act in it through `Phone(world, person_id)`, the bot through the Bot API.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from infra.sandbox.telegram.calls import CallLog
from infra.sandbox.telegram.chats import (
    READ_MESSAGE,
    READ_STATE,
    Chat,
    ChatMessage,
    ChatState,
    Person,
    to_json,
)
from infra.sandbox.telegram.faults import Faults
from infra.sandbox.telegram.feed import Feed
from infra.sandbox.telegram.files import FileStore
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.polling import Polling
from infra.sandbox.telegram.profile import Profile
from infra.sandbox.telegram.settings import TelegramSettings, Timing
from infra.sandbox.telegram.stars import StarBook
from infra.sandbox.telegram.storage import Storage
from infra.sandbox.telegram.updates import UpdateQueue

STATE_KIND = "chat"
MESSAGE_KIND = "message"


class TelegramWorld:
    """Not for several threads: everything happens in the event loop that serves it."""

    def __init__(
        self,
        settings: TelegramSettings,
        *,
        clock: Callable[[], float] = time.time,
        timing: Timing | None = None,
    ) -> None:
        directory = settings.sandbox_dir / "telegram"
        self.settings = settings
        self.timing = timing or Timing()
        self._clock = clock
        self._ahead_s = 0.0
        self.storage = Storage(directory / "state.sqlite")
        self.files = FileStore(directory / "files", self.storage)
        self.queue = UpdateQueue(self.storage, self.timing, self.now)
        self.polling = Polling(self.queue, self.timing)
        self.profile = Profile(self.storage)
        self.stars = StarBook(self.storage)
        self.log = CallLog(self.storage, self.now)
        self.faults = Faults()
        self.queue.is_repeated = self.faults.repeats
        self.feed = Feed()
        self._chats = _load_chats(self.storage)
        self.revision = max((chat.state.revision for chat in self.chats()), default=0)

    def now(self) -> float:
        return self._clock() + self._ahead_s

    def advance(self, seconds: float) -> None:
        """Let time pass: callbacks, updates and links grow old."""
        self._ahead_s += seconds

    def chats(self) -> list[Chat]:
        return list(self._chats.values())

    def find_chat(self, chat_id: int) -> Chat | None:
        return self._chats.get(chat_id)

    def add_person(self, person: Person) -> Chat:
        """Let a person exist, or change the name of one who does."""
        chat = self._chats.setdefault(person.person_id, Chat(ChatState(person)))
        with self.change(chat):
            chat.state.person = person
        return chat

    @contextmanager
    def change(self, chat: Chat) -> Generator[None]:
        """Keep and announce together everything that is done to a chat inside."""
        self.revision += 1
        try:
            yield
        except BaseException:
            self.storage.rollback()
            raise
        chat.state.revision = self.revision
        self.storage.put(STATE_KIND, chat.chat_id, to_json(chat.state))
        self.storage.commit()
        self.feed.announce()

    def bot_user(self) -> Json:
        return {
            "id": self.settings.bot_id,
            "is_bot": True,
            "first_name": self.settings.sandbox_bot_name,
            "username": self.settings.sandbox_bot_username,
        }

    def add_message(
        self, chat: Chat, content: Json, *, outgoing: bool, has_other_markup: bool = False
    ) -> ChatMessage:
        """Put a message at the end of a chat; call it inside `change`."""
        message_id = self.storage.next_number(f"message/{chat.chat_id}")
        wire: Json = {
            "message_id": message_id,
            "from": self.bot_user() if outgoing else chat.person.as_user(),
            "chat": chat.person.as_chat(),
            "date": int(self.now()),
            **content,
        }
        message = ChatMessage(
            message_id, wire, outgoing=outgoing, has_other_markup=has_other_markup
        )
        chat.messages[message_id] = message
        self.save_message(chat, message)
        return message

    def save_message(self, chat: Chat, message: ChatMessage) -> None:
        message.revision = self.revision
        key = f"{chat.chat_id}/{message.message_id}"
        self.storage.put(MESSAGE_KIND, key, to_json(message))

    def remove_message(self, chat: Chat, message_id: int) -> None:
        del chat.messages[message_id]
        chat.state.deleted_ids.append(message_id)
        self.storage.remove(MESSAGE_KIND, f"{chat.chat_id}/{message_id}")

    def reset(self) -> None:
        """Forget everybody and everything, except which numbers were given already.

        The clock goes right again.
        """
        for kind in (STATE_KIND, MESSAGE_KIND):
            self.storage.clear(kind)
        self._chats.clear()
        self.queue.forget_all()
        self.files.forget_all()
        self.profile.forget_all()
        self.stars.forget_all()
        self.log.forget_all()
        self.faults.clear()
        self.polling.forget_all()
        self._ahead_s = 0.0
        self.storage.commit()
        self.revision += 1
        self.feed.announce()

    def wake_everyone(self) -> None:
        """End long polls and waits, so that the server can stop at once."""
        self.polling.close()
        self.faults.clear()
        self.feed.close()

    def close(self) -> None:
        self.wake_everyone()
        self.storage.commit()
        self.storage.close()


def _load_chats(storage: Storage) -> dict[int, Chat]:
    chats = {
        int(key): Chat(READ_STATE.validate_python(body)) for key, body in storage.load(STATE_KIND)
    }
    messages = [
        (int(key.partition("/")[0]), READ_MESSAGE.validate_python(body))
        for key, body in storage.load(MESSAGE_KIND)
    ]
    for chat_id, message in sorted(messages, key=lambda row: (row[0], row[1].message_id)):
        chats[chat_id].messages[message.message_id] = message
    return chats
