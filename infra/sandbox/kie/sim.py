"""The control side, below `/kie/sim`, for tests and the sandbox only: JSON over HTTP.

    POST   /kie/sim/keys              KeyRule: {"key", "account"?, "hourly_cap"?, "daily_cap"?,
                                       "total_cap"?, "is_revoked"?} -> the rule
    POST   /kie/sim/accounts/NAME     {"credits"?, "webhook_hmac_key"?: text or null} -> account
    GET    /kie/sim/accounts          -> [{"name", "credits", "webhook_hmac_key"}]
    GET    /kie/sim/photos            -> [{"digest", "uploads", "task_ids"}]: more tasks than jobs
                                       of a photo means that it was paid for twice
    GET    /kie/sim/tasks             -> [{"task_id", "account", "model", "state", "callback_url",
                                       "digests", "credits", "created_at", "ends_at"}]
    GET    /kie/sim/callbacks         -> [{"task_id", "url", "due_at", "answers"}]
    GET    /kie/sim/calls?after=N&endpoint=E  -> [{"number", "at", "endpoint", "code", "msg",
                                       "fault"}]
    GET    /kie/sim/faults            -> [fault]
    POST   /kie/sim/faults            FaultRule -> {"fault_id", "left", "held", ...the rule}
    POST   /kie/sim/faults/ID/release lets held calls go on and ends the rule -> [fault]
    DELETE /kie/sim/faults            ends all rules -> []
    POST   /kie/sim/manners           {"http_codes"?: [429], "refuses_library_agents"?: true}
    POST   /kie/sim/clock             {"advance_s"} -> {"now"}
    POST   /kie/sim/reset             forgets everything -> {}

What is not there answers 404, and a malformed request 422.
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.fault_routes import add_fault_routes
from infra.sandbox.kie.accounts import Account, Credits, KeyRule
from infra.sandbox.kie.faults import Endpoint, FaultRule
from infra.sandbox.kie.tasks import Task
from infra.sandbox.kie.world import KieWorld
from infra.sandbox.telegram.json_types import Json

SIM = "/kie/sim"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AccountChange(Strict):
    credits: Credits | None = None
    webhook_hmac_key: Annotated[str, Field(min_length=1)] | None = None


class MannersChange(Strict):
    http_codes: frozenset[Annotated[int, Field(ge=400, le=599)]] | None = None
    refuses_library_agents: bool | None = None


class ClockChange(Strict):
    advance_s: float = Field(ge=0)


def sim_routes(world: KieWorld) -> APIRouter:
    router = APIRouter(prefix=SIM)
    _add_accounts(router, world)
    _add_counters(router, world)
    _add_faults(router, world)
    _add_switches(router, world)
    return router


def _add_accounts(router: APIRouter, world: KieWorld) -> None:
    @router.post("/keys")
    async def put_key(rule: KeyRule) -> Json:
        return world.accounts.put_key(rule).rule.model_dump()

    @router.get("/accounts")
    async def accounts() -> list[Json]:
        return [_account(world, account) for account in world.accounts.listed()]

    @router.post("/accounts/{name}")
    async def change(name: str, wanted: AccountChange) -> Json:
        account = world.accounts.account(name)
        if wanted.credits is not None:
            world.accounts.set_balance(account, wanted.credits)
        if "webhook_hmac_key" in wanted.model_fields_set:
            account.webhook_hmac_key = wanted.webhook_hmac_key
        return _account(world, account)


def _add_counters(router: APIRouter, world: KieWorld) -> None:
    @router.get("/photos")
    async def photos() -> list[Json]:
        uploads, tasks = world.files.upload_counts(), world.tasks.by_photo()
        return [
            {
                "digest": digest,
                "uploads": uploads.get(digest, 0),
                "task_ids": [task.task_id for task in tasks.get(digest, [])],
            }
            for digest in {**uploads, **tasks}
        ]

    @router.get("/tasks")
    async def tasks() -> list[Json]:
        return [_task(world, task) for task in world.tasks]

    @router.get("/callbacks")
    async def callbacks() -> list[Json]:
        return world.callbacks.listed()

    @router.get("/calls")
    async def calls(after: int = 0, endpoint: Endpoint | None = None) -> list[Json]:
        return world.calls.listed(after=after, endpoint=endpoint)


def _add_faults(router: APIRouter, world: KieWorld) -> None:
    add_fault_routes(router, lambda: world.faults)

    @router.post("/faults")
    async def add(rule: FaultRule) -> Json:
        return world.faults.add(rule).as_json()


def _add_switches(router: APIRouter, world: KieWorld) -> None:
    @router.post("/manners")
    async def manners(wanted: MannersChange) -> Json:
        if wanted.http_codes is not None:
            world.manners.http_codes = wanted.http_codes
        if wanted.refuses_library_agents is not None:
            world.manners.refuses_library_agents = wanted.refuses_library_agents
        return {
            "http_codes": sorted(world.manners.http_codes),
            "refuses_library_agents": world.manners.refuses_library_agents,
        }

    @router.post("/clock")
    async def clock(wanted: ClockChange) -> Json:
        world.advance(wanted.advance_s)
        return {"now": world.clock.now()}

    @router.post("/reset")
    async def reset() -> Json:
        world.forget_all()
        return {}


def _account(world: KieWorld, account: Account) -> Json:
    return {
        "name": account.name,
        "credits": world.accounts.balance(account),
        "webhook_hmac_key": account.webhook_hmac_key,
    }


def _task(world: KieWorld, task: Task) -> Json:
    now = world.clock.now()
    return {
        "task_id": task.task_id,
        "account": task.account,
        "model": task.order.model,
        "state": task.state_at(now).value,
        "callback_url": task.order.callback_url,
        "digests": [photo.digest for photo in task.photos],
        "credits": task.cost_at(now),
        "created_at": task.created_at,
        "ends_at": task.ends_at,
    }
