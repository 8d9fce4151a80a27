"""What a model is told: what the person accepted, or else their own words, and never too much."""

from uuid import UUID

import pytest

from contracts.orders import OrderScript, Template
from videogen.kie import read_catalogue
from videogen.kie.prompting import prompt_of
from videogen.provider import Brief

CATALOGUE = read_catalogue()


def offer(name="grok", **changes):
    return CATALOGUE.offer(name).model_copy(update=changes)


def brief(text="Термокружка «Север»", **more):
    return Brief(UUID(int=1), b"", text, Template.AD, **more)


def script(prompt):
    return OrderScript(title="Кружка", captions=("Тепло",), prompt=prompt)


def test_an_accepted_script_is_told_as_it_is():
    assert prompt_of(brief(script=script("Slow orbit.\nSteam.")), offer()) == "Slow orbit.\nSteam."


def test_without_a_script_the_person_s_own_words_are_told():
    told = prompt_of(brief(scenario="Утро.\nКофе.", wishes="  крупно "), offer())
    assert told.splitlines()[2:] == [
        "The scenario: Утро. Кофе.",
        "The product: Термокружка «Север»",
        "Wishes: крупно",
    ]
    assert "advertisement" in told


def test_nothing_is_said_of_what_the_person_left_out():
    told = prompt_of(brief(wishes="   "), offer())
    assert "Wishes" not in told
    assert "scenario" not in told


def test_a_model_of_russian_is_told_in_russian():
    told = prompt_of(brief(), offer("wan", prompt_language="ru"))
    assert told.startswith("Короткое видео")
    assert "Товар: Термокружка «Север»" in told


@pytest.mark.parametrize("word", ["orbit ", "ш"])
def test_what_a_model_cannot_take_is_cut_between_words_where_there_are_any(word):
    kling = offer("kling")
    told = prompt_of(brief(script=script(word * 2_000)), kling)
    length_max = kling.adapter.prompt_length_max
    assert length_max - len(word) <= len(told) <= length_max
    assert told.split()[-1] == (word * 2_000)[: len(told.split()[-1])]
    if " " in word:
        assert set(told.split()) == {"orbit"}
