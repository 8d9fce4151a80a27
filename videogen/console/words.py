"""Times, ages and numbers as an operator reads them, and tables of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

NOTHING = "-"


def number_of(job_id: UUID) -> str:
    """Return the job's number as people see it: the first six digits of its id."""
    return job_id.hex[:6].upper()


def lasting(time: timedelta | float) -> str:
    """Name a length of time by its two largest units."""
    seconds = round(time.total_seconds() if isinstance(time, timedelta) else time)
    if seconds < 0:
        return f"-{lasting(-seconds)}"
    minutes, hours, days = seconds // 60, seconds // 3_600, seconds // 86_400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def day_and_time(at: datetime, zone: tzinfo | None) -> str:
    """In the zone; None is the operator's own."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def time_of_day(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}"


def left_until(at: datetime, now: datetime) -> str:
    return lasting(at - now) if at > now else f"over for {lasting(now - at)}"


def one_line(text: str) -> str:
    """What others wrote may hold anything, and a terminal obeys it."""
    plain = " ".join(text.split())
    return "".join(letter if letter.isprintable() else "?" for letter in plain)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines whose columns stand under their heads."""
    lines = [heads, *([one_line(cell) or NOTHING for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]


def pairs(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Return a line for each name and what it is; those without anything are left out."""
    told = [(name, one_line(value)) for name, value in rows if value]
    width = max((len(name) for name, _ in told), default=0)
    return [f"{name.ljust(width)}  {value}" for name, value in told]
