"""Photos, videos, documents and albums, in both directions."""

import io

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramEntityTooLarge
from aiogram.types import BufferedInputFile, InputMediaDocument, InputMediaPhoto, InputMediaVideo
from PIL import Image

from infra.sandbox.telegram.impossible import ImpossibleError
from tests.sandbox.pictures import mp4, picture
from tests.telegram_fixture import RunningTelegram

MB = 1024 * 1024


def upload(data: bytes, name: str = "file.bin") -> BufferedInputFile:
    return BufferedInputFile(data, name)


async def test_a_persons_photo_comes_in_three_sizes_and_can_be_fetched(
    telegram: RunningTelegram, bot: Bot
):
    sent = await telegram.client.post("/sim/people", json={"first_name": "Анна", "person_id": 42})
    assert sent.status_code == 200
    sent = await telegram.client.post(
        "/sim/people/42/photo",
        files={"file": ("cup.png", picture(3000, 2000, "PNG"), "image/png")},
        data={"caption": "Кружка /sale"},
    )
    assert len(sent.json()["message_ids"]) == 1
    [update] = await bot.get_updates()
    sizes = [(size.width, size.height) for size in update.message.photo]
    assert sizes == [(90, 60), (320, 213), (1280, 853)]
    assert update.message.caption == "Кружка /sale"
    assert update.message.caption_entities[0].type == "bot_command"

    file = await bot.get_file(update.message.photo[-1].file_id)
    content = (await bot.download_file(file.file_path)).read()
    assert len(content) == file.file_size
    assert Image.open(io.BytesIO(content)).size == (1280, 853)

    telegram.world.advance(3601)
    expired = await telegram.client.get(f"/file/bot{telegram.token}/{file.file_path}")
    assert expired.status_code == 404
    media = telegram.phone().view().messages[0].media
    shown = await telegram.client.get(media.url)
    assert (shown.headers["content-type"], shown.content) == ("image/jpeg", content)


async def test_a_turned_photo_arrives_upright_and_a_tiny_one_alone(telegram: RunningTelegram):
    phone = telegram.phone()
    buffer = io.BytesIO()
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (400, 200)).save(buffer, "JPEG", exif=turned)
    await phone.send_photo(buffer.getvalue())
    await phone.send_photo(picture(1, 1))
    upright, tiny = (message.wire["photo"] for message in phone.view().messages)
    assert (upright[-1]["width"], upright[-1]["height"]) == (200, 400)
    assert [(size["width"], size["height"]) for size in tiny] == [(1, 1)]


async def test_what_is_no_picture_goes_as_a_document_only(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    whole = picture(800, 600)
    for data in (b"<svg/>", whole[: len(whole) // 2], b"", picture(30, 1000)):
        with pytest.raises(ImpossibleError, match="send it as a document"):
            await phone.send_photo(data)
    await phone.send_document(b"<svg/>", file_name="a.svg", mime_type="image/svg+xml")
    await phone.send_document(whole, file_name="b.jpg", mime_type="image/jpeg", caption="вот")
    svg, jpeg = (update.message for update in await bot.get_updates())
    assert (svg.document.mime_type, svg.document.thumbnail) == ("image/svg+xml", None)
    assert (jpeg.document.file_name, jpeg.caption) == ("b.jpg", "вот")
    assert jpeg.document.thumbnail.width == 320
    shown = await telegram.client.get(phone.view().messages[0].media.url)
    assert shown.headers["content-disposition"].startswith("attachment")


async def test_a_file_over_20_mb_cannot_be_fetched(telegram: RunningTelegram, bot: Bot):
    telegram.phone().send_oversize(30 * MB, file_name="photo.jpg", mime_type="image/jpeg")
    [update] = await bot.get_updates()
    assert update.message.document.file_size == 30 * MB
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await bot.get_file(update.message.document.file_id)
    assert telegram.problems() == []


async def test_an_album_is_several_messages_with_one_group(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    sent = await phone.send_album([picture(color=c) for c in ("red", "green", "blue")], caption="3")
    first, *rest = [update.message for update in await bot.get_updates()]
    assert first.media_group_id
    assert {message.media_group_id for message in rest} == {first.media_group_id}
    assert [first.caption, *(message.caption for message in rest)] == ["3", None, None]

    await bot.get_updates(offset=sent.update_ids[-1] + 1)
    files = [("file", ("a.jpg", picture(), "image/jpeg"))] * 2
    await telegram.client.post(
        "/sim/people/42/album", files=files, data={"caption": "2", "shuffle": "true"}
    )
    backwards = [update.message for update in await bot.get_updates()]
    assert [message.caption for message in backwards] == [None, "2"]
    assert backwards[0].message_id > backwards[1].message_id


@pytest.mark.parametrize(
    "kind",
    ["voice", "video", "video_note", "animation", "audio", "sticker", "contact", "location"],
)
async def test_other_things_are_sent_too(telegram: RunningTelegram, bot: Bot, kind: str):
    telegram.phone()
    await telegram.client.post("/sim/people/42/other", json={"kind": kind})
    [update] = await bot.get_updates()
    assert update.message.content_type == kind


async def test_a_video_keeps_the_geometry_it_is_sent_with(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    phone.send_text("/start")
    content = mp4(padding=11 * MB)
    message = await bot.send_video(
        42,
        upload(content, "video.mp4"),
        width=720,
        height=1280,
        duration=7,
        thumbnail=upload(picture(180, 320), "t.jpg"),
        cover=upload(picture(720, 1280), "c.jpg"),
        supports_streaming=True,
        caption="<b>Готово</b>",
    )
    video = message.video
    assert (video.width, video.height, video.duration) == (720, 1280, 7)
    assert (video.thumbnail.width, video.cover[-1].height) == (180, 1280)
    assert (message.caption, video.mime_type) == ("Готово", "video/mp4")
    media = phone.view().messages[-1].media
    assert (media.kind, media.duration_s) == ("video", 7)
    part = await telegram.client.get(media.url, headers={"Range": "bytes=0-15"})
    assert (part.status_code, part.content) == (206, content[:16])
    assert part.headers["content-type"] == "video/mp4"

    again = await bot.send_video(42, video.file_id, caption="ещё раз")
    assert again.video.file_id == video.file_id
    assert again.video.thumbnail == video.thumbnail
    assert telegram.problems() == []


@pytest.mark.parametrize(("padding", "expected"), [(0, (720, 1280, 7)), (10 * MB, (320, 320, 0))])
async def test_geometry_that_is_not_told_is_found_in_small_videos_only(
    telegram: RunningTelegram, bot: Bot, padding: int, expected: tuple[int, int, int]
):
    telegram.phone().send_text("/start")
    video = (await bot.send_video(42, upload(mp4(padding=padding), "v.mp4"))).video
    assert (video.width, video.height, video.duration) == expected


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (picture(321, 100), "a thumbnail's sides must not exceed 320"),
        (picture(100, 100, "PNG"), "a thumbnail must be JPEG, not PNG"),
        (bytes(201 * 1024), "a thumbnail must be less than 200 kB"),
        (b"no", "a thumbnail must be a picture"),
    ],
)
async def test_a_wrong_thumbnail_is_passed_over_and_recorded(
    unserved: RunningTelegram, data: bytes, problem: str
):
    form = {"chat_id": "42", "video": "attach://v", "thumbnail": "attach://t"}
    files = {"v": ("v.mp4", mp4()), "t": ("t.jpg", data)}
    reply = await unserved.client.post(f"/bot{unserved.token}/sendVideo", data=form, files=files)
    assert reply.json()["ok"]
    assert "thumbnail" not in reply.json()["result"]["video"]
    [found] = unserved.problems()
    assert found.startswith(problem)


async def test_a_video_that_is_none_becomes_a_document(telegram: RunningTelegram, bot: Bot):
    telegram.phone().send_text("/start")
    message = await bot.send_video(42, upload(b"RIFF....", "v.avi"))
    assert (message.video, message.document.file_name) == (None, "v.avi")
    assert telegram.problems() == ["a video that is not MP4 is shown as a document"]


@pytest.mark.parametrize(
    ("data", "description"),
    [
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (picture(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (picture(5001, 5000), "PHOTO_INVALID_DIMENSIONS"),
        (bytes(10 * MB + 1), f"file of size {10 * MB + 1} bytes is too big for a photo"),
        (b"", "file must be non-empty"),
    ],
)
async def test_a_wrong_photo_is_refused(unserved: RunningTelegram, data: bytes, description: str):
    reply = await unserved.client.post(
        f"/bot{unserved.token}/sendPhoto", data={"chat_id": "42"}, files={"photo": ("p", data)}
    )
    assert reply.json()["description"] == f"Bad Request: {description}"


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({}, "there is no photo in the request"),
        ({"photo": "attach://nothing"}, "there is no photo in the request"),
        ({"photo": "AgAC"}, "wrong file identifier/HTTP URL specified"),
        ({"photo": "https://example.com/a.jpg"}, "failed to get HTTP URL content"),
        ({"photo": "VOICE"}, "can't use file of type Voice as Photo"),
        ({"photo": "PHOTO", "caption": "x" * 1025}, "message caption is too long"),
    ],
)
async def test_a_photo_that_is_not_there_is_refused(
    unserved: RunningTelegram, parameters: dict, description: str
):
    phone = unserved.phone()
    phone.send_other("voice")
    await phone.send_photo(picture())
    voice, photo = (m.media.file_id for m in phone.view().messages[-2:])
    names = {"VOICE": voice, "PHOTO": photo}
    parameters = {key: names.get(value, value) for key, value in parameters.items()}
    reply = await unserved.call("sendPhoto", chat_id=42, **parameters)
    assert reply["description"] == f"Bad Request: {description}"


async def test_the_bot_sends_an_album_and_changes_media(telegram: RunningTelegram, bot: Bot):
    phone = telegram.phone()
    phone.send_text("/start")
    photo = InputMediaPhoto(media=upload(picture(), "a.jpg"), caption="<i>a</i>")
    video = InputMediaVideo(media=upload(mp4(), "b.mp4"), width=9, height=16, duration=3)
    album = await bot.send_media_group(42, [photo, video])
    assert album[0].media_group_id == album[1].media_group_id
    assert (album[0].caption, album[1].video.width) == ("a", 9)
    with pytest.raises(TelegramBadRequest, match="an album must include 2-10 items"):
        await bot.send_media_group(42, [photo])
    with pytest.raises(TelegramBadRequest, match="can't use the media of the specified type in"):
        await bot.send_media_group(42, [photo, InputMediaDocument(media=upload(b"x"))])

    progress = await bot.send_message(42, "Рисую")
    shown = await bot.edit_message_media(
        chat_id=42, message_id=progress.message_id, media=InputMediaVideo(media=upload(mp4()))
    )
    assert (shown.text, shown.video.height) == (None, 1280)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_media(
            chat_id=42, message_id=progress.message_id, media=InputMediaVideo(media=upload(mp4()))
        )
    captioned = await bot.edit_message_caption(
        chat_id=42, message_id=progress.message_id, caption="Готово"
    )
    assert captioned.caption == "Готово"
    with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
        await bot.edit_message_text("x", chat_id=42, message_id=progress.message_id)


async def test_an_upload_over_50_mb_is_too_large(telegram: RunningTelegram, bot: Bot):
    telegram.phone().send_text("/start")
    with pytest.raises(TelegramEntityTooLarge):
        await bot.send_document(42, upload(bytes(51 * MB)))
    assert telegram.problems() == []


async def test_same_content_is_kept_once(telegram: RunningTelegram, bot: Bot):
    telegram.phone().send_text("/start")
    one = (await bot.send_document(42, upload(b"same", "a.txt"))).document
    two = (await bot.send_document(42, upload(b"same", "b.txt"))).document
    assert one.file_unique_id == two.file_unique_id
    assert one.file_id != two.file_id
    files = telegram.world.files
    paths = {files.path_of(files.find(document.file_id)) for document in (one, two)}
    assert [path.read_bytes() for path in paths] == [b"same"]
    telegram.world.reset()
    assert not paths.pop().exists()
