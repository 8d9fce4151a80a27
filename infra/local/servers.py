"""PostgreSQL and NATS of a stack: our own, or the ones that DATABASE_URL and NATS_URL name."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.topology import Service
from infra.local import nats, postgres
from infra.local.credentials import (
    DATABASE,
    SUPERUSER,
    Credentials,
    DatabaseUrls,
    database_urls,
    external_credentials,
)
from infra.local.errors import StackError
from infra.local.identity import find_identity
from infra.local.layout import Layout
from infra.local.probes import http_answers, postgres_answers
from infra.local.roles import ensure_database, ensure_roles_in
from infra.local.steps import Act, Kept, Program, Step

HEALTH_PATH = "/healthz"
# The banner and the indented list of what the configuration says anyway.
NATS_BANNER = re.compile(r"\[INF\] *($|  |[ _|\\-]{2})")


@dataclass(frozen=True)
class Postgres:
    urls: DatabaseUrls
    steps: Sequence[Step]


@dataclass(frozen=True)
class Nats:
    url: str
    seeds: Mapping[Service, Path]
    steps: Sequence[Step]
    monitor_url: str | None = None


def postgres_of(
    layout: Layout, environ: Mapping[str, str], port: int, own: Credentials
) -> Postgres:
    if given := environ.get("DATABASE_URL"):
        shared = external_credentials(given, own)
        urls = database_urls(given, shared)
        roles = Act("database roles", lambda: ensure_roles_in(given, shared))
        return Postgres(urls, (roles,))
    binaries = postgres.find_binaries(environ)
    cluster = postgres.Cluster(
        binaries=binaries,
        folder=layout.postgres,
        port=port,
        password=own.password(SUPERUSER),
        identity=find_identity(binaries / "postgres", layout.directory.parent),
    )
    url = cluster.url(DATABASE)
    server = Program(
        "postgres", cluster.command, postgres.environment(), user=cluster.identity.user
    )
    return Postgres(
        database_urls(url, own),
        (
            Act("initdb", lambda: asyncio.to_thread(postgres.prepare, cluster)),
            Kept(
                server,
                is_ready=lambda: postgres_answers(cluster.url("postgres")),
                stop_signal=postgres.STOP_SIGNAL,
                stop_share_s=0.9,
            ),
            Act("database", lambda: ensure_database(url, DATABASE, own)),
        ),
    )


def nats_of(layout: Layout, environ: Mapping[str, str], port: int, monitor_port: int) -> Nats:
    if given := environ.get("NATS_URL"):
        return Nats(given, _given_seeds(environ), ())
    server = nats.Server(nats.find_server(environ), layout.nats, port, monitor_port)
    program = Program("nats", server.command, {}, hides=NATS_BANNER)
    return Nats(
        server.url,
        {service: nats.seed_file(server.seeds, service) for service in Service},
        (
            Act("nats configuration", lambda: asyncio.to_thread(nats.prepare, server)),
            Kept(
                program,
                is_ready=lambda: http_answers(monitor_port, HEALTH_PATH),
                stop_share_s=0.4,
            ),
        ),
        monitor_url=server.monitor_url,
    )


def _given_seeds(environ: Mapping[str, str]) -> dict[Service, Path]:
    folder = environ.get("NATS_SEEDS_DIR")
    if not folder:
        return {}
    seeds = {service: nats.seed_file(Path(folder).resolve(), service) for service in Service}
    missing = [file.name for file in seeds.values() if not file.exists()]
    if missing:
        raise StackError(f"NATS_SEEDS_DIR {folder} lacks {', '.join(missing)}")
    return seeds
