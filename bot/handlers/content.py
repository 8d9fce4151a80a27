"""Photos and texts: the content of an order."""

import asyncio
import io

from aiogram import F, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import Document, Message, PhotoSize

from bot.desk import Desk, Person
from bot.draft import (
    Draft,
    Photo,
    RejectedText,
    Step,
    with_captions,
    with_photo,
    with_text,
)
from bot.drafting import ask_next
from bot.photos import (
    DOWNLOAD_MAX_BYTES,
    SIDE_MIN_PX,
    PhotoFault,
    PreparedPhoto,
    RejectedPhoto,
    prepare,
)
from bot.scripts import RejectedCaptions, read_captions

TAKES_TEXT = (Step.TEXT, Step.SCENARIO, Step.WISHES)


def build_router() -> Router:
    router = Router(name="content")
    router.message.register(photo, F.photo)
    router.message.register(document, F.document)
    router.message.register(unknown_command, F.text.startswith("/"))
    router.message.register(text, F.text)
    return router


async def photo(message: Message, desk: Desk, person: Person) -> None:
    sizes = message.photo or []
    largest = max(sizes, key=lambda size: size.width * size.height)
    await _take_picture(message, largest, desk, person)


async def document(message: Message, desk: Desk, person: Person) -> None:
    """A picture sent as a file keeps its quality; any other file is told so."""
    if message.document is not None:
        await _take_picture(message, message.document, desk, person)


async def unknown_command(_: Message, desk: Desk, person: Person) -> None:
    await desk.say(person, "wrong-command")


async def text(message: Message, desk: Desk, person: Person) -> None:
    draft = await desk.drafts.load(person.account)
    if draft is None or draft.ordered:
        await desk.say(person, "idle")
    elif draft.step in TAKES_TEXT:
        await _take_text(message.text or "", draft, desk, person)
    elif draft.step is Step.CAPTIONS:
        await _take_captions(message.text or "", draft, desk, person)
    else:
        need = "wrong-need-photo" if draft.step is Step.PHOTO else "wrong-need-button"
        await desk.say(person, need)
        await ask_next(desk, person, draft)


async def _take_text(given: str, draft: Draft, desk: Desk, person: Person) -> None:
    try:
        with_text(draft, given)
    except RejectedText as rejected:
        await _explain(rejected, desk, person)
        return

    def take(found: Draft | None) -> Draft:
        current = found or draft
        return with_text(current, given) if current.step is draft.step else current

    await ask_next(desk, person, await desk.drafts.change(person.account, take))


async def _take_captions(given: str, draft: Draft, desk: Desk, person: Person) -> None:
    """Put the person's own captions in place of the script's, and show what comes of it."""
    try:
        captions = read_captions(given)
    except RejectedCaptions as rejected:
        await desk.say(
            person,
            f"wrong-captions-{rejected.code}",
            line=rejected.line,
            found=rejected.found,
            max=rejected.limit,
        )
        return

    def take(found: Draft | None) -> Draft:
        current = found or draft
        return with_captions(current, captions) if current.step is Step.CAPTIONS else current

    await ask_next(desk, person, await desk.drafts.change(person.account, take))


async def _take_picture(
    message: Message, file: PhotoSize | Document, desk: Desk, person: Person
) -> None:
    """Check and keep the picture, then ask for what is missing. Its caption is the text."""
    draft = await desk.drafts.load(person.account)
    if await _is_rest_of_album(message, draft, desk, person):
        return
    try:
        prepared = await _prepared(file, desk)
    except RejectedPhoto as rejected:
        await desk.say(person, f"wrong-photo-{rejected.fault}", min=SIDE_MIN_PX)
        return
    await desk.purchases.leave_email(person.account)
    await desk.photos.keep(person.account, prepared.data)
    kept = Photo(digest=prepared.digest, album_id=message.media_group_id)
    continued = draft is not None and not draft.ordered
    fresh = Draft(draft_id=desk.new_id())

    def take(found: Draft | None) -> Draft:
        current = fresh if found is None or found.ordered else found
        return with_photo(current, kept)

    draft_now = await desk.drafts.change(person.account, take)
    replaced = continued and draft is not None and draft.photo is not None
    notice = "photo-replaced" if replaced else "photo-taken"
    if message.media_group_id:
        notice = "album-first"
    await desk.say(person, notice)
    await _go_on(message.caption, draft_now, desk, person)


async def _is_rest_of_album(
    message: Message, draft: Draft | None, desk: Desk, person: Person
) -> bool:
    """The other photos of an album need no answer; a caption among them is still the text."""
    if message.media_group_id is None or draft is None or draft.photo is None:
        return False
    if draft.photo.album_id != message.media_group_id:
        return False
    if message.caption and draft.step is Step.TEXT:
        await _go_on(message.caption, draft, desk, person)
    return True


async def _go_on(caption: str | None, draft: Draft, desk: Desk, person: Person) -> None:
    if caption and draft.step is Step.TEXT:
        await _take_text(caption, draft, desk, person)
    else:
        await ask_next(desk, person, draft)


async def _prepared(file: PhotoSize | Document, desk: Desk) -> PreparedPhoto:
    """Raises `RejectedPhoto`."""
    if (file.file_size or 0) > DOWNLOAD_MAX_BYTES:
        raise RejectedPhoto(PhotoFault.TOO_LARGE)
    target = io.BytesIO()
    try:
        await desk.bot.download(file, destination=target)
    except TelegramBadRequest as error:
        if "too big" in error.message.lower():
            raise RejectedPhoto(PhotoFault.TOO_LARGE) from error
        raise
    return await asyncio.to_thread(prepare, target.getvalue())


async def _explain(rejected: RejectedText, desk: Desk, person: Person) -> None:
    text_id = f"wrong-text-{rejected.code}"
    await desk.say(person, text_id, length=rejected.length, max=rejected.length_max)
