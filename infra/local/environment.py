"""What each program gets in its environment: only what it needs, so no secret wanders."""

from collections.abc import Mapping

from infra.local.ports import LOOPBACK

SYSTEM = (
    "HOME",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "LOGNAME",
    "PATH",
    "TMPDIR",
    "TZ",
    "USER",
)
SYSTEM_PREFIX = "PYTHON"
OUTSIDE = (
    "ALL_PROXY",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
)
LOG_PREFIX = "LOG_"
# The supervisor sees that a service is ready by its log, at this level.
LOG_LEVELS_HEARD = ("INFO", "DEBUG")


# Which settings a service may see beside its own credentials.
PREFIXES = {
    "migrate": (),
    "signer": ("SIGNER_",),
    "ledger": ("LEDGER_", "PAYMENTS_", "YOOKASSA_"),
    "videogen": ("VIDEOGEN_", "KIE_"),
    "bot": ("BOT_", "TELEGRAM_"),
    # The page calls plans by the names under which they are sold.
    "sandbox": ("SANDBOX_", "LEDGER_PLANS"),
}
BINARIES = ("PG_BIN", "NATS_SERVER_BIN")


def environment(
    name: str, environ: Mapping[str, str], own: Mapping[str, str], *extra_prefixes: str
) -> dict[str, str]:
    """Return `own` and, of `environ`, what concerns the system and the service `name`."""
    prefixes = (*PREFIXES[name], *extra_prefixes)
    settings = {
        key: value for key, value in environ.items() if prefixes and key.startswith(prefixes)
    }
    told = {**system_only(environ), **settings, "PYTHONUNBUFFERED": "1", **own}
    if told.get("LOG_LEVEL", "INFO").upper() not in LOG_LEVELS_HEARD:
        told["LOG_LEVEL"] = "INFO"
    return told


def system_only(environ: Mapping[str, str]) -> dict[str, str]:
    """Drop every setting of the product, which a test's stack takes from nobody but the test."""
    outside = {name for upper in OUTSIDE for name in (upper, upper.lower())}
    return {
        key: value
        for key, value in environ.items()
        if key in SYSTEM or key in outside or key.startswith((SYSTEM_PREFIX, LOG_PREFIX))
    }


def reaching_loopback(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what keeps a proxy away from the emulators: it leads outside, and not back here."""
    given = {name: environ.get(name) for name in ("NO_PROXY", "no_proxy")}
    return {name: f"{hosts},{LOOPBACK}" if hosts else LOOPBACK for name, hosts in given.items()}


def for_own_stack(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a stack of its own is started with: the system, and which servers to run."""
    servers = {name: environ[name] for name in BINARIES if name in environ}
    return {**system_only(environ), **servers}
