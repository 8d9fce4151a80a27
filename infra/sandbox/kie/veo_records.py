"""How a Veo task is told: in record-info and in a callback, both unlike the Market's."""

import json
from datetime import UTC, datetime

from infra.sandbox.kie.tasks import Task, TaskState
from infra.sandbox.telegram.json_types import Json

GENERATING, SUCCESS, FAILED, GENERATION_FAILED = range(4)
GENERATION_FAILED_CODE = "501"
FLAGS = {TaskState.SUCCESS: SUCCESS, TaskState.FAIL: FAILED}


def veo_record(task: Task, now: float) -> Json:
    state = task.state_at(now)
    failure = task.fate.failure if state is TaskState.FAIL else None
    flag = FLAGS.get(state, GENERATING)
    if failure is not None and failure.code == GENERATION_FAILED_CODE:
        flag = GENERATION_FAILED
    has_ended = state in FLAGS and task.ends_at is not None
    return {
        "taskId": task.task_id,
        "paramJson": json.dumps(task.order.body, ensure_ascii=False),
        "completeTime": _text(task.ends_at) if has_ended and task.ends_at is not None else None,
        "response": _response(task) if state is TaskState.SUCCESS else None,
        "successFlag": flag,
        "errorCode": None if failure is None else int(failure.code),
        "errorMessage": "" if failure is None else failure.msg,
        "createTime": _text(task.created_at),
        "fallbackFlag": False,
    }


def veo_callback(task: Task, now: float) -> Json:
    if task.state_at(now) is TaskState.FAIL and task.fate.failure is not None:
        return {
            "code": int(task.fate.failure.code),
            "msg": task.fate.failure.msg,
            "data": {"taskId": task.task_id, "fallbackFlag": False},
        }
    return {
        "code": 200,
        "msg": "Veo3.1 video generated successfully.",
        "data": {
            "taskId": task.task_id,
            "promptJson": json.dumps(task.order.body, ensure_ascii=False),
            "info": _info(task),
            "fallbackFlag": False,
        },
    }


def _response(task: Task) -> Json:
    return {"taskId": task.task_id, **_info(task), "fullResultUrls": task.result_urls}


def _info(task: Task) -> Json:
    resolution = task.order.input.model_dump()["resolution"]
    return {"resultUrls": task.result_urls, "originUrls": [], "resolution": resolution}


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
