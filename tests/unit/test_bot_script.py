"""A person reads the script and decides about it; nothing of this asks the ledger for a credit."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import SendChatAction

from bot import writing
from bot.bills import Bills, Purchases
from bot.buttons import EditButton, FormatButton, NoWishesButton, Part, ScriptButton
from bot.desk import Desk, Person
from bot.draft import NO_WISHES, Choice, Draft, Photo, Step
from bot.handlers import buttons, content
from bot.ordering import order
from bot.scripts import Scene, Script
from bot.scripts.script import (
    CALL_LENGTH_MAX,
    CAPTION_LENGTH_MAX,
    PROMPT_LENGTH_MAX,
    SCENES_MAX,
    SETTING_LENGTH_MAX,
    SHOT_LENGTH_MAX,
    TITLE_LENGTH_MAX,
)
from bot.scripts.template import TemplateWriter
from bot.settings import BotSettings
from bot.stores import Drafts, Notices, Orders
from bot.texts import Texts, Voice
from bot.writing import TARGET
from contracts.messages import Balance, Done, Terms
from contracts.orders import Format, Order, Template, digest_of
from tests.drafts import SCRIPT, accepted
from tests.memory_values import MemoryValues
from videogen.intake import brief_of
from videogen.kie.catalogue import DEFAULT_FILE, read_catalogue
from videogen.kie.models import ADAPTERS

TEXTS = Texts()
ME = Person(account="tg:42", chat_id=42, voice=Voice(TEXTS, "ru"))
SAID = Draft(
    draft_id=UUID(int=7),
    photo=Photo(digest="a" * 64),
    product_text="Термокружка «Север». Держит тепло 8 часов",
    template=Template.AD,
    wishes=NO_WISHES,
    shown_price=1,
)
QUERY = SimpleNamespace(id="1")


class Telegram:
    """Keeps what was sent, and tells when somebody was shown to type."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.keyboards: list[list[str]] = []
        self.typing = asyncio.Event()
        self.typing_fails = False

    async def send_message(self, _chat_id, text, reply_markup=None):
        return self._sent(text, reply_markup)

    async def send_photo(self, _chat_id, _photo, caption, reply_markup=None):
        return self._sent(caption, reply_markup)

    async def edit_message_caption(self, caption, reply_markup, **_):
        return self._sent(caption, reply_markup)

    async def answer_callback_query(self, *_, **__):
        pass

    async def send_chat_action(self, chat_id, action):
        self.typing.set()
        if self.typing_fails:
            method = SendChatAction(chat_id=chat_id, action=action)
            raise TelegramNetworkError(method=method, message="gone")

    def _sent(self, text, keyboard):
        self.said.append(text)
        rows = keyboard.inline_keyboard if keyboard else []
        self.keyboards.append([button.callback_data for row in rows for button in row])
        return SimpleNamespace(message_id=len(self.said))


class Ledger:
    """Only tells what things cost, until an order comes."""

    def __init__(self) -> None:
        self.orders = []

    async def balance(self, account):
        return Balance(account=account, balance=5, open_credits=0, position=1)

    async def terms(self):
        return Terms(price_credits=1, welcome_credits=1, deadline_s=900)

    async def deduct(self, deduct):
        self.orders.append(deduct)
        return Done(account=deduct.account, balance=4, position=2)


class Photos:
    async def load(self, *_):
        return b"photo"

    async def keep_for_order(self, *_):
        pass


class Counted:
    """The template's writer; `before` happens while it writes."""

    def __init__(self) -> None:
        self.asked = []
        self.before = lambda: asyncio.sleep(0)

    async def write(self, ask, target):
        self.asked.append((ask, target))
        await self.before()
        return await TemplateWriter().write(ask, target)


class Chat:
    """A person before the bot, with everything around it in memory."""

    def __init__(self) -> None:
        self.telegram, self.ledger, self.writer = Telegram(), Ledger(), Counted()
        self.drafts, self.orders = MemoryValues(), MemoryValues()
        self.desk = Desk(
            bot=self.telegram,
            ledger=self.ledger,
            drafts=Drafts(self.drafts),
            photos=Photos(),
            orders=Orders(self.orders),
            cards=None,
            bills=Bills(MemoryValues()),
            purchases=Purchases(MemoryValues()),
            notices=Notices(MemoryValues()),
            studio=None,
            scripts=self.writer,
            texts=TEXTS,
            settings=BotSettings(),
            now=lambda: datetime(2026, 11, 23, tzinfo=UTC),
            new_id=lambda: UUID(int=1),
            new_salt=lambda: "0" * 32,
        )

    async def begins(self, draft: Draft) -> None:
        await self.desk.drafts.change(ME.account, lambda _: draft)

    async def draft(self) -> Draft:
        return await self.desk.drafts.load(ME.account)

    async def says(self, text: str) -> Draft:
        await content.text(SimpleNamespace(text=text), self.desk, ME)
        return await self.draft()

    async def wishes_nothing(self) -> Draft:
        button = NoWishesButton(draft_id=SAID.draft_id)
        await buttons.no_wishes(QUERY, button, self.desk, ME)
        return await self.draft()

    async def taps(self, choice: Choice, number: int | None = None) -> Draft:
        """Tap under the script that was shown last, or under an older one."""
        number = (await self.draft()).script_number if number is None else number
        button = ScriptButton(draft_id=SAID.draft_id, number=number, choice=choice)
        await buttons.script(QUERY, button, self.desk, ME)
        return await self.draft()

    async def edits(self, part: Part) -> Draft:
        button = EditButton(draft_id=SAID.draft_id, part=part)
        await buttons.edit(QUERY, button, self.desk, ME)
        return await self.draft()

    @property
    def last(self) -> str:
        return self.telegram.said[-1]


@pytest.fixture
async def chat() -> Chat:
    """Somebody who has said everything but their wishes."""
    chat = Chat()
    await chat.begins(SAID.model_copy(update={"wishes": None}))
    return chat


def captions(draft):
    return [scene.caption for scene in draft.script.scenes]


async def test_after_the_wishes_the_script_is_shown(chat):
    draft = await chat.wishes_nothing()
    assert draft.step is Step.SCRIPT
    assert "🎬 <b>Сценарий</b>" in chat.last
    assert all(caption in chat.last for caption in captions(draft))
    assert draft.script.call in chat.last
    assert [data.rpartition(":")[2] for data in chat.telegram.keyboards[-1][:3]] == [
        "accept",
        "another",
        "edit",
    ]
    assert chat.ledger.orders == []


async def test_who_accepts_gets_the_card_with_the_formats(chat):
    await chat.wishes_nothing()
    assert (await chat.taps(Choice.ACCEPT)).step is Step.CARD
    assert "Проверьте заказ" in chat.last
    assert [data for data in chat.telegram.keyboards[-1] if data.startswith("format|")] == [
        f"format|{SAID.draft_id.hex}|{shape}" for shape in ("9:16", "3:4", "1:1")
    ]


async def test_another_one_is_written_in_another_setting(chat):
    first = await chat.wishes_nothing()
    second = await chat.taps(Choice.ANOTHER)
    assert (second.attempt, second.step) == (1, Step.SCRIPT)
    assert second.script.variant != first.script.variant
    assert second.script.setting in chat.last


@pytest.mark.parametrize("choice", list(Choice))
async def test_a_tap_that_is_delivered_twice_changes_nothing_the_second_time(chat, choice):
    number = (await chat.wishes_nothing()).script_number
    once = await chat.taps(choice, number)
    said = chat.last
    again = await chat.taps(choice, number)
    assert again.model_copy(update={"card_message_id": once.card_message_id}) == once
    assert chat.last == said, "the same is shown again, for the first answer may be lost"


async def test_a_button_under_an_older_script_shows_the_one_of_now(chat):
    first = await chat.wishes_nothing()
    second = await chat.taps(Choice.ANOTHER)
    assert await chat.taps(Choice.ACCEPT, first.script_number) == second
    assert second.script.setting in chat.last


async def test_a_script_that_was_stored_before_a_crash_is_shown_and_not_written_again(chat):
    draft = await chat.wishes_nothing()
    said = chat.last
    again = await chat.says("у меня нет фона")
    assert (again, chat.last, len(chat.writer.asked)) == (draft, said, 1)


async def test_captions_of_ones_own_are_put_in_and_shown(chat):
    asked = await chat.wishes_nothing()
    assert (await chat.taps(Choice.EDIT)).step is Step.CAPTIONS
    assert "<pre>" + "\n".join(captions(asked)) + "</pre>" in chat.last
    draft = await chat.says("Греет <b>8</b> часов\nНе течёт")
    assert captions(draft) == ["Греет <b>8</b> часов", "Не течёт"]
    assert draft.step is Step.SCRIPT
    assert "Греет &lt;b&gt;8&lt;/b&gt; часов" in chat.last
    again = await chat.taps(Choice.ANOTHER)
    assert captions(again) == captions(draft)
    assert again.script.setting != draft.script.setting


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("\x00", "Здесь пусто"),
        ("1\n2\n3\n4\n5\n6", "Слишком много строк: 6, а можно до 5."),
        ("Раз\n" + "ы" * 71, "Строка 2 слишком длинная: 71 знак, а можно до 70."),
        ("ы" * 72, "Строка 1 слишком длинная: 72 знака, а можно до 70."),
        ("ы" * 75, "Строка 1 слишком длинная: 75 знаков, а можно до 70."),
        ("Раз\n🔥", "В строке 2 нет ни букв, ни цифр."),
    ],
)
async def test_captions_that_cannot_be_used_are_explained(chat, text, answer):
    await chat.wishes_nothing()
    asked = await chat.taps(Choice.EDIT)
    assert await chat.says(text) == asked
    assert chat.last.startswith(answer)


async def test_whoever_wants_no_captions_of_their_own_goes_back(chat):
    shown = await chat.wishes_nothing()
    said = chat.last
    await chat.taps(Choice.EDIT)
    draft = await chat.taps(Choice.BACK)
    assert (draft.script, draft.step, chat.last) == (shown.script, Step.SCRIPT, said)


async def test_the_card_leads_back_to_its_script(chat):
    await chat.begins(accepted(SAID))
    assert (await chat.edits(Part.SCRIPT)).step is Step.SCRIPT
    assert SCRIPT.setting in chat.last
    assert (await chat.taps(Choice.ACCEPT)).step is Step.CARD


async def test_other_wishes_are_asked_for_and_the_script_is_written_anew(chat):
    await chat.begins(accepted(SAID))
    assert (await chat.edits(Part.WISHES)).script is None
    draft = await chat.says("на пляже")
    assert (draft.step, draft.script.setting.split(";")[0]) == (Step.SCRIPT, "берег моря")
    assert "берег моря" in chat.last


async def test_a_format_is_chosen_on_the_card_itself(chat):
    await chat.begins(accepted(SAID).model_copy(update={"card_message_id": 5}))
    button = FormatButton(draft_id=SAID.draft_id, format=Format.SQUARE)
    await buttons.format_(QUERY, button, chat.desk, ME)
    assert "Формат: квадрат 1:1" in chat.last
    assert (await chat.draft()).format is Format.SQUARE


async def test_words_that_came_while_a_script_was_written_get_a_script_of_their_own(chat):
    """Another delivery of the bot may have changed the draft meanwhile."""

    async def meanwhile():
        chat.writer.before = lambda: asyncio.sleep(0)
        await chat.begins((await chat.draft()).changed(wishes="на пляже"))

    chat.writer.before = meanwhile
    draft = await chat.wishes_nothing()
    assert draft.script.setting.split(";")[0] == "берег моря"
    assert [ask.wishes for ask, _ in chat.writer.asked] == ["", "на пляже"]


async def test_while_a_script_takes_its_time_the_person_sees_typing(chat, monkeypatch):
    monkeypatch.setattr(writing, "TYPING_AFTER_S", 0.0)
    chat.writer.before = chat.telegram.typing.wait
    await asyncio.wait_for(chat.wishes_nothing(), 5)
    assert "Сценарий" in chat.last


async def test_a_script_comes_though_typing_cannot_be_shown(chat, monkeypatch):
    monkeypatch.setattr(writing, "TYPING_AFTER_S", 0.0)
    chat.telegram.typing_fails = True
    chat.writer.before = chat.telegram.typing.wait
    await asyncio.wait_for(chat.wishes_nothing(), 5)
    assert "Сценарий" in chat.last


async def test_a_template_is_there_before_anybody_types(chat):
    await chat.wishes_nothing()
    assert not chat.telegram.typing.is_set()


async def test_the_order_holds_the_script_and_the_format_that_were_accepted(chat):
    await chat.wishes_nothing()
    draft = await chat.taps(Choice.ACCEPT)
    await order(chat.desk, ME, draft.changed(format=Format.PORTRAIT))
    [(stored, _)] = chat.orders.stored.values()
    frozen = Order.model_validate_json(stored)
    assert frozen.format is Format.PORTRAIT
    assert list(frozen.script.captions) == captions(draft)
    assert (frozen.script.title, frozen.script.call, frozen.script.prompt) == (
        draft.script.title,
        draft.script.call,
        draft.script.prompt,
    )
    [deduct] = chat.ledger.orders
    assert deduct.order_digests == (digest_of(stored),)
    brief = brief_of(frozen, b"photo")
    assert (brief.format, brief.script) == (frozen.format, frozen.script)


async def test_another_format_or_another_script_is_another_order(chat):
    first = accepted(SAID)
    other = SCRIPT.model_copy(update={"call": "Сохраните"})
    for draft in (first, first.model_copy(update={"format": Format.SQUARE}), accepted(SAID, other)):
        chat.orders.stored.clear()
        await order(chat.desk, ME, draft)
    assert len({deduct.order_digests for deduct in chat.ledger.orders}) == 3


async def test_the_longest_script_fits_into_an_order(chat):
    scene = Scene(shot="я" * SHOT_LENGTH_MAX, caption="я" * CAPTION_LENGTH_MAX)
    script = Script(
        title="я" * TITLE_LENGTH_MAX,
        setting="я" * SETTING_LENGTH_MAX,
        scenes=(scene,) * SCENES_MAX,
        call="я" * CALL_LENGTH_MAX,
        prompt="я" * PROMPT_LENGTH_MAX,
        variant="kitchen",
        source="template",
    )
    await order(chat.desk, ME, accepted(SAID, script))
    assert len(chat.ledger.orders) == 1


def test_every_model_on_offer_takes_the_prompt():
    shortest = min(adapter.prompt_length_max for adapter in ADAPTERS.values())
    assert TARGET.prompt_length_max <= shortest
    languages = {offer.prompt_language for offer in read_catalogue(DEFAULT_FILE).offers}
    assert languages == {TARGET.language}
