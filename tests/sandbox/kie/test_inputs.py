"""Each model takes exactly its documented fields, and everything else is refused by name."""

import httpx
import pytest

from tests.kie_fixture import RunningKie
from tests.sandbox.pictures import picture

LISTED, ONE, FIRST = "image_urls", "image_url", "first_frame_url"
MODELS = {
    "grok-imagine/image-to-video": (
        LISTED,
        {"prompt": "orbit", "mode": "normal", "duration": "6", "resolution": "720p"},
        27.0,
    ),
    "bytedance/v1-pro-fast-image-to-video": (
        ONE,
        {"prompt": "orbit", "duration": "5", "resolution": "720p"},
        20.0,
    ),
    "hailuo/2-3-image-to-video-standard": (
        ONE,
        {"prompt": "orbit", "duration": "6", "resolution": "768P"},
        24.0,
    ),
    "wan/2-7-image-to-video": (
        FIRST,
        {"prompt": "orbit", "duration": 5, "resolution": "720p", "watermark": False},
        25.0,
    ),
    "kling-2.6/image-to-video": (
        LISTED,
        {"prompt": "orbit", "duration": "5", "sound": False},
        55.0,
    ),
}
GONE = "The page does not exist or is not published"


async def asked(kie: RunningKie, model: str, **changes: object) -> dict:
    """Ask for a task with the model's ordinary input, changed; None takes a field away."""
    photo_field, fields, _ = MODELS[model]
    url = await kie.upload(picture())
    given = {photo_field: [url] if photo_field == LISTED else url, **fields, **changes}
    given = {name: value for name, value in given.items() if value is not None}
    reply = await kie.create({"model": model, "input": given})
    assert reply.status_code == 200
    return reply.json()


@pytest.mark.parametrize("model", MODELS)
async def test_a_model_takes_its_ordinary_input_and_its_price(kie: RunningKie, model: str):
    answer = await asked(kie, model)
    assert (answer["code"], answer["msg"]) == (200, "success")
    record = (await kie.look(answer["data"]["taskId"]))["data"]
    assert (record["model"], record["state"]) == (model, "waiting")
    [task] = await kie.seen("tasks")
    assert task["credits"] == MODELS[model][2]


@pytest.mark.parametrize("model", MODELS)
async def test_an_unknown_field_is_refused(kie: RunningKie, model: str):
    answer = await asked(kie, model, aspectRatio="9:16")
    assert answer == {"code": 422, "msg": "aspectRatio is not supported", "data": None}
    assert await kie.seen("tasks") == []


@pytest.mark.parametrize("model", MODELS)
async def test_a_duration_of_the_wrong_json_type_is_refused(kie: RunningKie, model: str):
    usual = MODELS[model][1]["duration"]
    answer = await asked(kie, model, duration=int(usual) if isinstance(usual, str) else str(usual))
    assert answer["code"] == 422
    assert answer["msg"].startswith("duration: ")


@pytest.mark.parametrize("model", MODELS)
async def test_without_its_photo_nothing_is_made(kie: RunningKie, model: str):
    photo_field = MODELS[model][0]
    answer = await asked(kie, model, **{photo_field: None})
    assert answer == {"code": 422, "msg": f"{photo_field} is required", "data": None}


@pytest.mark.parametrize(
    ("model", "changes", "said"),
    [
        ("grok-imagine/image-to-video", {"duration": "5"}, "duration: "),
        ("grok-imagine/image-to-video", {"duration": "31"}, "duration: "),
        ("grok-imagine/image-to-video", {"image_urls": "http://x/p.jpg"}, "image_urls: "),
        ("grok-imagine/image-to-video", {"image_urls": ["http://x/p"] * 8}, "image_urls: "),
        (
            "grok-imagine/image-to-video",
            {"image_urls": ["http://x/1", "http://x/2"], "resolution": "1080p"},
            "image_urls supports one image at 1080p",
        ),
        ("grok-imagine/image-to-video", {"mode": "spicy"}, "mode spicy is not supported"),
        ("bytedance/v1-pro-fast-image-to-video", {"prompt": None}, "prompt is required"),
        ("bytedance/v1-pro-fast-image-to-video", {"prompt": "x" * 10_001}, "prompt: "),
        ("bytedance/v1-pro-fast-image-to-video", {"image_url": "p.jpg"}, "image_url: "),
        ("hailuo/2-3-image-to-video-standard", {"resolution": "768p"}, "resolution: "),
        (
            "hailuo/2-3-image-to-video-standard",
            {"duration": "10", "resolution": "1080P"},
            "duration 10 is not supported at 1080P",
        ),
        ("wan/2-7-image-to-video", {"duration": 16}, "duration: "),
        ("wan/2-7-image-to-video", {"watermark": "false"}, "watermark: "),
        ("kling-2.6/image-to-video", {"sound": None}, "sound is required"),
        ("kling-2.6/image-to-video", {"prompt": "x" * 1_001}, "prompt: "),
        ("kling-2.6/image-to-video", {"image_urls": ["http://x/1", "http://x/2"]}, "image_urls: "),
    ],
)
async def test_what_a_model_does_not_take_is_named(
    kie: RunningKie, model: str, changes: dict, said: str
):
    answer = await asked(kie, model, **changes)
    assert (answer["code"], answer["data"]) == (422, None)
    assert answer["msg"].startswith(said)


@pytest.mark.parametrize(
    ("body", "msg"),
    [
        ({"model": "sora-2-image-to-video", "input": {}}, GONE),
        ({"model": "kling-2.6/image-to-video"}, "the input cannot be null"),
        ({"model": "kling-2.6/image-to-video", "input": None}, "the input cannot be null"),
        ({"input": {}}, "model is required"),
        ({"model": "x", "input": {}, "callbackUrl": "http://x"}, "callbackUrl is not supported"),
        ([], "the request body must be a JSON object"),
    ],
)
async def test_a_wrong_envelope_is_refused(kie: RunningKie, body: object, msg: str):
    assert (await kie.create(body)).json() == {"code": 422, "msg": msg, "data": None}


async def test_only_json_that_says_so_is_read(kie: RunningKie):
    for content, kind in ((b"{", "application/json"), (b"{}", "text/plain")):
        reply: httpx.Response = await kie.client.post(
            f"{kie.api}/api/v1/jobs/createTask",
            content=content,
            headers={"Content-Type": kind},
        )
        assert reply.json()["code"] == 422


async def test_a_photo_that_cannot_be_fetched_is_refused(kie: RunningKie):
    for url in (f"{kie.address}/kie/files/u/none.jpg", "http://127.0.0.1:1/p.jpg"):
        answer = await kie.order(url)
        assert answer["code"] == 451
        assert answer["msg"].startswith("Failed to fetch the image.")


async def test_a_photo_from_elsewhere_is_fetched_and_counted(kie: RunningKie):
    ours = await kie.upload(picture())
    assert (await kie.order(ours.replace("127.0.0.1", "localhost")))["code"] == 200
    [photo] = await kie.seen("photos")
    assert len(photo["task_ids"]) == 1


async def test_a_photo_over_ten_megabytes_is_refused(kie: RunningKie):
    answer = await kie.order(await kie.upload(picture() + bytes(10 * 1024 * 1024)))
    assert answer == {"code": 422, "msg": "the image size exceeds 10MB", "data": None}


async def test_a_file_that_is_no_photo_fails_in_the_end(kie: RunningKie):
    task_id = await kie.task(b"GIF89a")
    await kie.pass_time(30)
    record = (await kie.look(task_id))["data"]
    assert (record["state"], record["failMsg"]) == ("fail", "Incorrect image format.")
