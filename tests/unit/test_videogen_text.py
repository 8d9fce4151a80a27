"""What a person writes becomes lines that the font can draw and the frame can hold."""

import pytest

from videogen.local.text import bound, drawable, headline, packed, quoted, sentences, shorten
from videogen.local.typeset import BOLD, can_draw, typeset

WIDTH_PX = 560


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("Термокружка 🔥", "Термокружка"),
        ("Кружка 🌹 Выглядит как живая", "Кружка\nВыглядит как живая"),
        ("кружка 🌹 и ложка", "кружка и ложка"),
        ("👨‍👩‍👧 семейный набор ✨✨", "семейный набор"),
        ("🔥🔥 — !!!", ""),
        ("", ""),
        ("日本語 مرحبا", ""),
        ("Цена 1 490 ₽ №5 «Ёж» — 20 %", "Цена 1 490 ₽ №5 «Ёж» — 20 %"),
        ("Қазақша әріптер ұң", "Қазақша әріптер ұң"),
        ("и\u0306од", "йод"),
        ("<b>Кружка</b> & ложка", "<b>Кружка</b> & ложка"),
        ("a\x00b\u200bc\ufe0fd", "abcd"),
        ("  много   пробелов\t\tтут  ", "много пробелов тут"),
        ("строка\r\n\r\nдругая", "строка\nдругая"),
    ],
)
def test_signs_that_the_font_lacks_are_left_out(written, drawn):
    assert drawable(written, can_draw) == drawn


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Кружка. Держит тепло!", ("Кружка", "Держит тепло!")),
        ("Кружка", ("Кружка", "")),
        ("Кружка 2.0 и 1.5 литра", ("Кружка 2.0 и 1.5 литра", "")),
        (
            "Термокружка «Север» 450 мл: держит тепло восемь часов, не проливается в сумке",
            ("Термокружка «Север» 450 мл", "Держит тепло восемь часов, не проливается в сумке"),
        ),
        ("", ("", "")),
    ],
)
def test_the_headline_is_the_first_sentence_or_clause(text, expected):
    assert headline(text, 70) == expected


def test_a_wish_in_quotation_marks_is_a_caption():
    assert quoted("ярче, и напишите «Скидка 20 %» крупно") == "Скидка 20 %"
    assert quoted("сделайте поярче") is None


def test_sentences_end_at_stops_and_line_breaks():
    assert sentences("Раз. Два! Три?\nЧетыре\n\n—\nПять") == [
        "Раз.",
        "Два!",
        "Три?",
        "Четыре",
        "Пять",
    ]


def test_short_words_and_units_stay_with_their_neighbours():
    assert bound("тепло в доме — 450 мл и в а") == "тепло в\xa0доме\xa0— 450\xa0мл и в а"


def test_a_text_is_shortened_by_whole_words():
    assert shorten("один два, три", lambda text: len(text) <= 10) == "один два…"
    assert shorten("сверхдлинноеслово", lambda text: len(text) <= 6) == "сверх…"
    assert shorten("влезло", lambda text: len(text) <= 6) == "влезло"


def test_too_many_sentences_are_joined_before_any_is_dropped():
    parts = ["Раз.", "Два.", "Три.", "Четыре.", "Пять."]
    assert packed(parts, length_max=20, count_max=4) == ["Раз. Два.", "Три.", "Четыре.", "Пять."]
    assert packed(["а" * 30] * 6, length_max=40, count_max=4) == ["а" * 30] * 4
    assert packed(parts[:2], length_max=20, count_max=4) == parts[:2]


@pytest.mark.parametrize(
    "text",
    [
        "Да",
        "Термокружка с крышкой из нержавеющей стали, которая держит тепло целых восемь часов",
        "ы" * 4_096,
        "слово " * 800,
        "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 5,
        "https://пример.рф/" + "я" * 200,
    ],
)
def test_captions_fit_their_column(text):
    set_text = typeset(
        bound(text), width_px=WIDTH_PX, lines_max=3, sizes_px=(58, 48, 40), weight=BOLD
    )
    assert 1 <= len(set_text.lines) <= 3
    assert set_text.width_px <= WIDTH_PX
    assert all(line.strip() for line in set_text.lines)


def test_a_shortened_caption_says_so():
    set_text = typeset("слово " * 80, width_px=300, lines_max=2, sizes_px=(40,), weight=BOLD)
    assert set_text.lines[-1].endswith("слово…")


def test_lines_are_balanced():
    set_text = typeset(
        "Искусственная роза для дома", width_px=560, lines_max=3, sizes_px=(54,), weight=BOLD
    )
    assert set_text.lines == ("Искусственная", "роза для дома")
