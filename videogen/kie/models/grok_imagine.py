"""Grok Imagine: a list of photos, the duration as a string. With one photo it takes no ratio."""

from videogen.kie.models.adapter import Adapter, Fields, Wish


def _fields(wish: Wish) -> Fields:
    return {
        "image_urls": [wish.photo.url],
        "prompt": wish.prompt,
        "mode": "normal",
        "duration": str(wish.duration_s),
        "resolution": wish.resolution,
    }


GROK_IMAGINE = Adapter(
    model="grok-imagine/image-to-video",
    fields=_fields,
    durations_s=tuple(range(6, 31)),
    resolutions=("480p", "720p", "1080p"),
    prompt_length_max=5_000,
    english_only=True,
)
