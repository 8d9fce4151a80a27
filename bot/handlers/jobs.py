"""Buttons of a job: cancel it while it waits, send its video again."""

from datetime import timedelta

from aiogram.types import CallbackQuery

from bot.buttons import CancelJobButton, ResendButton
from bot.delivering import Deliveries
from bot.desk import Desk, Person
from bot.jobs import JobCard
from contracts.bus import NoAnswerError
from contracts.messages import Done, RefusalCode

NOT_AFTER = timedelta(seconds=60)


async def cancel_job(
    query: CallbackQuery, callback_data: CancelJobButton, desk: Desk, person: Person
) -> None:
    """Ask the ledger. The credit's return is told by its own event, after the commit."""
    not_after = desk.now() + NOT_AFTER
    try:
        outcome = await desk.ledger.cancel(person.account, callback_data.job_id, not_after)
    except NoAnswerError:
        await desk.answer(query, person.voice("unavailable-now"), alert=True)
        raise
    if isinstance(outcome, Done):
        await desk.answer(query, person.voice("job-cancelling"))
        return
    text_id = {
        RefusalCode.ALREADY_STARTED: "job-already-started",
        RefusalCode.DEDUCTION_CLOSED: "job-already-ended",
    }.get(outcome.code, "wrong-job")
    await desk.answer(query, person.voice(text_id), alert=True)


async def resend(
    query: CallbackQuery,
    callback_data: ResendButton,
    desk: Desk,
    person: Person,
    deliveries: Deliveries,
) -> None:
    await desk.answer(query)
    card = await desk.cards.load(callback_data.job_id)
    if card is None or card.account != person.account:
        await desk.say(person, "wrong-job")
    else:
        await _send_again(card, desk, person, deliveries)


async def _send_again(card: JobCard, desk: Desk, person: Person, deliveries: Deliveries) -> None:
    try:
        is_sent = await deliveries.send_again(card)
    except NoAnswerError:
        await desk.say(person, "unavailable-now")
        return
    if not is_sent:
        await desk.say(person, "video-gone")
