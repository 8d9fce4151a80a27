"""How long and how large: a full run within 25 minutes, a quick one within 4."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    rounds: int
    rounds_min: int
    """Made even if the time is up; a quick run on a busy machine keeps to its time instead."""
    run_s_max: float
    seconds: float
    stock_threads: tuple[int, ...]
    stock_caches: tuple[str, ...]
    stock_events: int
    """In the log that the stock runner catches up with."""
    outbox_events: int
    read_events: int
    read_accounts: int
    memory_events: tuple[int, int]
    memory_accounts: int
    long_events: int
    many_accounts: int
    prime_s: float
    """How long the many accounts are touched, until no page is new since the last checkpoint."""


FULL = Scale(
    rounds=5,
    rounds_min=5,
    run_s_max=1_500.0,
    seconds=3.0,
    stock_threads=(1, 8),
    stock_caches=("none", "cache", "fastforward"),
    stock_events=1_500,
    outbox_events=6_000,
    read_events=300_000,
    read_accounts=10_000,
    memory_events=(100_000, 2_000_000),
    memory_accounts=10_000,
    long_events=1_000_000,
    many_accounts=1_000_000,
    prime_s=25.0,
)
QUICK = Scale(
    rounds=5,
    rounds_min=2,
    run_s_max=225.0,
    seconds=0.8,
    stock_threads=(8,),
    stock_caches=("none", "cache"),
    stock_events=500,
    outbox_events=1_500,
    read_events=40_000,
    read_accounts=2_000,
    memory_events=(20_000, 100_000),
    memory_accounts=2_000,
    long_events=50_000,
    many_accounts=50_000,
    prime_s=4.0,
)
