"""What is on offer: a TOML file that an operator edits, checked against what the models can do."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contracts.messages.base import CREDITS_MAX
from contracts.orders import Format
from contracts.service import EXIT_MISCONFIGURED, OperatorNeededError
from videogen.kie.models import ADAPTERS, Adapter

DEFAULT_FILE = Path(__file__).with_name("catalogue.toml")
SIZE_BYTES_MAX = 1024 * 1024


class CatalogueError(OperatorNeededError):
    """The file cannot be used. The text names it and has one line for each thing that is wrong."""

    exit_code = EXIT_MISCONFIGURED


class _Part(BaseModel):
    # A misspelt name would otherwise be a setting that silently does nothing.
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clip(_Part):
    duration_s: Annotated[int, Field(strict=True, gt=0)]
    price_credits: Annotated[int, Field(strict=True, gt=0, le=CREDITS_MAX)]
    cost_kie_credits: Annotated[Decimal, Field(ge=0)]
    """What the operator expects to pay; what was taken is told with each finished task."""


class Offer(_Part):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    model: str
    formats: Annotated[tuple[Format, ...], Field(min_length=1)]
    resolution: str | None = None
    prompt_language: Literal["en", "ru"]
    clips: Annotated[tuple[Clip, ...], Field(min_length=1)]

    @property
    def adapter(self) -> Adapter:
        return ADAPTERS[self.model]

    def clip(self, duration_s: int) -> Clip | None:
        return next((clip for clip in self.clips if clip.duration_s == duration_s), None)

    @model_validator(mode="after")
    def _is_possible(self) -> "Offer":
        if self.model not in ADAPTERS:
            raise ValueError(f"model {self.model} is not known; known are {', '.join(ADAPTERS)}")
        if self.adapter.english_only and self.prompt_language != "en":
            raise ValueError(f"{self.model} understands English prompts only")
        _refuse_repeats("formats", self.formats)
        _refuse_repeats("a clip of the same duration_s", (clip.duration_s for clip in self.clips))
        for clip in self.clips:
            for format_ in self.formats:
                trouble = self.adapter.trouble_of(clip.duration_s, self.resolution, format_)
                if trouble is not None:
                    raise ValueError(f"{self.model}: {trouble}")
        return self


class Catalogue(_Part):
    default: str
    offers: Annotated[tuple[Offer, ...], Field(min_length=1)]

    def offer(self, name: str) -> Offer | None:
        return next((offer for offer in self.offers if offer.name == name), None)

    @model_validator(mode="after")
    def _names_fit(self) -> "Catalogue":
        _refuse_repeats("an offer's name", (offer.name for offer in self.offers))
        if self.offer(self.default) is None:
            names = ", ".join(offer.name for offer in self.offers)
            raise ValueError(f"default is {self.default}, but the offers are {names}")
        return self


def read_catalogue(file: Path | None = None) -> Catalogue:
    """Read the file, or the one inside the product. Raises `CatalogueError`."""
    file = file or DEFAULT_FILE
    try:
        with file.open("rb") as opened:
            content = opened.read(SIZE_BYTES_MAX + 1)
        if len(content) > SIZE_BYTES_MAX:
            raise CatalogueError(f"{file}: over {SIZE_BYTES_MAX} bytes")
        parsed = tomllib.loads(content.decode(), parse_float=Decimal)
        return Catalogue.model_validate(parsed)
    except OSError as error:
        raise CatalogueError(f"{file}: {error.strerror or error}") from error
    except ValidationError as error:
        raise CatalogueError(_listed(file, error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file}: is not TOML: {error}") from error


def _listed(file: Path, error: ValidationError) -> str:
    lines = [f"{file}:"]
    troubles = error.errors(include_url=False, include_context=False)
    places = [trouble["loc"] for trouble in troubles]
    for trouble in troubles:
        at = trouble["loc"]
        # A list of which every part is wrong is also called too short.
        if any(len(other) > len(at) and other[: len(at)] == at for other in places):
            continue
        place = ".".join(str(part) for part in at)
        said = trouble["msg"].removeprefix("Value error, ")
        lines.append(f"  {place}: {said}" if place else f"  {said}")
    return "\n".join(lines)


def _refuse_repeats(what: str, values: Iterable[object]) -> None:
    repeated = [str(value) for value, times in Counter(values).items() if times > 1]
    if repeated:
        raise ValueError(f"{what} is there more than once: {', '.join(repeated)}")
