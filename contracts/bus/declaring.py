# pyright: reportUnknownMemberType=false
# nats-py does not annotate its keyword arguments.
"""Declare streams, buckets and consumers; at every start, because a server may lose them."""

from nats.js.api import ConsumerConfig, DeliverPolicy, DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

from contracts.bus.connection import Bus
from contracts.topology import BUCKETS, STREAMS, Bucket, Consumer, Stream

NAME_IN_USE = 10058


async def declare(bus: Bus) -> None:
    """Declare the streams and buckets that the service owns. Consumers declare themselves."""
    owned = [stream for stream in STREAMS if stream.owner is bus.service]
    buckets = [bucket for bucket in BUCKETS if bucket.owner is bus.service]
    for config in (*map(_of_stream, owned), *map(_of_bucket, buckets)):
        await _declare(bus, config)


async def declare_consumer(bus: Bus, consumer: Consumer) -> None:
    single = consumer.filters[0] if len(consumer.filters) == 1 else None
    await bus.js.add_consumer(
        consumer.stream.name,
        ConsumerConfig(
            name=consumer.name,
            durable_name=consumer.name,
            deliver_policy=DeliverPolicy.ALL,
            filter_subject=single,
            filter_subjects=None if single else list(consumer.filters),
            ack_wait=consumer.ack_wait_s,
            max_deliver=consumer.attempts_max or -1,
            max_ack_pending=consumer.pending_max,
        ),
    )


async def declare_stream(bus: Bus, stream: Stream) -> None:
    await _declare(bus, _of_stream(stream))


async def _declare(bus: Bus, config: StreamConfig) -> None:
    try:
        await bus.js.add_stream(config)
    except BadRequestError as error:
        if error.err_code != NAME_IN_USE:
            raise
        await bus.js.update_stream(config)


def _of_stream(stream: Stream) -> StreamConfig:
    return StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        storage=StorageType.FILE,
        max_age=stream.age_max_s,
        max_bytes=stream.bytes_max,
        duplicate_window=stream.duplicate_window_s,
        discard=DiscardPolicy.OLD,
        allow_atomic=stream.batches or None,
    )


def _of_bucket(bucket: Bucket) -> StreamConfig:
    """The stream behind a bucket, as NATS ADR-8 (key-value) and ADR-20 (objects) lay it out."""
    subjects = (
        [f"$O.{bucket.name}.C.>", f"$O.{bucket.name}.M.>"]
        if bucket.objects
        else [f"$KV.{bucket.name}.>"]
    )
    return StreamConfig(
        name=bucket.stream,
        subjects=subjects,
        storage=StorageType.FILE,
        max_age=bucket.ttl_s,
        max_bytes=bucket.bytes_max,
        max_msgs_per_subject=-1 if bucket.objects else 1,
        duplicate_window=120.0,
        discard=DiscardPolicy.NEW,
        allow_rollup_hdrs=True,
        deny_delete=not bucket.objects,
        allow_direct=True,
    )
