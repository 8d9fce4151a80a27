"""What the main of every service does alike."""

import subprocess
import sys

PROGRAM = """
import gc
from contracts.service import run_service

async def serve(stop):
    print(gc.get_freeze_count() > 10_000, gc.get_threshold()[0] >= 10_000)

run_service(serve, name="test")
"""


def test_a_service_looks_for_cycles_rarely_and_never_among_its_modules():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["True", "True"]
