"""Notifications: what they say, how long they are repeated, and how they go wrong."""

from tests.eventually import eventually
from tests.yookassa_fixture import RunningYooKassa


async def answers(yookassa: RunningYooKassa) -> list[list[str]]:
    return [one["answers"] for one in await yookassa.seen("notifications")]


async def has_answers(yookassa: RunningYooKassa, expected: list[list[str]]) -> bool:
    return await answers(yookassa) == expected


async def test_a_success_is_told_with_the_payment_as_it_is(yookassa: RunningYooKassa):
    await yookassa.sim("shop", forwarded_for="185.71.76.5")
    payment_id = await yookassa.paid()
    await eventually(lambda: yookassa.webhook.got)
    [(headers, body)] = yookassa.webhook.got
    assert (body["type"], body["event"]) == ("notification", "payment.succeeded")
    assert body["object"] == await yookassa.look(payment_id)
    assert headers["x-forwarded-for"] == "185.71.76.5"
    await eventually(lambda: has_answers(yookassa, [["200"]]))
    totals = await yookassa.seen("totals")
    assert (totals["notifications_sent"], totals["notifications_accepted"]) == (1, 1)


async def test_each_change_is_told_by_its_own_event(yookassa: RunningYooKassa):
    held = await yookassa.paid(capture=False)
    await yookassa.post(f"payments/{held}/capture", {})
    refund = (await yookassa.refund(held)).json()["id"]
    canceled = await yookassa.payment()
    await yookassa.sim(f"payments/{canceled}/cancel", reason="fraud_suspected")
    await eventually(lambda: len(yookassa.webhook.got) == 4)
    assert sorted(yookassa.webhook.told) == sorted(
        [
            ("payment.waiting_for_capture", held, "waiting_for_capture"),
            ("payment.succeeded", held, "succeeded"),
            ("refund.succeeded", refund, "succeeded"),
            ("payment.canceled", canceled, "canceled"),
        ]
    )


async def test_only_200_is_received(yookassa: RunningYooKassa):
    yookassa.webhook.answers += [201, 204, 503, 302]
    await yookassa.paid()
    for tries, delay_s in ((1, 60), (2, 300), (3, 900), (4, 3600)):
        await eventually(lambda tries=tries: _is_waiting(yookassa, tries))
        await yookassa.pass_time(delay_s - 1)
        assert len(yookassa.webhook.got) == tries
        await yookassa.pass_time(1)
    await eventually(lambda: has_answers(yookassa, [["201", "204", "503", "302", "200"]]))
    await yookassa.pass_time(24 * 3600)
    assert yookassa.world.notifications.next_due_at() is None


async def _is_waiting(yookassa: RunningYooKassa, tries: int) -> bool:
    [one] = await yookassa.seen("notifications")
    return len(one["answers"]) == tries and one["due_at"] is not None


async def test_after_a_day_it_is_given_up(yookassa: RunningYooKassa):
    yookassa.webhook.answers += [500] * 100
    await yookassa.paid()
    tries = 1
    await eventually(lambda: _is_waiting(yookassa, tries))
    while yookassa.world.notifications.next_due_at() is not None:
        await yookassa.pass_time(3600)
        tries += 1
        await eventually(lambda tries=tries: _has_tried(yookassa, tries))
    assert 20 < len(yookassa.webhook.got) < 30


async def _has_tried(yookassa: RunningYooKassa, tries: int) -> bool:
    [told] = await answers(yookassa)
    return len(told) == tries


async def test_nobody_there_is_tried_again_too(yookassa: RunningYooKassa):
    await yookassa.sim("shop", notification_url="http://127.0.0.1:1/")
    await yookassa.paid()
    await eventually(lambda: has_answers(yookassa, [["ConnectError"]]))
    await eventually(yookassa.world.notifications.next_due_at)


async def test_a_shop_without_an_address_hears_nothing(yookassa: RunningYooKassa):
    await yookassa.sim("shop", notification_url=None)
    await yookassa.paid()
    assert await yookassa.seen("notifications") == []


async def test_a_notification_may_come_often_late_or_never(yookassa: RunningYooKassa):
    await yookassa.sim("faults", kind="duplicate", copies=5)
    await yookassa.paid()
    await eventually(lambda: len(yookassa.webhook.got) == 5)
    assert len({str(body) for _, body in yookassa.webhook.got}) == 1
    await yookassa.sim("faults", kind="no_notification", event="payment.succeeded")
    await yookassa.paid()
    await yookassa.sim("faults", kind="delayed", delay_s=600)
    late = await yookassa.paid()
    await yookassa.pass_time(599)
    assert len(yookassa.webhook.got) == 5
    await yookassa.pass_time(1)
    await eventually(lambda: len(yookassa.webhook.got) == 6)
    assert yookassa.webhook.told[-1] == ("payment.succeeded", late, "succeeded")


async def test_a_notification_may_come_after_the_next_one(yookassa: RunningYooKassa):
    await yookassa.sim("faults", kind="reordered", event="payment.succeeded")
    payment_id = await yookassa.paid()
    refund_id = (await yookassa.refund(payment_id)).json()["id"]
    await eventually(lambda: len(yookassa.webhook.got) == 2)
    assert [told[1] for told in yookassa.webhook.told] == [refund_id, payment_id]


async def test_a_notification_may_overtake_the_reply_to_the_creation(yookassa: RunningYooKassa):
    await yookassa.sim("faults", kind="early", endpoint="payments.create")
    seen_before = []
    reply = await yookassa.create()
    seen_before += yookassa.webhook.told
    payment_id = reply.json()["id"]
    assert seen_before == [("payment.succeeded", payment_id, "succeeded")]
    assert reply.json()["status"] == "pending"
    assert (await yookassa.look(payment_id))["status"] == "succeeded"


async def test_a_notification_is_sent_once_more_on_request(yookassa: RunningYooKassa):
    await yookassa.paid()
    await eventually(lambda: len(yookassa.webhook.got) == 1)
    await yookassa.sim("notifications/1/again")
    await eventually(lambda: len(yookassa.webhook.got) == 2)
    assert yookassa.webhook.told[0] == yookassa.webhook.told[1]


async def test_a_forged_success_leaves_the_payment_as_it_is(yookassa: RunningYooKassa):
    payment_id = await yookassa.payment()
    await yookassa.sim("forged", payment_id=payment_id, amount="1.00", copies=2)
    await eventually(lambda: len(yookassa.webhook.got) == 2)
    assert set(yookassa.webhook.told) == {("payment.succeeded", payment_id, "succeeded")}
    assert yookassa.webhook.got[0][1]["object"]["amount"]["value"] == "1.00"
    asked = await yookassa.look(payment_id)
    assert (asked["status"], asked["amount"]["value"]) == ("pending", "199.00")
    assert (await yookassa.seen("totals"))["paid_kopecks"] == 0


async def test_forgeries_tell_of_payments_and_shops_that_are_not_there(yookassa: RunningYooKassa):
    payment_id = await yookassa.payment()
    unknown = await yookassa.sim("forged", kind="unknown_id", metadata={"order_id": "order-1"})
    other = await yookassa.sim("forged", kind="other_shop", payment_id=payment_id)
    await eventually(lambda: len(yookassa.webhook.got) == 2)
    assert other["object"]["recipient"]["account_id"] == "999999"
    for body in (unknown, other):
        told = body["object"]
        assert (told["status"], told["metadata"]["order_id"]) == ("succeeded", "order-1")
        reply = await yookassa.client.get(f"{yookassa.api}/payments/{told['id']}")
        assert reply.status_code == 404
