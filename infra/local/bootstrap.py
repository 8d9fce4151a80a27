"""Makes `.venv` from requirements.lock for justw; only the standard library exists by then."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

NO_NETWORK = re.compile(
    r"connection broken by|network is unreachable|name resolution|connection refused"
    r"|timed out|proxyerror|max retries exceeded",
    re.IGNORECASE,
)
BUILD_BACKEND = "setuptools"


class BootstrapError(Exception):
    """What is wrong, in one line for a person."""


def main(root: Path) -> int:
    try:
        with _alone(root) as lock:
            if not _is_made(root):
                _make(root, lock)
    except BootstrapError as error:
        return _fail(str(error))
    except PermissionError as error:
        return _fail(f"cannot write to {error.filename}: use a checkout that belongs to you")
    except OSError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130
    return 0


def _fail(reason: str) -> int:
    sys.stderr.write(f"justw: {reason}\n")
    return 1


@contextmanager
def _alone(root: Path) -> Generator[int]:
    """Hold the lock that a dead holder leaves by itself, unlike a folder or a pid file."""
    lock = os.open(root / ".venv.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("justw: another call is making .venv, waiting for it\n")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def _is_made(root: Path) -> bool:
    """Say whether the call that we waited for did the work; justw asks the same question."""
    stamp = root / ".venv" / "stamp"
    try:
        made_in = (stamp / "root").read_text().rstrip("\n")
        made_from = (stamp / "requirements.lock").read_bytes()
    except FileNotFoundError:
        return False
    wanted = (root / "requirements.lock").read_bytes()
    tools = [root / ".venv" / "bin" / name for name in ("python", "just")]
    return (
        made_in == str(root) and made_from == wanted and all(os.access(t, os.X_OK) for t in tools)
    )


def _make(root: Path, lock: int) -> None:
    sys.stderr.write("justw: installing what requirements.lock names, about a minute\n")
    venv = root / ".venv"
    _remove(venv)
    venv.mkdir()
    with (venv / "install.log").open("w") as log:
        _run([sys.executable, "-I", "-m", "venv", str(venv)], log, lock)
        # A package that comes as source is built with the locked backend, not a downloaded one.
        backend = venv / "backend.lock"
        backend.write_text(_block(root / "requirements.lock", BUILD_BACKEND))
        _pip_install(venv, backend, log, lock)
        _pip_install(venv, root / "requirements.lock", log, lock)
    _point_to(root, venv)
    _stamp(root, venv)


def _remove(venv: Path) -> None:
    if venv.is_symlink():
        venv.unlink()
    elif venv.exists():
        # The stamp goes first, or an interrupted removal would leave a ruin that looks whole.
        shutil.rmtree(venv / "stamp", ignore_errors=True)
        shutil.rmtree(venv)


def _block(lock_file: Path, name: str) -> str:
    """Return one package's lines of a lock file: the pin and its hashes."""
    found = re.search(rf"^{name}==.*(?:\n[ \t].*)*", lock_file.read_text(), re.MULTILINE)
    if found is None:
        raise BootstrapError(f"requirements.lock does not name {name}: run ./justw lock")
    return found[0] + "\n"


def _pip_install(venv: Path, lock_file: Path, log: IO[str], lock: int) -> None:
    options = [
        "--require-hashes",
        "--no-build-isolation",
        "--no-input",
        "--disable-pip-version-check",
    ]
    pip = [str(venv / "bin" / "python"), "-I", "-m", "pip", "install"]
    _run([*pip, *options, "-r", str(lock_file)], log, lock)


def _run(command: list[str], log: IO[str], lock: int) -> None:
    # A person's own settings for pip may send packages elsewhere.
    elsewhere = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    environment = {name: value for name, value in os.environ.items() if name not in elsewhere}
    environment["PIP_USER"] = "0"
    # pip inherits the lock, so nobody rebuilds beneath it when only we are killed.
    done = subprocess.run(  # noqa: S603 - the commands are written in this module
        command, check=False, stdout=log, stderr=log, env=environment, pass_fds=(lock,)
    )
    if done.returncode:
        raise BootstrapError(_why(Path(log.name)))


def _why(log: Path) -> str:
    text = log.read_text(errors="replace")
    if NO_NETWORK.search(text):
        return f"pip has no network: connect, or set its index or proxy; its log is {log}"
    errors = [line for line in text.splitlines() if line.lower().startswith("error")]
    return f"pip failed: {(errors or ['no reason given'])[-1]}; its log is {log}"


def _point_to(root: Path, venv: Path) -> None:
    """Make `python -P -m ledger` work from any folder."""
    [packages] = venv.glob("lib/python3.*/site-packages")
    (packages / "neurocards.pth").write_text(f"{root}\n")


def _stamp(root: Path, venv: Path) -> None:
    stamp = venv / "stamp"
    stamp.mkdir()
    (stamp / "root").write_text(f"{root}\n")
    shutil.copyfile(root / "requirements.lock", stamp / "requirements.lock")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
