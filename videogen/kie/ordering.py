"""From a brief to what a model is asked for: the offer, the photo in its format, the words."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from videogen.failures import TABLE, ProviderCallError, Trouble
from videogen.kie.catalogue import Catalogue, CatalogueError, Offer
from videogen.kie.client import KieClient
from videogen.kie.framing import framed
from videogen.kie.models import Wish
from videogen.kie.prompting import prompt_of
from videogen.provider import Brief, Rejected

DAMAGED = (
    # Pillow's decoders report a damaged file with any of these.
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
)


class RejectedError(Exception):
    """Nothing was ordered yet, and nothing will be."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(f"{trouble}: {detail}")
        self.rejected = Rejected(TABLE[trouble], detail)


def offer_of(catalogue: Catalogue, name: str | None) -> Offer:
    """Return the offer of that name, or the default one. Raises `CatalogueError`."""
    offer = catalogue.offer(name or catalogue.default)
    if offer is None:
        known = ", ".join(each.name for each in catalogue.offers)
        raise CatalogueError(f"KIE_OFFER is {name}, but the offers are {known}")
    return offer


@dataclass(frozen=True)
class Ordering:
    client: KieClient
    offer: Offer
    new_name: Callable[[], str]
    """For each upload another one, which nobody can guess: the file can be read by its name."""

    async def wish_of(self, brief: Brief) -> Wish:
        """Upload the photo and return what to ask for. Raises `RejectedError`."""
        offer = self.offer
        if brief.format not in offer.formats:
            detail = f"offer {offer.name} is not made in {brief.format}"
            raise RejectedError(Trouble.REQUEST_REFUSED, detail)
        photo = await self._photo_for(brief)
        prompt = prompt_of(brief, offer)
        try:
            uploaded = await self.client.upload(photo, name=self.new_name())
        except ProviderCallError as error:
            raise _not_uploaded(error) from error
        return Wish(uploaded, prompt, offer.clips[0].duration_s, offer.resolution, brief.format)

    async def _photo_for(self, brief: Brief) -> bytes:
        if not self.offer.adapter.follows_photo:
            return brief.photo
        try:
            return await asyncio.to_thread(framed, brief.photo, brief.format)
        except DAMAGED as error:
            raise RejectedError(Trouble.PHOTO_REFUSED, f"not readable: {error}") from error


def _not_uploaded(error: ProviderCallError) -> RejectedError:
    """No task was made, even where the same trouble of a submission would leave that open."""
    if error.failure.is_rejection:
        return RejectedError(error.failure.trouble, error.detail)
    return RejectedError(Trouble.UPLOAD_FAILED, str(error))
