"""How a Market task is told: in recordInfo, and in a callback, which differs in small ways."""

import json

from infra.sandbox.kie.tasks import Failure, Task, TaskState
from infra.sandbox.telegram.json_types import Json

ENDED = {TaskState.SUCCESS, TaskState.FAIL}


def market_record(task: Task, now: float) -> Json:
    state = task.state_at(now)
    common = {
        "taskId": task.task_id,
        "model": task.order.model,
        "state": state.value,
        "param": json.dumps(task.order.body, ensure_ascii=False),
        "createTime": _ms(task.created_at),
    }
    if state not in ENDED:
        return {**common, **_unfinished(state, task)}
    return {**common, **_ending(task, state)}


def market_callback(task: Task, now: float) -> Json:
    """The same record, but its `costTime` is in seconds and the input is text within the text."""
    record = market_record(task, now)
    is_success = record["state"] == TaskState.SUCCESS
    body = {**task.order.body, "input": json.dumps(task.order.body["input"], ensure_ascii=False)}
    record["param"] = json.dumps(body, ensure_ascii=False)
    record["costTime"] //= 1000
    return {
        "code": 200 if is_success else 501,
        "msg": "Playground task completed successfully."
        if is_success
        else "Playground task failed.",
        "data": record,
    }


def _unfinished(state: TaskState, task: Task) -> Json:
    return {
        "resultJson": "" if state is TaskState.GENERATING else None,
        "failCode": None,
        "failMsg": None,
        "costTime": None,
        "completeTime": None,
        "updateTime": _ms(task.created_at),
        "creditsConsumed": None,
    }


def _ending(task: Task, state: TaskState) -> Json:
    ended_at = task.ends_at or task.created_at
    failure = task.fate.failure or Failure("", "")
    is_success = state is TaskState.SUCCESS
    return {
        "resultJson": json.dumps({"resultUrls": task.result_urls}) if is_success else None,
        "failCode": None if is_success else failure.code,
        "failMsg": None if is_success else failure.msg,
        "costTime": _ms(ended_at - task.created_at) if is_success else 0,
        "completeTime": _ms(ended_at),
        "updateTime": _ms(ended_at),
        "creditsConsumed": task.cost_at(ended_at) if is_success else 0.0,
    }


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
