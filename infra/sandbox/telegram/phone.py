"""A person's phone: everything that a person can do to the bot's chat, and see of it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from infra.sandbox.telegram import checkouts, objects
from infra.sandbox.telegram.chats import Chat, ChatMessage
from infra.sandbox.telegram.files import About
from infra.sandbox.telegram.impossible import ImpossibleError, NothingThereError
from infra.sandbox.telegram.intake import keep_document, keep_photo
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.media import NotAPhotoError, WrongDimensionsError
from infra.sandbox.telegram.other_messages import OtherKind, other_content
from infra.sandbox.telegram.tapping import Tap, Tapped, pick
from infra.sandbox.telegram.text import CAPTION_MAX, TEXT_MAX, Formatted, plain
from infra.sandbox.telegram.views import ChatView, CheckoutView, chat_view, checkout_view
from infra.sandbox.telegram.world import TelegramWorld

ALBUM_MAX = 10
WATCH_S = 3600.0


@dataclass(frozen=True)
class Sent:
    message_ids: list[int]
    update_ids: list[int]
    """Empty when the bot does not want such updates."""


class Phone:
    """Made at no cost; what it does raises `NothingThereError` when nobody has this id."""

    def __init__(self, world: TelegramWorld, person_id: int) -> None:
        self._world = world
        self._person_id = person_id

    @property
    def _chat(self) -> Chat:
        # Looked up each time: a reset makes chats anew.
        chat = self._world.find_chat(self._person_id)
        if chat is None:
            raise NothingThereError(f"there is no person {self._person_id}")
        return chat

    def view(self) -> ChatView:
        return chat_view(self._world, self._chat)

    async def wait(self, after: int, *, timeout_s: float) -> ChatView:
        """Return the chat as soon as its revision is past `after`, or after `timeout_s`."""

        def is_past() -> bool:
            chat = self._world.find_chat(self._person_id)
            return chat is None or chat.state.revision > after

        await self._world.feed.wait_until(is_past, timeout_s=timeout_s)
        return self.view()

    async def changes(self, after: int = -1) -> AsyncGenerator[ChatView]:
        """Yield the chat now and after every change, until the sandbox closes or is reset."""
        with suppress(NothingThereError):
            while not self._world.feed.is_closed:
                view = await self.wait(after, timeout_s=WATCH_S)
                if view.revision > after:
                    yield view
                after = view.revision

    def send_text(self, text: str, *, reply_to: int | None = None) -> Sent:
        """Send what was typed; a text that starts with `/` is a command."""
        formatted = plain(text)
        if not formatted.text:
            raise ImpossibleError("an empty message cannot be sent")
        if formatted.length > TEXT_MAX:
            raise ImpossibleError(f"a message has at most {TEXT_MAX} characters")
        return self._receive([{**formatted.as_text(), **self._quote(reply_to)}])

    async def send_photo(self, data: bytes, *, caption: str = "") -> Sent:
        return await self.send_album([data], caption=caption)

    async def send_album(
        self, photos: Sequence[bytes], *, caption: str = "", shuffle: bool = False
    ) -> Sent:
        """Send photos, the caption on the first; `shuffle` delivers the updates backwards."""
        if not 1 <= len(photos) <= ALBUM_MAX:
            raise ImpossibleError(f"an album has 1 to {ALBUM_MAX} photos")
        formatted = _caption(caption)
        contents: list[Json] = [{"photo": await self._photo(data)} for data in photos]
        contents[0] |= formatted.as_caption()
        if len(contents) > 1:
            number = self._world.storage.next_number("album", first=13_000_000_001)
            contents = [{"media_group_id": str(number), **content} for content in contents]
        return self._receive(contents, backwards=shuffle)

    async def send_document(
        self, data: bytes, *, file_name: str, mime_type: str | None = None, caption: str = ""
    ) -> Sent:
        formatted = _caption(caption)
        file = await keep_document(self._world.files, data, file_name, mime_type)
        shown = objects.document(self._world.files, file)
        return self._receive([{"document": shown, **formatted.as_caption()}])

    def send_oversize(self, size_bytes: int, *, file_name: str, mime_type: str) -> Sent:
        """Send a file of which only the size exists: for files that nobody may download."""
        file = self._world.files.keep_hollow(size_bytes, About("document", mime_type, file_name))
        return self._receive([{"document": objects.document(self._world.files, file)}])

    def send_other(self, kind: OtherKind) -> Sent:
        """Send something that is neither text nor photo nor document."""
        return self._receive([other_content(self._world.files, kind)])

    def edit_text(self, message_id: int, text: str) -> Sent:
        """Change an own message, or the caption of an own photo."""
        message = self._own(message_id)
        formatted = plain(text) if "text" in message.wire else _caption(text)
        if "text" in message.wire and not formatted.text:
            raise ImpossibleError("an edited message cannot become empty")
        content = formatted.as_text() if "text" in message.wire else formatted.as_caption()
        replaced = {"text", "entities", "caption", "caption_entities"}
        kept = {key: value for key, value in message.wire.items() if key not in replaced}
        with self._world.change(self._chat):
            message.wire = {**kept, **content, "edit_date": int(self._world.now())}
            message.edits += 1
            self._world.save_message(self._chat, message)
            update_id = self._world.queue.add("edited_message", message.wire)
        return Sent([message_id], _known([update_id]))

    def tap(self, tap: Tap, *, times: int = 1) -> Tapped:
        """Press a button, `times` times before anything is answered.

        A button of the keyboard in place of the usual one sends its text.
        """
        self._check_not_blocked()
        if tap.label is not None and tap.label in _reply_labels(self._chat):
            sent = [self.send_text(tap.label) for _ in range(times)]
            return Tapped("text", tap.label, update_ids=[i for one in sent for i in one.update_ids])
        return pick(self._world, self._chat, tap, times)

    def begin_payment(self, message_id: int | None = None, *, loses_update: bool = False) -> str:
        """Press Pay on an invoice, the newest by default; returns the id of the query to the bot.

        The payment goes on by itself when the bot answers.
        """
        self._check_not_blocked()
        chat = self._chat
        invoices = [one for one, message in chat.messages.items() if "invoice" in message.wire]
        wanted = message_id or max(invoices, default=0)
        return checkouts.begin(self._world, chat, wanted, loses_update=loses_update).query_id

    async def pay(
        self, message_id: int | None = None, *, loses_update: bool = False
    ) -> CheckoutView:
        """Press Pay and wait until the payment went through, was refused or got no answer."""
        query_id = self.begin_payment(message_id, loses_update=loses_update)

        def is_over() -> bool:
            return self._checkout(query_id).state != "waiting"

        timeout_s = self._world.timing.checkout_answer_s
        await self._world.feed.wait_until(is_over, timeout_s=timeout_s)
        return self._checkout(query_id)

    def block(self) -> Sent:
        return self._set_blocked(blocked=True)

    def unblock(self) -> Sent:
        return self._set_blocked(blocked=False)

    def _checkout(self, query_id: str) -> CheckoutView:
        made = (one for one in self._world.stars.checkouts if one.query_id == query_id)
        checkout = next(made, None)
        if checkout is None:
            raise NothingThereError("the sandbox was reset")
        return checkout_view(checkout, self._world.now())

    def _receive(self, contents: Sequence[Json], *, backwards: bool = False) -> Sent:
        self._check_not_blocked()
        with self._world.change(self._chat):
            self._chat.state.is_started = True
            messages = [
                self._world.add_message(self._chat, content, outgoing=False) for content in contents
            ]
            arriving = reversed(messages) if backwards else messages
            update_ids = [self._world.queue.add("message", message.wire) for message in arriving]
        return Sent([message.message_id for message in messages], _known(update_ids))

    async def _photo(self, data: bytes) -> list[Json]:
        try:
            return await keep_photo(self._world.files, data)
        except NotAPhotoError as error:
            raise ImpossibleError(
                "this is no picture that Telegram shows as a photo; send it as a document"
            ) from error
        except WrongDimensionsError as error:
            raise ImpossibleError(
                "the picture is too large or too narrow for a photo; send it as a document"
            ) from error

    def _quote(self, reply_to: int | None) -> Json:
        if reply_to is None:
            return {}
        wire = self._message(reply_to).wire
        quoted = {key: value for key, value in wire.items() if key != "reply_to_message"}
        return {"reply_to_message": quoted}

    def _message(self, message_id: int) -> ChatMessage:
        message = self._chat.messages.get(message_id)
        if message is None:
            raise ImpossibleError(f"there is no message {message_id} in this chat")
        return message

    def _own(self, message_id: int) -> ChatMessage:
        message = self._message(message_id)
        if message.outgoing:
            raise ImpossibleError("only an own message can be edited")
        self._check_not_blocked()
        return message

    def _check_not_blocked(self) -> None:
        if self._chat.state.is_blocked:
            raise ImpossibleError("the bot is blocked; unblock it first")

    def _set_blocked(self, *, blocked: bool) -> Sent:
        state = self._chat.state
        if state.is_blocked == blocked:
            raise ImpossibleError(f"the bot is {'already' if blocked else 'not'} blocked")
        with self._world.change(self._chat):
            state.is_blocked = blocked
            update_id = self._world.queue.add("my_chat_member", self._membership(blocked=blocked))
        return Sent([], _known([update_id]))

    def _membership(self, *, blocked: bool) -> Json:
        bot = self._world.bot_user()
        member: Json = {"user": bot, "status": "member"}
        kicked: Json = {"user": bot, "status": "kicked", "until_date": 0}
        return {
            "chat": self._chat.person.as_chat(),
            "from": self._chat.person.as_user(),
            "date": int(self._world.now()),
            "old_chat_member": member if blocked else kicked,
            "new_chat_member": kicked if blocked else member,
        }


def _caption(text: str) -> Formatted:
    formatted = plain(text)
    if formatted.length > CAPTION_MAX:
        raise ImpossibleError(f"a caption has at most {CAPTION_MAX} characters")
    return formatted


def _reply_labels(chat: Chat) -> set[str]:
    rows: list[list[Json]] = (chat.state.reply_markup or {}).get("keyboard", [])
    return {str(button["text"]) for row in rows for button in row}


def _known(update_ids: Sequence[int | None]) -> list[int]:
    return [update_id for update_id in update_ids if update_id is not None]
