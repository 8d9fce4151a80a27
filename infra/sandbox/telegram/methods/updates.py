"""getUpdates and the webhook's settings. Nothing is delivered to a webhook here."""

import re
from urllib.parse import urlsplit

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.methods.call import Call
from infra.sandbox.telegram.refusals import BadRequest, Breach
from infra.sandbox.telegram.schema import UPDATE_TYPES
from infra.sandbox.telegram.world import TelegramWorld

CONNECTIONS_USUAL = 40
SECRET_MAX = 256
SECRET = re.compile(r"[A-Za-z0-9_-]*")


async def get_updates(world: TelegramWorld, call: Call) -> list[Json]:
    _remember_allowed(world, call)
    offset, limit = call.get("offset", default=0), call.get("limit", default=100)
    return await world.polling.poll(offset, limit, call.get("timeout", default=0))


async def set_webhook(world: TelegramWorld, call: Call) -> bool:
    url: str = call.get("url")
    if urlsplit(url).scheme != "https":
        raise BadRequest("bad webhook: An HTTPS URL must be provided for webhook")
    secret = call.get("secret_token", default="")
    if len(secret) > SECRET_MAX:
        raise Breach("secret token is too long")
    if not SECRET.fullmatch(secret):
        raise Breach("secret token contains unallowed characters")
    _remember_allowed(world, call)
    _drop_pending(world, call)
    connections = call.get("max_connections", default=CONNECTIONS_USUAL)
    world.polling.set_webhook({"url": url, "max_connections": connections})
    return True


async def delete_webhook(world: TelegramWorld, call: Call) -> bool:
    _drop_pending(world, call)
    world.polling.set_webhook(None)
    return True


async def get_webhook_info(world: TelegramWorld, call: Call) -> Json:
    del call
    info: Json = {
        "url": "",
        **(world.polling.webhook or {}),
        "has_custom_certificate": False,
        "pending_update_count": world.queue.count,
    }
    if world.queue.allowed is not None:
        info["allowed_updates"] = sorted(world.queue.allowed)
    return info


def _remember_allowed(world: TelegramWorld, call: Call) -> None:
    allowed: list[str] | None = call.get("allowed_updates")
    if allowed is None:
        return
    unknown = set(allowed) - UPDATE_TYPES
    if unknown:
        raise Breach(f"unknown update type {min(unknown)}")
    world.queue.allow(allowed)


def _drop_pending(world: TelegramWorld, call: Call) -> None:
    if call.get("drop_pending_updates"):
        world.queue.forget_all()
