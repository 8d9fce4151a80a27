"""How videogen is sent to the sandbox's KIE instead of the real one."""

from collections.abc import Mapping

from infra.local.environment import reaching_loopback
from infra.local.ports import LOOPBACK

SCALE_VARIABLE = "SANDBOX_KIE_SCALE"
SCALE = 20.0
"""So many seconds pass at the emulated KIE in one of ours."""
POLL_S = 5.0
"""As videogen looks at the real one."""


def emulated_kie(
    environ: Mapping[str, str], *, page_url: str, key: str, callback_port: int
) -> dict[str, str]:
    """Return what is told to a videogen that is to ask the emulator of this stack."""
    return {
        "KIE_API_KEY": key,
        "KIE_API_URL": f"{page_url}/kie/api",
        "KIE_UPLOAD_URL": f"{page_url}/kie/upload",
        "KIE_CALLBACK_URL": f"http://{LOOPBACK}:{callback_port}",
        "KIE_CALLBACK_PORT": str(callback_port),
        "KIE_POLL_S": environ.get("KIE_POLL_S") or f"{POLL_S / _scale(environ):g}",
        **reaching_loopback(environ),
    }


def asks_the_emulator(environ: Mapping[str, str]) -> bool:
    """A key of one's own is one of the real KIE."""
    return environ.get("VIDEOGEN_PROVIDER") == "kie" and not environ.get("KIE_API_KEY")


def _scale(environ: Mapping[str, str]) -> float:
    try:
        scale = float(environ.get(SCALE_VARIABLE) or SCALE)
    except ValueError:
        # The sandbox itself refuses it, and says why.
        return SCALE
    return scale if scale > 0 else SCALE
