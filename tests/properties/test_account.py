"""The hunter runs on the real rules and finds nothing, and on each mutant and finds it."""

import inspect
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger.domain import account as account_module
from ledger.domain import decider as decider_module
from tests.properties.account_machine import AccountMachine, Domain

HUNT = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)

MUTANTS = {
    "double refund": (
        decider_module,
        "        raise DeductionClosed\n    raise JobUnknown",
        "        return Deduction(closed.credits, known.now)\n    raise JobUnknown",
    ),
    "off by one in the balance check": (
        decider_module,
        "account.balance < needed:",
        "account.balance < needed - 1:",
    ),
    "forgotten closing mark": (
        account_module,
        "event.credits,\n                open=_without(account.open, event.job_id),",
        "event.credits,",
    ),
    "grant key not remembered": (
        decider_module,
        "known.events.get(grant_key(account.account_id, command.grant_id))",
        "None",
    ),
    "cancel after start": (
        decider_module,
        "    if deduction.started:\n        raise AlreadyStarted",
        "",
    ),
}


def mutate(module: ModuleType, old: str, new: str) -> ModuleType:
    """Return the module as it would be with one piece of its text replaced."""
    source = inspect.getsource(module)
    assert source.count(old) == 1, "the mutation must hit exactly one place"
    mutant = ModuleType(module.__name__)
    exec(compile(source.replace(old, new), f"{module.__name__} (mutant)", "exec"), mutant.__dict__)  # noqa: S102 - our own source
    return mutant


def mutant_domain(module: ModuleType, old: str, new: str) -> Domain:
    mutant = mutate(module, old, new)
    if module is account_module:
        return Domain(evolve=mutant.evolve, fresh=mutant.Account)
    return Domain(decide=mutant.decide)


def test_no_order_of_commands_loses_or_invents_a_credit():
    run_state_machine_as_test(AccountMachine, settings=HUNT)


@pytest.mark.parametrize("name", MUTANTS)
def test_the_hunter_finds_the_mutant(name):
    domain = mutant_domain(*MUTANTS[name])
    machine = type("MutantMachine", (AccountMachine,), {"domain": domain})
    # The same hunt each time; shrinking would only make the failure prettier.
    hunt = settings(HUNT, max_examples=1_000, phases=[Phase.generate], derandomize=True)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=hunt)
