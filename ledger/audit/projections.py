"""The projections, computed once more from the log as of each one's own position."""

from ledger.audit.comparisons import Comparison

PROJECTIONS: dict[str, tuple[Comparison, ...]] = {}
