"""The command line refuses bad input in one line and with an exit code of its own."""

import os
import subprocess
import sys

import pytest

from tests.videogen_doubles import photo_of
from videogen import cli
from videogen.cli import main


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    assert printed.out == ""
    return left.value.code, printed.err


@pytest.fixture
def photo(tmp_path):
    file = tmp_path / "photo.jpg"
    file.write_bytes(photo_of(size=(300, 400)))
    return file


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "COMMAND"),
        (["sing"], "invalid choice"),
        (["render"], "--photo, --text, --out"),
        (["render", "--photo", "PHOTO", "--text", " ", "--out", "OUT"], "--text is empty"),
        (["render", "--photo", "PHOTO", "--text", "я" * 1_001, "--out", "OUT"], "1001 characters"),
        (
            ["render", "--photo", "PHOTO", "--text", "я", "--out", "OUT", "--wishes", "я" * 501],
            "500 are allowed",
        ),
        (
            ["render", "--photo", "PHOTO", "--text", "я", "--out", "OUT", "--template", "tv"],
            "'ugc', 'ad', 'own'",
        ),
        (
            ["render", "--photo", "PHOTO", "--text", "я", "--out", "OUT", "--format", "16:9"],
            "'9:16', '3:4', '1:1'",
        ),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(capsys, photo, tmp_path, arguments, said):
    places = {"PHOTO": photo, "OUT": tmp_path / "out.mp4"}
    code, printed = run(capsys, *(places.get(argument, argument) for argument in arguments))
    assert code == 2
    assert said in printed
    assert printed.count("\n") == 1


def test_a_photo_that_is_not_there_is_told(capsys, tmp_path):
    missing = tmp_path / "no.jpg"
    code, printed = run(
        capsys, "render", "--photo", missing, "--text", "я", "--out", tmp_path / "out.mp4"
    )
    assert (code, printed) == (1, f"videogen: {missing}: No such file or directory\n")


@pytest.mark.parametrize("out", [".", "no/such/folder.mp4"])
def test_a_place_that_cannot_be_written_is_told_before_the_work(capsys, photo, tmp_path, out):
    code, printed = run(capsys, "render", "--photo", photo, "--text", "я", "--out", tmp_path / out)
    assert (code, printed.count("\n")) == (1, 1)


def test_an_unreadable_photo_leaves_no_file(capsys, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"GIF89a, or so it says")
    out = tmp_path / "out.mp4"
    code, printed = run(capsys, "render", "--photo", bad, "--text", "я", "--out", out)
    assert code == 1
    assert printed.splitlines()[-1] == (
        "videogen: no video: photo_refused: not one of JPEG, PNG, WEBP"
    )
    assert list(tmp_path.iterdir()) == [bad]


def test_a_file_over_the_limit_is_not_even_read(capsys, monkeypatch, photo, tmp_path):
    monkeypatch.setattr(cli, "PHOTO_BYTES_MAX", 100)
    code, _ = run(capsys, "render", "--photo", photo, "--text", "я", "--out", tmp_path / "out.mp4")
    assert code == 1


def test_an_unknown_provider_is_a_configuration_error():
    # In a process of its own, because a service sets up the logs of its whole process.
    served = subprocess.run(
        [sys.executable, "-m", "videogen", "serve"],
        env={**os.environ, "VIDEOGEN_PROVIDER": "hollywood"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (served.returncode, served.stdout) == (78, "")
    assert served.stderr == (
        "videogen: settings are wrong: VIDEOGEN_PROVIDER: Input should be 'local' or 'kie'\n"
    )
