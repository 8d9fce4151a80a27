"""Everything in one run; within a group sides take turns, so that a slow minute hits all alike."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

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

Samples = dict[str, list[float]]


def measure_all(place: Place, scale: Scale, groups: Sequence[str]) -> Samples:
    samples: Samples = defaultdict(list)
    for name in groups:
        turns = GROUPS[name](place, scale)
        for nth in range(scale.rounds):
            # There and back again: what drifts, drifts for all.
            for turn in turns if nth % 2 == 0 else reversed(turns):
                figures = turn()
                tell(f"{name} {nth + 1}/{scale.rounds}", figures)
                for figure, value in figures.items():
                    samples[figure].append(value)
    return samples
