"""A callback names a task to look at; whoever sends it proves at most that they know the key."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from videogen.kie.callbacks import BadCallbackError, signature_of, task_named_in

KEY = SecretStr("test-hmac-key")
TASK_ID = "281e5b0a4c7d4f5e9b1f0a2c3d4ef39b"
STAMP = "1769670760"
SIGNATURE = "T3QuDtLn5jfd+sHYraqHFMUpNdNnAUV8pzqx6IPc5qU="
NOW = datetime.fromtimestamp(int(STAMP), UTC)
BODY = json.dumps({"code": 200, "data": {"taskId": TASK_ID, "state": "success"}}).encode()


def named(body=BODY, *, timestamp=STAMP, signature=SIGNATURE, key=KEY, now=NOW):
    return task_named_in(body, timestamp=timestamp, signature=signature, key=key, now=now)


def test_the_signature_is_the_documented_one():
    assert signature_of(TASK_ID, STAMP, KEY) == SIGNATURE
    assert named() == TASK_ID


def test_without_a_key_of_ours_no_signature_is_asked_for():
    assert named(timestamp=None, signature=None, key=None) == TASK_ID


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"task_id": TASK_ID}},
        {"taskId": TASK_ID},
        {"task_id": TASK_ID, "data": None},
        {"data": json.dumps({"taskId": TASK_ID})},
        {"taskId": "another", "data": {"taskId": TASK_ID, "task_id": "third"}},
    ],
)
def test_the_task_is_found_wherever_the_endpoint_puts_it(body):
    assert named(json.dumps(body).encode()) == TASK_ID


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": None},
        {"signature": ""},
        {"signature": "ж"},
        {"signature": SIGNATURE.lower()},
        {"timestamp": None},
        {"timestamp": "1769670761"},
        {"timestamp": "²"},
        {"key": SecretStr("another")},
        {"now": NOW + timedelta(seconds=301)},
        {"now": NOW - timedelta(seconds=301)},
        {"body": BODY.replace(b"281e", b"281f")},
    ],
)
def test_a_forged_or_stale_callback_is_refused(changed):
    with pytest.raises(BadCallbackError):
        named(**changed)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"data":[]}',
        b'{"taskId":7}',
        b'{"taskId":""}',
        json.dumps({"taskId": "x" * 101}).encode(),
        b"[" * 200_000,
        b" " * 300_000,
    ],
)
def test_a_body_that_names_no_task_is_refused(body):
    with pytest.raises(BadCallbackError):
        named(body, key=None)
