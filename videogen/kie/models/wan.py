"""Wan 2.7: the photo is the first frame, and the duration a number."""

from videogen.kie.models.adapter import Adapter, Fields, Wish


def _fields(wish: Wish) -> Fields:
    return {
        "first_frame_url": wish.photo.url,
        "prompt": wish.prompt,
        "duration": wish.duration_s,
        "resolution": wish.resolution,
        "watermark": False,
    }


WAN = Adapter(
    model="wan/2-7-image-to-video",
    fields=_fields,
    durations_s=tuple(range(2, 16)),
    resolutions=("720p", "1080p"),
    prompt_length_max=5_000,
)
