"""The webhook answers as its published description says, whatever schemathesis thinks of."""

import sys

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ledger.payments.senders import Patience
from ledger.payments.webhook import Bell, build_app
from tests.depth import examples, seed_of
from tests.payments_world import memory_world
from tests.quiet_logs import quiet_logs

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


class EndlessPatience(Patience):
    def hears(self, sender: str, now_s: float) -> bool:  # noqa: ARG002 - everybody, at any time
        return True


@pytest.fixture
def schema():
    world = memory_world()

    async def settle(payment_id):
        async with world.ledger() as ledger:
            return await ledger.settle(payment_id)

    bell = Bell(settle, world.pool, (), world.clock, EndlessPatience())
    return schemathesis.openapi.from_asgi("/openapi.json", build_app(bell))


def test_no_notification_gets_an_answer_that_is_not_described(schema, request):
    first = seed_of(request.config)
    sys.stdout.write(f"--hypothesis-seed={first}\n")
    asked = 0
    for mode in schemathesis.GenerationMode:
        operation = schema["/webhooks/yookassa"]["POST"]

        @seed(first)
        @settings(
            max_examples=examples(60),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def ask(case):
            nonlocal asked
            asked += 1
            case.call_and_validate(checks=CHECKS)

        with quiet_logs():
            ask()
    assert asked >= examples(60)
