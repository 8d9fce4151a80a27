"""The emulated KIE inside the sandbox's process: in memory only, so a restart forgets its tasks."""

import time

import httpx
from fastapi import FastAPI
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from infra.sandbox.kie.accounts import KeyRule
from infra.sandbox.kie.app import add_kie_routes, new_world
from infra.sandbox.kie.clock import ScaledClock
from infra.sandbox.kie.film import Films
from infra.sandbox.kie.sender import CallbackSender
from infra.sandbox.kie.world import KieWorld

CREDITS = 1_000_000.0
ACCOUNT = "main"


class EmulatedKieSettings(BaseSettings):
    sandbox_kie_key: SecretStr | None = None
    """A key with credits; without it whoever wants one makes it below `/kie/sim`."""
    sandbox_kie_scale: float = Field(default=20.0, gt=0, le=1_000)
    """How many seconds pass there in one of ours."""


def add_kie(app: FastAPI, settings: EmulatedKieSettings) -> KieWorld:
    """Add its routes, and give the key its credits. Close the world in the end."""
    world = new_world(clock=ScaledClock(time.time, settings.sandbox_kie_scale))
    if settings.sandbox_kie_key is not None:
        key = settings.sandbox_kie_key.get_secret_value()
        world.accounts.put_key(KeyRule(key=key, account=ACCOUNT))
        world.accounts.set_balance(world.accounts.account(ACCOUNT), CREDITS)
    add_kie_routes(app, world, Films().film)
    return world


async def send_callbacks(world: KieWorld) -> None:
    """Send until the world is closed."""
    async with httpx.AsyncClient(trust_env=False) as client:
        await CallbackSender(world, client).run()
