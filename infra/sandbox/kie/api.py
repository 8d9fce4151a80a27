"""The API host, below `/kie/api`: tasks, Veo, credits and fresh links to results."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from infra.sandbox.kie.accounts import ApiKey
from infra.sandbox.kie.dialects import ApiDialect, json_object
from infra.sandbox.kie.edge import Edge, Visit
from infra.sandbox.kie.faults import Endpoint
from infra.sandbox.kie.fetching import Fetch, PhotoSource
from infra.sandbox.kie.orders import Order, market_order, veo_order
from infra.sandbox.kie.records import market_record
from infra.sandbox.kie.refusals import PHRASES, KieError
from infra.sandbox.kie.tasks import Task
from infra.sandbox.kie.veo_records import veo_record
from infra.sandbox.kie.world import Asked, KieWorld
from infra.sandbox.telegram.json_types import Json

API = "/kie/api"
FILES = "/kie/files"
NOT_JSON = "the request body must be a JSON object"
TOO_OLD = "Temporarily supports records within 14 days."


def api_routes(world: KieWorld, fetch: Fetch) -> APIRouter:
    router = APIRouter(prefix=API)
    edge = Edge(world, ApiDialect(world))
    desk = ApiDesk(world, PhotoSource(world, fetch))

    @router.post("/api/v1/jobs/createTask")
    async def create_task(request: Request) -> Response:
        return await edge.answer(request, Endpoint.CREATE_TASK, desk.create_task)

    @router.get("/api/v1/jobs/recordInfo")
    async def record_info(request: Request) -> Response:
        return await edge.answer(request, Endpoint.RECORD_INFO, desk.record_info)

    @router.post("/api/v1/veo/generate")
    async def veo_generate(request: Request) -> Response:
        return await edge.answer(request, Endpoint.VEO_GENERATE, desk.veo_generate)

    @router.get("/api/v1/veo/record-info")
    async def veo_record_info(request: Request) -> Response:
        return await edge.answer(request, Endpoint.VEO_RECORD_INFO, desk.veo_record_info)

    @router.get("/api/v1/chat/credit")
    async def credit(request: Request) -> Response:
        return await edge.answer(request, Endpoint.CREDIT, desk.credit)

    @router.post("/api/v1/common/download-url")
    async def download_url(request: Request) -> Response:
        return await edge.answer(request, Endpoint.DOWNLOAD_URL, desk.download_url)

    @router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def nothing() -> Response:
        return JSONResponse({"code": 404, "msg": PHRASES[404], "data": None}, status_code=404)

    return router


class ApiDesk:
    def __init__(self, world: KieWorld, photos: PhotoSource) -> None:
        self._world = world
        self._photos = photos

    async def create_task(self, visit: Visit) -> Json:
        key = self._creator(visit)
        task = await self._accepted(visit, key, market_order(_body(visit)))
        return {"taskId": task.task_id}

    async def veo_generate(self, visit: Visit) -> Json:
        key = self._creator(visit)
        task = await self._accepted(visit, key, veo_order(_body(visit)))
        return {"taskId": task.task_id}

    async def record_info(self, visit: Visit) -> Json:
        key, task_id = self._asker(visit)
        task = self._world.visible_task(task_id, key)
        if task is None or task.order.api != "market":
            raise KieError(422, "recordInfo is null")
        return market_record(task, self._world.clock.now())

    async def veo_record_info(self, visit: Visit) -> Json:
        key, task_id = self._asker(visit)
        task = self._world.visible_task(task_id, key)
        if task is None or task.order.api != "veo":
            raise KieError(422, "record is null.")
        now = self._world.clock.now()
        if now - task.created_at > self._world.settings.timing.media_kept_s:
            raise KieError(422, TOO_OLD)
        return veo_record(task, now)

    async def credit(self, visit: Visit) -> float:
        return self._world.accounts.balance(self._key(visit).account)

    async def download_url(self, visit: Visit) -> str:
        key = self._key(visit)
        url = _body(visit).get("url")
        if not isinstance(url, str):
            raise KieError(422, "url is required")
        return f"{origin_of(visit.request)}/t/{self._world.open_fresh_link(url, key)}"

    async def _accepted(self, visit: Visit, key: ApiKey, order: Order) -> Task:
        origin = origin_of(visit.request)
        photos = await self._photos.all(order.input.photo_urls, origin)
        world = self._world
        return world.accept(
            Asked(key, order, photos, origin),
            lambda: world.faults.fate(visit.endpoint, visit.text),
        )

    def _creator(self, visit: Visit) -> ApiKey:
        key = self._key(visit)
        if not key.account.creates.take():
            raise KieError(429)
        return key

    def _asker(self, visit: Visit) -> tuple[ApiKey, str]:
        key = self._key(visit, "Unauthorized")
        if not key.queries.take():
            raise KieError(429)
        task_id = visit.request.query_params.get("taskId", "")
        if not task_id:
            raise KieError(400)
        return key, task_id

    def _key(self, visit: Visit, unauthorized: str = PHRASES[401]) -> ApiKey:
        header = visit.request.headers.get("authorization", "")
        return self._world.accounts.known(header, unauthorized)


def origin_of(request: Request) -> str:
    """Return where this emulator's files are, by the name that the client called it."""
    return f"{request.url.scheme}://{request.url.netloc}{FILES}"


def _body(visit: Visit) -> Json:
    if not visit.request.headers.get("content-type", "").startswith("application/json"):
        raise KieError(422, "Content-Type must be application/json")
    return json_object(visit.body, trouble=KieError(422, NOT_JSON))
