"""Who PostgreSQL runs as. It refuses to be root, and here it needs no user of its own."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import StackError

NOBODY = 65534
PROBE_WAIT_S = 10


@dataclass(frozen=True)
class Identity:
    """How to start a program that must not be root, and whose its files must be."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    """Given to the kernel when the program is started; None leaves the user as it is."""
    owner: int | None = None
    """Who must own the files; None means whoever starts the program."""


def find_identity(server: Path, folder: Path) -> Identity:
    """Return the first way in which `server` runs and reaches `folder`."""
    if os.geteuid() != 0:
        return Identity()
    for identity in ways_down_from_root():
        if _works(identity, server, folder):
            return identity
    raise StackError(
        "PostgreSQL refuses to run as root, and neither a user namespace nor the user nobody can"
        f" run {server} in {folder}: start this as an ordinary user"
    )


def ways_down_from_root() -> Iterator[Identity]:
    if shutil.which("unshare"):
        # Inside the namespace root looks like nobody; outside the files stay root's.
        mapping = (f"--map-user={NOBODY}", f"--map-group={NOBODY}")
        yield Identity(prefix=("unshare", "--user", *mapping, "--"))
    try:
        nobody = pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return
    if shutil.which("setpriv"):
        # The one capability that lets nobody pass through root's folders to a checkout in /root.
        passing = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
        drop = (f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups")
        yield Identity(prefix=("setpriv", *drop, *passing, "--"), owner=nobody)
    yield Identity(user=nobody, owner=nobody)


def give_to(identity: Identity, folder: Path) -> None:
    """Make `folder` and all in it belong to the identity, which may differ from last time's."""
    owner = os.geteuid() if identity.owner is None else identity.owner
    if os.geteuid() != 0 or folder.stat().st_uid == owner:
        return
    for parent, _, files in os.walk(folder):
        for name in files:
            os.chown(Path(parent) / name, owner, -1)
    # The folders last, the top at the very end: interrupted, it is done again.
    for parent, _, _ in os.walk(folder, topdown=False):
        os.chown(parent, owner, -1)


def _works(identity: Identity, server: Path, folder: Path) -> bool:
    command = ["sh", "-c", 'cd "$1" && exec "$2" --version', "sh", str(folder), str(server)]
    try:
        done = subprocess.run(  # noqa: S603 - the command is written here
            [*identity.prefix, *command],
            check=False,
            capture_output=True,
            user=identity.user,
            timeout=PROBE_WAIT_S,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
