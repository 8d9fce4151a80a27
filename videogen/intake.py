"""What was ordered: the order and its photo, compared with what the ledger recorded."""

import hashlib
from typing import Protocol

from pydantic import ValidationError

from contracts.bus import KeyMissingError, ObjectMissingError
from contracts.orders import Order, digest_of
from videogen.job import Job
from videogen.provider import Brief


class OrderMissingError(Exception):
    """The order or its photo is gone, or is not what the credit was taken for."""


class StoredOrders(Protocol):
    """The part of `contracts.bus.Values` that reading orders needs."""

    async def get(self, key: str) -> tuple[bytes, int]: ...


class StoredPhotos(Protocol):
    """The part of `contracts.bus.Objects` that reading photos needs."""

    async def get(self, name: str) -> bytes: ...


async def read_order(orders: StoredOrders, job: Job) -> Order:
    try:
        stored, _ = await orders.get(str(job.job_id))
    except KeyMissingError as error:
        raise OrderMissingError("no such order") from error
    if digest_of(stored) != job.order_digest:
        raise OrderMissingError("the order is not the one that was paid for")
    try:
        order = Order.model_validate_json(stored)
    except ValidationError as error:
        raise OrderMissingError("the order cannot be read") from error
    if (order.job_id, order.account) != (job.job_id, job.account):
        raise OrderMissingError("the order belongs to another job")
    return order


async def read_photo(photos: StoredPhotos, order: Order) -> bytes:
    try:
        photo = await photos.get(str(order.job_id))
    except ObjectMissingError as error:
        raise OrderMissingError("no such photo") from error
    if hashlib.sha256(photo).hexdigest() != order.photo_digest:
        raise OrderMissingError("the photo is not the one that was ordered")
    return photo


def brief_of(order: Order, photo: bytes) -> Brief:
    return Brief(
        job_id=order.job_id,
        photo=photo,
        product_text=order.product_text,
        template=order.template,
        scenario=order.scenario,
        wishes=order.wishes,
        locale=order.locale,
        format=order.format,
        script=order.script,
    )
