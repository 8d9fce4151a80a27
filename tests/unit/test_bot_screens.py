"""Screens fit into what Telegram allows, whatever a person wrote."""

import html
import itertools
import json
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import bill_screens, money, pay_screens, screens, script_screens
from bot.bills import Agreement, Bill
from bot.draft import NO_WISHES, Draft, Photo, Step
from bot.jobs import ORDER, JobCard, Stage
from bot.pay_screens import Gap
from bot.scripts import Scene
from bot.texts import LOCALES, Texts, Voice
from contracts.messages import (
    Balance,
    Currency,
    FailureReason,
    HistoryEntry,
    Payment,
    PaymentProvider,
    PaymentState,
    Plan,
    Plans,
)
from contracts.orders import PRODUCT_TEXT_MAX, WISHES_MAX, Format, Template
from tests.drafts import SCRIPT

TEXTS = Texts()
RU = Voice(TEXTS, "ru")
BIG = UUID(int=2**128 - 1)
CALLBACK_BYTES_MAX = 64
CAPTION_MAX = 1024
MESSAGE_MAX = 4096
JOB = JobCard(job_id=BIG, account="tg:1", chat_id=1, title="Кружка <b>", balance=3)
LONGEST = SCRIPT.model_copy(
    update={
        "title": "&" * 60,
        "setting": "&" * 120,
        "scenes": (Scene(shot="&" * 80, caption="&" * 70),) * 5,
        "call": "&" * 40,
    }
)


def card_draft(**more) -> Draft:
    return Draft(
        draft_id=BIG,
        revision=10**6,
        photo=Photo(digest="a" * 64),
        product_text="Кружка",
        template=Template.AD,
        wishes=NO_WISHES,
    ).model_copy(update=more)


def all_screens(voice):
    draft = Draft(draft_id=BIG)
    photo = Photo(digest="a" * 64)
    for filled in (
        draft,
        draft.changed(photo=photo),
        draft.changed(photo=photo, product_text="x"),
        draft.changed(photo=photo, product_text="x", template=Template.OWN),
        draft.changed(photo=photo, product_text="x", template=Template.AD),
    ):
        yield screens.ask(voice, filled)
    for script in (SCRIPT, LONGEST):
        yield script_screens.script(voice, card_draft(attempt=10**6), script)
        yield script_screens.captions(voice, card_draft(attempt=10**6), script)
    yield screens.card(voice, card_draft(), 5, 1)
    yield screens.card(voice, card_draft(count=3), 0, 1)
    yield screens.card_ordered(voice, card_draft())
    for stage in Stage:
        yield screens.job(voice, JOB.model_copy(update={"stage": stage}))
    for eta_s in (None, 1):
        yield screens.job(voice, JOB.model_copy(update={"place": 1, "eta_s": eta_s}))
    yield screens.late(voice, JOB, 60)
    for reason in (*FailureReason, "cancelled", "deadline", "never heard of"):
        yield screens.refund(voice, JOB, reason=reason, minutes=15)
    yield screens.uncertain(voice, JOB)
    for open_credits in (0, 2):
        found = Balance(account="tg:1", balance=0, open_credits=open_credits, position=1)
        yield screens.balance(voice, found, "@support")
    yield from pay_screens_of(voice)
    yield screens.history(voice, [], 10)
    yield screens.history(voice, [entry(kind) for kind in KINDS], len(KINDS))


def pay_screens_of(voice):
    plan = Plan(
        id="p" * 64, title="Всё" * 30, title_en="All" * 30, credits=10**6, price=10**8, stars=10**8
    )
    found = Plans(
        plans=(plan,),
        providers=tuple(PaymentProvider),
        email_needed=False,
        balance=10**6,
        debt=10**6,
    )
    gap = Gap(needed=3, balance=0)
    yield pay_screens.plans(voice, found, 1, "a***@mail.ru")
    yield pay_screens.short(voice, found, gap, card_draft(revision=2**31 - 1))
    yield pay_screens.short_of_all(voice, gap)
    yield pay_screens.ask_email(voice)
    yield pay_screens.nothing_to_buy(voice, "@support")
    for state, hidden, url in itertools.product(PaymentState, (True, False), (None, "https://p")):
        payment = Payment(
            order_id=BIG,
            account="tg:1",
            provider=PaymentProvider.YOOKASSA,
            plan="p",
            title="<b>",
            credits=1,
            price=10**8,
            currency="RUB",
            state=state,
            url=url,
            expires_at=datetime(2026, 11, 23, 21, 30, tzinfo=UTC),
            balance=1,
        )
        agreement = Agreement(draft_id=BIG, revision=1)
        shown = Bill(order_id=BIG, account="tg:1", chat_id=1, hidden=hidden, agreement=agreement)
        yield bill_screens.bill(voice, payment, shown)


KINDS = [
    ("account_opened", None, 0),
    ("topped_up", "welcome_bonus", 1),
    ("topped_up", "promo", 5),
    ("deducted", None, -1),
    ("started", None, 0),
    ("settled", None, 0),
    ("refunded", "cancelled", 1),
    ("refunded", "deadline", 1),
    *[("refunded", reason, 1) for reason in FailureReason],
    ("delivered", "sent", 0),
    ("delivered", "unreachable", 0),
    ("payment_requested", None, 0),
    ("payment_opened", None, 0),
    ("payment_completed", None, 5),
    ("payment_canceled", "expired", 0),
    ("payment_refund_requested", None, -5),
    ("payment_refunded", None, 0),
    ("payment_refund_failed", "declined", 5),
]
NOT_ABOUT_A_JOB = ("account_", "topped_up", "payment_")


def entry(kind):
    name, reason, credits_ = kind
    return HistoryEntry(
        position=10**9,
        recorded_at=datetime(2026, 11, 23, 21, 30, tzinfo=UTC),
        kind=name,
        credits=credits_,
        balance_after=1,
        job_id=None if name.startswith(NOT_ABOUT_A_JOB) else BIG,
        reason=reason,
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_every_button_does_exactly_one_thing_in_at_most_64_bytes(locale):
    for screen in all_screens(Voice(TEXTS, locale)):
        assert screen.text
        for row in screen.keyboard.inline_keyboard if screen.keyboard else []:
            for button in row:
                wire = json.loads(button.model_dump_json(exclude_none=True))
                actions = wire.keys() - {"text", "style", "icon_custom_emoji_id"}
                assert len(actions) == 1, wire
                if button.callback_data is not None:
                    assert 1 <= len(button.callback_data.encode()) <= CALLBACK_BYTES_MAX


@given(
    product=st.text(min_size=1, max_size=PRODUCT_TEXT_MAX),
    wishes=st.text(max_size=WISHES_MAX),
)
def test_the_card_fits_into_a_caption_whatever_was_written(product, wishes):
    draft = card_draft(product_text=product, wishes=wishes, format=Format.PORTRAIT, count=3)
    for balance in (0, 10**9):
        shown = screens.card(RU, draft, balance, 1).text
        assert utf16_length(shown) <= CAPTION_MAX


def test_what_a_person_wrote_is_never_markup():
    draft = card_draft(product_text="<b>Кружка</b> & <script>", wishes="<i>")
    text = screens.card(RU, draft, 5, 1).text
    assert "&lt;b&gt;Кружка&lt;/b&gt; &amp; &lt;script&gt;" in text
    assert "&lt;i&gt;" in text
    assert "Кружка &lt;b&gt;" in screens.job(RU, JOB).text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("show", [script_screens.script, script_screens.captions])
def test_a_script_fits_into_a_message_and_is_never_markup(locale, show):
    voice = Voice(TEXTS, locale)
    text = show(voice, card_draft(), LONGEST).text
    assert utf16_length(text) <= MESSAGE_MAX
    assert text.count("&amp;") == text.count("&") >= 5 * 70


def test_a_script_shows_all_that_will_be_seen_and_read():
    text = script_screens.script(RU, card_draft(), SCRIPT).text
    said = [SCRIPT.title, SCRIPT.setting, SCRIPT.call, *(one.caption for one in SCRIPT.scenes)]
    assert all(words in text for words in [*said, SCRIPT.scenes[0].shot, "Кредит ещё не списан"])
    assert SCRIPT.prompt not in text


def labels(screen):
    return [[button.text for button in row] for row in screen.keyboard.inline_keyboard]


def test_a_script_can_be_accepted_changed_or_turned_down():
    assert labels(script_screens.script(RU, card_draft(), SCRIPT)) == [
        ["👍 Подходит"],
        ["🔁 Другой вариант", "✏️ Изменить"],
        ["Отменить"],
    ]


def test_the_captions_can_be_copied_one_to_a_line():
    text = script_screens.captions(RU, card_draft(), SCRIPT).text
    assert "<pre>Кружка\nДержит тепло\nВот она</pre>" in text
    assert "От 1 до 5 строк, в каждой до 70 знаков." in text


@pytest.mark.parametrize(
    ("shape", "marked", "named"),
    [
        (Format.VERTICAL, ["• 9:16 •", "3:4", "1:1"], "вертикальное видео 9:16"),
        (Format.PORTRAIT, ["9:16", "• 3:4 •", "1:1"], "как карточка товара, 3:4"),
        (Format.SQUARE, ["9:16", "3:4", "• 1:1 •"], "квадрат 1:1"),
    ],
)
def test_the_card_shows_which_format_was_chosen(shape, marked, named):
    card = screens.card(RU, card_draft(format=shape), 5, 1)
    assert marked in labels(card)
    assert f"Формат: {named}" in card.text


def test_the_card_shows_the_balance_before_and_after():
    text = screens.card(RU, card_draft(count=2), 5, 1).text
    assert "Цена: <b>2 кредита</b>" in text
    assert "5 → <b>3</b>" in text


def test_the_card_names_the_gap_when_credits_are_short():
    assert "Не хватает: <b>2 кредита</b>" in screens.card(RU, card_draft(count=3), 1, 1).text


def test_only_a_queued_job_can_be_cancelled():
    with_buttons = [
        stage
        for stage in Stage
        if screens.job(RU, JOB.model_copy(update={"stage": stage})).keyboard is not None
    ]
    assert with_buttons == [Stage.QUEUED]


@pytest.mark.parametrize(
    ("place", "eta_s", "said"),
    [
        (None, None, "В очереди. Кредит списан, баланс 3 кредита."),
        (None, 60, "В очереди. Кредит списан, баланс 3 кредита."),
        (7, None, "В очереди: 7-е место. Кредит списан, баланс 3 кредита."),
        (1, 0, "В очереди: 1-е место, примерно 1 минута. Кредит списан, баланс 3 кредита."),
        (1, 60, "В очереди: 1-е место, примерно 1 минута. Кредит списан, баланс 3 кредита."),
        (2, 61, "В очереди: 2-е место, примерно 2 минуты. Кредит списан, баланс 3 кредита."),
        (3, 240, "В очереди: 3-е место, примерно 4 минуты. Кредит списан, баланс 3 кредита."),
        (21, 290, "В очереди: 21-е место, примерно 5 минут. Кредит списан, баланс 3 кредита."),
        (5, 1260, "В очереди: 5-е место, примерно 21 минута. Кредит списан, баланс 3 кредита."),
    ],
)
def test_a_waiting_job_shows_its_place_and_whole_minutes(place, eta_s, said):
    waiting = JOB.model_copy(update={"place": place, "eta_s": eta_s})
    assert screens.job(RU, waiting).text.splitlines()[-1] == said


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.QUEUED])
def test_a_job_that_left_the_queue_shows_no_place(stage):
    waited = JOB.model_copy(update={"place": 3, "eta_s": 240, "stage": stage})
    assert screens.job(RU, waited) == screens.job(RU, JOB.model_copy(update={"stage": stage}))


@pytest.mark.parametrize(
    ("left_s", "words"),
    [(1, "через 1 минуту,"), (119, "через 2 минуты,"), (600, "через 10 минут,")],
)
def test_who_waits_long_is_told_when_the_credit_comes_back(left_s, words):
    text = screens.late(RU, JOB, left_s).text
    assert text.startswith("⏳ Видео № FFFFFF снимается дольше обычного.")
    assert f"Если оно не будет готово {words} кредит вернётся сам." in text


def test_history_is_in_moscow_time_with_signs():
    lines = screens.history(RU, [entry(("deducted", None, -1))], 10).text.splitlines()
    assert lines[-1] == "24.11 00:30 · заказ видео № FFFFFF · <b>−1</b> · баланс 1"


@pytest.mark.parametrize(
    ("kind", "debt_change", "said"),
    [
        (("payment_completed", None, 2), -3, "покупка кредитов, долг −3 · <b>+2</b> · баланс 1"),
        (
            ("payment_refund_requested", None, -2),
            3,
            "возврат денег, кредиты списаны, долг +3 · <b>−2</b> · баланс 1",
        ),
        (("topped_up", "promo", 0), -1, "начисление, долг −1"),
    ],
)
def test_history_names_what_changed_the_debt(kind, debt_change, said):
    shown = entry(kind).model_copy(update={"debt_change": debt_change})
    assert screens.history(RU, [shown], 10).text.splitlines()[-1] == f"24.11 00:30 · {said}"


def test_debt_is_named_with_the_balance():
    found = Balance(account="tg:1", balance=0, open_credits=0, debt=21, position=1)
    assert "Сначала погасится долг: 21 кредит." in screens.balance(RU, found, "").text


@pytest.mark.parametrize(
    ("amount", "said"),
    [(69900, "699 ₽"), (3495, "34,95 ₽"), (105, "1,05 ₽"), (149900, "1499 ₽")],
)
def test_prices_are_written_as_russians_write_them(amount, said):
    assert money.said(RU, amount, Currency.RUB) == said


def test_a_large_price_is_grouped():
    assert (
        money.said(RU, 1_234_567_00, Currency.RUB)
        == "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567 ₽"
    )


def test_the_price_of_one_video_is_rounded_half_up():
    assert money.each(RU, 100, 3, 1, Currency.RUB) == "0,33 ₽"
    assert money.each(RU, 25, 2, 1, Currency.RUB) == "0,13 ₽"
    assert money.each(RU, 69900, 20, 2, Currency.RUB) == "69,90 ₽"
    assert money.each(RU, 525, 20, 1, Currency.XTR) == "26,25 ⭐"


def test_a_long_text_is_shortened_by_whole_words():
    assert screens.shortened("одна  большая\nкружка", 100) == "одна большая кружка"
    assert screens.shortened("одна большая кружка", 13) == "одна большая…"
    assert screens.shortened("о" * 20, 10) == "о" * 9 + "…"


def test_a_job_card_only_moves_forward():
    for earlier, later in itertools.pairwise(ORDER):
        at_later = JOB.model_copy(update={"stage": later})
        assert at_later.at(earlier).stage is later


def test_every_step_that_waits_for_the_person_has_a_question():
    asked = {Step.PHOTO, Step.TEXT, Step.TEMPLATE, Step.SCENARIO, Step.WISHES}
    shown = {Step.SCRIPT, Step.CAPTIONS, Step.CARD, Step.ORDERED}
    assert asked == set(Step) - shown


def utf16_length(text):
    """Length as Telegram counts it: after the markup is read, in UTF-16 units."""
    shown = html.unescape(re.sub(r"</?(b|pre)>", "", text))
    return len(shown.encode("utf-16-le", "surrogatepass")) // 2
