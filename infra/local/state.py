"""What a stack tells others about itself in stack.json: where things are and who runs."""

import os
from pathlib import Path

import msgspec

from infra.local import processes
from infra.local.layout import Layout
from infra.local.private import write_private
from infra.local.processes import Birth

STARTING = "starting"
READY = "ready"
STOPPING = "stopping"


class ServiceState(msgspec.Struct, frozen=True):
    pid: int | None
    """None while it is down, before it is started again."""
    restarts: int
    started_at: float
    """Seconds since the epoch, as the system remembers the process's birth."""


class Places(msgspec.Struct, frozen=True):
    """Where the parts of a stack are, and what opens them."""

    page_url: str
    database_url: str
    """As the reader, who may only select."""
    service_database_url: str
    owner_database_url: str
    superuser_database_url: str
    nats_url: str
    nats_seeds: dict[str, str]
    faults_dir: str
    telegram_token: str
    nats_monitor_url: str | None = None
    heads_file: str | None = None
    heads_key: str | None = None
    emulated_kie: dict[str, str] = {}
    """The settings with which videogen asks this stack's emulator of KIE."""
    emulated_yookassa: dict[str, str] = {}
    """The settings with which the ledger asks this stack's emulator of YooKassa."""


class State(Places, frozen=True, kw_only=True):
    state: str
    supervisor_pid: int
    supervisor_started_at: float
    services: dict[str, ServiceState]

    @property
    def supervisor(self) -> Birth:
        return Birth(self.supervisor_pid, self.supervisor_started_at)

    @property
    def is_live(self) -> bool:
        """Whether its supervisor lives: a state that `kill -9` left behind is not."""
        return processes.is_alive(self.supervisor)


def state_now(places: Places, state: str, services: dict[str, ServiceState]) -> State:
    own = processes.birth_of(os.getpid())
    if own is None:
        raise AssertionError("unreachable: we live")
    return State(
        **msgspec.structs.asdict(places),
        state=state,
        supervisor_pid=own.pid,
        supervisor_started_at=own.at,
        services=services,
    )


def write_state(layout: Layout, state: State) -> None:
    write_private(layout.state_file, msgspec.json.format(msgspec.json.encode(state)).decode())


def read_state(layout: Layout) -> State | None:
    """Return what the last supervisor wrote; None when it cleaned up after itself."""
    return _read(layout.state_file)


def _read(file: Path) -> State | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=State)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None


def live_state(layout: Layout) -> State | None:
    state = read_state(layout)
    return state if state and state.is_live else None
