"""What may differ from one emulator to the next; the defaults are what KIE documents."""

from dataclasses import dataclass, field

DAY_S = 24 * 3600.0


@dataclass(frozen=True)
class Timing:
    """In seconds of KIE's own clock."""

    waiting_s: float = 1.0
    queuing_s: float = 1.0
    generating_s: float = 20.0
    upload_kept_s: float = DAY_S
    result_link_s: float = DAY_S
    fresh_link_s: float = 20 * 60.0
    media_kept_s: float = 14 * DAY_S
    record_kept_s: float = 60 * DAY_S
    callback_retry_delays_s: tuple[float, ...] = (5.0, 30.0, 120.0)


@dataclass(frozen=True)
class Limits:
    """In real seconds: a client keeps to them by its own clock."""

    creates: int = 20
    creates_period_s: float = 10.0
    queries: int = 10
    queries_period_s: float = 1.0


@dataclass
class Manners:
    """What nobody outside knows for sure, so that it can be switched while it runs."""

    http_codes: frozenset[int] = frozenset({429})
    """Codes of the API host that are the HTTP status too; all others come with HTTP 200."""
    refuses_library_agents: bool = True


@dataclass(frozen=True)
class KieSettings:
    timing: Timing = field(default_factory=Timing)
    limits: Limits = field(default_factory=Limits)
