"""What each drawn fault is at the emulated provider, and arming it there."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from infra.sandbox.kie.faults import Endpoint, FaultKind, FaultRule
from infra.sandbox.soak.plan import ProviderFault

SIM = "/kie/sim"
HIDDEN_S = 20.0
"""Of the provider's own time."""
INAPPROPRIATE = "Inappropriate content detected. Please replace the image or video."


def rule_of(fault: ProviderFault, late_s: float) -> FaultRule:
    """Return the emulator's rule; `late_s` is in the provider's own time."""
    match fault:
        case ProviderFault.LOST_REPLY | ProviderFault.LOST_FOR_EVER:
            return FaultRule(kind=FaultKind.LOST_REPLY, endpoint=Endpoint.CREATE_TASK)
        case ProviderFault.LATE:
            return FaultRule(kind=FaultKind.LATE, delay_s=late_s)
        case ProviderFault.HIDDEN:
            return FaultRule(kind=FaultKind.HIDDEN, delay_s=HIDDEN_S)
        case ProviderFault.CONTENT_REFUSED:
            return FaultRule(kind=FaultKind.FAIL, fail_code="422", fail_msg=INAPPROPRIATE)
        case _:
            return SIMPLE[fault]


def _refusal(code: int, times: int = 1) -> FaultRule:
    return FaultRule(kind=FaultKind.REFUSE, endpoint=Endpoint.CREATE_TASK, code=code, times=times)


SIMPLE: Mapping[ProviderFault, FaultRule] = {
    ProviderFault.STUCK: FaultRule(kind=FaultKind.STUCK),
    ProviderFault.EMPTY_RESULT: FaultRule(kind=FaultKind.EMPTY_RESULT),
    ProviderFault.EXPIRED_LINK: FaultRule(kind=FaultKind.EXPIRED_RESULT),
    ProviderFault.FAILED: FaultRule(kind=FaultKind.FAIL),
    ProviderFault.NO_CALLBACK: FaultRule(kind=FaultKind.NO_CALLBACK),
    ProviderFault.TWO_CALLBACKS: FaultRule(kind=FaultKind.DUPLICATE_CALLBACK),
    ProviderFault.NO_CREDITS: _refusal(402),
    ProviderFault.KEY_CAPPED: _refusal(433),
    ProviderFault.MAINTENANCE: _refusal(455),
    ProviderFault.RATE_LIMITED: _refusal(429, times=2),
    ProviderFault.BAD_GATEWAY: FaultRule(kind=FaultKind.HTML_502, endpoint=Endpoint.CREATE_TASK),
    ProviderFault.BAD_GATEWAY_LATER: FaultRule(
        kind=FaultKind.HTML_502, endpoint=Endpoint.RECORD_INFO
    ),
    ProviderFault.BLOCKED: FaultRule(kind=FaultKind.CLOUDFLARE_403, endpoint=Endpoint.CREATE_TASK),
    ProviderFault.HANG: FaultRule(kind=FaultKind.HANG, endpoint=Endpoint.CREATE_TASK),
    ProviderFault.HANG_AFTER: FaultRule(kind=FaultKind.HANG_AFTER, endpoint=Endpoint.CREATE_TASK),
}


@dataclass(frozen=True)
class Struck:
    """How often a kind of fault was armed, and how often somebody met it."""

    armed: int = 0
    met: int = 0


class Armoury:
    def __init__(self, client: httpx.AsyncClient, late_s: float) -> None:
        self._client = client
        self._late_s = late_s
        self._armed: dict[int, ProviderFault] = {}
        self._times: dict[int, int] = {}

    async def arm(self, fault: ProviderFault) -> None:
        rules = [rule_of(fault, self._late_s)]
        if fault is ProviderFault.LOST_FOR_EVER:
            # Of a task's faults all that are armed are met at once, with the call that makes it.
            rules.append(SIMPLE[ProviderFault.NO_CALLBACK])
        for nth, rule in enumerate(rules):
            body = rule.model_dump(mode="json")
            reply = (await self._client.post(f"{SIM}/faults", json=body)).raise_for_status().json()
            if nth == 0:
                self._armed[reply["fault_id"]] = fault
                self._times[reply["fault_id"]] = rule.times

    async def disarm(self) -> dict[str, Struck]:
        """Put an end to all faults and let go what hangs; return what became of each kind."""
        listed = (await self._client.get(f"{SIM}/faults")).raise_for_status().json()
        (await self._client.delete(f"{SIM}/faults")).raise_for_status()
        left = {one["fault_id"]: one["left"] for one in listed}
        found: dict[str, Struck] = {}
        for fault_id, fault in self._armed.items():
            met = self._times[fault_id] - left.get(fault_id, 0) > 0
            before = found.get(fault, Struck())
            found[fault] = Struck(before.armed + 1, before.met + met)
        return dict(sorted(found.items()))
