"""The crowd: every person lives their cycles in turn, all at the same time, as faults are armed."""

from asyncio import TaskGroup

from infra.sandbox.journey import scenes
from infra.sandbox.journey.person import Person
from infra.sandbox.journey.stage import Stage
from infra.sandbox.soak.cycle import live
from infra.sandbox.soak.evidence import Cycle
from infra.sandbox.soak.killing import Killer
from infra.sandbox.soak.plan import Order, Plan
from infra.sandbox.soak.provider_faults import Armoury
from infra.sandbox.soak.telling import Story

NAMES = ("Алина", "Борис", "Вера", "Глеб", "Дарья", "Егор", "Жанна", "Захар", "Ирина", "Кирилл")


async def enter(stage: Stage, plan: Plan, people: int) -> list[Person]:
    """Open the chats, and give everybody credits for all their orders."""
    crowd = [await stage.enter(NAMES[at % len(NAMES)]) for at in range(people)]
    for at, person in enumerate(crowd):
        await scenes.start(person)
        await stage.grant(person, max(1, len(plan.orders_of(at))))
    return crowd


class Crowd:
    def __init__(
        self, plan: Plan, armoury: Armoury, killer: Killer, story: Story, end_wait_s: float
    ) -> None:
        self._plan = plan
        self._armoury = armoury
        self._killer = killer
        self._story = story
        self._end_wait_s = end_wait_s
        self.cycles: list[Cycle] = []

    async def live(self, people: list[Person]) -> list[Cycle]:
        async with TaskGroup() as tasks:
            for at, person in enumerate(people):
                tasks.create_task(self._live_all(person, self._plan.orders_of(at), tasks))
        return sorted(self.cycles, key=lambda one: one.cycle)

    async def _live_all(self, person: Person, orders: list[Order], tasks: TaskGroup) -> None:
        for order in orders:

            async def before_confirm(cycle: int = order.cycle) -> None:
                await self._make_trouble(cycle, tasks)

            cycle = await live(person, order, before_confirm, self._end_wait_s)
            self.cycles.append(cycle)
            self._story.tell_cycle(cycle, len(self.cycles), len(self._plan.orders))

    async def _make_trouble(self, cycle: int, tasks: TaskGroup) -> None:
        for moment in self._plan.faults:
            if moment.cycle == cycle:
                await self._armoury.arm(moment.fault)
        for kill in self._plan.kills:
            if kill.cycle == cycle:
                tasks.create_task(self._killer.kill(kill))
