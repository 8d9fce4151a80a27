"""What the bot does with each kind of update."""

from aiogram import Router

from bot.handlers import buttons, commands, content, fallback, payments, stars


def build_router() -> Router:
    """Return the routers in the order in which they are asked."""
    root = Router(name="root")
    root.include_routers(
        stars.build_router(),
        commands.build_router(),
        payments.build_router(),
        content.build_router(),
        buttons.build_router(),
        fallback.build_router(),
    )
    return root
