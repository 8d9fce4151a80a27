"""What the page says and draws, without a browser."""

import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from PIL import Image

from contracts.messages import FailureReason, JobStage, Refusal, RefusalCode
from infra.sandbox.log_check import Check
from infra.sandbox.log_reader import Entry, JobRow
from infra.sandbox.page import people, words
from infra.sandbox.page.log import check as check_line
from infra.sandbox.page.log.jobs import STAGE_STEPS
from infra.sandbox.page.rich_text import Span, pieces_of
from infra.sandbox.samples import PREVIEW_WIDTH, SAMPLES, sample_photo, sample_preview
from ledger.codec import TOPICS
from tests.telegram_fixture import unserved_telegram

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
JOB = UUID("7da28c3a-8fa6-59a3-ac01-c83b74fa0ece")


def entry(kind: str, debt_change: int = 0) -> Entry:
    empty = dict.fromkeys(("order_id", "reason", "plan", "provider", "money", "currency"))
    return Entry(
        position=1,
        recorded_at=NOW,
        account="tg:1",
        kind=kind,
        amount=3,
        debt_change=debt_change,
        balance_after=7,
        job_id=JOB,
        **empty,
    )


def job(state: str, reason: str | None = None, *, delivered: bool = False) -> JobRow:
    return JobRow(JOB, "tg:1", state, 1, reason, NOW, None, delivered)


def check(**changes: int) -> Check:
    sums = {"events": 9, "topped_up": 6, "deducted": 3, "settled": 1, "refunded": 1, "open": 1}
    nothing = dict.fromkeys(("bought", "clawed_back", "debt", "debts", "wrong"), 0)
    return Check(**{**sums, **nothing, "accounts": 2, "balances": 4, **changes})


@pytest.mark.parametrize(
    ("number", "form"),
    [(0, 2), (1, 0), (2, 1), (4, 1), (5, 2), (11, 2), (12, 2), (14, 2), (21, 0), (22, 1), (111, 2)],
)
def test_a_number_takes_its_plural(number, form):
    assert words.counted(number, words.CREDITS) == f"{number} {words.CREDITS[form]}"


def test_every_kind_of_event_has_a_name():
    kinds = {topic.partition(".")[0] for topic in TOPICS}
    assert kinds - set(words.KINDS) == set()


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("topped_up", "+3"),
        ("refunded", "+3"),
        ("deducted", "−3"),
        ("settled", ""),
        ("started", ""),
        ("payment_requested", ""),
        ("payment_completed", "+3"),
        ("payment_refund_requested", "−3"),
        ("payment_refund_failed", "+3"),
    ],
)
def test_an_event_shows_what_it_did_to_the_balance(kind, shown):
    assert words.signed(entry(kind)) == shown


@pytest.mark.parametrize(
    ("kind", "debt_change", "shown"),
    [
        ("topped_up", -1, "+2"),
        ("payment_completed", -3, "0"),
        ("payment_refund_requested", 2, "−1"),
        ("payment_refund_requested", 3, "0"),
    ],
)
def test_a_debt_keeps_credits_from_the_balance_or_spares_it(kind, debt_change, shown):
    assert words.signed(entry(kind, debt_change)) == shown


@pytest.mark.parametrize(
    ("one", "stage", "said"),
    [
        (job("queued"), None, "в очереди"),
        (job("started"), None, "снимается"),
        (job("started"), JobStage.RENDERING, "снимает ролик"),
        (job("settled"), JobStage.FINISHING, "готово"),
        (job("settled", delivered=True), None, "доставлено"),
        (job("refunded", "deadline"), None, "кредит вернулся"),
        (job("refunded", "cancelled"), None, "отменено, кредит вернулся"),
    ],
)
def test_a_job_says_where_it_is(one, stage, said):
    assert words.job_state(one, stage) == said


@pytest.mark.parametrize("stage", list(JobStage))
def test_every_stage_is_in_words_and_on_the_bar(stage):
    assert words.job_state(job("started"), stage)
    assert 0 < STAGE_STEPS[stage] < 1


@pytest.mark.parametrize("reason", list(FailureReason))
def test_every_failure_is_in_words(reason):
    assert words.reason_of(reason) != reason


@pytest.mark.parametrize("code", list(RefusalCode))
def test_every_refusal_is_a_sentence(code):
    assert words.refusal_sentence(Refusal(code=code)).endswith(".")


@pytest.mark.parametrize(
    ("days", "said"), [(0, "Сегодня"), (1, "Вчера"), (2, "21 ноября"), (400, "19 октября 2025")]
)
def test_a_day_is_named_as_people_name_it(days, said):
    assert words.day_of(NOW - timedelta(days=days), NOW) == said


BOUGHT = {"bought": 5, "clawed_back": 5, "debt": 2, "debts": 2, "balances": 6}


@pytest.mark.parametrize("changes", [{}, BOUGHT, {"bought": 5, "balances": 9}])
def test_sums_that_agree_hold(changes):
    assert check(**changes).holds
    assert check_line.title_of(check(**changes)).startswith("Журнал сходится: 9 событий, 2 счёта")


@pytest.mark.parametrize("changes", [{"debt": 3, "balances": 7}, {"debts": 1}, {"wrong": 1}])
def test_a_debt_without_its_events_does_not_hold(changes):
    assert not check(**{**BOUGHT, **changes}).debts_hold
    assert not check(**{**BOUGHT, **changes}).holds


def test_every_sum_that_is_not_zero_stands_in_the_equation():
    assert told(check()) == [
        "Σ начислено 6 + Σ возвращено 1 − Σ списано 3 = на счетах 4",
        "Σ списано 3 = за готовые 1 + возвращено 1 + в работе 1",
        "",
    ]
    assert told(check(**BOUGHT)) == [
        (
            "Σ начислено 6 + Σ куплено 5 + Σ возвращено 1 − Σ списано 3"
            " − Σ снято за возврат денег 5 + Σ осталось в долгу 2 = на счетах 6"
        ),
        "Σ списано 3 = за готовые 1 + возвращено 1 + в работе 1",
        "Σ осталось в долгу 2 = долг на счетах 2",
    ]


def test_what_does_not_hold_is_said_in_the_title_and_seen_in_its_line():
    broken = check(**{**BOUGHT, "balances": 7, "debts": 1, "wrong": 1})
    assert check_line.title_of(broken).endswith("9 событий, 2 счёта, не сходится 1 счёт")
    balances, _, debts = told(broken)
    assert balances.endswith("= 6 ≠ на счетах 7")
    assert debts == "Σ осталось в долгу 2 ≠ долг на счетах 1"


def told(one: Check) -> list[str]:
    return [line(one).replace("\xa0", " ") for line in check_line.EQUATIONS]


@pytest.mark.parametrize(
    "changes", [{"balances": 5}, {"wrong": 1}, {"topped_up": 7}, {"bought": 1}, {"clawed_back": 1}]
)
def test_a_balance_without_its_events_does_not_hold(changes):
    assert not check(**changes).balances_hold


@pytest.mark.parametrize("changes", [{"settled": 2}, {"refunded": 0}, {"open": 0}])
def test_a_deduction_without_its_end_does_not_hold(changes):
    assert not check(**changes).deductions_hold


def test_entities_nest_and_are_counted_in_utf_16():
    text = "😀 жирный курсив"
    entities = [
        {"type": "bold", "offset": 3, "length": 13},
        {"type": "italic", "offset": 10, "length": 6},
    ]
    [smile, bold] = pieces_of(text, entities)
    assert smile == "😀 "
    assert bold == Span("bold", None, ["жирный ", Span("italic", None, ["курсив"])])


def test_entities_that_cross_lose_nothing():
    text = "абвгд"
    entities = [
        {"type": "bold", "offset": 0, "length": 3},
        {"type": "italic", "offset": 2, "length": 9},
    ]
    shown = "".join(one if isinstance(one, str) else one.plain for one in pieces_of(text, entities))
    assert shown == text


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.com/a", True),
        ("tg://user?id=1", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("http://[", False),
    ],
)
def test_only_a_harmless_link_can_be_followed(url, safe):
    [span] = pieces_of("тут", [{"type": "text_link", "offset": 0, "length": 3, "url": url}])
    assert (span.url == url) is safe


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_photo_is_a_picture_of_its_own(sample):
    picture = Image.open(io.BytesIO(sample_photo(sample.name)))
    assert picture.format == "JPEG"
    assert min(picture.size) >= 600
    preview = Image.open(io.BytesIO(sample_preview(sample.name)))
    assert preview.width == PREVIEW_WIDTH


def test_new_people_have_new_names(telegram_world):
    names = [people.add(telegram_world, people.next_name(telegram_world)) for _ in range(20)]
    assert len({chat.person.first_name for chat in names}) == 20


def test_who_comes_back_is_whoever_was_heard_last(telegram_world):
    first, second = people.present(telegram_world)
    assert people.last_heard([first, second]) is first
    with telegram_world.change(second):
        telegram_world.add_message(second, {"text": "/start"}, outgoing=False)
    assert people.last_heard([first, second]) is second


@pytest.fixture
def telegram_world(tmp_path):
    one = unserved_telegram(tmp_path)
    yield one.world
    one.world.close()
