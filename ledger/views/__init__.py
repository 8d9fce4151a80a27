"""Projections: what the log says, arranged for reading."""

from ledger.views.balances import Balances
from ledger.views.daily_totals import DailyTotals
from ledger.views.history import History
from ledger.views.jobs import Jobs
from ledger.views.payments import Payments
from ledger.views.projection import Projection

PROJECTIONS: tuple[Projection, ...] = (
    Balances(),
    History(),
    Jobs(),
    Payments(),
    DailyTotals(),
)
