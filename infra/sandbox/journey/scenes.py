"""Scenes that several steps share: open the chat, put an order together, confirm, get the video."""

from dataclasses import dataclass

from infra.sandbox.journey.person import VIDEO_WAIT_S, Person, videos
from infra.sandbox.telegram.views import ChatView, MessageView

MUG = "Термокружка «Север», 450 мл. Держит тепло восемь часов"
BAG = "Рюкзак городской «Маршрут». Лёгкий, не боится дождя"
TEMPLATE = "✨ Реклама"
NO_WISHES = "Без пожеланий"
SCRIPT = "Сценарий"
ACCEPT = "👍 Подходит"
CARD = "Проверьте заказ"
JOB = "🎬 Видео №"


@dataclass(frozen=True)
class Card:
    """The brief card in the chat."""

    message: MessageView

    @property
    def confirm(self) -> str:
        return next(
            button.text
            for row in self.message.buttons
            for button in row
            if button.text.startswith("✅")
        )

    @property
    def confirm_data(self) -> str:
        return next(
            str(button.value)
            for row in self.message.buttons
            for button in row
            if button.text.startswith("✅")
        )


async def start(person: Person) -> MessageView:
    """Press Start and return the welcome."""
    await person.text("/start")
    return await person.hear("Ваш баланс")


async def put_together(
    person: Person, photo: bytes, text: str, *, count: int = 1, format_: str = ""
) -> Card:
    """Send the photo, answer the questions, accept the script, and return the card."""
    after = await describe(person, photo, text)
    card = await accept_script(person, after=after)
    if count != 1:
        await person.tap(f"{count} шт.")
        card = await _changed(person, card, f"Количество: {count}")
    if format_ not in card.message.text:
        await person.tap(format_)
        card = await _changed(person, card, format_)
    return card


async def describe(person: Person, photo: bytes, text: str) -> int:
    """Send the photo and answer the questions; return the last message before all that."""
    after = await person.last_message_id()
    await person.photo(photo)
    await person.hear("что это за товар", after=after)
    await person.text(text)
    await person.hear("шаблон", after=after)
    await person.tap(TEMPLATE)
    await person.hear("пожелания", after=after)
    await person.tap(NO_WISHES)
    return after


async def accept_script(person: Person, *, after: int) -> Card:
    """Say yes to the script that is newer than `after`, and return the card."""
    await person.hear(SCRIPT, after=after)
    await person.tap(ACCEPT)
    return Card(await person.hear(CARD, after=after))


async def order(person: Person, photo: bytes, text: str, *, format_: str = "") -> MessageView:
    """Put an order together, confirm it, and return the message of its job."""
    after = await person.last_message_id()
    card = await put_together(person, photo, text, format_=format_)
    await person.tap(card.confirm)
    return await person.hear(JOB, after=max(after, card.message.message_id))


async def video(person: Person, *, after: int, count: int = 1) -> list[MessageView]:
    """Wait for `count` videos that are newer than `after`."""

    def look(view: ChatView) -> list[MessageView] | None:
        found = videos(view, after)
        return found if len(found) >= count else None

    return await person.see(look, f"{count} video", VIDEO_WAIT_S)


async def _changed(person: Person, card: Card, words: str) -> Card:
    """Wait until the card says these words."""

    def look(view: ChatView) -> MessageView | None:
        shown = (one for one in view.messages if one.message_id == card.message.message_id)
        return next((one for one in shown if words in one.text), None)

    return Card(await person.see(look, f"«{words}» on the card"))
