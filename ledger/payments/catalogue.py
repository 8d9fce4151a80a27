"""What people can buy: a TOML file that an operator edits, checked as a whole before it is used."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from contracts.messages.base import CREDITS_MAX
from contracts.messages.commands import PRICE_MAX
from contracts.service import EXIT_MISCONFIGURED, OperatorNeededError

DEFAULT_FILE = Path(__file__).with_name("plans.toml")
SIZE_BYTES_MAX = 1024 * 1024
STARS_MAX = 10_000
"""Telegram takes no larger invoice."""

# Telegram shows 32 characters of a title, and the other provider has room for more.
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]


class CatalogueError(OperatorNeededError):
    """The file cannot be used. The text names it and has one line for each thing that is wrong."""

    exit_code = EXIT_MISCONFIGURED


class _Part(BaseModel):
    # A misspelt name would otherwise be a setting that silently does nothing.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Plan(_Part):
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    title: Title
    title_en: Title
    credits: Annotated[int, Field(gt=0, le=CREDITS_MAX)]
    price: Annotated[int, Field(gt=0, le=PRICE_MAX)]
    """In kopecks."""
    stars: Annotated[int, Field(gt=0, le=STARS_MAX)]
    retired: bool = False


class Catalogue(_Part):
    # The parser makes a list of what is a tuple here.
    plans: Annotated[tuple[Plan, ...], Field(strict=False)]

    def plan(self, plan_id: str) -> Plan | None:
        """Return it even when it is retired: an order of it goes on."""
        return next((plan for plan in self.plans if plan.id == plan_id), None)

    @property
    def on_sale(self) -> tuple[Plan, ...]:
        return tuple(plan for plan in self.plans if not plan.retired)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Catalogue":
        _refuse_repeats("a plan's id", (plan.id for plan in self.plans))
        _refuse_repeats("a title on sale", (plan.title for plan in self.on_sale))
        return self


def read_plans(file: Path | None = None) -> Catalogue:
    """Read the file, or the one inside the product. Raises `CatalogueError`."""
    file = file or DEFAULT_FILE
    try:
        with file.open("rb") as opened:
            content = opened.read(SIZE_BYTES_MAX + 1)
        if len(content) > SIZE_BYTES_MAX:
            raise CatalogueError(f"{file}: over {SIZE_BYTES_MAX} bytes")
        return Catalogue.model_validate(tomllib.loads(content.decode()))
    except OSError as error:
        raise CatalogueError(f"{file}: {error.strerror or error}") from error
    except ValidationError as error:
        raise CatalogueError(_listed(file, error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file}: is not TOML: {error}") from error


def _listed(file: Path, error: ValidationError) -> str:
    lines = [f"{file}:"]
    for trouble in error.errors(include_url=False, include_context=False):
        place = ".".join(str(part) for part in trouble["loc"])
        said = trouble["msg"].removeprefix("Value error, ")
        lines.append(f"  {place}: {said}" if place else f"  {said}")
    return "\n".join(lines)


def _refuse_repeats(what: str, values: Iterable[str]) -> None:
    repeated = [value for value, times in Counter(values).items() if times > 1]
    if repeated:
        raise ValueError(f"{what} is there more than once: {', '.join(repeated)}")
