"""What was measured, made into medians, and the ratios that must reach their bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

UNITS = {"latency": "ms", "verify_memory": "MiB"}
PER_SECOND = "1/s"
STOCK = "stock"

Samples = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Ratio:
    """One line of the table: `above / below`, which must be at least (or at most) the bar."""

    name: str
    above: str
    below: str
    bar: float
    at_most: bool = False
    what: str = ""

    def is_met(self, value: float) -> bool:
        return value <= self.bar if self.at_most else value >= self.bar


RATIOS = (
    Ratio("engine_vs_stock", "engine", STOCK, 25, what="our engine against the stock library"),
    Ratio("service_vs_echo", "service", "echo", 0.5, what="service over NATS against an echo"),
    Ratio("single_vs_commit", "engine_1", "commit_1", 0.5, what="one caller against bare commits"),
    Ratio(
        "long_vs_new_account",
        "growth_new",
        "growth_long",
        1.2,
        at_most=True,
        what="cost per command, a long account against a new one",
    ),
    Ratio(
        "many_vs_few_accounts",
        "growth_few",
        "growth_many",
        1.2,
        at_most=True,
        what="cost per command, many accounts against few",
    ),
    Ratio(
        "projection_vs_stock",
        "balances",
        "stock_projection",
        40,
        what="balances catching up against the stock runner",
    ),
    Ratio(
        "projections_vs_stock",
        "projections",
        "stock_projection",
        15,
        what="all projections against the stock runner",
    ),
    Ratio("verify_vs_read", "verify", "read", 0.35, what="audit against a bare read and decode"),
    Ratio(
        "verify_memory",
        "verify_memory_large",
        "verify_memory_small",
        1.3,
        at_most=True,
        what="peak memory of the audit, a large log against a small one",
    ),
)


def figures_of(samples: Samples) -> dict[str, dict[str, Any]]:
    """Return each side's median, minimum and maximum; the best stock variant is `stock`."""
    figures = {name: _figure(name, values) for name, values in samples.items()}
    variants = [name for name in figures if name.startswith(f"{STOCK}_") and "proj" not in name]
    if variants:
        best = max(variants, key=lambda name: figures[name]["median"])
        figures[STOCK] = {**figures[best], "variant": best}
    return dict(sorted(figures.items()))


def _figure(name: str, values: Sequence[float]) -> dict[str, Any]:
    kind = next((unit for start, unit in UNITS.items() if name.startswith(start)), PER_SECOND)
    spread = {"median": median(values), "min": min(values), "max": max(values)}
    return {"unit": kind} | {name: _rounded(value) for name, value in spread.items()}


def ratios_of(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return the ratios of the medians; one whose sides were not run is left out."""
    return {
        ratio.name: _rounded(figures[ratio.above]["median"] / figures[ratio.below]["median"])
        for ratio in RATIOS
        if ratio.above in figures and ratio.below in figures
    }


def _rounded(value: float) -> float:
    """Keep four digits that mean something."""
    return float(f"{value:.4g}")
