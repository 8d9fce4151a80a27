"""The models that we can ask for, by the name that KIE gives them."""

from collections.abc import Mapping

from videogen.kie.models.adapter import Adapter, Wish
from videogen.kie.models.grok_imagine import GROK_IMAGINE
from videogen.kie.models.hailuo import HAILUO
from videogen.kie.models.kling import KLING
from videogen.kie.models.seedance_v1_fast import SEEDANCE_V1_FAST
from videogen.kie.models.veo import VEO_FAST
from videogen.kie.models.wan import WAN

ADAPTERS: Mapping[str, Adapter] = {
    adapter.model: adapter
    for adapter in (GROK_IMAGINE, SEEDANCE_V1_FAST, HAILUO, WAN, KLING, VEO_FAST)
}

__all__ = ["ADAPTERS", "Adapter", "Wish"]
