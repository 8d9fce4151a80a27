"""Ends what a stack left running when its supervisor could not."""

import signal

from infra.local import postgres, processes
from infra.local.layout import Layout
from infra.local.processes import Birth
from infra.local.state import State, read_state

END_WAIT_S = 3.0


def end_leftovers(layout: Layout) -> list[str]:
    """End every process of the last supervisor and return the names of those that still ran.

    To be called with the stack locked, or after its supervisor is gone.
    """
    state = read_state(layout)
    if state is None:
        return []
    ended = [name for name in reversed(state.services) if _end(state, name)]
    layout.state_file.unlink(missing_ok=True)
    return ended


def _end(state: State, name: str) -> bool:
    known = state.services[name]
    if known.pid is None:
        return False
    birth = Birth(known.pid, known.started_at)
    was_alive = processes.is_alive(birth)
    number = postgres.STOP_SIGNAL if name == "postgres" else signal.SIGTERM
    processes.end(birth, number, END_WAIT_S)
    return was_alive
