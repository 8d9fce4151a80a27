"""Veo 3.1 fast: endpoints of its own, and names in three different styles within one body."""

from contracts.orders import Format
from videogen.kie.models.adapter import Adapter, Fields, Wish
from videogen.kie.routes import Route


def _fields(wish: Wish) -> Fields:
    return {
        "prompt": wish.prompt,
        "imageUrls": [wish.photo.url],
        "model": VEO_FAST.model,
        "generationType": "FIRST_AND_LAST_FRAMES_2_VIDEO",
        # Not `aspectRatio`, which is ignored without a word.
        "aspect_ratio": str(wish.format),
        "resolution": wish.resolution,
        "duration": wish.duration_s,
        "enableTranslation": True,
    }


VEO_FAST = Adapter(
    model="veo3_fast",
    fields=_fields,
    durations_s=(8,),
    resolutions=("720p", "1080p"),
    formats=(Format.VERTICAL,),
    follows_photo=False,
    # KIE states no limit; this is what people sent.
    prompt_length_max=1_000,
    route=Route.VEO,
)
