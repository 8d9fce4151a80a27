"""The page on which a person chats with the bot and watches the ledger."""

from pathlib import Path

from fastapi import FastAPI, HTTPException, Response
from fastapi.staticfiles import StaticFiles
from nicegui import ui

from infra.sandbox.page.backstage import Backstage
from infra.sandbox.page.view import PageView
from infra.sandbox.samples import sample_photo, sample_preview

TITLE = "Нейрокарточки: песочница"
STATIC = Path(__file__).parent / "static"
HEAD = """
    <link rel="stylesheet" href="/page/static/page.css?v={version}">
    <meta name="theme-color" content="#eef2f8">
"""


def add_page(app: FastAPI, backstage: Backstage) -> None:
    """Mount the page into the application of the emulator, below all its routes."""
    app.mount("/page/static", StaticFiles(directory=STATIC))
    # Drawing takes a moment, so these are no coroutines: they run in a thread.
    app.add_api_route("/page/samples/{name}.jpg", _sample)
    app.add_api_route("/page/samples/{name}/preview.jpg", _preview)

    @ui.page("/", title=TITLE, favicon=STATIC / "favicon.svg")
    def page(person: str = "") -> None:  # pyright: ignore[reportUnusedFunction] - NiceGUI calls it
        ui.add_head_html(HEAD.format(version=(STATIC / "page.css").stat().st_mtime_ns))
        PageView(backstage, int(person) if person.isdecimal() else None)

    # Its type says Callable without its arguments.
    ui.run_with(  # pyright: ignore[reportUnknownMemberType] - NiceGUI leaves arguments unannotated
        app,
        title=TITLE,
        language="ru",
        show_welcome_message=False,
        tailwind=False,
        binding_refresh_interval=None,
    )


def _sample(name: str) -> Response:
    return _drawn(name, is_preview=False)


def _preview(name: str) -> Response:
    return _drawn(name, is_preview=True)


def _drawn(name: str, *, is_preview: bool) -> Response:
    try:
        picture = sample_preview(name) if is_preview else sample_photo(name)
    except KeyError as error:
        raise HTTPException(404) from error
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "max-age=3600"})
