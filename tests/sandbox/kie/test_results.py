"""The finished video: real bytes behind a link that expires, and fresh links for a while longer."""

import json

from infra.sandbox.kie.downloads import FilmOrder
from infra.sandbox.telegram.mp4 import geometry_of, is_mp4
from tests.kie_fixture import MODEL, RunningKie
from tests.sandbox.pictures import picture

DAY_S = 24 * 3600


async def result_url(kie: RunningKie, task_id: str) -> str:
    record = (await kie.look(task_id))["data"]
    return json.loads(record["resultJson"])["resultUrls"][0]


async def finished(kie: RunningKie) -> str:
    task_id = await kie.task(picture())
    await kie.pass_time(22)
    return await result_url(kie, task_id)


async def fresh_link(kie: RunningKie, url: object) -> dict:
    reply = await kie.client.post(f"{kie.api}/api/v1/common/download-url", json={"url": url})
    return reply.json()


async def test_a_result_is_the_film_that_was_given(
    kie: RunningKie, tiny_film: bytes, films_asked: list[FilmOrder]
):
    reply = await kie.client.get(await finished(kie))
    assert (reply.status_code, reply.headers["content-type"]) == (200, "video/mp4")
    assert reply.content == tiny_film
    assert is_mp4(reply.content)
    shape = geometry_of(reply.content)
    assert shape is not None
    assert (shape.width, shape.height) == (32, 32)
    [order] = films_asked
    assert (order.model, order.duration_s) == (MODEL, 5)
    assert order.photos[0].data == picture()
    assert order.input["prompt"] == "slow orbit"


async def test_a_result_needs_no_key_and_no_browser(kie: RunningKie):
    headers = {"Authorization": "", "User-Agent": ""}
    assert (await kie.client.get(await finished(kie), headers=headers)).status_code == 200


async def test_there_is_no_result_before_the_end(kie: RunningKie):
    task_id = await kie.task(picture())
    reply = await kie.client.get(f"{kie.address}/kie/files/r/{task_id}_0.mp4")
    assert reply.status_code == 404


async def test_a_link_expires_after_a_day_and_a_fresh_one_after_twenty_minutes(kie: RunningKie):
    url = await finished(kie)
    await kie.pass_time(DAY_S - 1)
    assert (await kie.client.get(url)).status_code == 200
    await kie.pass_time(1)
    assert (await kie.client.get(url)).status_code == 404
    fresh = await fresh_link(kie, url)
    assert (fresh["code"], fresh["msg"]) == (200, "success")
    assert (await kie.client.get(fresh["data"])).status_code == 200
    await kie.pass_time(20 * 60)
    assert (await kie.client.get(fresh["data"])).status_code == 404


async def test_after_two_weeks_there_is_no_fresh_link_either(kie: RunningKie):
    url = await finished(kie)
    await kie.pass_time(14 * DAY_S)
    assert (await fresh_link(kie, url))["code"] == 422


async def test_a_fresh_link_is_given_for_ones_own_results_only(kie: RunningKie):
    url = await finished(kie)
    await kie.sim("keys", key="stranger", account="other")
    asked_at = f"{kie.api}/api/v1/common/download-url"
    headers = {"Authorization": "Bearer stranger"}
    reply = await kie.client.post(asked_at, json={"url": url}, headers=headers)
    assert reply.json()["code"] == 422
    assert (await fresh_link(kie, "https://example.com/film.mp4"))["code"] == 422
    assert (await fresh_link(kie, 7))["msg"] == "url is required"
