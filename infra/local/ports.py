"""Loopback ports: free ones, and the same ones again next time."""

import json
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from infra.local.errors import StackError
from infra.local.private import write_private

LOOPBACK = "127.0.0.1"
# Below the range from which the kernel takes ports for outgoing connections, so that none of
# those can slip in between our look and the server's bind.
PORTS = range(15_000, 30_000)
TRIES_MAX = 200


def remembered_ports(names: Sequence[str], file: Path) -> dict[str, int]:
    """Return a free port for each name: last time's where it is still free."""
    before = _read(file)
    ports: dict[str, int] = {}
    for name in names:
        last = before.get(name)
        ports[name] = last if last and is_free(last) else free_port(avoid=set(ports.values()))
    write_private(file, json.dumps(ports))
    return ports


def free_port(avoid: frozenset[int] | set[int] = frozenset()) -> int:
    for _ in range(TRIES_MAX):
        port = secrets.choice(PORTS)
        if port not in avoid and is_free(port):
            return port
    raise StackError(f"no free port was found between {PORTS.start} and {PORTS.stop}")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do it: a connection that is only timing out does not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _read(file: Path) -> dict[str, int]:
    try:
        known: object = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    pairs = cast("dict[object, object]", known)
    return {str(name): port for name, port in pairs.items() if isinstance(port, int)}
