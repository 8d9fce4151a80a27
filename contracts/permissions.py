"""What each service may publish and subscribe to on NATS, derived from the topology.

Subjects of the JetStream API stand in the NATS documentation under "JetStream wire API".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.topology import BUCKETS, CONSUMERS, ENDPOINTS, STREAMS, Bucket, Service

API = "$JS.API"


@dataclass(frozen=True)
class Rights:
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def inbox_prefix(service: Service) -> str:
    """Return the service's own inbox, so that none can read another's replies."""
    return f"_INBOX_{service}"


def rights_of(service: Service) -> Rights:
    publish = {
        *_requests(service),
        *_streams(service),
        *_consumers(service),
        *(right for bucket in BUCKETS for right in _bucket(service, bucket)),
        f"set_aside.{service}.>",
    }
    subscribe = {f"{inbox_prefix(service)}.>"}
    if service is Service.LEDGER:
        publish |= {f"{inbox_prefix(asker)}.>" for asker in Service if asker is not service}
        subscribe |= {"$SRV.>", *(endpoint.pattern for endpoint in ENDPOINTS)}
    if service is Service.OPERATOR:
        publish |= {"$SRV.>"}
        subscribe |= {"ledger.event.>", "videogen.event.>"}
    return Rights(tuple(sorted(publish)), tuple(sorted(subscribe)))


def _requests(service: Service) -> Iterator[str]:
    for endpoint in ENDPOINTS:
        if service in endpoint.callers:
            yield endpoint.pattern


def _streams(service: Service) -> Iterator[str]:
    for stream in STREAMS:
        if stream.owner is service:
            yield from _manage(stream.name)
            yield from (subject for subject in stream.subjects if not subject.startswith("$JS."))


def _consumers(service: Service) -> Iterator[str]:
    for consumer in CONSUMERS:
        if consumer.reader is service:
            stream = consumer.stream.name
            yield f"{API}.STREAM.INFO.{stream}"
            yield f"{API}.CONSUMER.CREATE.{stream}.{consumer.name}"
            yield f"{API}.CONSUMER.CREATE.{stream}.{consumer.name}.>"
            yield f"{API}.CONSUMER.INFO.{stream}.{consumer.name}"
            yield f"{API}.CONSUMER.MSG.NEXT.{stream}.{consumer.name}"
            yield f"$JS.ACK.{stream}.{consumer.name}.>"


def _bucket(service: Service, bucket: Bucket) -> Iterator[str]:
    if service is bucket.owner:
        yield from _manage(bucket.stream)
    if service in bucket.writers:
        yield f"$O.{bucket.name}.>" if bucket.objects else f"$KV.{bucket.name}.>"
        yield f"{API}.STREAM.PURGE.{bucket.stream}"
    if service in bucket.writers | bucket.readers:
        yield f"{API}.STREAM.INFO.{bucket.stream}"
        yield f"{API}.STREAM.MSG.GET.{bucket.stream}"
        yield f"{API}.DIRECT.GET.{bucket.stream}"
        yield f"{API}.DIRECT.GET.{bucket.stream}.>"
        yield f"{API}.CONSUMER.CREATE.{bucket.stream}"
        yield f"{API}.CONSUMER.CREATE.{bucket.stream}.>"
        yield f"{API}.CONSUMER.DELETE.{bucket.stream}.>"
        yield f"{API}.CONSUMER.INFO.{bucket.stream}.>"
        if bucket.objects:
            yield f"{API}.STREAM.NAMES"
            yield f"$JS.FC.{bucket.stream}.>"


def _manage(stream: str) -> Iterator[str]:
    yield f"{API}.STREAM.CREATE.{stream}"
    yield f"{API}.STREAM.UPDATE.{stream}"
    yield f"{API}.STREAM.INFO.{stream}"
    yield f"{API}.STREAM.MSG.GET.{stream}"
