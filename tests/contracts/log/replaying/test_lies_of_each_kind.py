"""A router that records one kind of record wrongly, with evidence that fits: each is found."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from contracts.encoding import b64u
from contracts.log.chain import KINDS
from contracts.log.entry import write
from contracts.log.orders.rulings import erasure
from contracts.log.routing import settle, settle_orders
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus
from tests.contracts.log.ruling import LATER, good, put_aside, rule
from tests.contracts.log.ruling import settle as settled
from tests.contracts.log.saying import alarms, instruction, ordered

END = LATER + 500 * kit.DAY


def every_kind() -> Bus:
    """A log with each kind of record."""
    bus = Bus()
    event = kit.inbound(instruction("1", "2026-12-23"), offset=1)
    bus.route(event)
    bus.route(event)
    kept = put_aside(bus, good(bus, 2), good(bus, 3))
    rule(bus, "release", kept[0])
    rule(bus, "discard", kept[1])
    content = {"shards": 1, "partitions": topics.PARTITIONS}
    ordered(bus, "layout", content, LATER)
    (leaf,) = [row.key.decode() for row in bus.log(event.partition) if b'"decided"' in row.value]
    ordered(bus, "erase", erasure(((event.partition, leaf),), "test"), LATER)
    settled(bus, LATER)
    bus.tick(END)
    return bus


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_record_that_changes_more_than_follows_is_found(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It forges the end of a desk's chain of covers, signs that, and goes on from there."""
    forged: dict[str, Any] = {"k": "chain", "iss": desk_urn("civil", "edu-s"), "d": b64u(bytes(32))}

    def lie(post: Any, written: str, evidence: Any, effects: Any, *rest: Any) -> Any:
        more = [forged] if written == kind else []
        return write(post, written, evidence, [*effects, *more], *rest)

    with monkeypatch.context() as lying:
        lying.setattr(settle, "write", lie)
        lying.setattr(settle_orders, "write", lie)
        bus = every_kind()
    rows = [row for number in bus.routers for row in bus.log(number)]
    lies = sum(orjson.loads(row.value)["kind"] == kind for row in rows)

    assert lies
    assert alarms(bus, END) == ["decision_differs"] * lies


def test_an_event_put_aside_as_another_under_its_id_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Why an input was put aside is the router's word; that its id was used is the log's."""
    bus = Bus()
    with monkeypatch.context() as lying:
        lying.setattr(settle, "reused", lambda *_: True)
        bus.route(good(bus, 1))

    assert alarms(bus, kit.NOW + 1) == ["decision_differs"]
