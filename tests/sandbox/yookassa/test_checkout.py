"""The checkout page: what it shows, and that pressing its buttons does what they say."""

import pytest
from playwright.async_api import expect

from infra.sandbox.browser import open_browser
from tests.e2e.page_fixture import PHONE, chromium, opened, spilled
from tests.yookassa_fixture import RETURN_URL, RunningYooKassa

__all__ = ["chromium"]


async def link(yookassa: RunningYooKassa, **changes: object) -> str:
    return (await yookassa.create(**changes)).json()["confirmation"]["confirmation_url"]


async def press(yookassa: RunningYooKassa, url: str, button: str, **form: str) -> str:
    address, _, order = url.partition("?")
    reply = await yookassa.client.post(
        f"{address}/{button}?{order}", data=form, follow_redirects=True
    )
    assert reply.status_code == 200, reply.text
    return reply.text


def order_of(url: str) -> str:
    return url.partition("orderId=")[2]


async def test_the_page_says_what_is_bought_for_how_much_and_where(yookassa: RunningYooKassa):
    url = await link(yookassa, amount={"value": "1499.00", "currency": "RUB"})
    page = (await yookassa.client.get(url)).text
    for words in ("1\u00a0499\u00a0₽", "Стартер: 5 кредитов", "Нейрокарточки", "Тестовый магазин"):
        assert words in page
    for button in ("Оплатить", "Отклонить оплату", "Отменить платёж", "Вернуться в магазин"):
        assert button in page
    assert (await yookassa.client.get(f"{yookassa.address}/yookassa/checkout/style.css")).text


async def test_paying_shows_success_and_leads_back(yookassa: RunningYooKassa):
    url = await link(yookassa)
    page = await press(yookassa, url, "pay", method="sbp")
    assert "Оплата прошла" in page
    assert f'content="3;url={RETURN_URL}"' in page
    paid = await yookassa.look(order_of(url))
    assert (paid["status"], paid["payment_method"]["type"]) == ("succeeded", "sbp")
    assert "Оплата прошла" in await press(yookassa, url, "pay")
    assert (await yookassa.seen("totals"))["notifications_made"] == 1


async def test_a_declined_payment_may_be_tried_again(yookassa: RunningYooKassa):
    url = await link(yookassa)
    page = await press(yookassa, url, "decline")
    assert "На карте недостаточно денег" in page
    assert (await yookassa.look(order_of(url)))["status"] == "pending"
    assert "Оплата прошла" in await press(yookassa, url, "pay")


async def test_giving_up_is_for_good_and_has_its_reason(yookassa: RunningYooKassa):
    url = await link(yookassa)
    page = await press(yookassa, url, "cancel", reason="card_expired")
    assert "Срок действия карты истёк" in page
    assert "Платёж отменён" in await press(yookassa, url, "pay")
    details = (await yookassa.look(order_of(url)))["cancellation_details"]
    assert details == {"party": "payment_network", "reason": "card_expired"}


async def test_an_expired_payment_says_so(yookassa: RunningYooKassa):
    url = await link(yookassa)
    await yookassa.pass_time(3600)
    assert "Время на оплату вышло" in (await yookassa.client.get(url)).text


async def test_what_the_shop_writes_is_text_and_no_page(yookassa: RunningYooKassa):
    evil = '<script>alert("x")</script>'
    back = {"type": "redirect", "return_url": "javascript://%0aalert(1)"}
    url = await link(yookassa, description=evil, confirmation=back)
    page = (await yookassa.client.get(url)).text
    assert evil not in page
    assert "javascript:" not in page


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_order_has_a_page_too(yookassa, method):
    path = "yookassa/checkout/payments/v2/contract" + ("/pay" if method == "POST" else "")
    reply = await yookassa.client.request(method, f"{yookassa.address}/{path}?orderId=../x")
    assert (reply.status_code, "Платёж не найден" in reply.text) == (404, True)


async def test_a_person_with_a_phone_is_declined_and_then_pays(chromium, yookassa):
    url = await link(yookassa)
    async with open_browser() as browser, opened(browser, url, PHONE) as page:
        assert await spilled(page) == []
        await page.get_by_role("button", name="Отклонить оплату").click()
        await expect(page.get_by_role("alert")).to_contain_text("недостаточно денег")
        await page.get_by_text("СБП", exact=True).click()
        await page.get_by_role("button", name="Оплатить 199").click()
        await expect(page.get_by_role("heading")).to_have_text("Оплата прошла")
    assert (await yookassa.look(order_of(url)))["payment_method"]["type"] == "sbp"
