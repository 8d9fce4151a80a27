"""Small programs for a supervisor to keep, each with one habit."""

import sys

from infra.local.steps import Kept, Once, Program

READY_LINE = "2026-01-01T00:00:00Z [info     ] service ready service=dummy"
PRELUDE = f"""
import os, signal, subprocess, sys, time
say = lambda text: print(text, flush=True)
def leave(*_):
    say("bye")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
ready = lambda: say({READY_LINE!r})
def rest():
    while True:
        signal.pause()
"""

GOOD = "say('up'); ready(); rest()"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN); ready(); rest()"
SHORT_LIVED = "ready(); time.sleep(0.3); sys.exit(3)"
NEVER_READY = "say('I have heard that service ready is what one says'); rest()"
MISCONFIGURED = "say('settings are wrong: PRICE'); sys.exit(78)"
CONTRADICTED = "say('this is another log'); sys.exit(65)"
HOPELESS = "say('no database'); sys.exit(1)"
PARENT = """
child = subprocess.Popen(["sleep", "1000"])
loner = subprocess.Popen(["sleep", "1000"], start_new_session=True)
say(f"children {child.pid} {loner.pid}")
ready()
rest()
"""
NOISY = """
sys.stdout.buffer.write(b"x" * 200_000 + b"\\n" + b"\\xff\\xfe broken\\n")
sys.stdout.flush()
print("to stderr", file=sys.stderr, flush=True)
ready()
rest()
"""


def program(name: str, habit: str) -> Program:
    return Program(
        name, (sys.executable, "-I", "-S", "-c", PRELUDE + habit), {"PATH": "/usr/bin:/bin"}
    )


def kept(name: str, habit: str = GOOD, ready_within_s: float = 20.0) -> Kept:
    return Kept(program(name, habit), ready_within_s=ready_within_s)


def once(name: str, habit: str) -> Once:
    return Once(program(name, habit))
