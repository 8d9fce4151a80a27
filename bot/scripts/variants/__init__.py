"""The variants of each template, at least five, and which one a person is shown."""

import hashlib
from collections.abc import Mapping, Sequence

from bot.scripts.script import Ask
from bot.scripts.variants.ad import AD
from bot.scripts.variants.own import OWN
from bot.scripts.variants.ugc import UGC
from bot.scripts.variants.variant import Variant
from contracts.orders import Template

VARIANTS: Mapping[Template, Sequence[Variant]] = {
    Template.UGC: UGC,
    Template.AD: AD,
    Template.OWN: OWN,
}
REVISION_STEP = 2

__all__ = ["VARIANTS", "Variant", "variant_of"]


def variant_of(ask: Ask) -> Variant:
    """Choose by draft, revision and attempt alone: the same three give the same variant.

    Each draft has an order of its own. The next attempt is one step further in it, the next
    revision two and both together three, so with five variants none comes twice in a row.
    """
    variants = sorted(VARIANTS[ask.template], key=lambda variant: _rank(ask, variant))
    return variants[(ask.attempt + REVISION_STEP * ask.revision) % len(variants)]


def _rank(ask: Ask, variant: Variant) -> bytes:
    return hashlib.sha256(f"{ask.draft_id}/{variant.name}".encode()).digest()
