"""ByteDance V1 Pro Fast: one photo by address, the duration as a string."""

from videogen.kie.models.adapter import Adapter, Fields, Wish


def _fields(wish: Wish) -> Fields:
    return {
        "image_url": wish.photo.url,
        "prompt": wish.prompt,
        "duration": str(wish.duration_s),
        "resolution": wish.resolution,
    }


SEEDANCE_V1_FAST = Adapter(
    model="bytedance/v1-pro-fast-image-to-video",
    fields=_fields,
    durations_s=(5, 10),
    resolutions=("720p", "1080p"),
    prompt_length_max=10_000,
)
