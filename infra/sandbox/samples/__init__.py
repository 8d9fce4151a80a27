"""Product pictures for whoever has none at hand: drawn here, so they belong to nobody else."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from infra.sandbox.samples import things
from infra.sandbox.samples.canvas import Canvas


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
def sample_photo(name: str) -> bytes:
    """Draw a sample as JPEG, once per process. Raises `KeyError` when there is none."""
    return _drawn(name).jpeg()


@cache
def sample_preview(name: str) -> bytes:
    return _drawn(name).jpeg(PREVIEW_WIDTH)


def _drawn(name: str) -> Canvas:
    return {sample.name: sample.draw for sample in SAMPLES}[name]()
