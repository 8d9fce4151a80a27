"""What a soak will do follows from its seed alone, and no stream of draws moves another."""

import hashlib
from collections import Counter

import pytest

from infra.local.composition import worker_names
from infra.local.errors import StackError
from infra.sandbox.soak.pictures import picture
from infra.sandbox.soak.plan import FAULTS, ProviderFault, draw_plan
from infra.sandbox.soak.provider_faults import rule_of

SOAK = {"cycles": 60, "people": 6, "workers": 3, "with_faults": True}


def plan(seed=1, **changes):
    return draw_plan(seed, **{**SOAK, **changes})


def test_the_same_seed_gives_the_same_plan():
    assert plan(7) == plan(7)
    assert plan(7) != plan(8)


def test_faults_and_kills_do_not_follow_from_the_orders():
    assert plan().orders == plan(with_faults=False).orders
    assert plan(people=2).orders != plan().orders
    assert plan(people=2).faults == plan().faults
    assert plan(people=2).kills == plan().kills


def test_the_number_of_workers_moves_no_kill():
    alone, three = plan(workers=1).kills, plan(workers=3).kills
    assert [(one.cycle, one.after_s) for one in alone] == [
        (one.cycle, one.after_s) for one in three
    ]
    assert {one.service.partition("-")[0] for one in three} == {one.service for one in alone}


def test_without_faults_nothing_is_broken_and_nobody_killed():
    calm = plan(with_faults=False)
    assert (calm.faults, calm.kills) == ((), ())


@pytest.mark.parametrize("seed", range(20))
def test_sixty_cycles_meet_every_fault_and_kill_each_kind_of_service(seed):
    drawn = plan(seed)
    assert Counter(one.fault for one in drawn.faults) == Counter(FAULTS)
    killed = {one.service.partition("-")[0] for one in drawn.kills}
    assert killed == {"videogen", "bot", "ledger", "nats"}


def test_a_killed_worker_is_one_of_those_that_run():
    workers = worker_names({"VIDEOGEN_PROCESSES": "3"})
    killed = {one.service for seed in range(20) for one in plan(seed).kills}
    assert {name for name in killed if name.startswith("videogen")} == set(workers)


@pytest.mark.parametrize("cycles", [1, 2, 3, 5, 1000])
def test_a_plan_of_any_length_stays_within_its_cycles(cycles):
    drawn = plan(cycles=cycles)
    moments = [one.cycle for one in (*drawn.faults, *drawn.kills)]
    assert all(1 <= cycle <= cycles for cycle in moments)
    assert sorted(one.cycle for one in drawn.orders) == list(range(1, cycles + 1))


def test_every_order_has_a_picture_of_its_own():
    pictures = [picture(cycle) for cycle in (1, 2, 3, 6, 11, 16, 60)]
    assert len({hashlib.sha256(one).digest() for one in pictures}) == len(pictures)


@pytest.mark.parametrize("fault", ProviderFault)
def test_every_fault_is_one_that_the_provider_knows(fault):
    assert rule_of(fault, late_s=100.0).times >= 1


@pytest.mark.parametrize("given", ["0", "17", "two", "-1", ""])
def test_a_number_of_workers_that_is_none_is_named(given):
    with pytest.raises(StackError, match="VIDEOGEN_PROCESSES"):
        worker_names({"VIDEOGEN_PROCESSES": given})


def test_one_worker_keeps_its_plain_name():
    assert worker_names({}) == ["videogen"]
    assert worker_names({"VIDEOGEN_PROCESSES": "2"}) == ["videogen", "videogen-2"]
