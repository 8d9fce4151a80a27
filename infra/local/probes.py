"""Questions that tell whether a server is ready."""

import asyncio

import asyncpg

from infra.local.ports import LOOPBACK

ANSWER_WAIT_S = 1.0


async def postgres_answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=ANSWER_WAIT_S)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    await connection.close(timeout=ANSWER_WAIT_S)
    return True


async def http_answers(port: int, path: str) -> bool:
    """Say whether GET answers 200."""
    try:
        async with asyncio.timeout(ANSWER_WAIT_S):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                request = (
                    f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nConnection: close\r\n\r\n"
                )
                writer.write(request.encode())
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return False
    return status.split(b" ")[1:2] == [b"200"]
