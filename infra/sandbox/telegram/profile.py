"""What the bot tells Telegram about itself: commands, descriptions, the menu button."""

import json
from typing import Any

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.storage import Storage

KIND = "profile"
DEFAULT_SCOPE: Json = {"type": "default"}


class Profile:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._values: dict[str, Any] = {key: body["value"] for key, body in storage.load(KIND)}

    def remember(self, name: str, value: object) -> None:
        self._values[name] = value
        self._storage.put(KIND, name, {"value": value})

    def forget(self, name: str) -> None:
        self._values.pop(name, None)
        self._storage.remove(KIND, name)

    def text(self, name: str, language_code: str | None) -> str:
        return str(self._values.get(in_language(name, language_code), ""))

    def menu_button(self, chat_id: int | None) -> Json:
        button = self._values.get(f"menu_button/{chat_id}") if chat_id else None
        return button or self._values.get("menu_button/None") or {"type": "commands"}

    def commands(self, scope: Json | None, language_code: str | None) -> list[Json]:
        return self._values.get(commands_key(scope, language_code), [])

    def commands_for(self, chat_id: int, language_code: str) -> list[Json]:
        """Return the commands that a person sees: the narrowest scope, the own language first."""
        scopes: list[Json] = [
            {"type": "chat", "chat_id": chat_id},
            {"type": "all_private_chats"},
            DEFAULT_SCOPE,
        ]
        keys = [commands_key(scope, code) for scope in scopes for code in (language_code, None)]
        found: list[list[Json]] = [self._values[key] for key in keys if key in self._values]
        return found[0] if found else []

    def forget_all(self) -> None:
        self._values.clear()
        self._storage.clear(KIND)


def commands_key(scope: Json | None, language_code: str | None) -> str:
    return in_language(
        f"commands/{json.dumps(scope or DEFAULT_SCOPE, sort_keys=True)}", language_code
    )


def in_language(name: str, language_code: str | None) -> str:
    return f"{name}/{language_code or ''}"
