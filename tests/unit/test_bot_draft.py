"""A draft asks for what it lacks, in order, and every change is a new revision."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.draft import (
    COUNT_MAX,
    NO_WISHES,
    Choice,
    Draft,
    Photo,
    RejectedText,
    Step,
    with_captions,
    with_choice,
    with_count,
    with_format,
    with_photo,
    with_script,
    with_template,
    with_text,
)
from contracts.orders import PRODUCT_TEXT_MAX, Format, Template
from tests.drafts import SCRIPT, accepted, written

PHOTO = Photo(digest="a" * 64)
EMPTY = Draft(draft_id=UUID(int=1))
WITH_PHOTO = with_photo(EMPTY, PHOTO)
WITH_TEXT = with_text(WITH_PHOTO, "Кружка")
AD = with_template(WITH_TEXT, Template.AD)
OWN = with_template(WITH_TEXT, Template.OWN)
SAID = AD.changed(wishes=NO_WISHES)
SHOWN = written(SAID)
CARD = accepted(SAID)


def told(draft, choice):
    return with_choice(draft, draft.script_number, choice)


EDITED = told(SHOWN, Choice.EDIT)

ROWS = [
    (EMPTY, Step.PHOTO),
    (WITH_PHOTO, Step.TEXT),
    (WITH_TEXT, Step.TEMPLATE),
    (AD, Step.WISHES),
    (OWN, Step.SCENARIO),
    (with_text(OWN, "Сначала кружка, потом чай"), Step.WISHES),
    (SAID, Step.SCRIPT),
    (with_text(AD, "у меня нет фона"), Step.SCRIPT),
    (SHOWN, Step.SCRIPT),
    (EDITED, Step.CAPTIONS),
    (told(EDITED, Choice.BACK), Step.SCRIPT),
    (told(EDITED, Choice.ACCEPT), Step.CARD),
    (with_captions(EDITED, ("Раз",)), Step.SCRIPT),
    (told(SHOWN, Choice.ANOTHER), Step.SCRIPT),
    (CARD, Step.CARD),
    (told(CARD, Choice.ANOTHER), Step.SCRIPT),
    (told(CARD, Choice.EDIT), Step.CAPTIONS),
    (CARD.changed(accepted=False), Step.SCRIPT),
    (with_format(CARD, Format.SQUARE), Step.CARD),
    (with_photo(CARD, PHOTO), Step.CARD),
    (CARD.changed(photo=None), Step.PHOTO),
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
        with_format(CARD, Format.PORTRAIT),
        with_captions(CARD, ("Раз",)),
        told(CARD, Choice.ANOTHER),
        told(CARD, Choice.EDIT),
        CARD.changed(wishes=None),
    ],
)
def test_every_change_is_a_new_revision(changed):
    assert changed.revision == CARD.revision + 1


@pytest.mark.parametrize(
    "changed",
    [
        with_template(CARD, Template.UGC),
        with_text(CARD.changed(product_text=None), "Чашка"),
        with_text(CARD.changed(wishes=None), "на кухне"),
        with_text(with_template(CARD, Template.OWN), "Утро"),
        with_captions(EDITED, ("Раз",)),
    ],
    ids=["template", "text", "wishes", "scenario", "captions"],
)
def test_another_wording_makes_the_script_stale(changed):
    assert (changed.script, changed.accepted) == (None, False)
    assert changed.script_number > CARD.script_number
    assert with_script(changed, CARD, SCRIPT) == changed, "it was for other words"


@pytest.mark.parametrize(
    "changed", [with_photo(CARD, PHOTO), with_count(CARD, 2), with_format(CARD, Format.SQUARE)]
)
def test_what_the_script_does_not_speak_of_leaves_it_accepted(changed):
    assert (changed.script, changed.accepted) == (SCRIPT, True)
    assert changed.script_number == CARD.script_number


def test_another_wording_forgets_captions_of_ones_own():
    own = accepted(with_captions(EDITED, ("Раз",)))
    assert told(own, Choice.ANOTHER).captions == ("Раз",)
    assert with_template(own, Template.UGC).captions == ()


def test_each_script_that_is_turned_down_is_counted_once():
    turned_down = told(SHOWN, Choice.ANOTHER)
    assert (turned_down.attempt, turned_down.script) == (1, None)
    again = with_choice(turned_down, SHOWN.script_number, Choice.ANOTHER)
    assert again == turned_down, "the tap was delivered twice"
    after = with_choice(written(turned_down), SHOWN.script_number, Choice.ANOTHER)
    assert after == written(turned_down), "and once more when the next one was written"


@pytest.mark.parametrize("choice", [Choice.ACCEPT, Choice.EDIT, Choice.BACK])
def test_the_same_word_twice_is_one_revision(choice):
    once = told(SHOWN, choice)
    assert told(once, choice) == once


def test_a_script_is_taken_once():
    other = SCRIPT.model_copy(update={"title": "Другой"})
    assert with_script(SHOWN, SHOWN, other) == SHOWN


def test_a_script_is_for_its_own_draft():
    fresh = SAID.model_copy(update={"draft_id": UUID(int=2)})
    assert with_script(fresh, SAID, SCRIPT) == fresh


def test_a_draft_with_its_script_can_be_stored():
    assert Draft.model_validate_json(CARD.model_dump_json().encode()) == CARD
