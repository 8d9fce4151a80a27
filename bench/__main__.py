"""Measure everything in one run, write the results and print the table."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bench.machine import machine_of
from bench.ratios import RATIOS, figures_of, ratios_of
from bench.scale import FULL, QUICK
from bench.servers import running_servers
from bench.table import markdown_of, table_of
from bench.turns import GROUPS, measure_all
from tests.servers import apart

RESULTS = Path(__file__).with_name("results.json")
EXIT_BELOW_THE_BAR = 1


def main() -> int:
    options = _options()
    if options.show or options.markdown:
        last = json.loads(options.out.read_text("utf-8"))
        sys.stdout.write((markdown_of(last) if options.markdown else table_of(last)) + "\n")
        return 0
    results = _measured(options)
    options.out.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", "utf-8")
    sys.stdout.write(table_of(results) + "\n")
    return 0 if options.quick or _meets_all(results["ratios"]) else EXIT_BELOW_THE_BAR


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="4 minutes; the bars are only a hint")
    parser.add_argument("--show", action="store_true", help="only print the last run again")
    parser.add_argument("--markdown", action="store_true", help="the same, as README.md has it")
    parser.add_argument("--only", action="append", choices=GROUPS, help="one group of sides")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FILE", help="the results")
    parser.add_argument(
        "--disk",
        type=Path,
        default=Path("/var/tmp"),  # noqa: S108 - a private folder is made in it
        metavar="FOLDER",
        help="where the servers keep their data: a real disk, 20 GB free",
    )
    options = parser.parse_args()
    if options.only and options.out == RESULTS:
        parser.error("--only measures a part, and the results are of a whole run: give --out")
    return options


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    scale = QUICK if options.quick else FULL
    with running_servers(options.disk) as place:
        machine = apart(machine_of(place.cluster.url("postgres")))
        samples = measure_all(place, scale, options.only or list(GROUPS))
    figures = figures_of(samples)
    return {
        "ratios": ratios_of(figures),
        "rounds": min(len(values) for values in samples.values()),
        "quick": options.quick,
        "machine": machine,
        "figures": figures,
    }


def _meets_all(ratios: dict[str, float]) -> bool:
    return all(ratio.is_met(ratios[ratio.name]) for ratio in RATIOS if ratio.name in ratios)


if __name__ == "__main__":
    sys.exit(main())
