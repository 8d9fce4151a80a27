"""Run one side in this process: `python -m bench.sides NAME PARAMETERS`.

Parameters and figures are JSON, in the argument and on stdout.
"""

import asyncio
import importlib
import json
import sys

from contracts.service import set_up_logs, spare_the_collector


def main(name: str, parameters: str) -> None:
    set_up_logs(name)
    module, _, function = name.partition(":")
    side = getattr(importlib.import_module(f"bench.sides.{module}"), function)
    spare_the_collector()  # of every side: ours runs so as a service
    figures = asyncio.run(side(json.loads(parameters)))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
