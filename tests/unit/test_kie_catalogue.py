"""The catalogue that an operator edits: read as it stands, or refused with all its mistakes."""

from decimal import Decimal

import pytest

from contracts.orders import Format
from videogen.kie import CatalogueError, read_catalogue
from videogen.kie.catalogue import DEFAULT_FILE
from videogen.kie.models import ADAPTERS

GOOD = """
default = "grok"
[[offers]]
name = "grok"
model = "grok-imagine/image-to-video"
formats = ["9:16"]
resolution = "720p"
prompt_language = "en"
clips = [{ duration_s = 6, price_credits = 1, cost_kie_credits = 27.5 }]
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "offers.toml"


def test_the_catalogue_of_the_product_offers_every_model():
    catalogue = read_catalogue()
    assert {offer.model for offer in catalogue.offers} == set(ADAPTERS)
    assert catalogue.offer(catalogue.default) is not None


def test_a_catalogue_is_read_as_it_stands(file):
    file.write_text(GOOD)
    [offer] = read_catalogue(file).offers
    clip = offer.clip(6)
    assert offer.adapter is ADAPTERS["grok-imagine/image-to-video"]
    assert offer.formats == (Format.VERTICAL,)
    assert (clip.price_credits, clip.cost_kie_credits) == (1, Decimal("27.5"))
    assert offer.clip(7) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"grok-imagine/image-to-video"', '"sora-2"', "model sora-2 is not known; known are grok"),
        ('"720p"', '"4K"', "resolution 4K: it takes 480p, 720p, 1080p"),
        ('resolution = "720p"', "", "it needs a resolution"),
        ('"9:16"', '"16:9"', "offers.0.formats.0: Input should be '9:16', '3:4' or '1:1'"),
        ('"9:16"', '"9:16", "9:16"', "formats is there more than once: 9:16"),
        ('["9:16"]', "[]", "offers.0.formats"),
        ("duration_s = 6", "duration_s = 5", "not 5"),
        ("duration_s = 6", 'duration_s = "6"', "offers.0.clips.0.duration_s"),
        ("price_credits = 1", "price_credits = 0", "offers.0.clips.0.price_credits"),
        ("price_credits = 1", "price_credits = 1.0", "offers.0.clips.0.price_credits"),
        ("27.5", "-1", "offers.0.clips.0.cost_kie_credits"),
        ('"en"', '"ru"', "understands English prompts only"),
        ('"en"', '"de"', "offers.0.prompt_language"),
        ("prompt_language", "prompt_langauge", "offers.0.prompt_langauge: Extra inputs"),
        ('default = "grok"', 'default = "wan"', "default is wan, but the offers are grok"),
        ('name = "grok"', 'name = "Grok 2"', "offers.0.name"),
        ('default = "grok"', "default = grok", "is not TOML"),
        ("clips = [{", "clips = [{ duration_s = 6, price_credits = 1, cost_kie_credits = 1 }, {",
         "a clip of the same duration_s is there more than once: 6"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_catalogue_is_named(file, old, new, said):
    assert GOOD.count(old) >= 1
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(CatalogueError) as refused:
        read_catalogue(file)
    assert said in str(refused.value)
    assert str(file) in str(refused.value)


def test_all_mistakes_are_named_at_once(file):
    file.write_text(GOOD.replace("price_credits = 1", "price_credits = 0").replace('"en"', '"de"'))
    with pytest.raises(CatalogueError) as refused:
        read_catalogue(file)
    assert len(str(refused.value).splitlines()) == 3


def test_two_offers_of_one_name_are_refused(file):
    file.write_text(GOOD + GOOD.replace('default = "grok"', ""))
    with pytest.raises(CatalogueError, match="an offer's name is there more than once: grok"):
        read_catalogue(file)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"#" * (1024 * 1024 + 1)])
def test_a_file_that_cannot_be_read_is_refused_in_one_line(file, content):
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CatalogueError) as refused:
        read_catalogue(file)
    assert str(refused.value).startswith(f"{file}: ")
    assert len(str(refused.value).splitlines()) == 1


def test_the_comment_names_every_field():
    comment = "".join(line for line in DEFAULT_FILE.read_text().splitlines() if line[:1] == "#")
    for name in ("name", "model", "formats", "resolution", "prompt_language", "duration_s"):
        assert f"# {name} " in comment
