"""Whether an order may be placed now, by what those who make videos say of themselves."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bot.draft import Draft
from contracts.bus import KeyMissingError, Values
from contracts.studio import STUDIO_KEY, TRIALS_MAX, Entrance, StudioStatus


@dataclass(frozen=True)
class Answer:
    """What is said to an order before anything is taken for it."""

    entrance: Entrance
    wait_s: float = 0.0

    @property
    def is_yes(self) -> bool:
        return self.entrance in (Entrance.FREE, Entrance.TRIAL)


class Studio:
    """Lets orders in and counts those of a trial; another process of the bot counts its own."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._trial = ""
        self._tried: dict[tuple[UUID, int], int] = {}
        """Videos per revision of a draft that was let in to this trial."""

    async def let_in(self, draft: Draft, now: datetime) -> Answer:
        """Answer for all videos of the draft. One revision that asks twice is counted once."""
        try:
            value, _ = await self._values.get(STUDIO_KEY)
        except KeyMissingError:
            return Answer(Entrance.CLOSED)
        status = StudioStatus.model_validate_json(value)
        entrance = status.entrance(now)
        if entrance is Entrance.TRIAL and not self._try(status.trial, draft):
            return Answer(Entrance.CLOSED)
        return Answer(entrance, status.wait_s)

    def give_back(self, draft: Draft) -> None:
        """It was let in and nothing was ordered, so that its part of the trial is free again."""
        self._tried.pop((draft.draft_id, draft.revision), None)

    def _try(self, trial: str, draft: Draft) -> bool:
        if trial != self._trial:
            self._trial, self._tried = trial, {}
        tried = {**self._tried, (draft.draft_id, draft.revision): draft.count}
        if sum(tried.values()) > TRIALS_MAX:
            return False
        self._tried = tried
        return True
