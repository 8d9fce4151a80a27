"""The page on which a person chats with the bot and watches the ledger."""

from fastapi import FastAPI
from nicegui import ui


def add_page(app: FastAPI) -> None:
    @ui.page("/")
    def page() -> None:
        ui.label("Нейрокарточки")

    # Its type says Callable without its arguments.
    ui.run_with(  # pyright: ignore[reportUnknownMemberType]
        app, title="Нейрокарточки", language="ru", show_welcome_message=False
    )
