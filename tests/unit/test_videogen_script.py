"""From a brief to captions with a time and a place, and to the plan that ffmpeg gets."""

import io
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from contracts.orders import Format, OrderScript, Template
from tests.videogen_doubles import photo_of
from videogen.frame import FRAMES
from videogen.local.captions import LINE_HEIGHT
from videogen.local.drawing import draw
from videogen.local.graph import ffmpeg_arguments, filter_graph
from videogen.local.look import LOOKS
from videogen.local.script import Slot, write_script
from videogen.local.typeset import can_draw, typeset
from videogen.provider import Brief

FOLDER = Path("work")


def brief_of(text="Кружка. Держит тепло", template=Template.AD, photo=b"", **more):
    return Brief(UUID(int=1), photo or photo_of(), text, template, **more)


def texts(brief):
    return [(line.slot, line.text) for line in write_script(brief, can_draw).lines]


@pytest.mark.parametrize(
    ("brief", "expected"),
    [
        (
            brief_of(),
            [
                (Slot.HEADLINE, "Кружка"),
                (Slot.DETAIL, "Держит тепло"),
                (Slot.CALL, "Закажите сегодня"),
            ],
        ),
        (
            brief_of(wishes="напишите «Скидка 20 %»"),
            [
                (Slot.HEADLINE, "Кружка"),
                (Slot.DETAIL, "Скидка 20 %"),
                (Slot.CALL, "Закажите сегодня"),
            ],
        ),
        (
            brief_of("Mug", Template.UGC, locale="en"),
            [(Slot.HEADLINE, "Mug"), (Slot.CALL, "Save it for later")],
        ),
        (brief_of("🔥🔥🔥"), [(Slot.CALL, "Закажите сегодня")]),
        (
            brief_of(template=Template.OWN, scenario="Утро. Кофе! Поехали"),
            [(Slot.SUBTITLE, "Утро."), (Slot.SUBTITLE, "Кофе!"), (Slot.SUBTITLE, "Поехали")],
        ),
        (
            brief_of(template=Template.OWN),
            [(Slot.SUBTITLE, "Кружка."), (Slot.SUBTITLE, "Держит тепло")],
        ),
        (brief_of("🔥", Template.OWN, scenario="✨"), []),
    ],
)
def test_each_template_tells_its_own_story(brief, expected):
    assert texts(brief) == expected


@pytest.mark.parametrize("template", list(Template))
@pytest.mark.parametrize("text", ["Кружка", "Раз. Два. Три. Четыре. Пять. Шесть.", "слово " * 160])
def test_captions_follow_one_another_within_the_film(template, text):
    script = write_script(brief_of(text, template), can_draw)
    assert 6.0 <= script.duration_s <= 8.0
    places = {}
    for line in script.lines:
        assert 0 < line.start_s < line.end_s - 1.0
        assert line.end_s < script.duration_s
        place = Slot.DETAIL if line.slot is Slot.CALL else line.slot
        assert line.start_s >= places.get(place, 0.0)
        places[place] = line.end_s


def film_of(brief):
    return draw(brief, FOLDER).film


def test_each_template_has_a_look_of_its_own():
    films = {template: film_of(brief_of(template=template)) for template in Template}
    names = {template: {file.stem for file in film.files} for template, film in films.items()}
    assert "light" in names[Template.AD]
    assert "photo" in names[Template.UGC] - names[Template.AD]
    assert {"mat", "closeup-0", "closeup-2"} <= names[Template.OWN] - names[Template.UGC]
    photo_moves = {film.layers[-1].move for film in films.values() if film.layers[-1].move}
    backdrop_moves = {film.layers[0].move for film in films.values()}
    assert len(backdrop_moves | photo_moves) == 4


def test_the_same_brief_gives_the_same_plan_and_pictures():
    first, second = draw(brief_of(), FOLDER), draw(brief_of(), FOLDER)
    assert first.files == second.files
    out = FOLDER / "film.mp4"
    assert ffmpeg_arguments(first.film, out) == ffmpeg_arguments(second.film, out)


def test_what_a_person_wrote_never_reaches_the_command_line():
    film = film_of(brief_of("Кружка';rm -rf x:drawtext=text=%{localtime}"))
    joined = " ".join(ffmpeg_arguments(film, FOLDER / "film.mp4"))
    assert "rm -rf" not in joined
    assert "localtime" not in filter_graph(film)


def accepted(*captions, call="Закажите сегодня"):
    return OrderScript(title="Кружка", captions=captions, call=call, prompt="A mug.")


OFTEN = ("Кружка", "Держит тепло", "Вот она")
LONG = "ТЕРМОКРУЖКА «СЕВЕР» ДЕРЖИТ ТЕПЛО ВОСЕМЬ ЧАСОВ И НЕ ПРОТЕКАЕТ В СУМКЕ!!"


@pytest.mark.parametrize("template", list(Template))
@pytest.mark.parametrize("script", [accepted(*OFTEN), accepted("Кружка"), accepted(*[LONG] * 5)])
def test_what_was_accepted_is_shown_word_for_word_and_in_its_order(template, script):
    brief = brief_of("Не то", template, scenario="И не это", wishes="«Ни это»", script=script)
    film = write_script(brief, can_draw)
    assert [line.text for line in film.lines] == [*script.captions, script.call]
    assert 6.0 <= film.duration_s <= 8.0
    for line, later in pairwise(film.lines):
        assert line.end_s < later.start_s
    assert all(line.end_s - line.start_s > 0.9 for line in film.lines)
    assert film.lines[-1].end_s < film.duration_s


def test_captions_that_the_font_lacks_are_left_out():
    assert texts(brief_of(script=accepted("🔥", "Скидка 🔥", call=""))) == [
        (Slot.DETAIL, "Скидка"),
    ]


@pytest.mark.parametrize("template", list(Template))
@pytest.mark.parametrize("shape", list(Format))
@pytest.mark.parametrize("text", [LONG, "ш" * 70, "Широкоформатная электрошашлычница " * 2])
def test_nothing_of_an_accepted_caption_is_cut_off(template, shape, text):
    frame = FRAMES[shape]
    for style in LOOKS[template].captions.values():
        set_text = typeset(
            text.strip(),
            width_px=style.width_px,
            lines_max=style.lines_max,
            sizes_px=tuple(round(size * frame.type_scale) for size in style.sizes_px),
            weight=style.weight,
            is_whole=True,
        )
        shown = "".join(line.removesuffix("-") for line in set_text.lines)
        assert shown.replace(" ", "") == text.replace(" ", "")
        assert set_text.width_px <= style.width_px


@pytest.mark.parametrize("template", list(Template))
def test_the_same_accepted_script_gives_the_same_pictures(template):
    brief = brief_of(template=template, script=accepted(*OFTEN), format=Format.SQUARE)
    assert draw(brief, FOLDER) == draw(brief, FOLDER)


def test_an_accepted_caption_takes_more_lines_than_the_look_has():
    drawing = draw(brief_of(script=accepted(LONG)), FOLDER)
    caption = Image.open(io.BytesIO(drawing.files[FOLDER / "caption-0.png"]))
    style = LOOKS[Template.AD].captions[Slot.HEADLINE]
    assert caption.height > (style.lines_max + 1) * min(style.sizes_px) * LINE_HEIGHT
