"""justw in small projects of its own, whose packages are wheels made here: nothing is fetched."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from infra.local.layout import ROOT
from tests.eventually import eventually

INSTALLING = "justw: installing what requirements.lock names, about a minute\n"
LIMIT_S = 120
JUSTFILE = """
set quiet
set positional-arguments
set no-exit-message

[no-cd]
show *ARGS:
    pwd; for argument in "$@"; do echo "[$argument]"; done

fail:
    exit 7
"""
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
# What a machine without Python still has.
BARE_TOOLS = ("sh", "dirname", "readlink", "cmp", "cat")


@dataclass(frozen=True)
class Project:
    root: Path
    environ: Mapping[str, str]
    user: int | None = None

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def call(
        self, *arguments: str, shell: Sequence[str] = (), cwd: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*shell, str(self.root / "justw"), *arguments],
            cwd=cwd or self.root,
            env=dict(self.environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_S,
            user=self.user,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [str(self.root / "justw"), *arguments],
            cwd=self.root,
            env=dict(self.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def with_environ(self, **changes: str) -> "Project":
        return replace(self, environ={**self.environ, **changes})


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two wheels under the names that justw needs: the real just, and an empty build backend."""
    folder = tmp_path_factory.mktemp("wheels")
    just = Path(sys.executable).parent / "just"
    make_wheel(folder, "rust_just", {"rust_just-1.data/scripts/just": just.read_bytes()})
    make_wheel(folder, "setuptools", {"setuptools/__init__.py": b""})
    return folder


def make_wheel(folder: Path, name: str, files: Mapping[str, bytes]) -> None:
    info = f"{name}-1.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1\n"
    tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    content = {**files, f"{info}/METADATA": metadata.encode(), f"{info}/WHEEL": tags.encode()}
    record = "".join(f"{path},{_record_hash(data)},{len(data)}\n" for path, data in content.items())
    content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as wheel:
        for path, data in content.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16  # pip keeps a script's right to be run
            wheel.writestr(entry, data)


def _record_hash(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def lock_text(wheels: Path) -> str:
    """Return the lock file of both wheels."""
    pins: list[str] = []
    for wheel in sorted(wheels.glob("*.whl")):
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        name = wheel.name.partition("-")[0].replace("_", "-")
        pins.append(f"{name}==1 \\\n    --hash=sha256:{digest}\n")
    return "".join(pins)


def make_project(root: Path, wheels: Path) -> Project:
    (root / "infra" / "local").mkdir(parents=True)
    for name in ("justw", "infra/local/bootstrap.py"):
        shutil.copy(ROOT / name, root / name)
    (root / "justfile").write_text(JUSTFILE)
    (root / "house.py").write_text(f"WHERE = {root.name!r}\n")
    (root / "requirements.lock").write_text(lock_text(wheels))
    python = Path(sys.executable).resolve()
    environ = {
        "PATH": f"{python.parent}:/usr/bin:/bin",
        "HOME": str(root),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
    }
    return Project(root, environ)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Project:
    """A project whose .venv is there; tests that share it leave it so."""
    project = make_project(tmp_path_factory.mktemp("made") / "my house", wheels)
    first = project.call("show", "first")
    assert first.stderr == INSTALLING
    assert first.stdout == f"{project.root}\n[first]\n"
    return project


@pytest.fixture
def fresh(tmp_path: Path, wheels: Path) -> Project:
    return make_project(tmp_path / "new house", wheels)


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A PATH on which there is no Python."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for tool in BARE_TOOLS:
        found = shutil.which(tool)
        assert found
        (folder / tool).symlink_to(found)
    return folder


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def real_python() -> str:
    return str(Path(sys.executable).resolve())


def one_line(result: "subprocess.CompletedProcess[str]") -> str:
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.strip()


@pytest.mark.parametrize("shell", SHELLS)
def test_quoted_arguments_arrive_as_they_were_given(made: Project, shell: str, tmp_path: Path):
    elsewhere = tmp_path / "my pictures"
    elsewhere.mkdir()
    arguments = ["a b", "", "it's", '"$HOME"', "`x`", "*", "--json", "--", "-x", "кот\nпёс"]
    command = ["busybox", "sh"] if shell == "busybox" else [shell]
    result = made.call("show", *arguments, shell=command, cwd=elsewhere)
    assert result.stderr == ""
    assert result.stdout == "".join([f"{elsewhere}\n", *(f"[{text}]\n" for text in arguments)])


def test_a_later_call_needs_neither_python_nor_pip(made: Project, bare_path: Path):
    log = made.venv / "install.log"
    before = log.stat()
    result = made.with_environ(PATH=str(bare_path)).call("show", "x")
    assert (result.returncode, result.stderr) == (0, "")
    assert log.stat().st_mtime_ns == before.st_mtime_ns


def test_it_works_through_a_link_on_the_path(made: Project, tmp_path: Path):
    link = tmp_path / "links" / "jw"
    link.parent.mkdir()
    link.symlink_to(os.path.relpath(made.root / "justw", link.parent))
    result = subprocess.run(
        [str(link), "show", "x"],
        cwd=tmp_path,
        env=dict(made.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == f"{tmp_path}\n[x]\n"


def test_the_exit_code_is_that_of_the_recipe(made: Project):
    result = made.call("fail")
    assert (result.returncode, result.stdout, result.stderr) == (7, "", "")


def test_the_projects_modules_are_found_from_any_folder(made: Project, tmp_path: Path):
    code = "import house; print(house.WHERE)"
    python = str(made.venv / "bin" / "python")
    found = subprocess.run(
        [python, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert found.stdout == "my house\n"


def test_what_no_longer_fits_is_built_anew(made: Project, tmp_path: Path):
    moved = replace(made, root=tmp_path / "moved house")
    shutil.copytree(made.root, moved.root, symlinks=True)
    assert moved.call("show").stderr == INSTALLING
    lock = moved.root / "requirements.lock"
    lock.write_text(lock.read_text() + "# changed\n")
    assert moved.call("show").stderr == INSTALLING
    (moved.venv / "bin" / "python").unlink()
    assert moved.call("show").stderr == INSTALLING
    assert moved.call("show").stderr == ""


async def test_an_install_that_was_killed_is_made_anew(fresh: Project):
    process = fresh.start("show")
    await eventually((fresh.venv / "install.log").exists, within_s=30)
    [bootstrap] = psutil.Process(process.pid).children()
    bootstrap.kill()
    _, complaint = process.communicate(timeout=LIMIT_S)
    assert process.returncode != 0
    assert INSTALLING in complaint
    result = fresh.call("show", "x")
    assert (result.returncode, result.stdout) == (0, f"{fresh.root}\n[x]\n")
    assert INSTALLING in result.stderr


def test_calls_at_the_same_time_install_once_with_the_named_python(fresh: Project, bare_path: Path):
    named = fresh.with_environ(PATH=str(bare_path), PYTHON=real_python())
    calls = [named.start("show", str(number)) for number in range(3)]
    outputs = [call.communicate(timeout=LIMIT_S) for call in calls]
    assert [call.returncode for call in calls] == [0, 0, 0]
    assert [out for out, _ in outputs] == [f"{fresh.root}\n[{number}]\n" for number in range(3)]
    told = "".join(complaint for _, complaint in outputs)
    assert told.count(INSTALLING) == 1


def test_without_python_it_says_what_to_install(fresh: Project, bare_path: Path):
    result = fresh.with_environ(PATH=str(bare_path)).call("show")
    assert one_line(result) == (
        "justw: no Python 3.11 or newer is here: install it"
        " (Debian, Ubuntu: apt-get install python3 python3-venv)"
    )
    assert not fresh.venv.exists()


def test_pythons_that_are_old_or_fail_are_passed_over(fresh: Project, bare_path: Path):
    put(bare_path, "python3", "echo 'no version set' >&2; exit 127")
    put(bare_path, "python3.13", "exit 1")
    old = "import sys; sys.version_info = (3, 10, 0); exec(sys.argv[1])"
    put(bare_path, "python3.12", f"""exec '{real_python()}' -c '{old}' "$3" """)
    put(bare_path, "python3.11", f"""exec '{real_python()}' "$@" """)
    result = fresh.with_environ(PATH=str(bare_path)).call("show")
    assert (result.returncode, result.stderr) == (0, INSTALLING)


def test_without_the_venv_module_it_says_which_package_has_it(fresh: Project, bare_path: Path):
    stripped = 'import sys; sys.modules["ensurepip"] = None; exec(sys.argv[1])'
    put(bare_path, "python3", f"""exec '{real_python()}' -c '{stripped}' "$3" """)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert one_line(fresh.with_environ(PATH=str(bare_path)).call("show")) == (
        f"justw: {version} is here, but without its venv module:"
        f" install it (Debian, Ubuntu: apt-get install {version}-venv)"
    )


def test_without_a_network_it_says_so(fresh: Project):
    offline = fresh.with_environ(
        PIP_NO_INDEX="0",
        PIP_FIND_LINKS="",
        PIP_INDEX_URL="http://127.0.0.1:9/nothing",
        PIP_RETRIES="1",
    )
    result = offline.call("show")
    assert result.returncode == 1
    assert result.stderr == (
        f"{INSTALLING}justw: pip has no network: connect, or set its index or proxy;"
        f" its log is {fresh.venv}/install.log\n"
    )


@pytest.mark.parametrize(
    ("pattern", "replacement", "complaint"),
    [
        (r"sha256:[0-9a-f]{64}", f"sha256:{'0' * 64}", "THESE PACKAGES DO NOT MATCH THE HASHES"),
        (r" \\\n *--hash=\S+", "", "Hashes are required in --require-hashes mode"),
    ],
    ids=["foreign", "missing"],
)
def test_a_package_without_its_hash_is_refused(fresh: Project, pattern, replacement, complaint):
    lock = fresh.root / "requirements.lock"
    lock.write_text(re.sub(pattern, replacement, lock.read_text()))
    result = fresh.call("show")
    assert result.returncode == 1
    assert f"pip failed: ERROR: {complaint}" in result.stderr
    assert not (fresh.venv / "stamp").exists()


def test_a_checkout_of_somebody_else_is_not_touched(wheels: Path):
    # Root may write anywhere, so this is asked as nobody; pytest's own folder is closed to him.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        project = make_project(Path(folder) / "house", wheels)
        project.root.chmod(0o555)
        user = 65534 if os.geteuid() == 0 else None
        asked = replace(project, user=user).with_environ(PATH="/usr/bin:/bin")
        if user is None:
            asked = asked.with_environ(PATH=project.environ["PATH"])
        assert one_line(asked.call("show")) == (
            f"justw: cannot write to {project.root}/.venv.lock: use a checkout that belongs to you"
        )
        project.root.chmod(0o755)


@pytest.fixture
def real_just() -> list[str]:
    just = Path(sys.executable).parent / "just"
    return [str(just), "--justfile", str(ROOT / "justfile")]


def test_every_recipe_says_what_it_does(real_just: list[str]):
    dumped = subprocess.run(
        [*real_just, "--dump", "--dump-format", "json"], capture_output=True, check=True
    )
    recipes = json.loads(dumped.stdout)["recipes"]
    wanted = {
        "demo",
        "test",
        "journey",
        "soak",
        "lint",
        "fmt",
        "ledger",
        "videogen",
        "bot",
        "run",
        "screenshot",
    }
    assert wanted | {"clean", "lock"} <= set(recipes)
    assert [name for name, recipe in recipes.items() if not recipe["doc"]] == []


def test_without_a_recipe_the_list_is_shown(real_just: list[str], tmp_path: Path):
    shown = subprocess.run(real_just, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert shown.stdout.lstrip().startswith("demo")


def test_only_the_projects_own_env_file_is_read(tmp_path: Path, real_just: list[str]):
    house = tmp_path / "above" / "house"
    house.mkdir(parents=True)
    text = (ROOT / "justfile").read_text()
    (house / "justfile").write_text(f'{text}\nask:\n    echo "${{ASKED:-unset}}"\n')
    (house.parent / ".env").write_text("ASKED=above\n")
    ask = [real_just[0], "--justfile", str(house / "justfile"), "ask"]

    def answer() -> str:
        return subprocess.run(ask, capture_output=True, text=True, check=True).stdout

    assert answer() == "unset\n"
    (house / ".env").write_text("ASKED=own\n")
    assert answer() == "own\n"


def test_no_install_file_holds_an_address():
    for name in ("requirements.lock", "justw", "justfile", ".ci/run", "infra/local/bootstrap.py"):
        assert "://" not in (ROOT / name).read_text().replace("'://'", "")


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    for folder in tmp_path.glob("*house"):
        shutil.rmtree(folder)
