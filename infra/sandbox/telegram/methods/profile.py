"""What the bot asks about itself and about people, and what it tells people about itself."""

import re

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.methods.call import Call, known_chat
from infra.sandbox.telegram.profile import commands_key, in_language
from infra.sandbox.telegram.refusals import Breach
from infra.sandbox.telegram.world import TelegramWorld

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
COMMANDS_MAX = 100


async def get_me(world: TelegramWorld, call: Call) -> Json:
    del call
    return {
        **world.bot_user(),
        "can_join_groups": False,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_chat(world: TelegramWorld, call: Call) -> Json:
    chat = known_chat(world, call.get("chat_id"))
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    return {
        **chat.person.as_chat(),
        "accent_color_id": chat.chat_id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": {**dict.fromkeys(gifts, True), "gifts_from_channels": True},
    }


async def set_my_commands(world: TelegramWorld, call: Call) -> bool:
    commands: list[Json] = call.get("commands")
    if len(commands) > COMMANDS_MAX:
        raise Breach("BOT_COMMANDS_TOO_MUCH")
    if not all(COMMAND.fullmatch(command["command"]) for command in commands):
        raise Breach("BOT_COMMAND_INVALID")
    world.profile.remember(commands_key(call.get("scope"), call.get("language_code")), commands)
    return True


async def get_my_commands(world: TelegramWorld, call: Call) -> list[Json]:
    return world.profile.commands(call.get("scope"), call.get("language_code"))


async def delete_my_commands(world: TelegramWorld, call: Call) -> bool:
    world.profile.forget(commands_key(call.get("scope"), call.get("language_code")))
    return True


async def set_my_description(world: TelegramWorld, call: Call) -> bool:
    name = in_language("description", call.get("language_code"))
    world.profile.remember(name, call.get("description", default=""))
    return True


async def set_my_short_description(world: TelegramWorld, call: Call) -> bool:
    name = in_language("short_description", call.get("language_code"))
    world.profile.remember(name, call.get("short_description", default=""))
    return True


async def set_chat_menu_button(world: TelegramWorld, call: Call) -> bool:
    world.profile.remember(f"menu_button/{call.get('chat_id')}", call.get("menu_button"))
    return True
