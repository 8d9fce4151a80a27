"""The people's side: `/sim/...`, JSON over HTTP for tests, the journey and the page.

People, and what they do. Replies of actions: `{"message_ids": [...], "update_ids": [...]}`.

    GET  /sim/people                         -> [PersonView]
    POST /sim/people                         {"first_name", "person_id"?, "last_name"?,
                                              "username"?, "language_code"?} -> PersonView
    GET  /sim/people/ID/chat?after=N&wait_s=S  -> ChatView, at once or when its revision is past N
    POST /sim/people/ID/text                 {"text", "reply_to"?}; "/start x" is a command
    POST /sim/people/ID/photo                form: file, caption?
    POST /sim/people/ID/album                form: file (several), caption?, shuffle?
    POST /sim/people/ID/document             form: file (with its name and type), caption?
    POST /sim/people/ID/oversize             {"size_bytes", "file_name"?, "mime_type"?}
    POST /sim/people/ID/other                {"kind": voice|video|video_note|animation|audio|
                                              sticker|contact|location}
    POST /sim/people/ID/edit                 {"message_id", "text"}
    POST /sim/people/ID/tap                  {"label" or "data", "message_id"?, "times"?,
                                              "anyway"?, "inaccessible"?} -> {"action", "value",
                                              "message_id", "callback_ids", "update_ids"}
    POST /sim/people/ID/pay                  {"message_id"?, "loses_update"?}: presses Pay on an
                                             invoice, waits for the bot's answer -> CheckoutView
    POST /sim/people/ID/stars                {"stars"}: what the person owns now
    POST /sim/people/ID/block, .../unblock   no body

The rest.

    GET    /sim/files/FILE_ID                the content; byte ranges work
    GET    /sim/calls?after=N&method=M       -> [CallRecord], what the bot asked and what it got
    GET    /sim/violations                   -> [Violation], empty unless the bot is wrong
    GET    /sim/bot                          -> what the bot told about itself, and its queue
    GET    /sim/stars                        -> {"counts", "transactions": [StarTransaction]}
    POST   /sim/stars/refund                 {"charge_id", "loses_update"?}: behind the bot's back
    POST   /sim/stars/change                 {"charge_id", "stars"}: let another amount be paid
    GET    /sim/faults                       -> [fault]
    POST   /sim/faults                       FaultRule: {"kind": error|reset|slow|drop_reply|hold|
                                              duplicate_update, "method"?, "contains"?, "times"?,
                                              "code"?, "description"?, "retry_after_s"?, "delay_s"?}
                                             -> {"fault_id", "left", "held", ...the rule}
    POST   /sim/faults/ID/release            lets held calls go on and ends the rule -> [fault]
    DELETE /sim/faults                       ends all rules -> []
    POST   /sim/clock                        {"advance_s"} -> {"now"}
    POST   /sim/reset                        forgets everybody; numbers are never given again
                                             -> {"revision"}

What cannot be done answers `{"error": "a sentence"}`: 404 nobody or nothing there, 409 a person
could not do it either, 422 the request is malformed.
"""

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.telegram.faults import FaultRule
from infra.sandbox.telegram.impossible import NothingThereError
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.sim_people import add_people_routes
from infra.sandbox.telegram.sim_stars import add_star_routes
from infra.sandbox.telegram.world import TelegramWorld


class Clock(BaseModel):
    model_config = ConfigDict(extra="forbid")

    advance_s: float = Field(ge=0)


def add_sim_routes(app: FastAPI, world: TelegramWorld) -> None:
    add_people_routes(app, world)
    _add_fault_routes(app, world)
    add_star_routes(app, world)

    @app.get("/sim/violations")
    async def violations() -> list[Json]:
        return world.log.violations()

    @app.post("/sim/reset")
    async def reset() -> Json:
        world.reset()
        return {"revision": world.revision}

    @app.get("/sim/calls")
    async def calls(after: int = 0, method: str | None = None) -> list[Json]:
        return world.log.calls(after=after, method=method)

    @app.post("/sim/clock")
    async def clock(body: Clock) -> Json:
        world.advance(body.advance_s)
        return {"now": world.now()}

    @app.get("/sim/bot")
    async def bot() -> Json:
        return {
            **world.bot_user(),
            "webhook": world.polling.webhook,
            "pending_update_count": world.queue.count,
            "allowed_updates": sorted(world.queue.allowed or []) or None,
            "description": world.profile.text("description", None),
            "short_description": world.profile.text("short_description", None),
            "menu_button": world.profile.menu_button(None),
        }


def _add_fault_routes(app: FastAPI, world: TelegramWorld) -> None:
    @app.get("/sim/faults")
    async def listed() -> list[Json]:
        return world.faults.listed()

    @app.post("/sim/faults")
    async def add(rule: FaultRule) -> Json:
        return world.faults.add(rule).as_json()

    @app.delete("/sim/faults")
    async def clear() -> list[Json]:
        world.faults.clear()
        return world.faults.listed()

    @app.post("/sim/faults/{fault_id}/release")
    async def release(fault_id: int) -> list[Json]:
        if not world.faults.release(fault_id):
            raise NothingThereError(f"there is no fault {fault_id}")
        return world.faults.listed()
