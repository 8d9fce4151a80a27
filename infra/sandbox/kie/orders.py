"""The body of a request for a video, checked against the documented fields of its model."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from infra.sandbox.kie.inputs import MARKET, Url, VideoInput
from infra.sandbox.kie.refusals import KieError
from infra.sandbox.kie.veo import VeoRequest
from infra.sandbox.telegram.json_types import Json

Model = TypeVar("Model", bound=BaseModel)
Api = Literal["market", "veo"]


class CreateTask(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    model: Annotated[str, StringConstraints(min_length=1)]
    input: dict[str, Any]
    callback_url: Url | None = Field(alias="callBackUrl", default=None)


@dataclass(frozen=True)
class Order:
    api: Api
    model: str
    input: VideoInput
    body: Json
    """As it was sent: recordInfo repeats it."""
    callback_url: str | None


def market_order(given: Json) -> Order:
    """Raise `KieError` 422 with the first thing that is wrong."""
    if given.get("input") is None:
        raise KieError(422, "the input cannot be null")
    request = _checked(CreateTask, given)
    model = MARKET.get(request.model)
    if model is None:
        raise KieError(422)
    return Order(
        "market", request.model, _checked(model, request.input), given, request.callback_url
    )


def veo_order(given: Json) -> Order:
    request = _checked(VeoRequest, given)
    return Order("veo", request.model, request, given, request.callback_url)


def _checked(model: type[Model], given: Json) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        trouble = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in trouble["loc"])
        raise KieError(422, _sentence(place, trouble["type"], trouble["msg"])) from error


def _sentence(place: str, kind: str, msg: str) -> str:
    match kind:
        case "missing":
            return f"{place} is required"
        case "extra_forbidden":
            return f"{place} is not supported"
        case "value_error":
            return msg.removeprefix("Value error, ")
        case _:
            return f"{place}: {msg}"
