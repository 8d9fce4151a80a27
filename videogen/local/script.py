"""From a brief to a script: which captions are shown where and when. Nothing is drawn here."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.orders import Template
from videogen.local.text import CanDraw, drawable, headline, packed, quoted, sentences
from videogen.provider import Brief

HEADLINE_LENGTH_MAX = 52
"""A longer first sentence is split at a comma or a dash."""
DETAIL_LENGTH_MAX = 70
SUBTITLE_LENGTH_MAX = 80
SUBTITLES_MAX = 4
SENTENCES_MAX = 20
"""More are not even looked at: eight seconds hold no more."""
LEAD_S = 0.35
"""Captions come after the fade from black."""
TAIL_S = 0.25
GAP_S = 0.15

CALLS = {
    "ru": {Template.AD: "Закажите сегодня", Template.UGC: "Сохраните, чтобы не потерять"},
    "en": {Template.AD: "Order today", Template.UGC: "Save it for later"},
}


class Slot(StrEnum):
    """What a caption is for; each look draws it in its own place and manner."""

    HEADLINE = "headline"
    DETAIL = "detail"
    CALL = "call"
    SUBTITLE = "subtitle"


@dataclass(frozen=True)
class Line:
    slot: Slot
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Script:
    duration_s: float
    lines: tuple[Line, ...]


def write_script(brief: Brief, can_draw: CanDraw) -> Script:
    match brief.template:
        case Template.AD:
            return _ad(brief, can_draw)
        case Template.UGC:
            return _ugc(brief, can_draw)
        case Template.OWN:
            return _own(brief, can_draw)


def _ad(brief: Brief, can_draw: CanDraw) -> Script:
    """The name stays on top; below, the benefit gives way to the call."""
    duration_s = 7.0
    name, detail = _name_and_detail(brief, can_draw)
    call = _call(brief)
    call_from_s = 4.6 if detail else 2.4
    lines = [
        Line(Slot.HEADLINE, name, LEAD_S, duration_s - TAIL_S),
        Line(Slot.DETAIL, detail, 1.4, call_from_s - GAP_S),
        Line(Slot.CALL, call, call_from_s, duration_s - TAIL_S),
    ]
    return Script(duration_s, _without_empty(lines))


def _ugc(brief: Brief, can_draw: CanDraw) -> Script:
    """One caption after the other, as people put them onto their own clips."""
    duration_s = 7.0
    name, detail = _name_and_detail(brief, can_draw)
    cut_s = (2.9, 5.2) if detail else (4.2, 4.2)
    lines = [
        Line(Slot.HEADLINE, name, LEAD_S, cut_s[0] - GAP_S),
        Line(Slot.DETAIL, detail, cut_s[0], cut_s[1] - GAP_S),
        Line(Slot.CALL, _call(brief), cut_s[1], duration_s - TAIL_S),
    ]
    return Script(duration_s, _without_empty(lines))


def _own(brief: Brief, can_draw: CanDraw) -> Script:
    """The person's own sentences as subtitles, each for a time that suits its length."""
    told = drawable(brief.scenario or "", can_draw) or drawable(brief.product_text, can_draw)
    texts = packed(
        sentences(told)[:SENTENCES_MAX],
        length_max=SUBTITLE_LENGTH_MAX,
        count_max=SUBTITLES_MAX,
    )
    duration_s = min(8.0, max(6.0, 4.0 + len(texts)))
    weights = [20 + len(text) for text in texts]
    second_per_weight = (duration_s - LEAD_S - TAIL_S) / max(1, sum(weights))
    lines: list[Line] = []
    start_s = LEAD_S
    for text, weight in zip(texts, weights, strict=True):
        end_s = start_s + weight * second_per_weight
        lines.append(Line(Slot.SUBTITLE, text, round(start_s, 2), round(end_s - GAP_S, 2)))
        start_s = end_s
    return Script(duration_s, _without_empty(lines))


def _name_and_detail(brief: Brief, can_draw: CanDraw) -> tuple[str, str]:
    """The detail is what a wish puts in quotation marks, or how the product text goes on."""
    name, rest = headline(drawable(brief.product_text, can_draw), HEADLINE_LENGTH_MAX)
    wish = drawable(quoted(brief.wishes or "") or "", can_draw)
    detail, _ = headline(rest, DETAIL_LENGTH_MAX)
    return name, wish or detail


def _call(brief: Brief) -> str:
    return CALLS.get(brief.locale, CALLS["ru"])[brief.template]


def _without_empty(lines: list[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.text)
