"""Hailuo 2.3 standard: capital P in the resolution, and no ten seconds in the larger one."""

from videogen.kie.models.adapter import Adapter, Fields, Wish


def _fields(wish: Wish) -> Fields:
    return {
        "image_url": wish.photo.url,
        "prompt": wish.prompt,
        "duration": str(wish.duration_s),
        "resolution": wish.resolution,
    }


HAILUO = Adapter(
    model="hailuo/2-3-image-to-video-standard",
    fields=_fields,
    durations_s=(6, 10),
    resolutions=("768P", "1080P"),
    impossible=((10, "1080P"),),
    prompt_length_max=5_000,
)
