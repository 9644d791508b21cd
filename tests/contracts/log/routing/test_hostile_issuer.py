"""A partner who holds valid keys and publishes straight to Kafka what his intake would not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.encoding import canonical, unb64u
from contracts.vocabulary import topics
from tests.contracts.envelope import kit
from tests.contracts.log.bus import CONVD, Bus, inbound


def claims(value: bytes, name: str) -> dict[str, Any]:
    """The payload of one token of an inbox record."""
    token = orjson.loads(value)["data"][name]
    found: dict[str, Any] = orjson.loads(unb64u(token.split(".")[1]))
    return found


def notices(bus: Bus, desk: str) -> list[dict[str, Any]]:
    """The notices that a desk was sent."""
    values = [row.value for row in bus.inbox(desk)]
    return [claims(value, "notice") for value in values if b'"notice"' in value]


def deliveries(bus: Bus, desk: str) -> list[dict[str, Any]]:
    """The receipts of the deliveries that a desk was sent."""
    values = [row.value for row in bus.inbox(desk)]
    return [claims(value, "receipt") for value in values if b'"receipt"' in value]


def test_what_intake_would_have_left_out_is_stripped_by_the_router() -> None:
    """A head teacher's health note, sealed for the CRIP and published to Kafka, never arrives."""
    bus = Bus()
    to = [kit.sample_recipient("crip", ("FACTS", "HEALTH.vital", "IDENTITY"))]

    bus.route(inbound(bus, "edu-h-1", to=to))

    (receipt,) = deliveries(bus, "crip")
    assert sorted(receipt["clauses"]) == ["FACTS", "IDENTITY"]
    (decided,) = notices(bus, "edu-h-1")
    assert decided["addressees"][0]["withheld"] == [
        {"scope": "HEALTH.vital", "reasons": ["not_permitted"]}
    ]


def test_a_desk_without_a_clause_gets_nothing_and_the_issuer_the_right_door() -> None:
    """EDU-H to POL: refused, signed, with the CRIP's clause as a door."""
    bus = Bus()
    to = [kit.sample_recipient("pol", ("FACTS", "FACTS.third_party", "IDENTITY"))]

    bus.route(inbound(bus, "edu-h-1", to=to))

    assert bus.inbox("pol") == []
    (decided,) = notices(bus, "edu-h-1")
    assert decided["refused"]
    assert decided["addressees"][0]["reasons"] == ["no_clause"]
    assert "R02" in [door["clause"] for door in decided["addressees"][0]["doors"]]


def notices_jti(value: bytes) -> str:
    """The event id of a published event."""
    found: str = orjson.loads(value)["id"]
    return found


def test_an_id_is_remembered_by_its_case_after_its_cover_expired() -> None:
    """Eight days later the same id in the same case is still an alarm."""
    bus = Bus()
    event = inbound(bus)
    bus.route(event)
    later = kit.NOW + 9 * kit.DAY
    bus.tick(later)

    again = inbound(bus, seed="later", jti=notices_jti(event.value or b""), at=later)
    (batch,) = bus.route(again, now=later + 1)

    assert batch.alarms == ["id_reused"]


@pytest.mark.parametrize("etype", ["STAT", "REFUSE", "OVERDUE", "UNHEARD"])
def test_an_event_that_is_not_for_an_outbox_is_refused(etype: str) -> None:
    """Publications, router's notices and unknown acts reach nobody."""
    bus = Bus()

    bus.route(inbound(bus, etype=etype))

    assert deliveries(bus, "crip") == []
    found = notices(bus, "edu-s")[0]
    assert found.get("refused") or found["kind"] == "quarantined"


def test_every_input_leaves_a_record_and_its_bytes() -> None:
    """Nothing is lost: what is quarantined is kept byte for byte beside its record."""
    bus = Bus()
    event = inbound(bus)
    broken = [
        replace(event, offset=10, value=None),
        replace(event, offset=11, value=b"\xff\xfe"),
        replace(event, offset=12, value=b"[" * 5000),
        replace(event, offset=13, headers=(("ce_\udcff", b"\xff"), ("n", None))),
        replace(event, offset=14, value=(event.value or b"")[:-1]),
    ]

    bus.route(*broken)

    kept = bus.written[topics.quarantine("civil"), event.partition]
    sent = [record.value or b"" for record in broken if record.offset != 13]
    assert [row.value for row in kept if row.value != event.value] == sent
    log = bus.log(event.partition)
    kinds = [orjson.loads(row.value)["kind"] for row in log][3:]
    assert len(kinds) == len(broken)
    assert bus.replay(kit.NOW + 1)[0].code == "quarantined"


def test_a_record_says_nothing_of_a_case_or_a_name() -> None:
    """The log is kept for ever: no token, no text."""
    bus = Bus()
    event = inbound(bus)
    bus.route(event)

    subject = orjson.loads(event.value or b"")["subject"]

    for row in bus.log(event.partition):
        assert subject.encode() not in row.value
        assert row.value == canonical(orjson.loads(row.value))
    assert CONVD.encode() in bus.log(event.partition)[-1].value
