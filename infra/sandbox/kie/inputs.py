"""What each Market model takes: exact field names and JSON types; and what a video of it costs."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=2048)]
Prompt1000 = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Prompt5000 = Annotated[str, StringConstraints(min_length=1, max_length=5000)]
Prompt10000 = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Negative = Annotated[str, StringConstraints(max_length=500)]
SixToThirty = Annotated[str, StringConstraints(pattern=r"^([6-9]|[12][0-9]|30)$")]


class VideoInput(BaseModel, ABC):
    """KIE would pass over an unknown field; here it is refused, as it would be a mistake."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @property
    @abstractmethod
    def photo_urls(self) -> list[str]: ...

    @property
    @abstractmethod
    def duration_s(self) -> int: ...

    @property
    @abstractmethod
    def cost_credits(self) -> float: ...


class GrokImagine(VideoInput):
    """Without its `task_id` and `index`: they name an image made before, and none is made here."""

    image_urls: Annotated[list[Url], Field(min_length=1, max_length=7)]
    prompt: Annotated[str, StringConstraints(max_length=5000)] | None = None
    mode: Literal["normal", "fun", "spicy"] = "normal"
    duration: SixToThirty = "6"
    resolution: Literal["480p", "720p", "1080p"] = "480p"
    aspect_ratio: Literal["2:3", "3:2", "1:1", "16:9", "9:16"] = "16:9"

    @model_validator(mode="after")
    def _goes_together(self) -> "GrokImagine":
        if self.mode == "spicy":
            raise ValueError("mode spicy is not supported for external images")
        if self.resolution == "1080p" and len(self.image_urls) > 1:
            raise ValueError("image_urls supports one image at 1080p")
        return self

    @property
    def photo_urls(self) -> list[str]:
        return self.image_urls

    @property
    def duration_s(self) -> int:
        return int(self.duration)

    @property
    def cost_credits(self) -> float:
        return self.duration_s * {"480p": 2.4, "720p": 4.5, "1080p": 8.0}[self.resolution]


class BytedanceV1ProFast(VideoInput):
    image_url: Url
    prompt: Prompt10000
    duration: Literal["5", "10"] = "5"
    resolution: Literal["720p", "1080p"] = "720p"
    nsfw_checker: bool = True

    @property
    def photo_urls(self) -> list[str]:
        return [self.image_url]

    @property
    def duration_s(self) -> int:
        return int(self.duration)

    @property
    def cost_credits(self) -> float:
        return self.duration_s * {"720p": 4.0, "1080p": 8.0}[self.resolution]


class Hailuo23Standard(VideoInput):
    image_url: Url
    prompt: Prompt5000
    duration: Literal["6", "10"] = "6"
    resolution: Literal["768P", "1080P"] = "768P"

    @model_validator(mode="after")
    def _goes_together(self) -> "Hailuo23Standard":
        if self.duration == "10" and self.resolution == "1080P":
            raise ValueError("duration 10 is not supported at 1080P")
        return self

    @property
    def photo_urls(self) -> list[str]:
        return [self.image_url]

    @property
    def duration_s(self) -> int:
        return int(self.duration)

    @property
    def cost_credits(self) -> float:
        return self.duration_s * {"768P": 4.0, "1080P": 8.0}[self.resolution]


class Wan27(VideoInput):
    prompt: Prompt5000
    first_frame_url: Url | None = None
    last_frame_url: Url | None = None
    duration: Annotated[int, Field(ge=2, le=15)] = 5
    resolution: Literal["720p", "1080p"] = "1080p"
    prompt_extend: bool = True
    negative_prompt: Negative = ""
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] | None = None
    watermark: bool = False

    @model_validator(mode="after")
    def _has_a_frame(self) -> "Wan27":
        if not self.photo_urls:
            raise ValueError("first_frame_url is required")
        return self

    @property
    def photo_urls(self) -> list[str]:
        return [url for url in (self.first_frame_url, self.last_frame_url) if url is not None]

    @property
    def duration_s(self) -> int:
        return self.duration

    @property
    def cost_credits(self) -> float:
        return self.duration * 5.0


class Kling26(VideoInput):
    image_urls: Annotated[list[Url], Field(min_length=1, max_length=1)]
    prompt: Prompt1000
    duration: Literal["5", "10"]
    sound: bool

    @property
    def photo_urls(self) -> list[str]:
        return self.image_urls

    @property
    def duration_s(self) -> int:
        return int(self.duration)

    @property
    def cost_credits(self) -> float:
        return self.duration_s * (22.0 if self.sound else 11.0)


MARKET: Mapping[str, type[VideoInput]] = MappingProxyType(
    {
        "grok-imagine/image-to-video": GrokImagine,
        "bytedance/v1-pro-fast-image-to-video": BytedanceV1ProFast,
        "hailuo/2-3-image-to-video-standard": Hailuo23Standard,
        "wan/2-7-image-to-video": Wan27,
        "kling-2.6/image-to-video": Kling26,
    }
)
