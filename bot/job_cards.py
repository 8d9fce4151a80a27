"""Keep the card of a job in the chat true: one message, edited when there is news of the job."""

from collections.abc import Callable
from datetime import timedelta

from bot import screens
from bot.desk import Desk
from bot.jobs import FINAL, JobCard, Stage
from bot.texts import Voice


async def change(desk: Desk, card: JobCard, news: Callable[[JobCard], JobCard]) -> JobCard:
    """Apply a pure change to the stored card and redraw it.

    What comes on the way is shown at most once per interval and then dropped, not queued: edits
    share Telegram's limit with the messages that matter. The end is always shown.
    """
    card = await desk.cards.change(card.job_id, news)
    if card.message_id is None or card.is_shown or _is_hasty(desk, card):
        return card
    screen = screens.job(Voice(desk.texts, card.locale), card)
    await desk.redraw(card.chat_id, card.message_id, screen)
    shown = {"shown_stage": card.stage, "shown_place": card.place, "shown_at": desk.now()}
    return await desk.cards.change(card.job_id, lambda found: found.noting(**shown))


def _is_hasty(desk: Desk, card: JobCard) -> bool:
    # The first place comes right behind the card itself, and the next one may be minutes away.
    is_first_place = card.stage is Stage.QUEUED and card.shown_place is None
    if card.shown_at is None or card.stage in FINAL or is_first_place:
        return False
    return desk.now() < card.shown_at + timedelta(seconds=desk.settings.bot_progress_interval_s)
