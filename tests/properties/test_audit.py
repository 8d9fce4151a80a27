"""Whatever the decider makes of any order of commands, the audit's own rules agree with."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.audited import findings_of
from tests.properties.account_machine import AccountMachine

HUNT = settings(
    max_examples=100,
    stateful_step_count=50,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)


class AuditedMachine(AccountMachine):
    """Remembers when each event happened, and shows all of them to the audit at the end."""

    def __init__(self):
        super().__init__()
        self.times = []

    def do(self, command):
        super().do(command)
        self.times += [self.now] * (len(self.history) - len(self.times))

    def teardown(self):
        assert findings_of(zip(self.times, self.history, strict=True)) == []


def test_the_audit_agrees_with_the_decider():
    run_state_machine_as_test(AuditedMachine, settings=HUNT)
