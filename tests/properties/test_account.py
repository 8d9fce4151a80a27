"""The hunter runs on the real rules and finds nothing, and on each mutant and finds it."""

import inspect
import sys
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger.domain import account, crediting, decider, jobs
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
        jobs,
        "        raise DeductionClosed\n    raise JobUnknown",
        "        return Deduction(closed.credits, known.now)\n    raise JobUnknown",
    ),
    "off by one in the balance check": (
        crediting,
        "account.balance < needed:",
        "account.balance < needed - 1:",
    ),
    "forgotten closing mark": (
        account,
        "event.credits,\n                open=_without(account.open, event.job_id),",
        "event.credits,",
    ),
    "grant key not remembered": (
        crediting,
        "known.events.get(grant_key(account.account_id, command.grant_id))",
        "None",
    ),
    "cancel after start": (
        jobs,
        "    if deduction.started:\n        raise AlreadyStarted",
        "",
    ),
}


def mutate(module: ModuleType, old: str, new: str) -> ModuleType:
    """Return the module as it would be with one piece of its text replaced."""
    source = inspect.getsource(module)
    assert source.count(old) == 1, "the mutation must hit exactly one place"
    return read_again(module, source.replace(old, new))


def read_again(module: ModuleType, source: str) -> ModuleType:
    mutant = ModuleType(module.__name__)
    code = compile(source, f"{module.__name__} (mutant)", "exec")
    exec(code, mutant.__dict__)  # noqa: S102 - our own source
    return mutant


def mutant_domain(module: ModuleType, old: str, new: str) -> Domain:
    mutant = mutate(module, old, new)
    if module is account:
        return Domain(evolve=mutant.evolve, fresh=mutant.Account)
    # The decider takes its rules by name, so for the mutant it is read once more.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module.__name__, mutant)
        return Domain(decide=read_again(decider, inspect.getsource(decider)).decide)


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
