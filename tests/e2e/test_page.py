"""The page as a person uses it: a real browser, the real services, a real video."""

import re
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import jpeg
from tests.e2e.page_fixture import (
    DESKTOP,
    PHONE,
    VIDEO_WAIT_MS,
    browser,
    chromium,
    opened,
    spilled,
)
from tests.eventually import eventually

__all__ = ["browser", "chromium"]

PRODUCT = "Рюкзак «Туман»: непромокаемый, карман для ноутбука"

PURCHASE = {
    "payment_requested": "Заказ пакета «Стартер»: 5 кредитов за 199 ₽",
    "payment_opened": "Счёт на оплату выставлен: ЮKassa",
    "payment_completed": "Оплачено: 199 ₽",
}


@pytest.fixture
def open_page(browser, stage):
    """Return a way to open the page as a new person of this name."""

    @asynccontextmanager
    async def open_as(name: str, size: tuple[int, int] = DESKTOP):
        person = await stage.enter(name)
        person_id = person.account.removeprefix("tg:")
        url = f"{stage.stack.state().page_url}/?person={person_id}"
        async with opened(browser, url, size) as page:
            yield page

    return open_as


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def said(page: Page, words: str):
    return page.locator(".message.bot").filter(has_text=words).last


def journal(page: Page, kind: str):
    return page.locator(f".entry.{kind}")


async def start(page: Page) -> None:
    await button(page, "Начать").click()
    await expect(said(page, "Здравствуйте")).to_be_visible()
    await expect(page.locator(".balance-number")).to_have_text("1")


async def order(page: Page, product: str = PRODUCT) -> None:
    await page.get_by_role("button", name="Отправить готовое фото: Рюкзак").click()
    await expect(said(page, "что это за товар")).to_be_visible()
    await page.get_by_role("textbox", name="Сообщение").fill(product)
    await page.keyboard.press("Enter")
    await button(page, "✨ Реклама").click()
    await button(page, "Без пожеланий").click()
    await expect(said(page, "Сценарий")).to_contain_text("Кредит ещё не списан")
    await button(page, "👍 Подходит").click()
    await expect(said(page, "Проверьте заказ")).to_contain_text("Баланс: 1 → 0")
    await expect(said(page, "Проверьте заказ")).to_contain_text("Цена: 1 кредит")
    await button(page, "✅ Создать за 1 кредит").click()


async def test_a_photo_becomes_a_playing_video_and_every_credit_is_seen(open_page):
    async with open_page("Полина") as page:
        await start(page)
        await button(page, "Полина").last.click()
        await order(page)
        play = button(page, "Смотреть видео")
        await play.wait_for(timeout=VIDEO_WAIT_MS)
        await play.click()
        await plays(page)
        for kind in ("account_opened", "topped_up", "deducted", "started", "settled", "delivered"):
            await expect(journal(page, kind)).to_have_count(1)
        await expect(journal(page, "deducted")).to_contain_text("−1")
        await expect(page.locator(".job")).to_contain_text("доставлено")
        await expect(page.locator(".balance-number")).to_have_text("0")
        await expect(page.locator(".check")).to_contain_text("Журнал сходится")

        await button(page, "Начислить 5 кредитов").click()
        await expect(page.locator(".result")).to_have_text(
            re.compile(r"Начислено 5 кредитов: запись № \d+\.")
        )
        await expect(page.locator(".balance-number")).to_have_text("5")
        await expect(journal(page, "topped_up")).to_have_count(2)
        await expect(page.locator(".check")).to_contain_text("Журнал сходится")


async def plays(page: Page) -> None:
    video = page.locator("video").last
    state = "(one) => [one.readyState, one.currentTime, one.duration, one.videoWidth]"

    async def advanced() -> bool:
        ready, current_s, duration_s, width = await video.evaluate(state)
        return ready >= 2 and current_s > 0.3 and 6 <= duration_s <= 8 and width == 720

    await eventually(advanced, within_s=15)


async def test_a_failed_video_gives_its_credit_back_before_the_eyes(open_page):
    async with open_page("Роман") as page:
        await start(page)
        await button(page, "Роман").last.click()
        await order(page, "Кружка, проверка сбоя")
        await expect(said(page, "Кредит вернулся, баланс: 1 кредит")).to_be_visible(
            timeout=VIDEO_WAIT_MS
        )
        await expect(page.locator(".balance-number")).to_have_text("1")
        await expect(journal(page, "refunded")).to_contain_text("студия не отвечает")
        await expect(page.locator(".job.refunded")).to_contain_text("кредит вернулся")


async def test_credits_are_paid_for_in_another_tab_and_come_by_themselves(open_page):
    async with open_page("Нина") as page:
        await start(page)
        await button(page, "Нина").last.click()
        await button(page, "💳 Пополнить").last.click()
        await button(page, "Стартер · 199 ₽").click()
        pay = page.get_by_role("link", name="Оплатить 199 ₽")
        async with page.context.expect_page() as opening:
            await pay.click()
        checkout = await opening.value
        await checkout.get_by_role("button", name="Оплатить 199").click()
        await expect(checkout.get_by_role("heading")).to_have_text("Оплата прошла")
        await checkout.get_by_role("link", name="Вернуться в магазин").click()
        await expect(checkout).to_have_url(page.url)
        await checkout.close()

        await expect(said(page, "Оплата прошла: 5 кредитов")).to_be_visible()
        await expect(said(page, "Оплачено")).to_be_visible()
        await expect(pay).to_have_count(0)
        await expect(page.locator(".balance-number")).to_have_text("6")
        for kind, words in PURCHASE.items():
            await expect(journal(page, kind)).to_have_count(1)
            await expect(journal(page, kind)).to_contain_text(words)
        await expect(journal(page, "payment_completed").locator(".entry-credits")).to_have_text(
            "+5"
        )
        await expect(page.locator(".check.holds")).to_contain_text("Σ куплено")


async def test_nothing_reaches_over_the_edge_of_a_phone(open_page):
    async with open_page("Светлана", PHONE) as page:
        await expect(button(page, "Начать")).to_be_visible()
        assert await spilled(page) == []
        await start(page)
        await order(page, "Рюкзак " + "оченьдлинноеслово" * 8)
        await button(page, "Смотреть видео").wait_for(timeout=VIDEO_WAIT_MS)
        assert await spilled(page) == []
        await button(page, "Журнал").click()
        await expect(page.locator(".journal")).to_be_visible()
        await expect(page.locator(".chat-card")).to_be_hidden()
        assert await spilled(page) == []


async def test_what_a_person_types_is_never_markup(open_page):
    nasty = '<img src=x onerror="window.hacked=1"><b>жирно</b> {{7*7}} &amp; $`'
    async with open_page("Тимур") as page:
        await start(page)
        await page.get_by_role("textbox", name="Сообщение").fill(nasty)
        await page.keyboard.press("Enter")
        own = page.locator(".message.own .text").last
        await expect(own).to_have_text(nasty)
        assert await own.locator("img, b").count() == 0
        assert await page.evaluate("window.hacked") is None


async def test_a_photo_of_ones_own_is_sent_with_its_caption(open_page, tmp_path):
    (tmp_path / "mug.jpg").write_bytes(jpeg(900, 1200))
    async with open_page("Ульяна") as page:
        await start(page)
        await button(page, "Прикрепить фото или файл").click()
        async with page.expect_file_chooser() as chooser:
            await page.get_by_role("menuitem", name="Фото").click()
        await (await chooser.value).set_files(tmp_path / "mug.jpg")
        await page.get_by_role("textbox", name="Сообщение").fill("Кружка «Север»")
        await page.keyboard.press("Enter")
        own = page.locator(".message.own").last
        await expect(own.locator("img")).to_be_visible()
        await expect(own).to_contain_text("Кружка «Север»")
        await expect(said(page, "Выберите шаблон")).to_be_visible()


async def test_people_do_not_see_each_others_chats(open_page):
    async with open_page("Фёдор") as page:
        await start(page)
        await button(page, "Добавить человека").click()
        await expect(button(page, "Начать")).to_be_visible()
        await expect(page.locator(".message")).to_have_count(0)
        await expect(page.locator(".note")).to_contain_text("нажмёт «Начать»")
        await expect(button(page, "Начислить 5 кредитов")).to_be_disabled()
        await button(page, "Фёдор").first.click()
        await expect(said(page, "Здравствуйте")).to_be_visible()


async def test_who_blocked_the_bot_can_let_it_in_again(open_page):
    async with open_page("Харитон") as page:
        await start(page)
        await button(page, "Заблокировать бота").click()
        await button(page, "Разблокировать бота").click()
        await expect(page.get_by_role("textbox", name="Сообщение")).to_be_visible()


async def test_the_page_says_when_the_ledger_is_away_and_recovers(open_page, stage):
    async with open_page("Эмма") as page:
        await start(page)
        light = page.locator(".light").filter(has_text="Леджер")
        await expect(light).not_to_contain_text("нет связи")
        with stage.frozen("ledger"):
            await expect(light).to_contain_text("нет связи")
        await expect(light).not_to_contain_text("нет связи")
        await button(page, "Начислить 1 кредит").click()
        await expect(page.locator(".balance-number")).to_have_text("2")
