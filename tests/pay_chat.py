"""One person who buys, with the bot's own stores in memory and a ledger that sells."""

import re
from dataclasses import dataclass
from types import SimpleNamespace
from uuid import UUID

from aiogram.filters.callback_data import CallbackData

from bot.bills import Bills, Purchases
from bot.desk import Desk, Person
from bot.draft import Draft, Photo
from bot.handlers import payments
from bot.payment_news import PaymentNews
from bot.settings import BotSettings
from bot.stores import Drafts, JobCards, Notices, Orders
from bot.studio import Studio
from bot.texts import Texts, Voice
from contracts.messages import LedgerFact
from contracts.orders import Template
from contracts.studio import STUDIO_KEY, StudioStatus
from tests.drafts import accepted
from tests.memory_values import MemoryValues
from tests.selling_ledger import NOON, SellingLedger

TEXTS = Texts()
ME = Person(account="tg:42", chat_id=42, voice=Voice(TEXTS, "ru"))
DRAFT = accepted(
    Draft(
        draft_id=UUID(int=7 << 96),
        photo=Photo(digest="a" * 64),
        product_text="Кружка",
        template=Template.UGC,
        wishes="",
        shown_price=1,
    )
)


@dataclass
class Shown:
    text: str
    keyboard: object

    @property
    def buttons(self) -> list[str]:
        return [one.text for row in self._rows for one in row]

    def data(self, text: str) -> str:
        return next(one.callback_data for row in self._rows for one in row if text in one.text)

    def url(self, text: str) -> str:
        return next(one.url for row in self._rows for one in row if text in one.text)

    @property
    def _rows(self):
        return self.keyboard.inline_keyboard if self.keyboard else []


class Telegram:
    """The chat as the person sees it: messages by number, edited in place."""

    def __init__(self) -> None:
        self.chat: dict[int, Shown] = {}
        self.answers: list[str] = []
        self.invoices: list[dict] = []
        self.troubles: list[Exception] = []

    def _put(self, number: int, text: str, keyboard: object) -> SimpleNamespace:
        if self.troubles:
            raise self.troubles.pop(0)
        self.chat[number] = Shown(text, keyboard)
        return SimpleNamespace(message_id=number)

    async def send_message(self, _, text, reply_markup=None):
        return self._put(len(self.chat) + 1, text, reply_markup)

    async def send_photo(self, _, __, caption, reply_markup):
        return self._put(len(self.chat) + 1, caption, reply_markup)

    async def edit_message_text(self, text, *, message_id, reply_markup=None, **_):
        self._put(message_id, text, reply_markup)

    async def edit_message_caption(self, *, message_id, caption, reply_markup=None, **_):
        self._put(message_id, caption, reply_markup)

    async def answer_callback_query(self, _, text=None, **__):
        self.answers.append(text)

    async def send_invoice(self, *_, **invoice):
        self.invoices.append(invoice)


class Photos:
    async def load(self, *_):
        return b"photo"

    async def keep_for_order(self, *_):
        pass


class Heard:
    """A delivered message of the LEDGER stream."""

    def __init__(self, fact: LedgerFact, refill_until: int = 0) -> None:
        self.name = re.sub(r"(?<!^)([A-Z])", r"_\1", type(fact).__name__).lower()
        self.refill_until = refill_until
        self._data = fact.model_dump_json()

    def parse(self, kind):
        return kind.model_validate_json(self._data)


class Chat:
    def __init__(self) -> None:
        self.telegram, self.ledger = Telegram(), SellingLedger()
        self.studio, self.bills, self.drafts = MemoryValues(), MemoryValues(), MemoryValues()
        self.desk = Desk(
            bot=self.telegram,
            ledger=self.ledger,
            drafts=Drafts(self.drafts),
            photos=Photos(),
            orders=Orders(MemoryValues()),
            cards=JobCards(MemoryValues()),
            bills=Bills(self.bills),
            purchases=Purchases(self.drafts),
            notices=Notices(self.bills),
            studio=Studio(self.studio),
            scripts=None,
            texts=TEXTS,
            settings=BotSettings(bot_support="@support"),
            now=lambda: NOON,
            new_id=lambda: UUID(int=1),
            new_salt=lambda: "0" * 32,
        )
        self.news = PaymentNews(self.desk)
        self._taps = 0

    async def studio_opens(self) -> None:
        status = StudioStatus(beat_at=NOON)
        self.studio.stored[STUDIO_KEY] = status.model_dump_json().encode(), 1

    async def puts_down(self, draft: Draft = DRAFT) -> None:
        await self.desk.drafts.change(ME.account, lambda _: draft)

    async def draft(self) -> Draft | None:
        return await self.desk.drafts.load(ME.account)

    async def hears(self, fact: LedgerFact, refill_until: int = 0) -> None:
        await self.news.on_event(Heard(fact, refill_until))

    async def taps(self, text: str, tap: str | None = None, person: Person = ME) -> None:
        """Tap the newest button with such a text; `tap` names the tap, to replay one."""
        number, shown = next(
            (number, shown)
            for number, shown in reversed(self.telegram.chat.items())
            if any(text in one for one in shown.buttons)
        )
        self._taps += 1
        query = SimpleNamespace(
            id=tap or f"tap-{self._taps}", message=SimpleNamespace(message_id=number)
        )
        kind, handler = handler_of(shown.data(text))
        await handler(query, kind.unpack(shown.data(text)), self.desk, person)

    async def writes(self, text: str, message_id: int = 77) -> bool:
        """Write a text; False when it is no business of payments."""
        message = SimpleNamespace(text=text, message_id=message_id)
        if not await payments.answers_for_email(message, self.desk, ME):
            return False
        await payments.email(message, self.desk, ME)
        return True

    @property
    def last(self) -> Shown:
        return next(reversed(self.telegram.chat.values()))

    @property
    def texts(self) -> list[str]:
        return [shown.text for shown in self.telegram.chat.values()]

    @property
    def order_id(self) -> UUID:
        [order_id] = self.ledger.orders
        return order_id


def handler_of(data: str) -> tuple[type[CallbackData], object]:
    for handler in payments.build_router().callback_query.handlers:
        [rule] = handler.filters
        kind = rule.callback.callback_data
        if data.partition(":")[0] == kind.__prefix__:
            return kind, handler.callback
    raise LookupError(data)
