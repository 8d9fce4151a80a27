"""What every model's adapter says: what the model can make, and its input, field by field."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from contracts.orders import Format
from videogen.kie.outcomes import UploadedPhoto
from videogen.kie.routes import Route

Fields = dict[str, JsonValue]


@dataclass(frozen=True)
class Wish:
    """One video as a model is asked for it."""

    photo: UploadedPhoto
    prompt: str
    duration_s: int
    resolution: str | None
    format: Format


@dataclass(frozen=True)
class Adapter:
    model: str
    fields: Callable[[Wish], Fields]
    durations_s: tuple[int, ...]
    prompt_length_max: int
    prompt_length_min: int = 1
    resolutions: tuple[str, ...] = ()
    """Empty where the model takes none."""
    formats: tuple[Format, ...] = tuple(Format)
    follows_photo: bool = True
    """The video has the photo's shape, so the photo has to be brought into the format before."""
    english_only: bool = False
    impossible: tuple[tuple[int, str], ...] = ()
    """Pairs of duration and resolution that the model refuses though it takes each alone."""
    route: Route = Route.MARKET

    def body(self, wish: Wish, callback_url: str | None) -> Fields:
        """Return the body of a submission. Raises `ValueError` for what the model cannot do."""
        trouble = self.trouble_of(wish.duration_s, wish.resolution, wish.format)
        if trouble is None and not self._takes(wish.prompt):
            limits = f"{self.prompt_length_min} to {self.prompt_length_max} characters"
            trouble = f"a prompt has {limits}, not {len(wish.prompt)}"
        if trouble is not None:
            raise ValueError(f"{self.model}: {trouble}")
        called_back: Fields = {} if callback_url is None else {"callBackUrl": callback_url}
        if self.route is Route.VEO:
            return {**self.fields(wish), **called_back}
        return {"model": self.model, **called_back, "input": self.fields(wish)}

    def trouble_of(self, duration_s: int, resolution: str | None, format_: Format) -> str | None:
        """Say why the model cannot make it, or return None."""
        if duration_s not in self.durations_s:
            return f"it makes {_listed(self.durations_s)} s, not {duration_s}"
        if resolution is None and self.resolutions:
            return f"it needs a resolution: {_listed(self.resolutions)}"
        if resolution is not None and resolution not in self.resolutions:
            return f"resolution {resolution}: it takes {_listed(self.resolutions) or 'none'}"
        if (duration_s, resolution) in self.impossible:
            return f"it makes no {duration_s} s in {resolution}"
        if format_ not in self.formats:
            return f"format {format_}: it makes {_listed(self.formats)}"
        return None

    def _takes(self, prompt: str) -> bool:
        return self.prompt_length_min <= len(prompt) <= self.prompt_length_max


def _listed(values: tuple[object, ...]) -> str:
    return ", ".join(str(value) for value in values)
