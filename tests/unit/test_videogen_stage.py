"""Every photo is set into every frame undistorted, and captions stay where they are seen."""

import io

import pytest
from PIL import Image

from contracts.orders import Format, Template
from tests.videogen_doubles import photo_of
from videogen.frame import FRAMES
from videogen.local.accent import Tones
from videogen.local.captions import place_caption
from videogen.local.closeups import closeups_of
from videogen.local.look import CATALOGUE, LOOKS
from videogen.local.stage import Setting, set_stage

TONES = Tones(accent=(10, 20, 200), light=False)
TEXTS = [
    "Очень длинное название товара " * 9,
    "Рентгеноэлектрокардиографический" * 3,
    "Три строки самых крупных букв стоят выше мелких",
    "The quick brown fox jumps over the lazy dog. " * 4,
]


def staged(photo, setting, shape=Format.VERTICAL):
    return set_stage(photo, FRAMES[shape], setting, TONES)


def captions_in(look, size, shape):
    """Place every text in every kind of caption that the look has."""
    stage = staged(Image.open(io.BytesIO(photo_of(size=size))), look.setting, shape)
    captions = [
        place_caption(text, style, TONES, stage, FRAMES[shape])
        for text in TEXTS
        for style in look.captions.values()
    ]
    return stage, [caption.box for caption in captions]


@pytest.mark.parametrize("template", list(Template))
@pytest.mark.parametrize(
    ("shape", "size"),
    [
        (Format.VERTICAL, (900, 1200)),
        (Format.VERTICAL, (100, 300)),
        (Format.PORTRAIT, (1080, 1920)),
        (Format.SQUARE, (1600, 900)),
    ],
)
def test_captions_stay_inside_the_safe_area(template, shape, size):
    frame = FRAMES[shape]
    for box in captions_in(LOOKS[template], size, shape)[1]:
        assert box.left >= 40
        assert box.left + box.width <= frame.width_px - 40
        assert box.top >= frame.safe_top_px
        assert box.bottom <= frame.safe_bottom_px
        assert (box.width % 2, box.height % 2) == (0, 0)


@pytest.mark.parametrize("shape", list(Format))
def test_on_a_page_the_captions_leave_the_card_free(shape):
    stage, boxes = captions_in(CATALOGUE, (900, 1200), shape)
    assert all(box.bottom < stage.card.top for box in boxes)


@pytest.mark.parametrize("setting", list(Setting))
@pytest.mark.parametrize(
    "size", [(300, 300), (900, 1200), (1080, 1920), (1000, 1600), (1600, 900), (150, 450)]
)
@pytest.mark.parametrize("shape", [Format.VERTICAL, Format.SQUARE])
def test_a_photo_is_never_distorted(setting, size, shape):
    """A square in the photo is as wide as it is high on the stage."""
    photo = Image.new("RGB", size, "white")
    side = min(size) // 4
    x, y = (size[0] - side) // 2, (size[1] - side) // 2
    photo.paste("red", (x, y, x + side, y + side))
    stage = staged(photo, setting, shape)
    shown = (stage.photo or stage.backdrop).picture.convert("RGB")
    red = shown.getchannel("R").point(lambda v: 255 * (v > 200))
    not_green = shown.getchannel("G").point(lambda v: 255 * (v < 60))
    left, top, right, bottom = Image.composite(red, Image.new("L", shown.size), not_green).getbbox()
    assert abs((right - left) - (bottom - top)) <= 6


@pytest.mark.parametrize("setting", [Setting.FLOATING, Setting.CATALOGUE])
@pytest.mark.parametrize("shape", list(Format))
@pytest.mark.parametrize("size", [(900, 1200), (1600, 900), (500, 1500)])
def test_a_layer_is_shown_in_its_own_proportions(setting, shape, size):
    for layer in (stage := staged(Image.new("RGB", size), setting, shape)).closeups:
        assert layer.picture.size == layer.box.size
    picture, box = stage.photo.picture, stage.photo.box
    assert picture.width / picture.height == pytest.approx(box.width / box.height, rel=0.01)


@pytest.mark.parametrize("setting", list(Setting))
@pytest.mark.parametrize("shape", list(Format))
@pytest.mark.parametrize("size", [(32, 32), (96, 32), (32, 96)])
def test_even_the_smallest_photo_is_set(setting, shape, size):
    stage = staged(Image.new("RGB", size, "teal"), setting, shape)
    for layer in (stage.backdrop, stage.photo, stage.mat):
        assert layer is None or min(layer.picture.size) > 2


@pytest.mark.parametrize("setting", list(Setting))
@pytest.mark.parametrize("size", [(900, 1200), (700, 1200), (500, 1500)])
def test_nothing_is_cut_off_above_or_below_the_product(setting, size):
    photo = Image.new("RGB", size, "white")
    band = size[1] // 20
    photo.paste("red", (0, 0, size[0], band))
    photo.paste("red", (0, size[1] - band, size[0], size[1]))
    stage = staged(photo, setting)
    shown = (stage.photo or stage.backdrop).picture.convert("RGB")
    column = [shown.getpixel((shown.width // 2, y)) for y in range(shown.height)]
    red = [y for y, color in enumerate(column) if color[0] > 3 * color[1] and color[0] > 60]
    assert any(y < shown.height / 2 for y in red)
    assert any(y > shown.height / 2 for y in red)


def test_a_photo_of_the_frames_own_shape_fills_it():
    stage = staged(Image.new("RGB", (1080, 1920), "red"), Setting.FILLING)
    assert (stage.photo, stage.card) == (None, None)
    picture = stage.backdrop.picture
    assert picture.size == (900, 1600)
    assert all(color[0] > 50 and color[1:] == (0, 0) for _, color in picture.getcolors())


def test_close_ups_show_where_something_is_to_be_seen():
    photo = Image.new("RGB", (900, 1200), "white")
    for x in range(100, 300, 20):
        photo.paste("black", (x, 700, x + 10, 900))
    first, *_ = closeups_of(photo, 1.0, 1)
    assert first.convert("L").getextrema() == (0, 255)
    assert first.size[0] < 450


@pytest.mark.parametrize("size", [(32, 32), (100, 300), (2_000, 667)])
def test_even_the_smallest_photo_has_close_ups(size):
    for closeup in closeups_of(Image.new("RGB", size, "teal"), 1.4, 3):
        assert min(closeup.size) > 0
