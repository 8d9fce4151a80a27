"""Whatever a person sends gets an answer, costs nothing, and stops nobody."""

import io

import pytest
from PIL import Image

from infra.sandbox.journey import scenes
from infra.sandbox.journey.person import said_by_bot
from tests.e2e.conftest import jpeg

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'


@pytest.fixture
async def person(stage):
    """Somebody whose account is open and holds its bonus."""
    person = await stage.enter("Нина")
    await scenes.start(person)
    return person


@pytest.fixture
async def costs_nothing(stage, person):
    yield
    events = await stage.books.events(person.account)
    assert [event.kind for event in events] == ["account_opened", "topped_up"]


def png(width, height):
    target = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(target, "PNG")
    return target.getvalue()


DOCUMENTS = [
    ((b"just text", "notes.txt", "text/plain"), "Это не картинка"),
    ((b"%PDF-1.7", "price.pdf", "application/pdf"), "Это не картинка"),
    ((b"MZ\x90", "photo.jpg", "image/jpeg"), "Это не картинка"),
    ((png(1, 1), "dot.png", "image/png"), "слишком маленькая"),
    ((jpeg(2_000, 210), "stripe.jpg", "image/jpeg"), "слишком вытянутая"),
    ((jpeg(600, 800)[:-300], "cut.jpg", "image/jpeg"), "Файл повреждён"),
    ((SVG, "logo.svg", "image/svg+xml"), "SVG"),
]


@pytest.mark.parametrize(("file", "answer"), DOCUMENTS, ids=[file[1] for file, _ in DOCUMENTS])
async def test_a_file_that_is_no_product_photo_is_told_so(person, costs_nothing, file, answer):
    await person.document(*file)
    await person.hear(answer)


async def test_a_picture_of_30_mb_is_refused_without_being_fetched(person, costs_nothing):
    await person.oversize(30 * 1024 * 1024)
    await person.hear("Файл слишком большой")


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("voice", "Голосовые"),
        ("video", "Видео я не принимаю"),
        ("sticker", "Стикер"),
        ("animation", "Анимация"),
        ("location", "не понимаю"),
        ("contact", "не понимаю"),
    ],
)
async def test_another_kind_of_message_is_answered_with_what_is_awaited(
    person, costs_nothing, kind, answer
):
    await person.text("/new")
    asked = await person.hear("фото товара")
    await person.other(kind)
    told = await person.hear(answer, after=asked.message_id)
    await person.hear("фото товара", after=told.message_id)


async def test_text_where_a_photo_is_awaited_asks_for_the_photo(person, costs_nothing):
    await person.text("/new")
    asked = await person.hear("фото товара")
    await person.text("Кружка")
    await person.hear("Здесь нужно фото", after=asked.message_id)


async def test_a_text_without_a_draft_is_told_how_to_begin(person, costs_nothing):
    await person.text("Здравствуйте, сколько стоит?")
    await person.hear("пришлите фото товара")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("я" * 4_096, "4\xa0096 знаков, а можно до 1\xa0000"),
        ("🔥🔥🔥", "Нужны слова"),
        ("...", "Нужны слова"),
    ],
    ids=["4096 characters", "emoji", "dots"],
)
async def test_a_description_that_cannot_be_used_is_explained(person, costs_nothing, text, answer):
    await person.photo(jpeg(600, 800))
    asked = await person.hear("что это за товар")
    await person.text(text)
    await person.hear(answer, after=asked.message_id)


async def test_html_in_a_product_name_is_shown_as_it_was_written(person, costs_nothing):
    name = "<b>Кружка</b> & <script>alert(1)</script>"
    card = await scenes.put_together(person, jpeg(600, 800), name)
    assert name in card.message.text


async def test_text_where_a_button_is_awaited_shows_the_buttons_again(person, costs_nothing):
    await person.photo(jpeg(600, 800), "Кружка")
    asked = await person.hear("шаблон")
    await person.text("реклама")
    told = await person.hear("Выберите, пожалуйста, кнопкой", after=asked.message_id)
    await person.hear("шаблон", after=told.message_id)


async def test_text_under_the_card_shows_the_card_again(person, costs_nothing):
    card = await scenes.put_together(person, jpeg(600, 800), "Кружка")
    await person.text("да, всё верно")
    await person.hear("Проверьте заказ", after=card.message.message_id)


@pytest.mark.parametrize(
    "data",
    [
        "nonsense",
        "go:1:2",
        "go:00000000000000000000000000000001:0",
        "tpl:00000000000000000000000000000001:ad",
        "menu:unheard-of",
        "cancel:not-a-job",
        "count:00000000000000000000000000000001:99999999999",
        "🙂" * 16,
    ],
)
async def test_an_unknown_button_is_answered(person, costs_nothing, data):
    [tap] = await person.tap_data(data)
    assert await person.toast(tap) == "Эта кнопка устарела."
    await person.hear("пришлите фото товара")


async def test_another_persons_buttons_do_nothing(stage, person, costs_nothing):
    other = await stage.enter("Олег")
    await scenes.start(other)
    card = await scenes.put_together(other, jpeg(600, 800), "Чужая кружка")
    [tap] = await person.tap_data(card.confirm_data)
    assert await person.toast(tap) == "Эта кнопка устарела."
    with stage.frozen("videogen"):
        await other.tap(card.confirm)
        [deducted] = await stage.books.until(other.account, "deducted")
        [tap] = await person.tap_data(f"cancel:{deducted.job_id.hex}")
        assert await person.toast(tap) == "Такого заказа у вас нет."
        [tap] = await person.tap_data(f"again:{deducted.job_id.hex}")
        await person.hear("Такого заказа у вас нет")
        assert not await stage.books.events(other.account, "refunded")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("/cancel", "Отменять нечего"),
        ("/nonsense", "Такой команды нет"),
        ("/", "Такой команды нет"),
    ],
)
async def test_a_command_out_of_turn_is_answered(person, costs_nothing, command, answer):
    await person.text(command)
    await person.hear(answer)


async def test_start_in_the_middle_of_a_draft_keeps_the_draft(person, costs_nothing):
    await person.photo(jpeg(600, 800))
    await person.hear("что это за товар")
    await person.text("/start")
    greeted = await person.hear("С возвращением")
    await person.text("Кружка")
    await person.hear("шаблон", after=greeted.message_id)


async def test_cancel_drops_the_draft(person, costs_nothing):
    card = await scenes.put_together(person, jpeg(600, 800), "Кружка")
    await person.text("/cancel")
    await person.hear("Заказ отменён, кредиты не списаны")
    [tap] = await person.tap_data(card.confirm_data)
    assert await person.toast(tap) == "Эта кнопка устарела."


async def test_an_edited_message_is_told_to_be_sent_anew(person, costs_nothing):
    await person.text("Кружка")
    await person.hear("пришлите фото")
    own = [one for one in (await person.chat()).messages if not one.outgoing]
    await person.edit(own[-1].message_id, "Чашка")
    await person.hear("Правку сообщения я не вижу")


@pytest.mark.parametrize("shuffle", [False, True])
async def test_an_album_is_one_photo_with_one_question(person, costs_nothing, shuffle):
    photos = [jpeg(600, 800, colour) for colour in ("red", "green", "blue")]
    before = await person.last_message_id()
    await person.album(photos, "Набор кружек", shuffle=shuffle)
    await person.hear("шаблон", after=before)
    await person.text("/help")
    await person.hear("Как это работает", after=before)
    said = [one.text for one in said_by_bot(await person.chat(), before)]
    assert sum("беру первое" in text for text in said) == 1
    assert sum("Выберите шаблон:" in text for text in said) == 1


async def test_who_never_pressed_start_is_told_to(stage):
    person = await stage.enter("Павел")
    await person.text("/balance")
    await person.hear("Сначала нажмите /start")
    assert await stage.books.events(person.account) == []
