"""A draft asks for what it lacks, in order, and every change is a new revision."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.draft import (
    COUNT_MAX,
    NO_WISHES,
    Draft,
    Photo,
    RejectedText,
    Step,
    with_count,
    with_photo,
    with_template,
    with_text,
)
from contracts.orders import PRODUCT_TEXT_MAX, Template

PHOTO = Photo(digest="a" * 64)
EMPTY = Draft(draft_id=UUID(int=1))
WITH_PHOTO = with_photo(EMPTY, PHOTO)
WITH_TEXT = with_text(WITH_PHOTO, "Кружка")
AD = with_template(WITH_TEXT, Template.AD)
OWN = with_template(WITH_TEXT, Template.OWN)
CARD = AD.changed(wishes=NO_WISHES)

ROWS = [
    (EMPTY, Step.PHOTO),
    (WITH_PHOTO, Step.TEXT),
    (WITH_TEXT, Step.TEMPLATE),
    (AD, Step.WISHES),
    (OWN, Step.SCENARIO),
    (with_text(OWN, "Сначала кружка, потом чай"), Step.WISHES),
    (CARD, Step.CARD),
    (with_text(AD, "у меня нет фона"), Step.CARD),
    (CARD.changed(product_text=None), Step.TEXT),
    (CARD.model_copy(update={"ordered": True}), Step.ORDERED),
]


@pytest.mark.parametrize(("draft", "step"), ROWS)
def test_the_next_step_follows_from_what_is_missing(draft, step):
    assert draft.step is step


def test_a_wish_that_contains_the_word_no_is_a_wish():
    assert with_text(AD, "у меня нет фона").wishes == "у меня нет фона"


def test_another_template_forgets_the_scenario():
    scripted = with_text(OWN, "Сценарий")
    assert with_template(scripted, Template.UGC).scenario is None
    assert with_template(scripted, Template.OWN).scenario == "Сценарий"


@pytest.mark.parametrize("text", ["", "   ", "🔥🔥🔥", "!!!", "\u200b\u200b", "\ud800"])
def test_a_text_without_a_letter_or_digit_is_rejected(text):
    with pytest.raises(RejectedText) as rejected:
        with_text(WITH_PHOTO, text)
    assert rejected.value.code == "no_words"


def test_a_text_may_be_as_long_as_the_limit_and_no_longer():
    assert with_text(WITH_PHOTO, "я" * PRODUCT_TEXT_MAX).product_text
    with pytest.raises(RejectedText) as rejected:
        with_text(WITH_PHOTO, "я" * (PRODUCT_TEXT_MAX + 1))
    assert (rejected.value.code, rejected.value.length) == ("too_long", PRODUCT_TEXT_MAX + 1)


def test_html_in_a_name_is_kept_as_it_was_written():
    assert with_text(WITH_PHOTO, "<b>Кружка</b> & <i>чай").product_text == "<b>Кружка</b> & <i>чай"


@given(count=st.integers(min_value=-(10**9), max_value=10**9))
def test_the_count_stays_within_its_bounds(count):
    assert 1 <= with_count(CARD, count).count <= COUNT_MAX


@given(text=st.text(max_size=PRODUCT_TEXT_MAX))
def test_any_text_is_taken_or_rejected_and_can_then_be_stored(text):
    try:
        draft = with_text(WITH_PHOTO, text)
    except RejectedText:
        return
    assert Draft.model_validate_json(draft.model_dump_json().encode()) == draft


@pytest.mark.parametrize(
    "changed",
    [
        with_photo(CARD, PHOTO),
        with_template(CARD, Template.UGC),
        with_count(CARD, 2),
        CARD.changed(wishes=None),
    ],
)
def test_every_change_is_a_new_revision(changed):
    assert changed.revision == CARD.revision + 1
