"""Each kind of record has exactly the evidence of log §4, and what is told is told in those words.

Router and auditor settle with the same functions, so a replay alone never sees a wrong member.
"""

from __future__ import annotations

from typing import Any

import pytest

from contracts.encoding import digest
from contracts.vocabulary import topics
from tests.contracts.envelope import kit
from tests.contracts.log.routed import LATER, Bus, aside

RECORD = {"realm", "partition", "index", "prev", "at", "evd", "outs", "convd", "dird"}


def told(entry: dict[str, Any]) -> dict[str, Any]:
    """What an entry says beside the members that every record and every evidence has."""
    assert len(entry["salt"]) == 22
    return {name: value for name, value in entry.items() if name not in {*RECORD, "salt", "src"}}


def without_seq(effects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Effects apart from the numbers of what was sent."""
    return [effect for effect in effects if effect["k"] != "seq"]


def test_an_input_whose_cover_verified() -> None:
    """Code, place and size; the cover; that its issuer was told the place; its chain goes on."""
    bus = Bus()
    event = bus.inbound(convd=digest("no convention yet"))

    bus.route(event)

    (entry,) = bus.entries(event.partition)
    own, (notice,) = told(entry), bus.notices("edu-s")
    issuer, cover = kit.realm().urn("edu-s"), own["cover"]
    assert without_seq(own.pop("effects")) == [{"k": "chain", "iss": issuer, "d": cover}]
    assert own == {
        "kind": "quarantined", "code": "unknown_convention", "place": "cover.convd",
        "bytes": len(event.value or b""), "placed": True, "cover": cover,
    }  # fmt: skip
    assert set(notice["event"]) == {"iss", "jti"}
    assert (notice["event"]["iss"], notice["kind"]) == (issuer, "quarantined")
    assert (notice["cover"], notice["code"], notice["place"]) == (
        cover, "unknown_convention", "cover.convd",
    )  # fmt: skip


def test_an_input_put_aside_again() -> None:
    """It had expired when it came: what it was, when that was, and where it had been kept."""
    late = kit.NOW + 8 * kit.DAY
    bus, event, leaf = aside(late)

    bus.release(leaf, now=late + 1)

    again = told(bus.entries(event.partition)[-1])
    assert (again["kind"], again["code"]) == ("quarantined", "expired")
    assert (again["was"], again["first"], again["released"]) == ("internal_error", late, leaf)
    assert {"k": "settled", "d": leaf} in again["effects"]
    assert bus.deliveries("crip") == []


def test_a_release_with_nothing_left_to_route() -> None:
    """The record that put it aside, the reason and the answer; no cover, as nothing was decided."""
    bus, event, leaf = aside()
    bus.written[topics.quarantine("civil"), event.partition].clear()

    bus.release(leaf)

    assert told(bus.entries(event.partition)[-1]) == {
        "kind": "discarded", "released": leaf, "reason": "bytes_gone",
        "answers": [{"decision": leaf, "answer": "discarded"}],
        "effects": [{"k": "settled", "d": leaf, "how": "discarded"}],
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["release", "discard"])
def test_the_answer_to_an_order(kind: str) -> None:
    """Of what is kept, of what is no more, and of what never was; the instant only of a release."""
    bus, event, leaf = aside()
    nothing, done = digest("nothing"), {"release": "released", "discard": "discarded"}[kind]

    bus.rule(kind, leaf, nothing, partition=event.partition)  # type: ignore[arg-type]
    bus.settle(LATER)
    bus.rule("discard", leaf, partition=event.partition, start=LATER + 5)
    bus.settle(LATER + 5)

    first, *_, last = (one for one in bus.entries(event.partition) if "order" in one)
    ended = {"k": done, "d": leaf} | ({"at": LATER} if kind == "release" else {})
    assert (first["kind"], first["reason"]) == (done, "fault_mended")
    assert sorted(first["answers"], key=lambda row: row["decision"] != leaf) == [
        {"decision": leaf, "answer": done}, {"decision": nothing, "answer": "not_in_quarantine"},
    ]  # fmt: skip
    assert ended in first["effects"]
    assert last["answers"] == [{"decision": leaf, "answer": f"already_{done}"}]


def test_the_same_cover_again() -> None:
    """Its cover alone; whose first decision it was, the notice says."""
    bus = Bus()
    event = bus.good()
    bus.route(event)

    bus.route(event)

    first, again = map(told, bus.entries(event.partition))
    assert without_seq(again.pop("effects")) == []
    assert again == {"kind": "duplicate", "cover": first["cover"]}
    decided, notice = bus.notices("edu-s")
    assert notice["kind"] == "duplicate"
    assert (notice["first"], notice["event"]) == (decided["dec"], decided["event"])
