"""Work folders: none is left behind, and none is taken from a worker that lives."""

import fcntl
from contextlib import suppress

from videogen.folders import LOCK, job_folder, open_workshop


def workers_in(root):
    return sorted(root.glob("worker-*"))


def test_a_worker_leaves_nothing_behind(tmp_path):
    with open_workshop(tmp_path / "work") as workshop, job_folder(workshop, "job") as folder:
        (folder / "film.mp4").write_bytes(b"x")
    assert workers_in(tmp_path / "work") == []


def test_a_job_leaves_nothing_behind_when_it_fails(tmp_path):
    with open_workshop(tmp_path) as workshop:
        with suppress(ZeroDivisionError), job_folder(workshop, "job") as folder:
            (folder / "film.mp4").write_bytes(b"x")
            _ = 1 / 0
        assert [file.name for file in workshop.iterdir()] == [LOCK]


def test_what_a_killed_worker_left_is_removed(tmp_path):
    for name in ("worker-1-left", "worker-2-without-lock"):
        (tmp_path / name / "job").mkdir(parents=True)
    (tmp_path / "worker-1-left" / LOCK).touch()
    with open_workshop(tmp_path) as workshop:
        assert workers_in(tmp_path) == [workshop]


def test_a_living_sibling_keeps_its_folder(tmp_path):
    with open_workshop(tmp_path) as first, job_folder(first, "job") as folder:
        with open_workshop(tmp_path) as second:
            assert workers_in(tmp_path) == sorted([first, second])
        assert folder.is_dir()


def test_a_strangers_folder_is_never_touched(tmp_path):
    (tmp_path / "photos").mkdir()
    with open_workshop(tmp_path):
        pass
    assert (tmp_path / "photos").is_dir()


def test_a_folder_is_locked_from_the_moment_it_can_be_found(tmp_path):
    with open_workshop(tmp_path) as workshop, (workshop / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        raise AssertionError("the lock of a living worker was free")
