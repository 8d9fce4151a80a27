"""A word longer than a line is broken as a person would break it."""

import pytest

from videogen.local.breaking import pieces
from videogen.local.text import bound
from videogen.local.typeset import BOLD, typeset


def broken(word, length):
    return pieces(word, lambda part: len(part) <= length)


@pytest.mark.parametrize(
    ("word", "length", "expected"),
    [
        ("кружка", 6, ["кружка"]),
        ("высококачественная", 10, ["высокока-", "чественная"]),
        ("подъём", 5, ["подъ-", "ём"]),
        ("неотразимая", 7, ["неотра-", "зимая"]),
        ("unbelievable", 8, ["unbelie-", "vable"]),
        ("термокружка-непроливайка", 13, ["термокружка-", "непроливайка"]),
        ("shop.example/cup", 9, ["shop.", "example/", "cup"]),
        ("в\xa0высококачественной", 12, ["в", "высококачес-", "твенной"]),
        ("4815162342", 4, ["4815", "1623", "42"]),
        ("ббббббб", 4, ["ббб-", "бббб"]),
    ],
)
def test_a_long_word_is_broken_where_it_may_be(word, length, expected):
    assert broken(word, length) == expected


def test_a_word_that_no_width_holds_still_ends():
    assert pieces("абв", lambda _: False) == ["а-", "б-", "в"]


@pytest.mark.parametrize(
    "word", ["Рентгеноэлектрокардиографический", "Donaudampfschifffahrtsgesellschaft"]
)
def test_a_long_word_is_shown_whole_where_there_are_lines_for_it(word):
    set_text = typeset(bound(word), width_px=400, lines_max=3, sizes_px=(58, 48), weight=BOLD)
    assert len(set_text.lines) > 1
    assert all(line.endswith("-") for line in set_text.lines[:-1])
    assert "".join(line.removesuffix("-") for line in set_text.lines) == word


def test_a_word_is_set_smaller_before_it_is_broken():
    set_text = typeset("Непроливайка", width_px=400, lines_max=3, sizes_px=(90, 40), weight=BOLD)
    assert (set_text.lines, set_text.size_px) == (("Непроливайка",), 40)
