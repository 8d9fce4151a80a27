"""What an audit can find, and the list of what it found."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

LISTED_PER_KIND_MAX = 100
"""More of a kind are counted, not listed: one cause may damage all that follows it."""


class Kind(StrEnum):
    CHAIN_BROKEN = "chain_broken"
    POSITION_GAP = "position_gap"
    VERSION_GAP = "version_gap"
    CLOCK_WENT_BACK = "clock_went_back"
    UNDECODABLE = "undecodable"
    COLUMN_MISMATCH = "column_mismatch"
    UNLAWFUL = "unlawful"
    BALANCE_MISMATCH = "balance_mismatch"
    DEBT_MISMATCH = "debt_mismatch"
    KEY_REPEATED = "key_repeated"
    ENDED_TWICE = "ended_twice"
    DANGLING_REFERENCE = "dangling_reference"
    ACCOUNT_DIVERGED = "account_diverged"
    PROJECTION_DIVERGED = "projection_diverged"
    CURSOR_DIVERGED = "cursor_diverged"
    HEAD_MISSING = "head_missing"
    HEAD_CONTRADICTED = "head_contradicted"
    HEAD_FORGED = "head_forged"


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    kind: Kind
    says: str
    position: int | None = None
    account: str | None = None

    def __str__(self) -> str:
        where = f" at position {self.position}" if self.position is not None else ""
        whose = f" ({self.account})" if self.account is not None else ""
        return f"{self.kind}{where}{whose}: {self.says}"


class Findings:
    """Counts everything and lists the first of each kind."""

    def __init__(self) -> None:
        self._counts: Counter[Kind] = Counter()
        self._listed: list[Finding] = []

    def add(
        self, kind: Kind, says: str, *, position: int | None = None, account: str | None = None
    ) -> None:
        self._counts[kind] += 1
        if self._counts[kind] <= LISTED_PER_KIND_MAX:
            self._listed.append(Finding(kind=kind, says=says, position=position, account=account))

    def add_uncounted(self, kind: Kind, more: int) -> None:
        """Count what somebody else has found and did not list."""
        self._counts[kind] += more

    @property
    def total(self) -> int:
        return self._counts.total()

    @property
    def counts(self) -> dict[Kind, int]:
        return {kind: self._counts[kind] for kind in Kind if self._counts[kind]}

    def listed(self) -> Sequence[Finding]:
        """Return them by position; those about no single position come last."""
        return sorted(self._listed, key=_place)


def _place(finding: Finding) -> tuple[bool, int]:
    return finding.position is None, finding.position or 0
