"""What the bench makes of its samples, and that what is written about it names the same ratios."""

import json
import re

import pytest

from bench.__main__ import RESULTS
from bench.ratios import RATIOS, figures_of, ratios_of
from bench.table import markdown_of, table_of
from tests.architecture.test_documents import ROOT

README = ROOT / "README.md"

SAMPLES = {
    "stock_1_none": [100.0, 300.0, 200.0],
    "stock_8_cache": [500.0, 400.0, 9_000.0],
    "stock_projection": [10_000.0, 10_000.0, 10_000.0],
    "engine": [12_000.0, 15_000.0, 1.0],
    "growth_new": [3_000.0],
    "growth_long": [2_000.0],
    "latency_500_p99": [3.0],
}


def results_of(samples):
    figures = figures_of(samples)
    return {
        "ratios": ratios_of(figures),
        "figures": figures,
        "rounds": 3,
        "quick": True,
        "machine": {"cpu": "abacus"},
    }


def test_a_figure_is_the_median_with_its_range_and_unit():
    figures = figures_of(SAMPLES)
    assert figures["stock_1_none"] == {"unit": "1/s", "median": 200, "min": 100, "max": 300}
    assert figures["latency_500_p99"]["unit"] == "ms"


def test_the_stock_library_is_measured_by_its_best_variant():
    stock = figures_of(SAMPLES)["stock"]
    assert (stock["variant"], stock["median"]) == ("stock_8_cache", 500)


def test_a_ratio_is_made_of_medians_and_only_of_sides_that_ran():
    ratios = ratios_of(figures_of(SAMPLES))
    assert ratios == {"engine_vs_stock": 24, "long_vs_new_account": 1.5}


@pytest.mark.parametrize(
    ("name", "value", "met"),
    [
        ("engine_vs_stock", 25.0, True),
        ("engine_vs_stock", 24.9, False),
        ("long_vs_new_account", 1.2, True),
        ("long_vs_new_account", 1.21, False),
    ],
)
def test_a_bar_is_met_on_its_own_side_of_it(name, value, met):
    [ratio] = [one for one in RATIOS if one.name == name]
    assert ratio.is_met(value) is met


def test_the_table_says_which_bars_are_met():
    lines = table_of(results_of({**SAMPLES, "growth_long": [3_000.0]})).splitlines()
    [engine] = [line for line in lines if line.startswith("engine_vs_stock")]
    [long] = [line for line in lines if line.startswith("long_vs_new_account")]
    assert "NOT MET" in engine
    assert "NOT MET" not in long
    assert lines[-1] == "cpu abacus"


def test_the_results_and_the_readme_name_every_ratio():
    names = {ratio.name for ratio in RATIOS}
    results = json.loads(RESULTS.read_text("utf-8"))
    listed = re.findall(r"^\| `(\w+)` \| .*\d \|$", README.read_text("utf-8"), re.MULTILINE)
    assert set(listed) == results["ratios"].keys() == names
    sides = {side for ratio in RATIOS for side in (ratio.above, ratio.below)}
    assert sides <= results["figures"].keys()
    assert {"machine", "rounds"} <= results.keys()


def test_the_readme_shows_the_ratios_of_the_last_full_run():
    results = json.loads(RESULTS.read_text("utf-8"))
    assert results["quick"] or markdown_of(results) in README.read_text("utf-8")
