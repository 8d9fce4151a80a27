"""The upload host: three ways to bring a photo, and each way to get it wrong."""

import base64

import httpx
import pytest

from tests.kie_fixture import KEY, RunningKie
from tests.sandbox.pictures import picture

DAY_S = 24 * 3600


async def post(kie: RunningKie, path: str, **options: object) -> httpx.Response:
    return await kie.client.post(f"{kie.uploads}/api/{path}", **options)


async def by_base64(kie: RunningKie, **changes: object) -> httpx.Response:
    body = {
        "base64Data": base64.b64encode(picture()).decode(),
        "uploadPath": "neurocards",
        "fileName": "p.jpg",
        **changes,
    }
    given = {name: value for name, value in body.items() if value is not None}
    return await post(kie, "file-base64-upload", json=given)


async def test_a_stream_upload_answers_as_documented_and_can_be_had_again(kie: RunningKie):
    reply = await post(
        kie,
        "file-stream-upload",
        files={"file": ("mine.png", picture(form="PNG"))},
        data={"uploadPath": "a/b", "fileName": "p.png"},
    )
    answer = reply.json()
    assert (answer["success"], answer["code"]) == (True, 200)
    assert answer["msg"] == "File uploaded successfully"
    data = answer["data"]
    assert (data["fileName"], data["filePath"]) == ("p.png", "a/b/p.png")
    assert (data["mimeType"], data["fileSize"]) == ("image/png", len(picture(form="PNG")))
    assert data["uploadedAt"].endswith("Z")
    again = await kie.client.get(data["downloadUrl"])
    assert (again.content, again.headers["content-type"]) == (picture(form="PNG"), "image/png")


async def test_a_base64_upload_may_be_a_data_address(kie: RunningKie):
    for prefix in ("", "data:image/jpeg;base64,"):
        text = prefix + base64.b64encode(picture()).decode()
        data = (await by_base64(kie, base64Data=text)).json()["data"]
        assert (await kie.client.get(data["downloadUrl"])).content == picture()


async def test_an_upload_by_address_is_fetched(kie: RunningKie):
    source = await kie.upload(picture())
    body = {"fileUrl": source, "uploadPath": "copies"}
    data = (await post(kie, "file-url-upload", json=body)).json()["data"]
    assert data["fileName"].endswith(".jpg")
    assert (await kie.client.get(data["downloadUrl"])).content == picture()
    lost = await post(kie, "file-url-upload", json={**body, "fileUrl": source + "x"})
    assert lost.json() == {"success": False, "code": 400, "msg": "File download failed"}


async def test_the_same_name_overwrites(kie: RunningKie):
    url = await kie.upload(picture(color="red"))
    assert await kie.upload(picture(color="blue")) == url
    assert (await kie.client.get(url)).content == picture(color="blue")


async def test_an_upload_expires_after_a_day(kie: RunningKie):
    url = await kie.upload(picture())
    await kie.pass_time(DAY_S)
    assert (await kie.client.get(url)).status_code == 404
    assert (await kie.order(url))["code"] == 451


@pytest.mark.parametrize(
    ("changes", "msg"),
    [
        ({"uploadPath": None}, "Missing required parameter: uploadPath"),
        ({"base64Data": None}, "Missing required parameter: base64Data"),
        ({"base64Data": "?"}, "Base64 decoding failed: Invalid Base64 format"),
        ({"uploadPath": "/a"}, "Invalid parameter: uploadPath"),
        ({"uploadPath": "a/"}, "Invalid parameter: uploadPath"),
        ({"fileName": "a/b.jpg"}, "Invalid parameter: fileName"),
        ({"fileName": 7}, "Invalid parameter: fileName"),
        ({"filename": "p.jpg"}, "Unknown parameter: filename"),
    ],
)
async def test_a_wrong_upload_is_refused(kie: RunningKie, changes: dict, msg: str):
    reply = await by_base64(kie, **changes)
    assert reply.status_code == 400
    assert reply.json() == {"success": False, "code": 400, "msg": msg}


async def test_a_stream_without_a_file_and_a_body_that_is_no_json_are_refused(kie: RunningKie):
    form = await post(kie, "file-stream-upload", data={"uploadPath": "a"})
    assert form.json()["msg"] == "Missing required parameter: file"
    text = await post(kie, "file-base64-upload", content=b"[")
    assert text.json()["msg"] == "Invalid JSON body"


async def test_an_upload_needs_a_key_and_the_right_way(kie: RunningKie):
    for authorization in ("Bearer wrong", KEY, ""):
        reply = await post(kie, "file-base64-upload", headers={"Authorization": authorization})
        assert reply.status_code == 401
        assert reply.json() == {
            "success": False,
            "code": 401,
            "msg": "Authentication failed: Invalid API Key",
        }
    wrong_method = await kie.client.get(f"{kie.uploads}/api/file-stream-upload")
    assert (wrong_method.status_code, wrong_method.json()["code"]) == (405, 405)
    wrong_host = await post(kie, "v1/jobs/createTask", json={})
    assert wrong_host.status_code == 404
