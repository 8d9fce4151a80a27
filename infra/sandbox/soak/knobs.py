"""How the stack of a soak is set: as the product is, but with little time for everything."""

from collections.abc import Mapping

DEADLINE_S = 45.0
SWEEP_S = 1.0
GRANTS_MAX = 1_000_000
"""In credits: people are given as many as they order for."""
PROVIDER_SCALE = 20.0
"""How much faster the provider's clock runs than ours."""
LATE_S = DEADLINE_S + 10.0
"""By how much a late task is late: its video comes when the credit is back for sure."""
END_WAIT_S = DEADLINE_S + 90.0
SETTLE_WAIT_S = 2 * DEADLINE_S + 120.0


def settings(workers: int) -> Mapping[str, str]:
    return {
        "VIDEOGEN_PROVIDER": "kie",
        "VIDEOGEN_PROCESSES": str(workers),
        "VIDEOGEN_BREAKER_REST_S": "1",
        "SANDBOX_KIE_SCALE": f"{PROVIDER_SCALE:g}",
        "LEDGER_DEADLINE_S": str(DEADLINE_S),
        "LEDGER_START_MARGIN_S": "5",
        "LEDGER_SWEEP_S": str(SWEEP_S),
        "LEDGER_CHAT_GRANTS_DAY_MAX": str(GRANTS_MAX),
        "BOT_PROGRESS_INTERVAL_S": "1",
        "KIE_CALL_LIMIT_S": "5",
    }
