"""Confirm a draft: freeze its revision, deduct, and put up a card for each job."""

from datetime import timedelta
from uuid import UUID

from bot import screens
from bot.desk import Desk, Person
from bot.draft import Draft
from bot.jobs import JobCard
from bot.screens import shortened
from bot.scripts import Script
from contracts.ids import job_id_of
from contracts.messages import Deduct, Done, Refusal
from contracts.orders import Order, OrderScript

NOT_AFTER = timedelta(seconds=60)
TITLE_LENGTH_MAX = 60


class PhotoGoneError(Exception):
    """The draft's photo is no longer stored."""


async def order(desk: Desk, person: Person, draft: Draft) -> Done | Refusal:
    """Order every job of the draft's revision: all or none, once, however often it is called.

    Raises `NoAnswerError` when the outcome is unknown, and `PhotoGoneError`.
    """
    if draft.photo is None:
        raise PhotoGoneError
    photo = await desk.photos.load(person.account, draft.photo.digest)
    if photo is None:
        raise PhotoGoneError
    digests = [await _freeze(desk, person, draft, index, photo) for index in range(draft.count)]
    return await desk.ledger.deduct(
        Deduct(
            account=person.account,
            correlation_id=draft.draft_id.hex,
            not_after=desk.now() + NOT_AFTER,
            draft_id=draft.draft_id,
            revision=draft.revision,
            price_credits=draft.shown_price,
            order_digests=tuple(digests),
        )
    )


async def put_up_cards(desk: Desk, person: Person, draft: Draft, done: Done) -> None:
    """Show one card per ordered job. A repeat shows only what is not there yet."""
    for job_id in done.job_ids:
        async with desk.cards.lock(job_id):
            card = await _card_for(desk, _card_of(person, draft, job_id, done.balance))
            if card.message_id is None:
                await _put_up(desk, person, card)


async def _card_for(desk: Desk, fresh: JobCard) -> JobCard:
    """Store the card, or name the product on one that the job's outcome made before us."""
    card = await desk.cards.create(fresh)
    if card.title:
        return card
    named = {"title": fresh.title, "locale": fresh.locale}
    return await desk.cards.change(card.job_id, lambda found: found.noting(**named))


async def _put_up(desk: Desk, person: Person, card: JobCard) -> None:
    sent = await desk.show(person.chat_id, screens.job(person.voice, card))
    shown = {"message_id": sent.message_id, "shown_stage": card.stage, "shown_at": desk.now()}
    await desk.cards.change(card.job_id, lambda found: found.noting(**shown))


async def _freeze(desk: Desk, person: Person, draft: Draft, index: int, photo: bytes) -> str:
    """Store photo and content under the job id, then return the digest of what is stored."""
    job_id = job_id_of(person.account, draft.draft_id, draft.revision, index)
    await desk.photos.keep_for_order(job_id, photo)
    return await desk.orders.freeze(_order_of(desk, person, draft, index, job_id))


def _order_of(desk: Desk, person: Person, draft: Draft, index: int, job_id: UUID) -> Order:
    return Order.model_validate(
        {
            "job_id": job_id,
            "account": person.account,
            "draft_id": draft.draft_id,
            "revision": draft.revision,
            "index": index,
            "count": draft.count,
            "product_text": draft.product_text,
            "template": draft.template,
            "scenario": draft.scenario,
            "wishes": draft.wishes or None,
            "format": draft.format,
            "script": _script_of(draft.script) if draft.script else None,
            "photo_digest": draft.photo.digest if draft.photo else None,
            "locale": person.voice.locale,
            "salt": desk.new_salt(),
        }
    )


def _script_of(script: Script) -> OrderScript:
    """Leave out what only the chat shows: what the camera does is in the prompt."""
    return OrderScript(
        title=script.title,
        captions=tuple(scene.caption for scene in script.scenes),
        call=script.call,
        prompt=script.prompt,
    )


def _card_of(person: Person, draft: Draft, job_id: UUID, balance: int) -> JobCard:
    return JobCard(
        job_id=job_id,
        account=person.account,
        chat_id=person.chat_id,
        locale=person.voice.locale,
        title=shortened(draft.product_text or "", TITLE_LENGTH_MAX),
        balance=balance,
    )
