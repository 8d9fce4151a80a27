"""From a brief to captions with a time and a place, and to the plan that ffmpeg gets."""

import io
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from contracts.orders import Template
from tests.videogen_doubles import photo_of
from videogen.frame import HEIGHT_PX, WIDTH_PX
from videogen.local.film import ffmpeg_arguments, filter_graph
from videogen.local.provider import draw
from videogen.local.script import Slot, write_script
from videogen.local.stage import CardSpace, set_stage
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


def test_templates_move_the_camera_in_different_ways():
    moves = {film_of(brief_of(template=template)).backdrop.move for template in Template}
    assert len(moves) == 3


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


@pytest.mark.parametrize("template", list(Template))
@pytest.mark.parametrize("size", [(900, 1200), (1080, 1920), (1600, 900), (100, 4_000)])
def test_captions_stay_inside_the_safe_area(template, size):
    brief = brief_of("Очень длинное название товара " * 9, template, photo_of(size=size))
    drawing = draw(brief, FOLDER)
    assert drawing.film.captions
    for caption in drawing.film.captions:
        width, height = Image.open(io.BytesIO(drawing.files[caption.file])).size
        assert caption.x_px >= 40
        assert caption.x_px + width <= WIDTH_PX - 40
        assert caption.y_px >= 90
        assert caption.y_px + height <= HEIGHT_PX - 60
        assert (width % 2, height % 2) == (0, 0)


CARD = CardSpace(width_px=640, height_px=680, center_y_px=640, radius_px=36)


@pytest.mark.parametrize("space", [CARD, None])
@pytest.mark.parametrize(
    "size", [(300, 300), (900, 1200), (1080, 1920), (1000, 1600), (1600, 900), (150, 450)]
)
def test_a_photo_is_never_distorted(space, size):
    """A circle in the photo is as wide as it is high on the stage."""
    photo = Image.new("RGB", size, "white")
    side = min(size) // 4
    x, y = (size[0] - side) // 2, (size[1] - side) // 2
    photo.paste("red", (x, y, x + side, y + side))
    stage = set_stage(photo, space, (10, 20, 200))
    shown = (stage.card or stage.backdrop).picture.convert("RGB")
    red = shown.getchannel("R").point(lambda v: 255 * (v > 200))
    not_green = shown.getchannel("G").point(lambda v: 255 * (v < 60))
    left, top, right, bottom = Image.composite(red, Image.new("L", shown.size), not_green).getbbox()
    assert abs((right - left) - (bottom - top)) <= 6


@pytest.mark.parametrize("space", [CARD, None])
@pytest.mark.parametrize("size", [(900, 1200), (700, 1200), (500, 1500)])
def test_nothing_is_cut_off_above_or_below_the_product(space, size):
    photo = Image.new("RGB", size, "white")
    band = size[1] // 20
    photo.paste("red", (0, 0, size[0], band))
    photo.paste("red", (0, size[1] - band, size[0], size[1]))
    stage = set_stage(photo, space, (10, 20, 200))
    layer = stage.card or stage.backdrop
    shown = layer.picture.convert("RGB")
    column = [shown.getpixel((shown.width // 2, y)) for y in range(shown.height)]
    red = [y for y, color in enumerate(column) if color[0] > 200 and color[1] < 60]
    assert any(y < shown.height / 2 for y in red)
    assert any(y > shown.height / 2 for y in red)


def test_a_photo_of_the_frames_own_shape_fills_it():
    stage = set_stage(Image.new("RGB", (1080, 1920), "red"), CARD, (10, 20, 200))
    assert stage.card is None
    assert stage.backdrop.picture.getcolors() == [(900 * 1600, (255, 0, 0))]
