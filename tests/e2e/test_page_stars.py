"""The Pay button of the page: the bot is asked, and its no is shown with its reason."""

from playwright.async_api import expect

from tests.e2e.page_fixture import DESKTOP, browser, chromium, opened

__all__ = ["browser", "chromium"]

INVOICE = {
    "title": "20 кредитов",
    "description": "Пакет «Профи»: 20 кредитов",
    "payload": f"order:{7:032x}",
    "currency": "XTR",
    "prices": [{"label": "20 кредитов", "amount": 525}],
    "start_parameter": "pay",
}


async def test_credits_are_paid_for_with_stars_in_the_chat(browser, stage):
    person = await stage.enter("Глеб")
    url = f"{stage.stack.state().page_url}/?person={person.account.removeprefix('tg:')}"
    async with opened(browser, url, DESKTOP) as page:
        for name in ("Начать", "💳 Пополнить", "Стартер · 150 ⭐", "Заплатить ⭐ 150"):
            await page.get_by_role("button", name=name, exact=True).click()
        told = page.locator(".message.bot", has_text="Оплата прошла: 5 кредитов")
        await expect(told).to_be_visible()
        await expect(page.locator(".balance-number")).to_have_text("6")
        await page.get_by_role("button", name="Глеб", exact=True).last.click()
        # Others have bought in this stack as well; the newest stands first.
        paid = page.locator(".entry.payment_completed").first
        await expect(paid).to_contain_text("Оплачено: 150 ⭐")


async def test_an_invoice_has_a_button_that_asks_the_bot(browser, stage):
    person = await stage.enter("Вера")
    person_id = int(person.account.removeprefix("tg:"))
    await person.text("/paysupport")
    await person.hear("Вопросы об оплате")
    state = stage.stack.state()
    path = f"/bot{state.telegram_token}/sendInvoice"
    sent = await stage.client.post(path, json={"chat_id": person_id, **INVOICE})
    assert sent.json()["ok"]
    url = f"{state.page_url}/?person={person_id}"
    async with opened(browser, url, DESKTOP) as page:
        await expect(page.locator(".invoice-price")).to_have_text("⭐ 525")
        await page.get_by_role("button", name="Заплатить ⭐ 525", exact=True).click()
        await expect(page.locator(".alert-text")).to_contain_text("Звёзды не списаны")
        await page.get_by_role("button", name="Понятно", exact=True).click()
    checkouts = (await person.chat()).checkouts
    assert [one.state for one in checkouts] == ["refused"]
