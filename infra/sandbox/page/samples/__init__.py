"""Product pictures for whoever has none at hand: drawn here, so they belong to nobody else."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from infra.sandbox.page.samples import things
from infra.sandbox.page.samples.canvas import Canvas


@dataclass(frozen=True)
class Sample:
    name: str
    title: str
    draw: Callable[[], Canvas]


PREVIEW_WIDTH = 160

SAMPLES = (
    Sample("mug", "Кружка", things.mug),
    Sample("backpack", "Рюкзак", things.backpack),
    Sample("sneaker", "Кроссовка", things.sneaker),
    Sample("lamp", "Лампа", things.lamp),
    Sample("serum", "Сыворотка", things.serum),
)


@cache
def sample_jpeg(name: str, *, is_preview: bool) -> bytes:
    """Draw a sample, once per process. Raises `KeyError` when there is none of this name."""
    draw = {sample.name: sample.draw for sample in SAMPLES}[name]
    return draw().jpeg(PREVIEW_WIDTH) if is_preview else draw().jpeg()
