"""What the main of every service does alike: logs, the stop signal, the exit code."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings

GC_THRESHOLDS = (50_000, 20, 100)
"""New objects per collection of the youngest, and collections per one of the next generation."""
EXIT_FAILED = 1
EXIT_CONTRADICTED = 65  # EX_DATAERR of sysexits.h
EXIT_MISCONFIGURED = 78  # EX_CONFIG


class OperatorNeededError(Exception):
    """The service must not go on until a person has decided. The text is one line for them."""

    exit_code = EXIT_CONTRADICTED


class LogSettings(BaseSettings):
    log_level: str = Field(default="INFO")
    log_json: bool = False


def run_service(serve: Callable[[asyncio.Event], Awaitable[None]], *, name: str) -> None:
    """Run `serve(stop)` until it returns; SIGTERM and SIGINT set `stop`. Exits the process."""
    try:
        set_up_logs(name)
        spare_the_collector()
        asyncio.run(_until_stopped(serve))
    except ValidationError as error:
        sys.stderr.write(f"{name}: {settings_trouble(error)}\n")
        sys.exit(EXIT_MISCONFIGURED)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the outermost frame: log, then exit non-zero
        sys.exit(_failed(name, error))


def spare_the_collector() -> None:
    """Keep what is imported out of every garbage collection, and collect less often.

    Nearly all that a service makes is freed by its reference count. With Python's own thresholds
    the ledger spent a sixth of its time looking for cycles among modules and remembered accounts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _failed(name: str, error: Exception) -> int:
    """Log the end of a service and return its exit code."""
    log = structlog.get_logger()
    if needed := _operator_needed(error):
        log.critical("stopped until an operator decides", service=name, reason=str(needed))
        return needed.exit_code
    log.error("service failed", service=name, exc_info=error)
    return EXIT_FAILED


def _operator_needed(error: BaseException) -> OperatorNeededError | None:
    """Find it; tasks raise their errors in groups."""
    if isinstance(error, OperatorNeededError):
        return error
    if isinstance(error, BaseExceptionGroup):
        inner: tuple[BaseException, ...] = error.exceptions  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - isinstance forgets of what
        return next(filter(None, map(_operator_needed, inner)), None)
    return None


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Wait so long, or until `stop`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def _until_stopped(serve: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(stop)


def set_up_logs(name: str) -> None:
    """Send structlog and the standard library's loggers to stderr in one shape."""
    settings = LogSettings()
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=name)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)


def settings_trouble(error: ValidationError) -> str:
    """Say in one line which settings are wrong, without repeating a value that may be secret."""
    parts: list[str] = []
    for trouble in error.errors(include_url=False, include_input=False):
        name = "_".join(str(part) for part in trouble["loc"]).upper()
        parts.append(f"{name}: {trouble['msg']}" if name else trouble["msg"])
    return "settings are wrong: " + "; ".join(parts)
