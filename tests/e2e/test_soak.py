"""Sixty orders while the provider fails and services die, as anybody would run it."""

import json
import subprocess
import sys

import pytest

LIMIT_S = 600


def soak(*arguments):
    return subprocess.run(
        [sys.executable, "-P", "-m", "infra.sandbox.soak", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )


def test_every_order_ends_in_one_video_or_one_refund_whatever_fails_and_dies():
    done = soak("--cycles", "60", "--workers", "2", "--faults", "--json")
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert (told["findings"], done.returncode) == ([], 0), done.stderr
    assert told["report"]["orders"] == 60
    killed = {kill["service"].partition("-")[0] for kill in told["kills"]}
    assert killed == {"videogen", "bot", "ledger", "nats"}


@pytest.mark.parametrize("wrong", ["--cycles=0", "--workers=many", "--seed=-1", "--nonsense"])
def test_what_is_no_soak_is_refused_in_one_line(wrong):
    done = soak(wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("soak: ")
    assert len(done.stderr.splitlines()) == 1
