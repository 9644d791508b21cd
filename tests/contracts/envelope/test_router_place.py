"""What a router refuses of a verified cover: shell, author, times, place (steps 7 to 12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.encoding import canonical, digest, partition_of, unb64u
from contracts.envelope import cloudevent
from contracts.envelope.wire import Inbound
from contracts.vocabulary.schema import LeftOut
from contracts.vocabulary.topics import PARTITIONS
from tests.contracts.envelope import kit
from tests.contracts.envelope.forge import route, spoil
from tests.contracts.envelope.refusal import refused

# 7. CloudEvents and key


@pytest.mark.parametrize("name", ["id", "source", "subject", "time", "type"])
def test_changed_cloudevents_attribute(name: str) -> None:
    """The shell must repeat the cover."""
    record = kit.inbound(kit.sample_issue())
    shell = orjson.loads(record.value or b"")
    shell[name] += "x"

    with refused("cloudevent_differs") as caught:
        route(replace(record, value=canonical(shell)))

    assert caught.value.place == f"event.{name}"


@pytest.mark.parametrize(
    "change",
    [
        {"specversion": "0.3"},
        {"datacontenttype": "text/plain"},
        {"id": 7},
        {"data": "text"},
        {"data": {"cover": "x"}},
        {"data": {"cover": "x", "slips": "x", "parts": []}},
        {"data": {"cover": 1, "slips": [], "parts": []}},
        {"data": {"cover": "x", "slips": [1], "parts": []}},
        {"traceparent": "x"},
    ],
)
def test_another_shell(change: dict[str, Any]) -> None:
    """Another version, content type, extension or form of data."""
    record = kit.inbound(kit.sample_issue())
    shell = orjson.loads(record.value or b"") | change

    with pytest.raises(Exception, match="wrong_"):
        route(replace(record, value=canonical(shell)))


# 8 to 12. authorship, times, place


def partition() -> int:
    """The partition of the sample event's case."""
    return partition_of(kit.ROUTING_SECRET, "civil", kit.sample_issue().claims.sub, PARTITIONS)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (lambda: kit.inbound(kit.sample_issue(), key=b"urn:relais:civil:desk:crip"), "wrong_key"),
        (
            lambda: kit.inbound(kit.sample_issue(), topic="relais.civil.outbox.police"),
            "wrong_topic",
        ),
        (
            lambda: kit.inbound(kit.sample_issue(), partition=(partition() + 1) % PARTITIONS),
            "wrong_partition",
        ),
        (lambda: kit.inbound(kit.sample_issue(convd=digest("another"))), "unknown_convention"),
        (
            lambda: kit.reissue(
                kit.sample_issue(), spoil("aud", "urn:relais:criminal:router")
            ).inbound(),
            "wrong_audience",
        ),
    ],
    ids=["key", "another agency's topic", "partition", "convention", "audience"],
)
def test_an_event_in_a_place_that_is_not_its_own(record: Callable[[], Inbound], code: str) -> None:
    """Whoever may write elsewhere chooses neither key, topic, partition, convention nor author."""
    with refused(code):
        route(record())


@pytest.mark.parametrize("by", ["pol", "router"])
def test_claimed_authorship(by: str) -> None:
    """Who signs with its own key in another's name: refused, and the other is not told."""
    here = kit.realm()
    signer = here.router if by == "router" else here.signers[by]
    hostile = kit.reissue(kit.sample_issue(), lambda claims: None, by=signer)

    with refused("claimed_authorship") as caught:
        route(hostile.inbound())

    assert getattr(caught.value, "cover", None) is None


def test_expiry() -> None:
    """A cover at and after its `exp`."""
    issued = kit.sample_issue()

    route(kit.inbound(issued), now=issued.claims.exp - 1)
    with refused("expired"):
        route(kit.inbound(issued), now=issued.claims.exp)


def test_a_clock_an_hour_ahead() -> None:
    """Two minutes are tolerated, more is not."""
    issued = kit.sample_issue()

    route(kit.inbound(issued), now=kit.NOW - 120)
    with refused("issued_ahead"):
        route(kit.inbound(issued), now=kit.NOW - 121)


# attempts and what errors carry


def test_an_attempt_has_a_slip_and_no_parts() -> None:
    """An attempt passes the envelope; that it is refused is the convention's word."""
    crip = kit.realm().urn("crip")
    issued = kit.sample_issue(
        to=[kit.sample_recipient("crip", (), purpose=None)],
        attempt=True,
        left_out=[LeftOut(desk=crip, scopes=("FACTS",))],
    )

    published = route(kit.inbound(issued))

    assert published.event.cover.attempt
    assert published.event.heads == ()
    assert b"left_out" not in unb64u(issued.slips[0].split(".")[1])


def test_an_error_before_the_signature_carries_nothing() -> None:
    """Nobody is told of what nobody signed."""
    issued = kit.wire(kit.sample_issue())

    with refused("bad_signature") as caught:
        route(replace(issued, cover=issued.cover[:-8] + "AAAAAAAA").inbound())

    assert getattr(caught.value, "cover", None) is None


def test_the_content_type_may_be_spelt_otherwise() -> None:
    """Media types are case-insensitive and have parameters."""
    headers = (("Content-Type", b"Application/CloudEvents+JSON;charset=utf-8"),)

    assert route(kit.inbound(kit.sample_issue(), headers=headers)).parts
    assert cloudevent.headers(idempotency="x")[1] == ("idempotency", b"x")
