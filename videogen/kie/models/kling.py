"""Kling 2.6: a list of one photo, the shortest prompt of all, and sound to be said no to."""

from videogen.kie.models.adapter import Adapter, Fields, Wish


def _fields(wish: Wish) -> Fields:
    return {
        "image_urls": [wish.photo.url],
        "prompt": wish.prompt,
        # It costs more, and the films have a sound track of their own.
        "sound": False,
        "duration": str(wish.duration_s),
    }


KLING = Adapter(
    model="kling-2.6/image-to-video",
    fields=_fields,
    durations_s=(5, 10),
    prompt_length_max=1_000,
)
