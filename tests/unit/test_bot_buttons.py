"""Every button leads somewhere, and commands are known in every list of them."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData, CallbackQueryFilter

from bot import buttons
from bot.handlers import build_router
from bot.main import COMMANDS

ROUTER = build_router()


def filters_of(router: Router, kind: str):
    for one in (router, *router.sub_routers):
        for handler in one.observers[kind].handlers:
            for used in handler.filters or []:
                yield used.callback


def test_every_kind_of_button_has_its_handler():
    made = {
        value
        for value in vars(buttons).values()
        if isinstance(value, type) and issubclass(value, CallbackData) and value is not CallbackData
    }
    handled = {
        used.callback_data
        for used in filters_of(ROUTER, "callback_query")
        if isinstance(used, CallbackQueryFilter)
    }
    assert made == handled


def test_every_command_in_the_menu_is_answered():
    answered = {
        name
        for used in filters_of(ROUTER, "message")
        if isinstance(used, Command)
        for name in used.commands
    }
    assert set(COMMANDS) == answered
