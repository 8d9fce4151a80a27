"""The launcher's command line: what it refuses, and how it says so in one line."""

import json
import subprocess
from pathlib import Path

import pytest

from infra.local import commands
from infra.local.__main__ import main
from infra.local.composition import module
from infra.local.layout import layout_at
from infra.local.state import Places, state_now, write_state

NOWHERE = Places(
    page_url="http://127.0.0.1:1",
    database_url="",
    service_database_url="",
    owner_database_url="",
    superuser_database_url="",
    nats_url="",
    nats_seeds={},
    faults_dir="",
    telegram_token="42:TOKEN",
)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["fly"], "argument COMMAND: invalid choice: 'fly' (choose from "),
        (["run", "shop"], "argument service: invalid choice: 'shop' (choose from "),
        (["up", "--dir", "x", "--env", "novalue"], "argument --env: 'novalue' is not KEY=VALUE"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(arguments, complaint, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    printed = capsys.readouterr()
    assert left.value.code == 2
    assert printed.out == ""
    assert printed.err.startswith(f"neurocards: {complaint}")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["exec"], "exec needs a command after --"),
        (["exec", "--", "/no/such"], "cannot run /no/such: No such file or directory"),
        (["down", "--dir", "/no/such"], "no stack is running in /no/such"),
        (["up", "--dir", "/proc/no"], "cannot make /proc/no: "),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_1(arguments, complaint, capsys):
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"neurocards: {complaint}")
    assert printed.err.count("\n") == 1


def test_a_second_demo_says_where_the_first_one_is(tmp_path: Path, monkeypatch, capsys):
    layout = layout_at(tmp_path / "demo")
    monkeypatch.setattr(commands, "DEMO", layout.directory)
    layout.make()
    state = state_now(NOWHERE, "ready", {})
    with layout.locked():
        write_state(layout, state)
        assert main(["demo"]) == 1
    assert capsys.readouterr().err == (
        f"neurocards: a demo is running already: http://127.0.0.1:1 (pid {state.supervisor_pid})\n"
    )
    assert layout.state_file.exists()


def test_exec_passes_a_command_on_as_it_is(tmp_path: Path):
    script = "import json, sys; print(json.dumps(sys.argv[1:]))"
    command = ["python3", "-c", script, "a b", "--", "--json", ""]
    told = subprocess.run(
        module("infra.local", "exec", "--stack", str(tmp_path), "--", *command),
        capture_output=True,
        check=True,
    )
    assert json.loads(told.stdout) == ["a b", "--", "--json", ""]


def test_clean_removes_data_and_caches_and_nothing_else(tmp_path: Path, monkeypatch):
    kept = [tmp_path / "ledger" / "main.py", tmp_path / ".venv" / "__pycache__" / "x.pyc"]
    gone = [
        tmp_path / ".local" / "demo" / "key",
        tmp_path / ".ruff_cache" / "x",
        tmp_path / "ledger" / "domain" / "__pycache__" / "x.pyc",
    ]
    for file in (*kept, *gone):
        file.parent.mkdir(parents=True)
        file.touch()
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    monkeypatch.setattr(commands, "STACKS", tmp_path / ".local")
    assert main(["clean"]) == 0
    assert all(file.exists() for file in kept)
    assert not any(file.exists() for file in gone)
    assert not (tmp_path / ".local").exists()


def test_a_server_of_ones_own_is_told_what_it_needs(tmp_path: Path, capsys):
    seeds = tmp_path / "seeds"
    assert main(["nats-config", "--seeds", str(seeds)]) == 0
    printed = capsys.readouterr().out
    assert f"NATS_SEEDS_DIR={seeds}" in printed
    assert printed.count("nkey: U") == 4
    assert not [file for file in seeds.iterdir() if file.read_text() in printed]
