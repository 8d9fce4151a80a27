"""From a brief to captions with a time and a place, and to the plan that ffmpeg gets."""

from pathlib import Path
from uuid import UUID

import pytest

from contracts.orders import Template
from tests.videogen_doubles import photo_of
from videogen.local.drawing import draw
from videogen.local.graph import ffmpeg_arguments, filter_graph
from videogen.local.script import Slot, write_script
from videogen.local.typeset import can_draw
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
