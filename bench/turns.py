"""Everything in one run; within a group sides take turns, so that a slow minute hits all alike."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from bench.groups import Turn
from bench.groups.commands import commands
from bench.groups.growth import growth
from bench.groups.reading import reading
from bench.progress import tell
from bench.scale import Scale
from bench.servers import Place

GROUPS: Mapping[str, Callable[[Place, Scale], Sequence[Turn]]] = {
    "commands": commands,
    "reading": reading,
    "growth": growth,
}
DONE_BY = {"commands": 0.5, "reading": 0.75, "growth": 1.0}
"""Which part of the run's time may have passed by the end of each group."""

Samples = dict[str, list[float]]


def measure_all(place: Place, scale: Scale, groups: Sequence[str]) -> Samples:
    samples: Samples = defaultdict(list)
    started = time.monotonic()
    for name in groups:
        turns = GROUPS[name](place, scale)
        deadline = started + scale.run_s_max * DONE_BY[name]
        for nth in _rounds(scale, deadline):
            # There and back again: what drifts, drifts for all.
            for turn in turns if nth % 2 == 0 else reversed(turns):
                figures = turn()
                tell(f"{name} {nth + 1}/{scale.rounds}", figures)
                for figure, value in figures.items():
                    samples[figure].append(value)
    return samples


def _rounds(scale: Scale, deadline: float) -> Iterator[int]:
    for nth in range(scale.rounds):
        began = time.monotonic()
        yield nth
        now = time.monotonic()
        if nth + 1 >= scale.rounds_min and now + (now - began) > deadline:
            return
