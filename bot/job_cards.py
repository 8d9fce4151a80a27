"""Keep the card of a job in the chat true: one message, edited when the stage changes."""

from datetime import timedelta

from bot import screens
from bot.desk import Desk
from bot.jobs import JobCard, Stage
from bot.texts import Voice

FINAL = (Stage.DONE, Stage.REFUNDED, Stage.CANCELLED)


async def move(desk: Desk, card: JobCard, stage: Stage, balance: int | None = None) -> JobCard:
    """Move the card forward and redraw it.

    Stages on the way are shown at most once per interval and then dropped, not queued: edits
    share Telegram's limit with the messages that matter. The end is always shown.
    """
    noted = {} if balance is None else {"balance": balance}
    card = await desk.cards.change(card.job_id, lambda found: found.at(stage).noting(**noted))
    if card.message_id is None or card.stage == card.shown_stage:
        return card
    interval = timedelta(seconds=desk.settings.bot_progress_interval_s)
    if card.stage not in FINAL and card.shown_at and desk.now() < card.shown_at + interval:
        return card
    screen = screens.job(Voice(desk.texts, card.locale), card)
    await desk.redraw(card.chat_id, card.message_id, screen)
    shown = {"shown_stage": card.stage, "shown_at": desk.now()}
    return await desk.cards.change(card.job_id, lambda found: found.noting(**shown))
