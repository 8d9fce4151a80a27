"""How the ledger is sent to the sandbox's YooKassa instead of the real one, and called by it."""

from collections.abc import Mapping

from infra.local.credentials import Credentials
from infra.local.environment import reaching_loopback
from infra.local.ports import LOOPBACK

WEBHOOK = "/webhooks/yookassa"


def emulated_yookassa(
    environ: Mapping[str, str], *, page_url: str, credentials: Credentials
) -> dict[str, str]:
    """Return what is told to a ledger that is to ask the emulator of this stack."""
    return {
        "YOOKASSA_API_URL": f"{page_url}/yookassa/v3",
        "YOOKASSA_SHOP_ID": credentials.yookassa_shop_id,
        "YOOKASSA_SECRET_KEY": credentials.yookassa_secret,
        "YOOKASSA_RETURN_URL": environ.get("YOOKASSA_RETURN_URL") or page_url,
        "YOOKASSA_TEST_PAYMENTS": "1",
        **reaching_loopback(environ),
    }


def sells_for_real(environ: Mapping[str, str]) -> bool:
    """A shop of one's own is one of the real YooKassa."""
    return bool(environ.get("YOOKASSA_SHOP_ID"))


def webhook_url(port: str) -> str:
    return f"http://{LOOPBACK}:{port}{WEBHOOK}"


def emulator_settings(shop: Mapping[str, str], port: str) -> dict[str, str]:
    """Return what is told to the sandbox, whose emulator notifies the ledger at this port."""
    return {**same_shop(shop), "SANDBOX_YOOKASSA_NOTIFICATION_URL": webhook_url(port)}


def same_shop(shop: Mapping[str, str]) -> dict[str, str]:
    """Return what makes an emulator take the calls of a ledger that was told this."""
    if not shop:
        return {}
    return {
        "SANDBOX_YOOKASSA_SHOP_ID": shop["YOOKASSA_SHOP_ID"],
        "SANDBOX_YOOKASSA_SECRET": shop["YOOKASSA_SECRET_KEY"],
    }
