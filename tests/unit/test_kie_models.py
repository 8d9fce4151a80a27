"""The body of a submission, field by field and type by type, for each model."""

import pytest

from contracts.orders import Format
from tests.kie_world import PHOTO
from videogen.kie.models import ADAPTERS, Wish

URL = PHOTO.url
HOOK = "https://bot.example/kie/token"


def wish(duration_s, resolution=None, format_=Format.VERTICAL, prompt="A cup turns"):
    return Wish(PHOTO, prompt, duration_s, resolution, format_)


BODIES = [
    (
        "grok-imagine/image-to-video",
        wish(6, "720p"),
        {"image_urls": [URL], "mode": "normal", "duration": "6", "resolution": "720p"},
    ),
    (
        "bytedance/v1-pro-fast-image-to-video",
        wish(5, "720p"),
        {"image_url": URL, "duration": "5", "resolution": "720p"},
    ),
    (
        "hailuo/2-3-image-to-video-standard",
        wish(6, "768P"),
        {"image_url": URL, "duration": "6", "resolution": "768P"},
    ),
    (
        "wan/2-7-image-to-video",
        wish(5, "720p"),
        {"first_frame_url": URL, "duration": 5, "resolution": "720p", "watermark": False},
    ),
    ("kling-2.6/image-to-video", wish(10), {"image_urls": [URL], "duration": "10", "sound": False}),
]


@pytest.mark.parametrize(("model", "asked", "fields"), BODIES, ids=[row[0] for row in BODIES])
def test_a_model_of_the_market_is_asked_in_its_own_words(model, asked, fields):
    assert ADAPTERS[model].body(asked, HOOK) == {
        "model": model,
        "callBackUrl": HOOK,
        "input": {"prompt": "A cup turns", **fields},
    }


def test_veo_is_asked_without_an_input_around_its_fields():
    assert ADAPTERS["veo3_fast"].body(wish(8, "720p"), HOOK) == {
        "prompt": "A cup turns",
        "imageUrls": [URL],
        "model": "veo3_fast",
        "generationType": "FIRST_AND_LAST_FRAMES_2_VIDEO",
        "aspect_ratio": "9:16",
        "resolution": "720p",
        "duration": 8,
        "enableTranslation": True,
        "callBackUrl": HOOK,
    }


def test_every_model_has_its_body_here():
    assert {row[0] for row in BODIES} | {"veo3_fast"} == set(ADAPTERS)


@pytest.mark.parametrize(
    ("model", "asked", "said"),
    [
        ("kling-2.6/image-to-video", wish(6), "it makes 5, 10 s, not 6"),
        ("kling-2.6/image-to-video", wish(5, "720p"), "it takes none"),
        ("kling-2.6/image-to-video", wish(5, prompt="x" * 1_001), "not 1001"),
        ("kling-2.6/image-to-video", wish(5, prompt=""), "not 0"),
        ("wan/2-7-image-to-video", wish(5), "it needs a resolution"),
        ("wan/2-7-image-to-video", wish(5, "720P"), "resolution 720P"),
        ("hailuo/2-3-image-to-video-standard", wish(10, "1080P"), "no 10 s in 1080P"),
        ("veo3_fast", wish(8, "720p", Format.SQUARE), "format 1:1"),
    ],
)
def test_what_a_model_cannot_make_is_not_sent(model, asked, said):
    with pytest.raises(ValueError, match=said):
        ADAPTERS[model].body(asked, None)
