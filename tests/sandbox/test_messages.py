"""Texts, keyboards, edits and the refusals that a real bot would meet."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramUnauthorizedError
from aiogram.types import (
    BotCommand,
    CopyTextButton,
    DisabledButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)

from tests.telegram_fixture import RunningTelegram


def keyboard(*buttons: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[list(buttons)])


GO = InlineKeyboardButton(text="Создать", callback_data="go", style="success")


async def test_a_person_and_the_bot_exchange_texts(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    sent = phone.send_text("/start ref_1")
    [update] = await bot.get_updates()
    assert update.update_id == sent.update_ids[0]
    assert update.message.text == "/start ref_1"
    assert update.message.entities[0].extract_from(update.message.text) == "/start"
    assert update.message.from_user.language_code == "ru"

    answer = await bot.send_message(42, "Привет, <b>Анна</b> &amp; Ко 🙂 https://example.com")
    assert answer.text == "Привет, Анна & Ко 🙂 https://example.com"
    assert [(e.type, e.offset, e.length) for e in answer.entities] == [
        ("bold", 8, 4),
        ("url", 21, 19),
    ]
    assert answer.html_text == "Привет, <b>Анна</b> &amp; Ко 🙂 https://example.com"

    view = phone.view()
    assert [(m.outgoing, m.text) for m in view.messages] == [
        (False, "/start ref_1"),
        (True, answer.text),
    ]
    assert telegram.problems() == []


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ("<b>bold", 'Can\'t find end tag corresponding to start tag "b"'),
        ("до <table>", 'Unsupported start tag "table" at byte offset 5'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("цена <5", "Unclosed start tag at byte offset 9"),
        ("1 < 2 and 3 > 2", 'Unsupported start tag "" at byte offset 2'),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a"'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
async def test_wrong_html_is_refused_in_telegrams_words(
    unserved: RunningTelegram, html: str, complaint: str
):
    reply = await unserved.call("sendMessage", chat_id=42, text=html, parse_mode="HTML")
    assert reply["error_code"] == 400
    assert reply["description"].startswith(f"Bad Request: can't parse entities: {complaint}")
    assert unserved.problems() == [reply["description"]]


async def test_html_becomes_entities(telegram: RunningTelegram, bot: Bot):
    telegram.phone().send_text("/start")
    message = await bot.send_message(
        42,
        "<u>🙂a</u> <a href='https://x.test/?a=1&amp;b=2'>link</a> <code>c</code>"
        '<pre><code class="language-py">p</code></pre><blockquote expandable>q</blockquote>'
        "<tg-spoiler>s</tg-spoiler> &lt;b&gt; &unknown; &#128512;",
    )
    assert message.text == "🙂a link cpqs <b> &unknown; 😀"
    found = [(e.type, e.offset, e.length, e.url or e.language) for e in message.entities]
    assert found == [
        ("underline", 0, 3, None),
        ("text_link", 4, 4, "https://x.test/?a=1&b=2"),
        ("code", 9, 1, None),
        ("pre", 10, 1, "py"),
        ("expandable_blockquote", 11, 1, None),
        ("spoiler", 12, 1, None),
    ]


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({}, "message text is empty"),
        ({"text": "   "}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "🙂" * 2049}, "message is too long"),
        ({"text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
        ({"text": "x", "chat_id": 7}, "chat not found"),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "reply_markup": {"inline_keyboard": "a"}},
         'field "inline_keyboard" must be of type Array'),
        ({"text": "x", "link_preview_options": {"is_disabled": "yes"}},
         'field "is_disabled" must be of type Boolean'),
        ({"text": "x", "entities": [{"type": "bold", "offset": 0, "length": 2}]},
         "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 2"),
        ({"text": "x", "silent": True}, 'unknown parameter "silent" of sendMessage'),
        ({"text": "x", "message_thread_id": 5}, "message thread not found"),
        ({"text": "x", "message_effect_id": "1"}, "EFFECT_ID_INVALID"),
        ({"text": "x", "reply_parameters": {"quote": "y"}}, 'can\'t find field "message_id"'),
    ],
)  # fmt: skip
async def test_a_wrong_send_is_refused_and_recorded(
    unserved: RunningTelegram, parameters: dict, description: str
):
    reply = await unserved.call("sendMessage", **{"chat_id": 42, **parameters})
    assert reply == {"ok": False, "error_code": 400, "description": f"Bad Request: {description}"}
    expected = [] if description == "chat not found" else [f"Bad Request: {description}"]
    assert unserved.problems() == expected
    assert len(unserved.phone().view().messages) == 1


@pytest.mark.parametrize(
    ("button", "description"),
    [
        ({"text": "b"}, "Text buttons are unallowed in the inline keyboard"),
        ({"text": "b", "callback_data": ""}, "Text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "b"}, 'Can\'t find field "text"'),
        ({"text": "b", "callback_data": "a", "url": "https://x.test"}, "Exactly one action"),
        ({"text": "b", "callback_data": "я" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "b", "copy_text": {"text": "x" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"text": "b", "url": "ftp://x.test"}, "Unsupported URL protocol"),
        ({"text": "b", "url": "nowhere"}, "Wrong HTTP URL"),
        ({"text": "b", "pay": True}, "BUTTON_TYPE_INVALID"),
        ({"text": "b", "callback_data": "a", "style": "pink"}, "Invalid button style"),
        ({"text": "b", "callback_date": "a"}, 'Unknown field "callback_date"'),
    ],
)
async def test_a_wrong_button_is_refused(unserved: RunningTelegram, button: dict, description: str):
    markup = {"inline_keyboard": [[button]]}
    reply = await unserved.call("sendMessage", chat_id=42, text="x", reply_markup=markup)
    assert description in reply["description"]
    assert len(unserved.problems()) == 1


async def test_buttons_are_shown_with_what_they_do(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    phone.send_text("/start")
    await bot.send_message(
        42,
        "Выберите",
        reply_markup=keyboard(
            GO,
            InlineKeyboardButton(text="Запущено", disabled=DisabledButton()),
            InlineKeyboardButton(text="№", copy_text=CopyTextButton(text="1042")),
            InlineKeyboardButton(text="Оплатить", url="http://127.0.0.1:8081/pay"),
        ),
    )
    [row] = phone.view().messages[-1].buttons
    assert [(b.text, b.action, b.value, b.style) for b in row] == [
        ("Создать", "callback_data", "go", "success"),
        ("Запущено", "disabled", {}, None),
        ("№", "copy_text", "1042", None),
        ("Оплатить", "url", "http://127.0.0.1:8081/pay", None),
    ]


async def test_an_edit_replaces_text_and_keyboard_and_counts(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    phone.send_text("/start")
    message = await bot.send_message(42, "В очереди", reply_markup=keyboard(GO))
    before = phone.view().revision
    edited = await bot.edit_message_text("Рисую", chat_id=42, message_id=message.message_id)
    assert (edited.text, edited.reply_markup) == ("Рисую", None)
    view = phone.view()
    assert (view.messages[-1].text, view.messages[-1].edits) == ("Рисую", 1)
    assert view.messages[-1].revision == view.revision == before + 1

    with pytest.raises(TelegramBadRequest, match="message is not modified: specified new message"):
        await bot.edit_message_text("<i></i>Рисую ", chat_id=42, message_id=message.message_id)
    await bot.edit_message_reply_markup(
        chat_id=42, message_id=message.message_id, reply_markup=keyboard(GO)
    )
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_reply_markup(
            chat_id=42, message_id=message.message_id, reply_markup=keyboard(GO)
        )
    assert phone.view().messages[-1].edits == 2
    assert telegram.problems() == []


async def test_only_own_messages_without_other_keyboards_are_edited(
    telegram: RunningTelegram, bot: Bot
):
    phone = telegram.phone()
    sent = phone.send_text("моё")
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("x", chat_id=42, message_id=sent.message_ids[0])
    menu = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Баланс")]], resize_keyboard=True)
    message = await bot.send_message(42, "Меню", reply_markup=menu)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("x", chat_id=42, message_id=message.message_id)
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("x", chat_id=42, message_id=999)
    text = await bot.send_message(42, "текст")
    with pytest.raises(TelegramBadRequest, match="there is no caption in the message to edit"):
        await bot.edit_message_caption(chat_id=42, message_id=text.message_id, caption="x")


async def test_a_reply_keyboard_stays_until_it_is_removed(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    phone.send_text("/start")
    menu = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Баланс")]])
    await bot.send_message(42, "Меню", reply_markup=menu)
    assert phone.view().reply_keyboard == [["Баланс"]]
    await bot.send_message(42, "Готово", reply_markup=ReplyKeyboardRemove())
    assert phone.view().reply_keyboard is None


async def test_replies_copies_forwards_and_deletions(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    question = phone.send_text("вопрос").message_ids[0]
    answer = await bot.send_message(
        42, "ответ", reply_parameters=ReplyParameters(message_id=question)
    )
    assert answer.reply_to_message.text == "вопрос"
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bot.send_message(42, "x", reply_parameters=ReplyParameters(message_id=999))
    copied = await bot.copy_message(42, 42, answer.message_id)
    forwarded = await bot.forward_message(42, 42, question)
    assert forwarded.forward_origin.sender_user.first_name == "Анна"
    assert [m.text for m in phone.view().messages] == ["вопрос", "ответ", "ответ", "вопрос"]

    await bot.delete_message(42, copied.message_id)
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await bot.delete_message(42, copied.message_id)
    await bot.delete_messages(42, [copied.message_id, forwarded.message_id])
    view = phone.view()
    assert [m.message_id for m in view.messages] == [question, answer.message_id]
    assert view.deleted_ids == [copied.message_id, forwarded.message_id]

    telegram.world.advance(49 * 3600)
    with pytest.raises(TelegramBadRequest, match="message can't be deleted for everyone"):
        await bot.delete_message(42, answer.message_id)


async def test_what_the_bot_does_is_seen_for_a_while(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    message_id = phone.send_text("/start").message_ids[0]
    await bot.send_chat_action(42, "upload_video")
    await bot.set_message_reaction(42, message_id, [ReactionTypeEmoji(emoji="👀")])
    view = phone.view()
    assert (view.action, view.messages[0].reactions) == ("upload_video", ["👀"])
    telegram.world.advance(6)
    assert phone.view().action is None
    with pytest.raises(TelegramBadRequest, match="REACTION_INVALID"):
        await bot.set_message_reaction(42, message_id, [ReactionTypeEmoji(emoji="🛒")])


async def test_a_person_who_blocked_the_bot_cannot_be_written_to(
    telegram: RunningTelegram, bot: Bot
):
    phone = telegram.phone()
    phone.send_text("/start")
    phone.block()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(42, "x")
    phone.unblock()
    await bot.send_message(42, "x")
    _, blocked, unblocked = await bot.get_updates()
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert unblocked.my_chat_member.new_chat_member.status == "member"

    telegram.phone(43)
    with pytest.raises(TelegramForbiddenError, match="bot can't initiate conversation"):
        await bot.send_message(43, "x")
    assert telegram.problems() == []


async def test_the_bot_tells_about_itself(telegram: RunningTelegram, bot: Bot):
    me = await bot.get_me()
    assert (me.id, me.is_bot) == (123456789, True)
    commands = [BotCommand(command="start", description="Начать")]
    await bot.set_my_commands(commands)
    assert [one.command for one in await bot.get_my_commands()] == ["start"]
    assert telegram.phone().view().commands == [{"command": "start", "description": "Начать"}]
    assert (await bot.get_chat(42)).first_name == "Анна"
    await bot.set_my_description("Делаю видео")
    about = (await telegram.client.get("/sim/bot")).json()
    assert about["description"] == "Делаю видео"
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == []
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await bot.set_my_commands([BotCommand(command="Старт", description="x")])


async def test_only_the_configured_token_is_accepted(telegram: RunningTelegram):
    async with telegram.bot("987654321:other") as stranger:
        with pytest.raises(TelegramUnauthorizedError, match="Unauthorized"):
            await stranger.get_me()


@pytest.mark.parametrize("method", ["sendDice", "sendNothing"])
async def test_an_unknown_method_is_refused_loudly(unserved: RunningTelegram, method: str):
    reply = await unserved.call(method, **({"chat_id": 42} if method == "sendDice" else {}))
    assert (reply["error_code"], reply["description"]) == (404, "Not Found: method not found")
    [problem] = unserved.problems()
    assert method in problem
