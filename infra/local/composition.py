"""Which programs make up a stack, in which order, and what each of them is told."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.topology import Service
from infra.local.credentials import Credentials, credentials_of, signing_key_of
from infra.local.environment import environment
from infra.local.errors import StackError
from infra.local.kie import asks_the_emulator, emulated_kie
from infra.local.layout import Layout
from infra.local.ports import LOOPBACK, remembered_ports
from infra.local.probes import http_answers
from infra.local.servers import HEALTH_PATH, Nats, Postgres, nats_of, postgres_of
from infra.local.state import Places
from infra.local.steps import Kept, Once, Program, Step
from infra.local.yookassa import emulated_yookassa, emulator_settings, sells_for_real

PORT_NAMES = ("postgres", "nats", "nats_monitor", "sandbox", "kie_callbacks", "ledger_http")
SANDBOX = "SANDBOX_"
DRAIN_S = "0.5"
"""Whoever stops a demo does not want to wait; the next start goes on with what was begun."""
WORKERS_MAX = 16


@dataclass(frozen=True)
class Composition:
    steps: Sequence[Step]
    places: Places


def compose(layout: Layout, environ: Mapping[str, str]) -> Composition:
    """Return the whole product with its sandbox, as `environ` sets it.

    A real TELEGRAM_BOT_TOKEN there sends the bot to Telegram instead of the emulator.
    """
    credentials = credentials_of(layout)
    ports = remembered_ports(PORT_NAMES, layout.ports_file)
    postgres = postgres_of(layout, environ, ports["postgres"], credentials)
    nats = nats_of(layout, environ, ports["nats"], ports["nats_monitor"])
    heads_key = signing_key_of(layout)
    products = _Products(
        *(layout, environ, postgres, nats, credentials, heads_key),
        port=ports["sandbox"],
        callback_port=ports["kie_callbacks"],
        webhook_port=ports["ledger_http"],
    )
    places = Places(
        page_url=products.page_url,
        database_url=postgres.urls.reader,
        service_database_url=postgres.urls.service,
        owner_database_url=postgres.urls.owner,
        superuser_database_url=postgres.urls.superuser,
        nats_url=nats.url,
        nats_seeds={str(service): str(file) for service, file in nats.seeds.items()},
        faults_dir=str(layout.faults),
        telegram_token=credentials.telegram_token,
        nats_monitor_url=nats.monitor_url,
        heads_file=str(layout.heads_file),
        heads_key=heads_key,
        emulated_kie=products.emulated_kie,
        emulated_yookassa=products.emulated_yookassa,
    )
    return Composition((*postgres.steps, *nats.steps, *products.steps()), places)


@dataclass(frozen=True)
class _Products:
    layout: Layout
    environ: Mapping[str, str]
    postgres: Postgres
    nats: Nats
    credentials: Credentials
    heads_key: str
    port: int
    callback_port: int
    webhook_port: int

    @property
    def page_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def emulated_kie(self) -> dict[str, str]:
        return emulated_kie(
            self.environ,
            page_url=self.page_url,
            key=self.credentials.kie_key,
            callback_port=self.callback_port,
        )

    @property
    def emulated_yookassa(self) -> dict[str, str]:
        return emulated_yookassa(self.environ, page_url=self.page_url, credentials=self.credentials)

    @property
    def ledger_http_port(self) -> str:
        return self.environ.get("LEDGER_HTTP_PORT") or str(self.webhook_port)

    def steps(self) -> tuple[Step, ...]:
        # The signer stops after the ledger, so that the last events are signed too.
        before, behind = (self._signer(), self._ledger()), (self._sandbox(), self._bot())
        return (self._migrate(), *before, *self._workers(), *behind)

    def _migrate(self) -> Once:
        own = {"DATABASE_URL": self.postgres.urls.owner}
        told = environment("migrate", self.environ, own)
        return Once(Program("migrate", module("ledger", "migrate"), told))

    def _signer(self) -> Kept:
        own = {
            "DATABASE_URL": self.postgres.urls.reader,
            "LEDGER_HEADS_FILE": str(self.layout.heads_file),
            "SIGNER_KEY_FILE": str(self.layout.signing_key_file),
        }
        told = environment("signer", self.environ, own)
        return Kept(Program("signer", module("ledger", "sign"), told), stop_share_s=0.1)

    def _ledger(self) -> Kept:
        own = {
            "DATABASE_URL": self.postgres.urls.service,
            "LEDGER_HEADS_FILE": str(self.layout.heads_file),
            "LEDGER_HEADS_KEY": self.heads_key,
            "LEDGER_HTTP_PORT": self.ledger_http_port,
            "SANDBOX_FAULTS_DIR": str(self.layout.faults),
            **({} if sells_for_real(self.environ) else self.emulated_yookassa),
            **nats_settings(self.nats, Service.LEDGER),
        }
        told = environment("ledger", self.environ, own, SANDBOX)
        return Kept(Program("ledger", module("infra.sandbox.ledger"), told))

    def _workers(self) -> list[Kept]:
        names = worker_names(self.environ)
        return [self._videogen(name, Kept.stop_share_s / len(names)) for name in names]

    def _videogen(self, name: str, stop_share_s: float) -> Kept:
        own = {
            "SANDBOX_FAULTS_DIR": str(self.layout.faults),
            "VIDEOGEN_DRAIN_S": DRAIN_S,
            **(self.emulated_kie if asks_the_emulator(self.environ) else {}),
            **nats_settings(self.nats, Service.VIDEOGEN),
        }
        told = environment("videogen", self.environ, own, SANDBOX)
        program = Program(name, module("infra.sandbox.videogen"), told)
        return Kept(program, stop_share_s=stop_share_s)

    def _sandbox(self) -> Kept:
        own = {
            "SANDBOX_PORT": str(self.port),
            "SANDBOX_DIR": str(self.layout.sandbox),
            "SANDBOX_FAULTS_DIR": str(self.layout.faults),
            "SANDBOX_DATABASE_URL": self.postgres.urls.reader,
            "TELEGRAM_BOT_TOKEN": self.credentials.telegram_token,
            "SANDBOX_KIE_KEY": self.credentials.kie_key,
            **emulator_settings(self.emulated_yookassa, self.ledger_http_port),
            **({"SANDBOX_BOT_IS_REAL": "1"} if self._bot_is_real else {}),
            **nats_settings(self.nats, Service.OPERATOR),
        }
        told = environment("sandbox", self.environ, own)
        program = Program("sandbox", module("infra.sandbox"), told)
        return Kept(program, is_ready=lambda: http_answers(self.port, HEALTH_PATH))

    def _bot(self) -> Kept:
        emulator = {
            "TELEGRAM_BOT_TOKEN": self.credentials.telegram_token,
            "TELEGRAM_API_URL": self.page_url,
        }
        own = {
            **({} if self._bot_is_real else emulator),
            **nats_settings(self.nats, Service.BOT),
        }
        told = environment("bot", self.environ, own)
        return Kept(Program("bot", module("bot", "serve"), told))

    @property
    def _bot_is_real(self) -> bool:
        return bool(self.environ.get("TELEGRAM_BOT_TOKEN"))


def worker_names(environ: Mapping[str, str]) -> list[str]:
    """Return `videogen`, `videogen-2` and so on. Raises `StackError`."""
    given = environ.get("VIDEOGEN_PROCESSES", "1")
    if not given.isdecimal() or not 1 <= int(given) <= WORKERS_MAX:
        raise StackError(f"VIDEOGEN_PROCESSES is {given!r}, not a number from 1 to {WORKERS_MAX}")
    return [f"videogen-{nth}" if nth > 1 else "videogen" for nth in range(1, int(given) + 1)]


def nats_settings(nats: Nats, service: Service) -> dict[str, str]:
    seed = nats.seeds.get(service)
    return {"NATS_URL": nats.url, **({"NATS_SEED_FILE": str(seed)} if seed else {})}


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs a module of ours; `-P` keeps the current folder out of it."""
    return (sys.executable, "-P", "-m", name, *arguments)
