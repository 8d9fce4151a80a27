"""Scenes that several steps share: open the chat, put an order together, confirm, get the video."""

from dataclasses import dataclass

from infra.sandbox.journey.person import VIDEO_WAIT_S, Person, videos
from infra.sandbox.telegram.views import ChatView, MessageView

MUG = "Термокружка «Север», 450 мл. Держит тепло восемь часов"
BAG = "Рюкзак городской «Маршрут». Лёгкий, не боится дождя"
TEMPLATE = "✨ Реклама"
NO_WISHES = "Без пожеланий"
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


async def put_together(person: Person, photo: bytes, text: str, *, count: int = 1) -> Card:
    """Send the photo, answer the questions, and return the card."""
    after = await person.last_message_id()
    await person.photo(photo)
    await person.hear("что это за товар", after=after)
    await person.text(text)
    await person.hear("шаблон", after=after)
    await person.tap(TEMPLATE)
    await person.hear("пожелания", after=after)
    await person.tap(NO_WISHES)
    card = Card(await person.hear(CARD, after=after))
    if count == 1:
        return card
    await person.tap(f"{count} шт.")
    return Card(await person.see(lambda view: _counted(view, card, count), f"{count} on the card"))


async def order(person: Person, photo: bytes, text: str) -> MessageView:
    """Put an order together, confirm it, and return the message of its job."""
    after = await person.last_message_id()
    card = await put_together(person, photo, text)
    await person.tap(card.confirm)
    return await person.hear(JOB, after=max(after, card.message.message_id))


async def video(person: Person, *, after: int, count: int = 1) -> list[MessageView]:
    """Wait for `count` videos that are newer than `after`."""

    def look(view: ChatView) -> list[MessageView] | None:
        found = videos(view, after)
        return found if len(found) >= count else None

    return await person.see(look, f"{count} video", VIDEO_WAIT_S)


def _counted(view: ChatView, card: Card, count: int) -> MessageView | None:
    for message in view.messages:
        if message.message_id == card.message.message_id and f"Количество: {count}" in message.text:
            return message
    return None
