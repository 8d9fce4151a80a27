"""The step that asks the books."""

from infra.sandbox.journey.seeing import Seen, expect
from infra.sandbox.journey.stage import Stage


async def conservation(stage: Stage) -> Seen:
    """The equations over the whole log, computed by SQL; and the bot never asked nonsense."""
    lines = await stage.books.equations()
    broken = [line["account"] for line in lines if not line["holds"]]
    expect(not broken, f"the equations do not hold for {broken}")
    breaches = await stage.books.breaches()
    expect(not breaches, "; ".join(breaches))
    open_jobs = sum(line["open"] for line in lines)
    expect(open_jobs == 0, f"{open_jobs} credits are still open")
    violations = (await stage.client.get("/sim/violations")).raise_for_status().json()
    expect(not violations, f"Telegram was asked nonsense: {violations[:1]}")
    names = ("topped_up", "bought", "clawed_back", "deducted", "settled", "refunded")
    names = (*names, "open", "balance", "debt")
    sums = {name: int(sum(line[name] for line in lines)) for name in names}
    return {"account": None, "jobs": [], "positions": [1, await stage.books.head()], "sums": sums}
