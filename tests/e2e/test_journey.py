"""The whole journey, as anybody would run it."""

import json
import subprocess
import sys

STEPS = [
    "open",
    "video",
    "failure",
    "double_tap",
    "count",
    "no_credits",
    "cancel",
    "worker_killed",
    "ledger_killed",
    "bot_killed",
    "nats_restarted",
    "deadline",
    "payment",
    "payment_without_webhook",
    "payment_forged",
    "payment_lost_reply",
    "payment_refund",
    "draft_continues",
    "reconciled",
    "conservation",
]
LIMIT_S = 600


def journey(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-P", "-m", "infra.sandbox.journey", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        timeout=LIMIT_S,
    )


def test_every_step_of_the_journey_holds(tmp_path):
    done = journey("--json", "--out", "videos", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert [step["name"] for step in told["steps"]] == STEPS
    assert all(step["ok"] for step in told["steps"]), done.stderr
    assert told["dsn"].startswith("postgresql://ledger_reader:")
    assert len(list((tmp_path / "videos").glob("*.mp4"))) == 2
    [video] = [step for step in told["steps"] if step["name"] == "video"]
    assert len({one["sha256"] for one in video["videos"]}) == 2


def test_a_picture_that_is_none_is_refused_in_one_line(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    done = journey("--photo", "notes.txt", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "journey: argument --photo: notes.txt is not a picture\n"
