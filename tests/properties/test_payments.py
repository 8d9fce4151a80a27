"""For every history: credits are what the provider says was paid, less what it sent back."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.depth import examples
from tests.properties.payments_machine import PaymentsMachine, histories
from tests.quiet_logs import quiet_logs

HUNT = settings(
    max_examples=examples(100),
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(autouse=True, scope="module")
def quietly():
    with quiet_logs():
        yield


@HUNT
@given(histories)
def test_no_order_of_payments_faults_and_deaths_loses_or_invents_a_credit(history):
    PaymentsMachine().play(history)
