"""Read what KIE says of a task: only its id and its state have to be as promised."""

from decimal import Decimal

import structlog
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from videogen.failures import TABLE, ProviderCallError, Trouble
from videogen.kie.answers import gist
from videogen.kie.loose import amount, first_address, inner, instant, whole, words
from videogen.kie.outcomes import Failed, Finished, Running, TaskView
from videogen.kie.routes import Route
from videogen.kie.sorting import trouble_of_task
from videogen.provider import Task

MARKET_RUNNING = ("waiting", "queuing", "generating")
VEO_RUNNING, VEO_SUCCESS, VEO_FAILED = 0, 1, (2, 3)

log = structlog.get_logger()


class _Record(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", hide_input_in_errors=True)

    task_id: str
    credits_consumed: JsonValue = None
    consume_credits: JsonValue = None
    """The same, as older endpoints call it."""

    @property
    def cost_credits(self) -> Decimal | None:
        told = self.consume_credits if self.credits_consumed is None else self.credits_consumed
        return amount(told)


class _MarketRecord(_Record):
    state: str
    param: JsonValue = None
    result_json: JsonValue = None
    fail_code: JsonValue = None
    fail_msg: JsonValue = None
    create_time: JsonValue = None
    complete_time: JsonValue = None

    def view(self) -> TaskView:
        callback_url = _callback_url(self.param)
        if self.state == "fail":
            return _failed(self, self.fail_code, self.fail_msg, callback_url)
        if self.state != "success":
            return _running(self.state, callback_url, is_known=self.state in MARKET_RUNNING)
        url = first_address(inner(self.result_json, "resultUrls"))
        if url is None:
            return _empty(self, callback_url)
        created_at, ended_at = instant(self.create_time), instant(self.complete_time)
        return Finished(url, self.cost_credits, created_at, ended_at, callback_url)


class _VeoRecord(_Record):
    """Its times have no zone and are not read."""

    success_flag: int
    param_json: JsonValue = None
    response: JsonValue = None
    error_code: JsonValue = None
    error_message: JsonValue = None

    def view(self) -> TaskView:
        callback_url = _callback_url(self.param_json)
        if self.success_flag in VEO_FAILED:
            return _failed(self, self.error_code, self.error_message, callback_url)
        if self.success_flag != VEO_SUCCESS:
            is_known = self.success_flag == VEO_RUNNING
            return _running(f"flag {self.success_flag}", callback_url, is_known=is_known)
        url = first_address(inner(self.response, "resultUrls"))
        if url is None:
            return _empty(self, callback_url)
        return Finished(url, self.cost_credits, callback_url=callback_url)


def read_task(task: Task, data: JsonValue) -> TaskView:
    """Raises `ProviderCallError` for an answer that is no record of this very task."""
    kind = _MarketRecord if task.route == Route.MARKET else _VeoRecord
    try:
        record = kind.model_validate(data)
    except ValidationError as error:
        raise ProviderCallError(Trouble.UNREADABLE, gist(str(error))) from None
    if record.task_id != task.task_id:
        told = gist(record.task_id)
        raise ProviderCallError(Trouble.UNREADABLE, f"asked for {task.task_id}, told {told}")
    return record.view()


def _running(state: str, callback_url: str | None, *, is_known: bool) -> Running:
    """Only the two final states end a task, so a word that we do not know means that it runs."""
    if not is_known:
        log.warning("KIE has a state that we do not know", state=gist(state))
    return Running(gist(state), callback_url)


def _failed(record: _Record, code: JsonValue, said: JsonValue, callback_url: str | None) -> Failed:
    failure = TABLE[trouble_of_task(whole(code), words(said))]
    detail = f"code {words(code)}: {gist(words(said))}"
    return Failed(failure, detail, record.cost_credits, callback_url)


def _empty(record: _Record, callback_url: str | None) -> Failed:
    failure = TABLE[Trouble.RESULT_EMPTY]
    return Failed(failure, "a success without a video", record.cost_credits, callback_url)


def _callback_url(param: JsonValue) -> str | None:
    url = inner(param, "callBackUrl")
    return url if isinstance(url, str) else None
