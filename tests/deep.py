"""Hunt for hours: `python -m tests.deep [--hours H] [--seed N]`.

Round after round of every property test, the machines over the running service and the broken
servers included, each with far more examples than in a usual run and a seed of its own.
"""

import argparse
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
HUNTS = (
    "tests/properties",
    "tests/unit/test_linearise.py",
    "tests/integration/test_linearisable.py",
    "tests/integration/test_broken_postgres.py",
)
DEPTH = 20


def main() -> int:
    options = _options()
    until = time.monotonic() + options.hours * 3600
    number = 0
    while number == 0 or time.monotonic() < until:
        number += 1
        seed = secrets.randbelow(2**32) if options.seed is None else options.seed + number - 1
        _say(f"round {number}, seed {seed}")
        if _round(seed, options.depth) != 0:
            repeat = f"./justw test-deep --seed {seed} --depth {options.depth}"
            _say(f"failed in round {number}; the same hunt again: {repeat}")
            return 1
    _say(f"nothing found in {number} rounds")
    return 0


def _round(seed: int, depth: int) -> int:
    command = (sys.executable, "-P", "-m", "pytest", "-q", "-x", f"--hypothesis-seed={seed}")
    environment = {**os.environ, "TEST_DEPTH": str(depth)}
    return subprocess.run((*command, *HUNTS), cwd=ROOT, env=environment, check=False).returncode


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="test-deep", description=__doc__)
    parser.add_argument("--hours", type=float, default=0.0, help="how long; one round at least")
    parser.add_argument("--seed", type=int, help="of the first round; the next ones count up")
    parser.add_argument("--depth", type=int, default=DEPTH, help="times the usual examples")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"test-deep: {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
