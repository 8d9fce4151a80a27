"""Where the run is, for whoever waits for it."""

import sys
import time
from collections.abc import Mapping


def tell(where: str, figures: Mapping[str, float]) -> None:
    clock = time.strftime("%H:%M:%S")
    said = ", ".join(f"{name} {value:,.4g}" for name, value in figures.items())
    sys.stderr.write(f"{clock} {where}: {said}\n")
