"""What a soak came to, as numbers and as lines to read. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import quantiles
from typing import Any

from msgspec import Struct

from infra.sandbox.soak.evidence import REFUNDED, Evidence, ToldKind, jobs_in
from infra.sandbox.soak.provider_faults import Struck

VIDEOS = (ToldKind.VIDEO, ToldKind.LATE_VIDEO)


class Report(Struct, frozen=True, kw_only=True):
    """The fields are the rows of the table."""

    orders: int
    sent_away: int
    """Taps answered with: try later. No credit was taken."""
    videos: int
    late: int
    """Of these, delivered after the deadline, free."""
    sent_twice: int
    refunds: dict[str, int]
    provider_tasks: int
    still_followed: int
    """Tasks that are stuck at the provider, of jobs whose credit went back."""
    faults: dict[str, str]
    """Met of armed."""
    kills: dict[str, int]
    video_p50_s: float
    video_p95_s: float
    took_s: float


def report_of(evidence: Evidence, faults: Mapping[str, Struck], took_s: float) -> Report:
    jobs = jobs_in(evidence)
    ends = [job.end for job in jobs if job.end]
    with_video = [job for job in jobs if job.messages(*VIDEOS)]
    took = [one.took_s for one in evidence.cycles if one.end == ToldKind.VIDEO]
    return Report(
        orders=len(jobs),
        sent_away=sum(one.refused for one in evidence.cycles),
        videos=len(with_video),
        late=sum(job.was_late for job in with_video),
        sent_twice=sum(len(job.messages(*VIDEOS)) > 1 for job in with_video),
        refunds=_counted([end.reason or "" for end in ends if end.kind == REFUNDED]),
        provider_tasks=len(evidence.tasks),
        still_followed=sum(bool(job.record and not job.record.is_over) for job in jobs),
        faults={fault: f"{struck.met} of {struck.armed}" for fault, struck in faults.items()},
        kills=_counted([kill.service for kill in evidence.kills]),
        video_p50_s=_part(took, 50),
        video_p95_s=_part(took, 95),
        took_s=round(took_s, 1),
    )


def table(report: Report) -> list[str]:
    rows: list[tuple[str, str]] = []
    for name in Report.__struct_fields__:
        value: Any = getattr(report, name)
        told = value
        if isinstance(value, dict):
            told = ", ".join(f"{key} {count}" for key, count in value.items()) or "none"  # pyright: ignore[reportUnknownVariableType] - isinstance forgets of what
        rows.append((name.replace("_", " "), str(told)))
    width = max(len(name) for name, _ in rows)
    return [f"  {name:<{width}}  {told}" for name, told in rows]


def _counted(names: Sequence[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _part(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:  # noqa: PLR2004 - quantiles wants two
        return values[0] if values else 0.0
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], 1)
