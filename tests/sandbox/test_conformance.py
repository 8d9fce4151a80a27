"""What the emulator itself writes is the documented Bot API, to the last field."""

import json

from aiogram.types import ChatFullInfo, File, Message, Update, User

from infra.sandbox.telegram.tapping import Tap
from infra.sandbox.telegram.validate import check_object
from tests.sandbox.pictures import mp4, picture
from tests.telegram_fixture import RunningTelegram


async def test_every_update_is_as_documented(unserved: RunningTelegram):
    phone = unserved.phone()
    first = await phone.send_photo(picture(), caption="#кружка @someone")
    await phone.send_album([picture(), picture()])
    await phone.send_document(picture(), file_name="a.heic", mime_type="image/heic")
    phone.send_oversize(30_000_000, file_name="b.png", mime_type="image/png")
    for kind in ("voice", "video", "video_note", "animation", "audio", "sticker", "contact"):
        phone.send_other(kind)
    phone.send_other("location")
    message_id = phone.send_text("вопрос", reply_to=first.message_ids[0]).message_ids[0]
    phone.edit_text(message_id, "другой вопрос https://example.com")
    keyboard = {"inline_keyboard": [[{"text": "Да", "callback_data": "1"}]]}
    await unserved.call("sendMessage", chat_id=42, text="?", reply_markup=keyboard)
    phone.tap(Tap(label="Да"))
    phone.tap(Tap(data="1", anyway=True, inaccessible=True))
    phone.block()
    phone.unblock()

    reply = await unserved.call("getUpdates", limit=100)
    assert len(reply["result"]) == 20
    for update in reply["result"]:
        assert check_object(json.loads(json.dumps(update)), Update) == update


async def test_every_answer_is_as_documented(unserved: RunningTelegram):
    small = {"thumbnail": ("t", picture(90, 160))}
    sends = {
        "sendVideo": {"video": ("v.mp4", mp4()), "cover": ("c", picture()), **small},
        "sendDocument": {"document": ("v.mp4", mp4()), **small},
        "sendPhoto": {"photo": ("p.png", picture(form="PNG"))},
    }
    form = {"chat_id": "42", "caption": "<b>x</b>", "parse_mode": "HTML"}
    path = f"/bot{unserved.token}"
    messages = []
    for method, files in sends.items():
        reply = await unserved.client.post(f"{path}/{method}", data=form, files=files)
        messages.append(reply.json()["result"])
    last = {"chat_id": 42, "message_id": messages[-1]["message_id"]}
    forwarded = await unserved.call("forwardMessage", from_chat_id=42, **last)
    edited = await unserved.call("editMessageCaption", caption="y", **last)
    for message in (*messages, forwarded["result"], edited["result"]):
        assert check_object(message, Message) == message
    me = (await unserved.call("getMe"))["result"]
    assert check_object(me, User) == me
    file = await unserved.call("getFile", file_id=messages[2]["photo"][-1]["file_id"])
    assert check_object(file["result"], File) == file["result"]
    chat = (await unserved.call("getChat", chat_id=42))["result"]
    assert check_object(chat, ChatFullInfo) == chat
    assert unserved.problems() == []
