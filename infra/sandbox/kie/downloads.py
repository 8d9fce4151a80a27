"""The hosts of the files, below `/kie/files`: `u` uploads, `r` results, `t` fresh links."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from infra.sandbox.kie.api import FILES
from infra.sandbox.kie.dialects import FileDialect
from infra.sandbox.kie.edge import Edge, Visit
from infra.sandbox.kie.faults import Endpoint
from infra.sandbox.kie.refusals import KieError
from infra.sandbox.kie.tasks import Photo, Task
from infra.sandbox.kie.world import KieWorld
from infra.sandbox.telegram.json_types import Json


@dataclass(frozen=True)
class FilmOrder:
    """What is known of a video that has to be shown now."""

    task_id: str
    model: str
    input: Json
    photos: tuple[Photo, ...]
    duration_s: int


Film = Callable[[FilmOrder], Awaitable[bytes]]
"""Return an MP4. The same order may be asked for again: keeping it is the film's business."""


def file_routes(world: KieWorld, film: Film) -> APIRouter:
    router = APIRouter(prefix=FILES)
    edge = Edge(world, FileDialect())

    @router.get("/u/{path:path}")
    async def upload(path: str, request: Request) -> Response:
        async def content(_: Visit) -> Response:
            kept = world.files.uploaded(path, now=world.clock.now())
            if kept is None:
                raise KieError(404)
            return Response(kept.photo.data, media_type=kept.mime_type)

        return await edge.answer(request, Endpoint.FILE, content)

    @router.get("/r/{task_id}_0.mp4")
    async def result(task_id: str, request: Request) -> Response:
        async def content(_: Visit) -> Response:
            return await _shown(world.downloadable(task_id), film)

        return await edge.answer(request, Endpoint.FILE, content)

    @router.get("/t/{token}")
    async def fresh(token: str, request: Request) -> Response:
        async def content(_: Visit) -> Response:
            return await _shown(world.freshly_linked(token), film)

        return await edge.answer(request, Endpoint.FILE, content)

    return router


async def _shown(task: Task | None, film: Film) -> Response:
    if task is None:
        raise KieError(404)
    asked = task.order.input
    order = FilmOrder(
        task.task_id, task.order.model, asked.model_dump(), task.photos, asked.duration_s
    )
    return Response(await film(order), media_type="video/mp4")
