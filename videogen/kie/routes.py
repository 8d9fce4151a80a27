"""The two families of endpoints under which KIE makes videos."""

from enum import StrEnum


class Route(StrEnum):
    MARKET = "market"
    VEO = "veo"

    @property
    def submit_path(self) -> str:
        return "/api/v1/jobs/createTask" if self is Route.MARKET else "/api/v1/veo/generate"

    @property
    def look_path(self) -> str:
        return "/api/v1/jobs/recordInfo" if self is Route.MARKET else "/api/v1/veo/record-info"
