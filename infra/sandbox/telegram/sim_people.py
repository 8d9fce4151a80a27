"""The routes below `/sim/people` and `/sim/files`; `sim.py` lists them."""

from typing import Annotated

from fastapi import FastAPI, Form, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.telegram.chats import Person
from infra.sandbox.telegram.impossible import NothingThereError
from infra.sandbox.telegram.other_messages import OtherKind
from infra.sandbox.telegram.phone import Phone, Sent
from infra.sandbox.telegram.tapping import Tap, Tapped
from infra.sandbox.telegram.views import ChatView, PersonView, person_view
from infra.sandbox.telegram.world import TelegramWorld

PERSON = "/sim/people/{person_id}"
FIRST_PERSON_ID = 5_000_000_001
WAIT_MAX_S = 60
TIMES_MAX = 20
SHOWN_INLINE = ("image/jpeg", "image/png", "image/webp", "image/gif", "video/", "audio/")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewPerson(_Strict):
    first_name: Annotated[str, Field(min_length=1, max_length=64)]
    person_id: Annotated[int, Field(gt=0, lt=2**52)] | None = None
    last_name: str | None = None
    username: str | None = None
    language_code: str = "ru"


class TypedText(_Strict):
    text: str
    reply_to: int | None = None


class Oversize(_Strict):
    size_bytes: Annotated[int, Field(gt=0)]
    file_name: str = "photo.jpg"
    mime_type: str = "image/jpeg"


class Other(_Strict):
    kind: OtherKind


class Edited(_Strict):
    message_id: int
    text: str


class Tapping(_Strict):
    label: str | None = None
    data: str | None = None
    message_id: int | None = None
    anyway: bool = False
    inaccessible: bool = False
    times: Annotated[int, Field(ge=1, le=TIMES_MAX)] = 1

    def as_tap(self) -> Tap:
        return Tap(**self.model_dump(exclude={"times"}))


def add_people_routes(app: FastAPI, world: TelegramWorld) -> None:
    _add_sending_routes(app, world)
    _add_acting_routes(app, world)

    @app.get("/sim/people")
    async def people() -> list[PersonView]:
        return [person_view(chat) for chat in world.chats()]

    @app.post("/sim/people")
    async def add_person(body: NewPerson) -> PersonView:
        person_id = body.person_id or world.storage.next_number("person", first=FIRST_PERSON_ID)
        names = (body.first_name, body.last_name, body.username, body.language_code)
        return person_view(world.add_person(Person(person_id, *names)))

    @app.get(PERSON + "/chat")
    async def chat(person_id: int, after: int | None = None, wait_s: float = 0) -> ChatView:
        if after is None:
            return Phone(world, person_id).view()
        return await Phone(world, person_id).wait(after, timeout_s=min(wait_s, WAIT_MAX_S))

    @app.get("/sim/files/{file_id}")
    async def content(file_id: str) -> Response:
        return _content(world, file_id)


def _add_sending_routes(app: FastAPI, world: TelegramWorld) -> None:
    @app.post(PERSON + "/text")
    async def text(person_id: int, body: TypedText) -> Sent:
        return Phone(world, person_id).send_text(body.text, reply_to=body.reply_to)

    @app.post(PERSON + "/photo")
    async def photo(person_id: int, file: UploadFile, caption: Annotated[str, Form()] = "") -> Sent:
        return await Phone(world, person_id).send_photo(await file.read(), caption=caption)

    @app.post(PERSON + "/album")
    async def album(
        person_id: int,
        file: list[UploadFile],
        caption: Annotated[str, Form()] = "",
        shuffle: Annotated[bool, Form()] = False,  # noqa: FBT002 - a form field has no other place
    ) -> Sent:
        photos = [await one.read() for one in file]
        phone = Phone(world, person_id)
        return await phone.send_album(photos, caption=caption, shuffle=shuffle)

    @app.post(PERSON + "/document")
    async def document(
        person_id: int, file: UploadFile, caption: Annotated[str, Form()] = ""
    ) -> Sent:
        return await Phone(world, person_id).send_document(
            await file.read(),
            file_name=file.filename or "file",
            mime_type=file.content_type,
            caption=caption,
        )

    @app.post(PERSON + "/oversize")
    async def oversize(person_id: int, body: Oversize) -> Sent:
        return Phone(world, person_id).send_oversize(
            body.size_bytes, file_name=body.file_name, mime_type=body.mime_type
        )

    @app.post(PERSON + "/other")
    async def other(person_id: int, body: Other) -> Sent:
        return Phone(world, person_id).send_other(body.kind)


def _add_acting_routes(app: FastAPI, world: TelegramWorld) -> None:
    @app.post(PERSON + "/edit")
    async def edit(person_id: int, body: Edited) -> Sent:
        return Phone(world, person_id).edit_text(body.message_id, body.text)

    @app.post(PERSON + "/tap")
    async def tap(person_id: int, body: Tapping) -> Tapped:
        return Phone(world, person_id).tap(body.as_tap(), times=body.times)

    @app.post(PERSON + "/block")
    async def block(person_id: int) -> Sent:
        return Phone(world, person_id).block()

    @app.post(PERSON + "/unblock")
    async def unblock(person_id: int) -> Sent:
        return Phone(world, person_id).unblock()


def _content(world: TelegramWorld, file_id: str) -> Response:
    """Answer with a file; what a browser might execute is only ever downloaded."""
    file = world.files.find(file_id)
    path = world.files.path_of(file) if file is not None else None
    if file is None or path is None:
        raise NothingThereError("there is no such file")
    mime_type = file.about.mime_type or ""
    is_shown = mime_type.startswith(SHOWN_INLINE)
    return FileResponse(
        path,
        media_type=mime_type if is_shown else "application/octet-stream",
        filename=file.about.file_name or file.file_path.rpartition("/")[2],
        content_disposition_type="inline" if is_shown else "attachment",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"},
    )
