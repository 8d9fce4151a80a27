"""The hunter runs on the real rules and finds nothing, and on each mutant and finds it."""

import inspect
import sys
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger.domain import (
    account,
    crediting,
    decider,
    jobs,
    orders,
    payment_refunds,
    payments,
    rules,
)
from tests.depth import examples
from tests.properties.account_machine import AccountMachine, Domain

IMPORT_ORDER = [rules, orders, crediting, jobs, payments, payment_refunds, decider]

HUNT = settings(
    max_examples=examples(150),
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
        "event.to_debt, version=version, open=rest)",
        "event.to_debt, version=version)",
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
    "clawback not cumulative": (
        payment_refunds,
        "due = paid.credits * (payment.money_back + money) // paid.price",
        "return paid.credits * money // paid.price",
    ),
    "clawback rounded up": (
        payment_refunds,
        "paid.credits * (payment.money_back + money) // paid.price",
        "-(-paid.credits * (payment.money_back + money) // paid.price)",
    ),
    "shortfall forgotten": (
        payment_refunds,
        "shortfall=max(0, taken - account.balance)",
        "shortfall=0",
    ),
    "debt not paid by a top-up": (
        crediting,
        "to_debt=to_debt(account, command.credits)",
        "to_debt=0",
    ),
    "debt paid by more than there is": (
        rules,
        "return min(account.debt, amount)",
        "return amount if account.debt else 0",
    ),
    "debt forgotten": (
        account,
        "account.debt - to_debt\n",
        "account.debt\n",
    ),
    "late payment refused after cancel": (
        payments,
        "    refuse_mismatch(currency=",
        """    if PaymentCanceled in map(type, known.orders[command.order_id]):
        raise AlreadyPaid
    refuse_mismatch(currency=""",
    ),
    "cancel after payment": (
        payments,
        "    if order.payments:\n        raise AlreadyPaid",
        "",
    ),
    "payment id not remembered": (
        payments,
        "known.events.get(payment_key(command.provider, command.payment_id))",
        "None",
    ),
    "any price completes an order": (
        payments,
        "    refuse_mismatch(price=(requested.price, command.price))",
        "",
    ),
    "order of another account": (
        orders,
        "requested.originator_id != account.account_id",
        "False",
    ),
    "more money back than paid": (
        payment_refunds,
        "payment.money_back + command.money > payment.completed.price",
        "command.money > payment.completed.price",
    ),
    "second end of a refund": (
        payment_refunds,
        "    if refund_id in order.ends:\n        raise RefundClosed",
        "",
    ),
    "failed refund still counted": (
        orders,
        "                payment.credits_back -= event.credits\n",
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
    # Modules take each other's functions by name, so whatever may use the mutant is read again.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module.__name__, mutant)
        for user in IMPORT_ORDER[IMPORT_ORDER.index(module) + 1 :]:
            mutant = read_again(user, inspect.getsource(user))
            patch.setitem(sys.modules, user.__name__, mutant)
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
