"""What a person reads at the end: ratios first, then the figures, then the machine."""

from collections.abc import Iterator, Mapping
from typing import Any

from bench.ratios import RATIOS, Ratio

WHOLE_FROM = 100
"""Fractions of larger figures say nothing."""
WORKLOAD = (
    "A command is one event. In process a caller repeats the life of a job, TopUp(1), Deduct(1), "
    "Start, Settle; the stock aggregate has the same four methods; over NATS it is TopUp(1), "
    "Deduct(1), Cancel."
)


def table_of(results: Mapping[str, Any]) -> str:
    return "\n".join((*_ratios(results), "", *_figures(results), "", *_machine(results)))


def markdown_of(results: Mapping[str, Any]) -> str:
    """Return the rows of the table in README.md."""
    return "\n".join(
        f"| `{ratio.name}` | {ratio.what} | {_bar(ratio)} | {results['ratios'][ratio.name]:.3g} |"
        for ratio in RATIOS
    )


def _bar(ratio: Ratio) -> str:
    return f"{'≤' if ratio.at_most else '≥'} {ratio.bar:g}"


def _ratios(results: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'ratio':<22}{'is':>9}{'must be':>10}"
    for ratio in RATIOS:
        value = results["ratios"].get(ratio.name)
        if value is not None:
            verdict = "met" if ratio.is_met(value) else "NOT MET"
            yield f"{ratio.name:<22}{value:>9.3g}{_bar(ratio):>10}  {verdict:<8}{ratio.what}"


def _figures(results: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'side':<24}{'median':>10}{'min':>10}{'max':>10}"
    for name, figure in results["figures"].items():
        numbers = "".join(f"{_number(figure[part]):>10}" for part in ("median", "min", "max"))
        yield f"{name:<24}{numbers}  {figure['unit']}  {figure.get('variant', '')}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= WHOLE_FROM else f"{value:.3g}"


def _machine(results: Mapping[str, Any]) -> Iterator[str]:
    yield f"{results['rounds']} rounds, sides in turn, medians. {WORKLOAD}"
    if results["quick"]:
        yield "--quick: shorter rounds and smaller logs, so the bars are only a hint."
    yield ", ".join(f"{name} {value}" for name, value in results["machine"].items())
