"""What Veo 3.1 takes: an API of its own, with other names than the Market's."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from infra.sandbox.kie.inputs import Url, VideoInput

CREDITS = {"veo3": 250.0, "veo3_fast": 60.0, "veo3_lite": 30.0}
IMAGES = {
    "TEXT_2_VIDEO": (0, 0),
    "FIRST_AND_LAST_FRAMES_2_VIDEO": (1, 2),
    "REFERENCE_2_VIDEO": (1, 3),
}
GenerationType = Literal["TEXT_2_VIDEO", "FIRST_AND_LAST_FRAMES_2_VIDEO", "REFERENCE_2_VIDEO"]


class VeoRequest(VideoInput):
    prompt: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
    image_urls: list[Url] = Field(alias="imageUrls", default_factory=list)
    model: Literal["veo3", "veo3_fast", "veo3_lite"] = "veo3_fast"
    generation_type: GenerationType | None = Field(alias="generationType", default=None)
    aspect_ratio: Literal["16:9", "9:16", "Auto"] = "16:9"
    resolution: Literal["720p", "1080p", "4k"] = "720p"
    duration: Literal[4, 6, 8] = 8
    callback_url: Url | None = Field(alias="callBackUrl", default=None)
    enable_translation: bool = Field(alias="enableTranslation", default=True)
    watermark: str = ""
    seeds: Annotated[int, Field(ge=10_000, le=99_999)] | None = None

    @model_validator(mode="after")
    def _goes_together(self) -> "VeoRequest":
        kind = self.generation_type
        if kind == "REFERENCE_2_VIDEO" and self.model == "veo3":
            raise ValueError("generationType REFERENCE_2_VIDEO is not supported by veo3")
        low, high = IMAGES[kind] if kind is not None else (0, 2)
        if not low <= len(self.image_urls) <= high:
            raise ValueError(f"imageUrls must hold {low} to {high} images")
        return self

    @property
    def photo_urls(self) -> list[str]:
        return self.image_urls

    @property
    def duration_s(self) -> int:
        return self.duration

    @property
    def cost_credits(self) -> float:
        return CREDITS[self.model]
