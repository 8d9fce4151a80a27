"""What a program needs to be told to work beside a running stack."""

from collections.abc import Mapping

from contracts.topology import Service
from infra.local.composition import module
from infra.local.environment import environment
from infra.local.errors import StackError
from infra.local.kie import asks_the_emulator
from infra.local.layout import DEMO, Layout, layout_at
from infra.local.ports import free_port
from infra.local.state import State, live_state

STACK_VARIABLE = "NEUROCARDS_STACK"
IDENTITIES = {
    "ledger": Service.LEDGER,
    "videogen": Service.VIDEOGEN,
    "bot": Service.BOT,
    "sandbox": Service.OPERATOR,
}


def layout_of(directory: str | None, environ: Mapping[str, str]) -> Layout:
    return layout_at(directory or environ.get(STACK_VARIABLE) or DEMO)


def operators_environment(
    layout: Layout, environ: Mapping[str, str], service: Service = Service.OPERATOR
) -> dict[str, str]:
    """Return `environ` and the stack's addresses; those that are set already win.

    On NATS the command is `service`, because some records are open to their owner alone.
    Without a stack it is `environ` alone: not every command needs one.
    """
    state = live_state(layout)
    found: dict[str, str] = {}
    if state and not environ.get("DATABASE_URL"):
        found |= {
            "DATABASE_URL": state.service_database_url,
            "OWNER_DATABASE_URL": state.owner_database_url,
            **_heads(state),
        }
    if state and not _has_own_nats(state, environ):
        found |= _nats(state, service)
    if state and service is Service.BOT:
        found |= _places("bot", state, layout, environ)
    return {**environ, **found}


def _has_own_nats(state: State, environ: Mapping[str, str]) -> bool:
    """A server of one's own that the stack uses, too, needs only the seed."""
    url = environ.get("NATS_URL")
    return bool(url) and (url != state.nats_url or bool(environ.get("NATS_SEED_FILE")))


def service_command(name: str) -> tuple[str, ...]:
    return module("infra.sandbox") if name == "sandbox" else module(name, "serve")


def service_environment(name: str, layout: Layout, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a running stack gives to the service; without one, what we were given."""
    state = live_state(layout)
    if state:
        own = {**_nats(state, IDENTITIES[name]), **_places(name, state, layout, environ)}
        return environment(name, environ, own)
    if environ.get("NATS_URL"):
        return dict(environ)
    raise StackError(f"no stack runs in {layout.directory}: start ./justw demo, or set NATS_URL")


def _nats(state: State, service: Service) -> dict[str, str]:
    seed = state.nats_seeds.get(service)
    return {"NATS_URL": state.nats_url, **({"NATS_SEED_FILE": seed} if seed else {})}


def _heads(state: State) -> dict[str, str]:
    if state.heads_file is None or state.heads_key is None:
        return {}
    return {"LEDGER_HEADS_FILE": state.heads_file, "LEDGER_HEADS_KEY": state.heads_key}


def _places(name: str, state: State, layout: Layout, environ: Mapping[str, str]) -> dict[str, str]:
    match name:
        case "ledger":
            return {"DATABASE_URL": state.service_database_url, **_heads(state)}
        case "bot" if not environ.get("TELEGRAM_BOT_TOKEN"):
            return {
                "TELEGRAM_BOT_TOKEN": state.telegram_token,
                "TELEGRAM_API_URL": state.page_url,
            }
        case "videogen" if asks_the_emulator(environ):
            return state.emulated_kie
        case "sandbox":
            key = state.emulated_kie.get("KIE_API_KEY")
            return {
                "SANDBOX_PORT": str(free_port()),
                "SANDBOX_DIR": str(layout.directory / "sandbox-beside"),
                "SANDBOX_FAULTS_DIR": state.faults_dir,
                "SANDBOX_DATABASE_URL": state.database_url,
                "TELEGRAM_BOT_TOKEN": state.telegram_token,
                **({"SANDBOX_KIE_KEY": key} if key else {}),
            }
        case _:
            return {}
