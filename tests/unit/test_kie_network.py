"""What a real connection does to a call: silence, cuts, drops, pages, and a file in parts."""

import asyncio
import gzip

import pytest

from tests.kie_world import (
    CUT,
    DRIP,
    GROK,
    HANG,
    KEY,
    TASK_ID,
    TOKEN,
    WISH,
    raw,
    raw_kie,
    settings_of,
    task_of,
)
from videogen.failures import ProviderCallError, Trouble
from videogen.kie import Finished, open_kie
from videogen.kie.http import ANSWER_BYTES_MAX
from videogen.provider import Rejected, Submitted, SubmitUnknown

PATIENT_S = 10.0
HASTY_S = 0.2
ACCEPTED = {"code": 200, "msg": "success", "data": {"taskId": TASK_ID}}
NAME = "0123456789abcdef"


@pytest.fixture
async def kie():
    async with raw_kie() as (server, url):
        server.url = url
        yield server


def opened(kie, limit_s):
    settings = settings_of(
        kie_api_url=kie.url,
        kie_upload_url=kie.url,
        kie_call_limit_s=limit_s,
        kie_fetch_limit_s=limit_s,
    )
    return open_kie(settings)


@pytest.fixture
async def client(kie):
    async with opened(kie, PATIENT_S) as client:
        yield client


async def submit(client):
    return await client.submit(GROK, WISH, callback_token=TOKEN)


async def test_a_submission_over_a_real_connection(kie, client):
    kie.will(raw(ACCEPTED))
    assert await submit(client) == Submitted(task_of(client))
    [request] = kie.requests
    head = request.split(b"\r\n\r\n")[0].decode().lower()
    assert head.startswith("post /api/v1/jobs/createtask http/1.1")
    assert f"authorization: bearer {KEY}" in head
    assert "content-type: application/json" in head
    assert "user-agent: mozilla/5.0 (compatible; neurocards/" in head


@pytest.mark.parametrize(
    "parts",
    [
        (HANG,),
        (CUT,),
        (),
        (raw(ACCEPTED)[:-5], CUT),
        (raw(ACCEPTED)[:-5], HANG),
        (b"HTTP/1.1 200 OK\r\n", HANG),
        (b"nonsense\r\n\r\n",),
        (raw(b"<html>502</html>", status="502 Bad Gateway", kind="text/html"),),
        (raw({**ACCEPTED, "msg": "x" * ANSWER_BYTES_MAX}),),
        (raw(ACCEPTED, length=10**6), DRIP),
        (raw(b"\x1f\x8bbroken").replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n", 1),),
    ],
    ids=[
        "hang",
        "cut",
        "closed",
        "half",
        "half-hang",
        "head",
        "noise",
        "502",
        "huge",
        "drip",
        "encoding",
    ],
)
async def test_a_reply_that_is_lost_leaves_the_submission_unknown(kie, parts):
    kie.will(*parts)
    limit_s = HASTY_S if HANG in parts or DRIP in parts else PATIENT_S
    async with asyncio.timeout(PATIENT_S / 2), opened(kie, limit_s) as client:
        assert type(await submit(client)) is SubmitUnknown
    assert len(kie.requests) == 1


async def test_where_nobody_listens_nothing_was_submitted():
    async with raw_kie() as (_, url):
        pass
    async with open_kie(settings_of(kie_api_url=url)) as client:
        outcome = await submit(client)
    assert type(outcome) is Rejected
    assert outcome.failure.trouble is Trouble.UNREACHABLE


async def test_a_compressed_answer_is_read(kie, client):
    body = gzip.compress(b'{"code":200,"msg":"success","data":12}')
    head, _, _ = raw(body).partition(b"\r\n\r\n")
    kie.will(head + b"\r\nContent-Encoding: gzip\r\n\r\n" + body)
    assert await client.credits(client.key_ids[0]) == 12


async def test_the_photo_is_uploaded_as_its_bytes(kie, client):
    url = "https://tempfile.example/neurocards/x.jpg"
    kie.will(raw({"success": True, "code": 200, "msg": "ok", "data": {"downloadUrl": url}}))
    photo = b"\xff\xd8\xff\xe0 a photo \r\n--"
    assert (await client.upload(photo, name=NAME)).url == url
    [request] = kie.requests
    assert request.startswith(b"POST /api/file-stream-upload ")
    assert photo in request
    assert f'filename="{NAME}.jpg"'.encode() in request
    for field, value in (("uploadPath", "neurocards"), ("fileName", f"{NAME}.jpg")):
        assert f'name="{field}"\r\n\r\n{value}\r\n'.encode() in request


@pytest.mark.parametrize(
    ("reply", "trouble"),
    [
        ({"success": False, "code": 400, "msg": "Missing required parameter"}, "request_refused"),
        ({"success": False, "code": 401, "msg": "Invalid API Key"}, "key_refused"),
        ({"success": False, "code": 500, "msg": "Internal server error"}, "server_failed"),
        ({"success": True, "code": 200, "msg": "ok", "data": {}}, "unreadable"),
    ],
)
async def test_an_upload_that_failed_has_its_row(kie, client, reply, trouble):
    kie.will(raw(reply))
    with pytest.raises(ProviderCallError) as met:
        await client.upload(b"photo", name=NAME)
    assert met.value.failure.trouble == trouble


async def fetch(kie, client, folder):
    finished = Finished(f"{kie.url}/film.mp4", None)
    await client.fetch(task_of(client), finished, folder / "film.mp4")


async def test_the_video_is_there_whole_and_follows_a_redirect(kie, client, tmp_path):
    film = bytes(range(256)) * 4_000
    moved = f"HTTP/1.1 302 Found\r\nLocation: {kie.url}/there\r\nConnection: close\r\n"
    kie.will(moved.encode() + b"Content-Length: 0\r\n\r\n")
    kie.will(raw(film, kind="video/mp4"))
    await fetch(kie, client, tmp_path)
    assert (tmp_path / "film.mp4").read_bytes() == film
    assert [file.name for file in tmp_path.iterdir()] == ["film.mp4"]
    assert not any(b"authorization" in request.lower() for request in kie.requests)


@pytest.mark.parametrize(
    ("parts", "trouble"),
    [
        ((raw(b"film", kind="video/mp4", length=9), CUT), Trouble.NO_REPLY),
        ((raw(b"film", kind="video/mp4", length=9), HANG), Trouble.NO_REPLY),
        ((HANG,), Trouble.NO_REPLY),
        ((raw(b"<html>", kind="text/html"),), Trouble.UNREADABLE),
        ((raw(b"{}", kind="application/json"),), Trouble.UNREADABLE),
        ((raw(b"", kind="video/mp4"),), Trouble.RESULT_EMPTY),
        ((raw(b"x", status="500 Oh", kind="video/mp4"),), Trouble.EDGE_FAILED),
        ((raw(b"x", kind="video/mp4", length=10**9), HANG), Trouble.RESULT_TOO_LARGE),
    ],
)
async def test_half_a_video_is_no_video(kie, tmp_path, parts, trouble):
    kie.will(*parts)
    limit_s = HASTY_S if HANG in parts and trouble is Trouble.NO_REPLY else PATIENT_S
    async with opened(kie, limit_s) as client:
        with pytest.raises(ProviderCallError) as met:
            await fetch(kie, client, tmp_path)
    assert met.value.failure.trouble is trouble
    assert list(tmp_path.iterdir()) == []


async def test_a_video_whose_address_is_over_is_asked_for_anew(kie, client, tmp_path):
    kie.will(raw(b"gone", status="403 Forbidden", kind="application/xml"))
    kie.will(raw({"code": 200, "msg": "success", "data": f"{kie.url}/fresh"}))
    kie.will(raw(b"film", kind="video/mp4"))
    await fetch(kie, client, tmp_path)
    paths = [request.split(b" ")[1] for request in kie.requests]
    assert paths == [b"/film.mp4", b"/api/v1/common/download-url", b"/fresh"]
