"""From a brief to a script: which captions are shown where and when. Nothing is drawn here."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.orders import OrderScript, Template
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
READ_S_MIN = 1.1
"""What each accepted caption has, however many there are; the longer ones share the rest."""

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
    is_whole: bool = False
    """To the last letter, be it in more lines than the look has."""


@dataclass(frozen=True)
class Script:
    duration_s: float
    lines: tuple[Line, ...]


def write_script(brief: Brief, can_draw: CanDraw) -> Script:
    if brief.script is not None:
        return _accepted(brief.script, brief.template, can_draw)
    match brief.template:
        case Template.AD:
            return _ad(brief, can_draw)
        case Template.UGC:
            return _ugc(brief, can_draw)
        case Template.OWN:
            return _own(brief, can_draw)


def _accepted(script: OrderScript, template: Template, can_draw: CanDraw) -> Script:
    """What the person said yes to, word for word, one caption after the other."""
    match template:
        case Template.OWN:
            first, later, last = Slot.SUBTITLE, Slot.SUBTITLE, Slot.SUBTITLE
        case Template.AD | Template.UGC:
            first, later, last = Slot.HEADLINE, Slot.DETAIL, Slot.CALL
    slots = [first, *(later for _ in script.captions[1:]), last]
    texts = [" ".join(drawable(text, can_draw).split()) for text in (*script.captions, script.call)]
    told = [(slot, text) for slot, text in zip(slots, texts, strict=True) if text]
    return _in_turn(told, is_whole=True)


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
    return _in_turn([(Slot.SUBTITLE, text) for text in texts])


def _in_turn(told: list[tuple[Slot, str]], *, is_whole: bool = False) -> Script:
    """One after the other, each for a time that suits its length."""
    duration_s = min(8.0, max(6.0, 4.0 + len(told)))
    weights = [20 + len(text) for _, text in told]
    room_s, count = duration_s - LEAD_S - TAIL_S, max(1, len(told))
    least_s = min(READ_S_MIN, room_s / count) if is_whole else 0.0
    second_per_weight = (room_s - count * least_s) / max(1, sum(weights))
    lines: list[Line] = []
    start_s = LEAD_S
    for (slot, text), weight in zip(told, weights, strict=True):
        end_s = start_s + least_s + weight * second_per_weight
        lines.append(Line(slot, text, round(start_s, 2), round(end_s - GAP_S, 2), is_whole))
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
