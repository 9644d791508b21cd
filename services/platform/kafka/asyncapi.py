"""`/asyncapi.json` of an agency: FastStream generates it from what is declared here.

The models say what lies on each kind of topic. FastStream makes servers, channels, operations and
schemas of them; numbers of partitions are added. Keys, headers and what tokens carry stand in
docs/specification. The official parser holds the result to AsyncAPI 3.0.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity
from faststream.specification import AsyncAPI
from pydantic import Field

from contracts.vocabulary.schema import Closed

Document = dict[str, Any]


_JWS: Final = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"
Jws = Annotated[str, Field(pattern=_JWS, description="Compact JWS (RFC 7515).")]
Jwe = Annotated[
    str, Field(description="Compact JWE (RFC 7516), one a scope and desk (envelope §3).")
]
Parts = Annotated[tuple[Jwe, ...], Field(description="Sealed parts, in any order.")]


class CloudEvent(Closed):
    """CloudEvents 1.0 in structured JSON."""

    specversion: Literal["1.0"]
    id: str = Field(description="Id of the event or notice (UUIDv7).")
    source: str = Field(description="Urn of the desk or router that wrote it.")
    subject: str = Field(description="Case token.")
    time: str = Field(description="Instant of issue, RFC 3339 in UTC.")
    datacontenttype: Literal["application/json"]


class PublishedTokens(Closed):
    """What an agency signs and seals."""

    cover: str = Field(pattern=_JWS, description="JWS of `Cover`.")
    slips: tuple[Annotated[str, Field(pattern=_JWS, description="JWS of `Slip`.")], ...]
    parts: Parts


class Published(CloudEvent):
    """An event for the router: cover, slips and sealed parts."""

    type: str = Field(pattern=r"^relais\.event\.", description="Type of the event.")
    data: PublishedTokens


class DeliveredTokens(Closed):
    """What the router hands on, and its receipt."""

    slip: str = Field(pattern=_JWS, description="JWS of `Slip`.")
    parts: Parts
    receipt: str = Field(pattern=_JWS, description="JWS of `Receipt`.")


class Delivered(CloudEvent):
    """What one desk receives: its slip, its parts and the router's receipt."""

    type: str = Field(pattern=r"^relais\.event\.", description="Type of the event.")
    data: DeliveredTokens


class NoticeToken(Closed):
    """What the router signs."""

    notice: str = Field(pattern=_JWS, description="JWS of one of the notices.")


class Notice(CloudEvent):
    """The router's word to one desk: what became of an event or a duty."""

    type: str = Field(pattern=r"^relais\.notice\.", description="Type of the notice.")
    data: NoticeToken


class Topic(NamedTuple):
    """What lies on a kind of topic: a model or type, and the media type of its records' values."""

    payload: Any
    media: str


_CLOUDEVENT: Final = "application/cloudevents+json"
_ORDERS: Final = Annotated[
    Annotated[tuple[Jws, ...], Field(min_length=1, max_length=16)] | Jws,
    Field(
        description="An order of the owners, a list of signatures over one payload; or a "
        "directory (application/jose), which an order adopts by its digest."
    ),
]
TOPICS: Final = {
    "outbox": Topic(Published, _CLOUDEVENT),
    "inbox": Topic(Delivered | Notice, _CLOUDEVENT),
    "control": Topic(_ORDERS, "application/json"),
}
_DESCRIPTION: Final = (
    "CloudEvents 1.0 in structured JSON on the outboxes and inboxes, canonical JSON on control "
    "(docs/specification: envelope 6, log; what tokens claim: tokens.schema.json). Whoever writes "
    "does so in transactions, and whoever reads uses the isolation level `read_committed`: what an "
    "aborted transaction left behind was never published."
)


def document(
    kafka: str,
    name: str,
    partitions: Mapping[str, int],
    *,
    reads: Iterable[str],
    writes: Iterable[str],
    secure: bool,
) -> Document:
    """The document of a service.

    Args:
        kafka: the brokers' addresses.
        name: of the service.
        partitions: realm -> how many its topics have.
        reads: topics that it reads.
        writes: topics that it writes in transactions.
        secure: whether a client needs a certificate.
    """
    security = BaseSecurity(use_ssl=secure)
    broker = KafkaBroker(kafka.split(","), security=security, description="Apache Kafka.")
    for topic in sorted(reads):
        broker.subscriber(topic, title=f"read:{topic}")(_handler(topic))
    for topic in sorted(writes):
        broker.publisher(topic, title=f"write:{topic}", schema=TOPICS[kind_of(topic)].payload)
    content = AsyncAPI(broker, title=f"Relais · {name}", version="1", description=_DESCRIPTION)
    return _completed(content.to_specification().to_jsonable(), partitions)


def kind_of(topic: str) -> str:
    """`outbox` of `relais.civil.outbox.police`."""
    return topic.split(".")[2]


def _handler(topic: str) -> Callable[..., Awaitable[None]]:
    """What a subscriber of the topic would be, for its types alone."""

    async def handle(record: Any) -> None: ...  # the broker of a document is not started

    handle.__annotations__["record"] = TOPICS[kind_of(topic)].payload
    return handle


def _completed(content: Document, partitions: Mapping[str, int]) -> Document:
    """Add partitions and media types; sorted, since FastStream keeps its subscribers in a set."""
    for channel in content["channels"].values():
        _, realm, kind, *_ = channel["address"].split(".")
        channel["bindings"]["kafka"]["partitions"] = 1 if kind == "control" else partitions[realm]
    for name, message in content["components"]["messages"].items():
        message["contentType"] = TOPICS[kind_of(name.split(":")[1])].media
        del message["correlationId"]  # it names a header that no record has
    parts = content["components"]
    for of, part in (
        (content, "channels"),
        (content, "operations"),
        *((parts, one) for one in parts),
    ):
        of[part] = dict(sorted(of[part].items()))
    return content
