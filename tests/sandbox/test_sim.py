"""The people's side over HTTP: waiting, logs, refusals, and who may drive it."""

import asyncio

import pytest
from aiogram import Bot

from tests.eventually import eventually
from tests.telegram_fixture import RunningTelegram


async def test_a_chat_can_be_waited_for(telegram: RunningTelegram, bot: Bot):
    person = (await telegram.client.post("/sim/people", json={"first_name": "Анна"})).json()
    path = f"/sim/people/{person['person_id']}"
    await telegram.client.post(f"{path}/text", json={"text": "/start"})
    chat = (await telegram.client.get(f"{path}/chat")).json()
    async with asyncio.TaskGroup() as tasks:
        after = {"after": chat["revision"], "wait_s": 20}
        waiting = tasks.create_task(telegram.client.get(f"{path}/chat", params=after))
        await bot.send_message(person["person_id"], "привет")
    assert [message["text"] for message in waiting.result().json()["messages"]] == [
        "/start",
        "привет",
    ]
    same = await telegram.client.get(f"{path}/chat", params={"after": 10**9, "wait_s": 0.01})
    assert same.json()["revision"] > chat["revision"]


async def test_a_page_follows_a_chat_in_process(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    seen: list[list[str]] = []

    async def follow() -> None:
        async for view in phone.changes():
            seen.append([message.text for message in view.messages])
            if len(view.messages) == 2:
                return

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(follow())
        await eventually(lambda: seen == [[]])
        phone.send_text("раз")
        await bot.send_message(42, "два")
    assert seen[-1] == ["раз", "два"]


async def test_two_people_do_not_see_each_other(telegram: RunningTelegram, bot: Bot):
    telegram.phone(42).send_text("/start")
    telegram.phone(43, "Борис").send_text("/start")
    await bot.send_message(43, "только Борису")
    assert len(telegram.phone(42).view().messages) == 1
    people = (await telegram.client.get("/sim/people")).json()
    assert [person["first_name"] for person in people] == ["Анна", "Борис"]


async def test_the_call_log_shows_what_was_asked_and_answered(telegram: RunningTelegram, bot: Bot):
    telegram.phone().send_text("/start")
    await bot.send_message(42, "привет")
    await telegram.call("sendMessage", chat_id=42)
    first, second = (await telegram.client.get("/sim/calls?method=sendMessage")).json()
    assert (first["verdict"], first["parameters"]["text"]) == ("ok", "привет")
    assert (second["verdict"], second["code"]) == ("refused", 400)
    later = await telegram.client.get("/sim/calls", params={"after": second["number"]})
    assert later.json() == []
    [violation] = (await telegram.client.get("/sim/violations")).json()
    assert (violation["method"], violation["problem"]) == (
        "sendMessage",
        "Bad Request: message text is empty",
    )
    assert telegram.token not in str([first, second, violation])


@pytest.mark.parametrize(
    ("path", "body", "status_code"),
    [
        ("/sim/people/7/text", {"text": "x"}, 404),
        ("/sim/people/42/text", {"text": "  "}, 409),
        ("/sim/people/42/text", {"text": "x" * 4097}, 409),
        ("/sim/people/42/text", {"txt": "x"}, 422),
        ("/sim/people/42/edit", {"message_id": 99, "text": "x"}, 409),
        ("/sim/people/42/unblock", None, 409),
        ("/sim/people/42/tap", {}, 409),
        ("/sim/people/42/oversize", {"size_bytes": 0}, 422),
        ("/sim/people", {"first_name": ""}, 422),
        ("/sim/clock", {"advance_s": -5}, 422),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(
    unserved: RunningTelegram, path: str, body: object, status_code: int
):
    reply = await unserved.client.post(path, json=body)
    assert reply.status_code == status_code
    assert reply.json()["error"]


async def test_every_request_form_of_the_bot_api_is_understood(unserved: RunningTelegram):
    path = f"/bot{unserved.token}/sendmessage"
    fields = {"chat_id": "42", "text": "x", "disable_notification": "true"}
    client = unserved.client
    replies = [
        await client.get(path, params=fields),
        await client.post(path, data=fields),
        await client.post(path, json={**fields, "chat_id": 42, "disable_notification": True}),
        await client.post(path, data=fields, files={"unused": ("f", b"x")}),
        await client.post(path, params={"chat_id": 42}, data={"text": "x"}),
    ]
    assert [reply.json()["ok"] for reply in replies] == [True] * 5
    assert unserved.problems() == []
    broken = await client.post(path, content=b"{", headers={"Content-Type": "application/json"})
    assert broken.json()["description"] == "Bad Request: can't parse JSON object"


@pytest.mark.parametrize(
    ("headers", "status_code"),
    [
        ({}, 200),
        ({"Host": "127.0.0.1:8081"}, 200),
        ({"Host": "[::1]:8081"}, 200),
        ({"Host": "attacker.test"}, 403),
        ({"Origin": "http://attacker.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Host": "localhost:8081", "Origin": "http://localhost:9999"}, 403),
    ],
)
async def test_a_strangers_page_cannot_drive_the_sandbox(
    unserved: RunningTelegram, headers: dict, status_code: int
):
    reply = await unserved.client.post("/sim/clock", json={"advance_s": 0}, headers=headers)
    assert reply.status_code == status_code


async def test_it_says_that_it_is_there(unserved: RunningTelegram):
    assert (await unserved.client.get("/healthz")).status_code == 200
