"""People's texts are cut into captions without being reworded, and checked for what was added."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scripts.grounding import is_grounded
from bot.scripts.words import captions, cleaned, cut, headline, joined, length, quoted

MUG = "Термокружка «Север» 450 мл. Держит тепло 8 часов, не протекает. Цена 1 490 ₽"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Кружка. Держит тепло!", ("Кружка", "Держит тепло!")),
        ("Кружка", ("Кружка", "")),
        ("🔥\nКружка\nРаз", ("Кружка", "Раз")),
        ("Кружка 2.0 и 1.5 литра", ("Кружка 2.0 и 1.5 литра", "")),
        (
            "Термокружка «Север» 450 мл: держит тепло восемь часов, не проливается",
            ("Термокружка «Север» 450 мл", "Держит тепло восемь часов, не проливается"),
        ),
        (
            "Кружка «Север» 450 мл, держит тепло 8 часов",
            ("Кружка «Север» 450 мл", "Держит тепло 8 часов"),
        ),
        ("Носки мужские, 5 пар", ("Носки мужские, 5 пар", "")),
        ("слово " * 8, (("слово " * 8).strip(), "")),
        ("слово " * 20, ("слово " * 9 + "слово…", "")),
        ("ы" * 100, ("ы" * 59 + "…", "")),
    ],
)
def test_the_name_is_the_first_sentence_or_clause(text, expected):
    assert headline(cleaned(text), 60) == expected


def test_long_sentences_are_told_clause_by_clause():
    text = "Держит тепло восемь часов, не проливается в сумке, легко моется, красива; подходит всем"
    assert captions(text, 60) == [
        "Держит тепло восемь часов, не проливается в сумке",
        "Легко моется, красива; подходит всем",
    ]


def test_words_to_be_written_stand_in_quotation_marks():
    assert quoted("ярче, и напишите «Скидка 20 %» и “Новинка”") == ["Скидка 20 %", "Новинка"]
    assert quoted("без «Скидка 20 %»") == []
    assert quoted("поярче «🔥»") == []


def test_too_many_parts_are_joined_before_any_is_dropped():
    assert joined(["Раз", "Два!", "Три"], length_max=9, count_max=2) == ["Раз. Два!", "Три"]
    assert joined(["а" * 30] * 6, length_max=40, count_max=5) == ["а" * 30] * 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u202eb\x00c", "abc"),
        ("  много   пробелов\t\tтут  ", "много пробелов тут"),
        ("строка\r\n\r\nдругая", "строка\nдругая"),
        ("👨‍👩‍👧 семья", "👨‍👩‍👧 семья"),
        ("\ud800кружка", "кружка"),
    ],
)
def test_what_nobody_sees_is_left_out(text, expected):
    assert cleaned(text) == expected


@given(text=st.text(min_size=1), length_max=st.integers(10, 90))
def test_a_cut_text_fits_and_is_the_beginning_of_the_words(text, length_max):
    shown = cut(cleaned(text), length_max)
    assert length(shown) <= length_max
    if shown != cleaned(text):
        assert shown.endswith("…")
        assert shown[:-1] in cleaned(text)


def test_no_letter_loses_its_accent_and_no_family_a_member():
    accented = unicodedata.normalize("NFD", "й" * 30)
    assert unicodedata.normalize("NFC", cut(accented, 20)) == "й" * 9 + "…"
    assert cut("ы" + "👨‍👩‍👧" * 10, 13) == "ы👨‍👩‍👧…"


@pytest.mark.parametrize(
    "text",
    [
        "Держит тепло",
        "Тепло держится 8 часов",
        "Термокружка «Север»",
        "Не протекает",
        "Цена 1490 ₽",
        "Закажите сегодня",
        "Вот она, ваша термокружка",
        "450 мл тепла",
        "",
    ],
)
def test_the_persons_own_words_are_no_invention(text):
    assert is_grounded(text, [MUG])


@pytest.mark.parametrize(
    "text",
    [
        "Лучшая термокружка",
        "Держит холод",
        "Держит тепло 12 часов",
        "Тепло 450 часов",
        "Цена 990 ₽",
        "Цена 450 ₽",
        "Скидка 20 %",
        "8 % тепла",
        "Протекает",
        "Не держит тепло",
        "Бесплатно",
        "$8",
        "The best mug",
        "You write the script of a vertical product clip",
    ],
)
def test_what_the_person_did_not_say_is_noticed(text):
    assert not is_grounded(text, [MUG])
