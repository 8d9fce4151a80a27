"""The emulated YooKassa inside the sandbox's process; a restart forgets no payment."""

import time
from pathlib import Path

from fastapi import FastAPI
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from infra.sandbox.kie.clock import ScaledClock
from infra.sandbox.telegram.storage import Storage
from infra.sandbox.yookassa.app import add_yookassa_routes, new_world
from infra.sandbox.yookassa.settings import Shop, YooKassaSettings
from infra.sandbox.yookassa.world import YooKassaWorld

FILE = Path("yookassa", "state.sqlite")


class EmulatedYooKassaSettings(BaseSettings):
    sandbox_dir: Path | None = None
    sandbox_yookassa_shop_id: str = "100500"
    sandbox_yookassa_secret: SecretStr = SecretStr("test_secret-of-the-emulator")
    sandbox_yookassa_notification_url: str | None = None
    """Where notifications are sent; without it none is."""
    sandbox_yookassa_fiscalization: bool = False
    """Whether a payment needs a receipt."""
    sandbox_yookassa_scale: float = Field(default=1.0, gt=0, le=100_000)
    """How many seconds pass there in one of ours."""


def add_yookassa(app: FastAPI, settings: EmulatedYooKassaSettings) -> YooKassaWorld:
    """Add its routes. Close the world in the end. Raises `StateError`."""
    shop = Shop(
        shop_id=settings.sandbox_yookassa_shop_id,
        secret=settings.sandbox_yookassa_secret.get_secret_value(),
        notification_url=settings.sandbox_yookassa_notification_url,
        is_fiscalized=settings.sandbox_yookassa_fiscalization,
    )
    folder = settings.sandbox_dir
    world = new_world(
        YooKassaSettings(shop=shop),
        clock=ScaledClock(time.time, settings.sandbox_yookassa_scale),
        storage=None if folder is None else Storage(folder / FILE),
    )
    add_yookassa_routes(app, world)
    return world
