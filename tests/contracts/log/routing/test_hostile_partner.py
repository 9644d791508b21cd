"""Partners with valid keys who publish straight to Kafka: honest logs pass, nobody learns more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest

from contracts.decision.state.state import Duty, State
from contracts.decision.state.view import View
from contracts.encoding import b64u, canonical, digest
from contracts.log import entry
from contracts.vocabulary import topics
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.schema import Linked
from tests.contracts.decision.asking import CONVENTION
from tests.contracts.envelope import kit
from tests.contracts.log.routed import CONVD, Bus, instruction, said, to


def test_what_intake_would_have_left_out_is_stripped_by_the_router() -> None:
    """A head teacher's health note, sealed for the CRIP and published to Kafka, never arrives."""
    bus = Bus()
    some = [kit.sample_recipient("crip", ("FACTS", "HEALTH.vital", "IDENTITY"))]

    bus.route(bus.inbound("edu-h-1", to=some))

    (receipt,) = bus.deliveries("crip")
    assert sorted(receipt["clauses"]) == ["FACTS", "IDENTITY"]
    (decided,) = bus.notices("edu-h-1")
    assert decided["addressees"][0]["withheld"] == [
        {"scope": "HEALTH.vital", "reasons": ["not_permitted"]}
    ]


@pytest.mark.parametrize("etype", ["STAT", "OVERDUE"])
def test_an_event_that_is_not_for_an_outbox_is_refused(etype: str) -> None:
    """Publications and router's notices reach nobody."""
    bus = Bus()

    bus.route(bus.inbound(etype=etype))

    assert bus.deliveries("crip") == []
    found = bus.notices("edu-s")[0]
    assert found.get("refused") or found["kind"] == "quarantined"


def test_every_input_leaves_a_record_and_its_bytes() -> None:
    """Nothing is lost: what is quarantined is kept byte for byte beside its record."""
    bus = Bus()
    event = bus.inbound()
    broken = [
        replace(event, offset=10, value=None),
        replace(event, offset=11, value=b"\xff\xfe"),
        replace(event, offset=12, value=b"[" * 5000),
        replace(event, offset=13, headers=(("ce_\ufffd", b"\xff"), ("n", None))),
        replace(event, offset=14, value=(event.value or b"")[:-1]),
    ]

    bus.route(*broken)

    kept = bus.written[topics.quarantine("civil"), event.partition]
    assert [row.value for row in kept] == [record.value or b"" for record in broken]
    assert bus.kinds(event.partition) == ["quarantined"] * len(broken)
    assert {one.code for one in bus.replay(kit.NOW + 1)} == {"quarantined"}


def test_a_record_says_nothing_of_a_case_or_a_name() -> None:
    """The log is kept for ever: no token, no text."""
    bus = Bus()
    event = bus.inbound()
    bus.route(event)

    subject = orjson.loads(event.value or b"")["subject"]

    for row in bus.log(event.partition):
        assert subject.encode() not in row.value
        assert row.value == canonical(orjson.loads(row.value))
    assert CONVD.encode() in bus.log(event.partition)[-1].value


Change = Callable[[dict[str, Any]], object]


def spoilt(bus: Bus, change: Change) -> kit.Wire:
    """An event of the school's, whose cover was changed before it was signed, is put aside."""
    issued = kit.sample_issue(convd=CONVD)
    changed = kit.reissue(issued, change)
    key = digest(changed.cover).encode()
    bus.route(kit.inbound(issued, offset=1, value=changed.value(), key=key))
    assert [one.code for one in bus.replay(kit.NOW + 1)] == ["quarantined"]
    bus.check(kit.NOW + 1)
    return changed


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda claims: claims.update(declared={"surprise": True}),
         "cover_malformed", "cover.declared"),
        (lambda claims: claims.update(to=[]), "no_addressee", "cover.to"),
    ],
)  # fmt: skip
def test_the_issuer_is_told_code_and_place(change: Change, code: str, place: str) -> None:
    """Also of a cover outside the schema, as its signature verifies; the auditor finds the same."""
    bus = Bus()

    issued = spoilt(bus, change)

    (notice,) = bus.notices("edu-s")
    assert (notice["kind"], notice["code"], notice["place"]) == ("quarantined", code, place)
    assert (notice["event"]["jti"], notice["cover"]) == (issued.claims["jti"], digest(issued.cover))


@pytest.mark.parametrize(
    "whose", [{"iss": "urn:relais:civil:desk:crip"}, {"jti": "x"}, {"sub": "x"}]
)
def test_a_malformed_cover_that_does_not_say_whose_it_is_tells_nobody(
    whose: dict[str, str],
) -> None:
    """There is nobody to tell, or nothing to tell of; it is put aside all the same."""
    bus = Bus()

    spoilt(bus, lambda claims: claims.update(whose, extra="x"))

    assert bus.notices("edu-s") == bus.notices("crip") == []


# Denial of audit: an honest log must pass


def test_an_event_after_one_that_falls_due_at_once_in_the_same_batch() -> None:
    """A reply wanted by yesterday is overdue before the next event of the batch is decided."""
    bus = Bus()
    first, second = instruction("1", "2026-11-23"), instruction("2", "2026-11-23")

    bus.route(kit.inbound(first, offset=1), kit.inbound(second, offset=2))
    bus.tick(kit.NOW + 2)

    assert bus.kinds(kit.inbound(first).partition) == ["decided", "overdue"] * 2
    bus.check(kit.NOW + 2)


def test_a_clock_that_goes_back_hides_nothing_and_breaks_nothing() -> None:
    """The log's time never goes back: what is due by it is reported before the next decision."""
    bus = Bus()
    bus.route(kit.inbound(instruction("1", "2026-11-23"), offset=1), now=kit.NOW + 100)

    bus.route(kit.inbound(instruction("2", "2026-12-23"), offset=2), now=kit.NOW + 1)

    bus.check(kit.NOW + 100)


def test_an_order_at_the_very_instant_at_which_a_duty_falls_due() -> None:
    """Orders come first at an instant; the auditor knows."""
    bus = Bus()
    report = said("edu-h-1", "SIG", to("parq-civ", "protect_now", "FACTS"), seed="1")
    bus.route(kit.inbound(report, offset=1), now=kit.NOW)
    content = {"shards": 1, "partitions": topics.PARTITIONS}
    bus.order("layout", content, kit.NOW + 2 * 3600)

    bus.tick(kit.NOW + 3 * 3600)

    assert bus.kinds(kit.inbound(report).partition)[-2:] == ["layout", "overdue"]
    assert bus.alarms(kit.NOW + 3 * 3600) == []


def test_a_log_begins_only_when_a_directory_can_say_who_signed_its_genesis() -> None:
    """Control holds a layout alone for a while: a router that starts can read its log."""
    bus = Bus()
    whole = bus.registry.copy()
    bus.registry.orders = bus.registry.orders[:1]
    bus.tick(kit.NOW)
    assert bus.log(0) == []

    bus.registry.orders = whole.orders[:2]
    bus.tick(kit.NOW + 1)
    bus.registry.orders = whole.orders
    bus.tick(kit.NOW + 2)

    bus.check(kit.NOW + 2)


def test_an_id_used_again_after_its_cover_expired_replays() -> None:
    """Refused, expired, used again for another event, and that one sent twice."""
    bus = Bus()
    first = said("edu-h-1", "IP", to("pol", "assess", "FACTS"), seed="1", lifetime=60)
    later = kit.NOW + 120
    again = said(
        "edu-h-1", "IP", to("pol", "assess", "FACTS"), seed="2", at=later, jti=first.claims.jti
    )
    between = instruction("3", "2026-12-23")

    bus.route(kit.inbound(first, offset=1), now=kit.NOW)
    bus.route(kit.inbound(between, offset=2), kit.inbound(again, offset=3), now=later)
    for offset in (4, 5):
        bus.route(kit.inbound(again, offset=offset), now=later + offset)

    found = bus.kinds(kit.inbound(first).partition)
    assert found == ["decided"] * 3 + ["duplicate"] * 2
    bus.check(later + 5)


def test_an_id_is_remembered_by_its_case_after_its_cover_expired() -> None:
    """Eight days later the same id in the same case is still an alarm."""
    bus = Bus()
    event = bus.inbound()
    bus.route(event)
    later = kit.NOW + 9 * kit.DAY
    bus.tick(later)

    jti = orjson.loads(event.value or b"")["id"]
    (batch,) = bus.route(bus.inbound(seed="later", jti=jti, at=later), now=later + 1)

    assert batch.alarms == ["id_reused"]


@pytest.mark.parametrize("code", ["calendar_ended", "entry_too_large"])
def test_what_cannot_be_decided_or_recorded_is_quarantined_and_told_and_stops_nobody(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A date beyond the tables; more messages than a tree's entry has room for, here for one."""
    bus = Bus()
    if code == "calendar_ended":
        short = replace(CONVENTION.calendar, last=date(2026, 12, 31))
        bus.registry.conventions[CONVD] = replace(CONVENTION, calendar=short)
    else:
        monkeypatch.setattr(entry, "MAX_ENTRY_BYTES", 540)

    alert = said("edu-s", "IP", to("crip", "assess", "FACTS"), seed="1")
    bus.route(kit.inbound(alert, offset=1))
    monkeypatch.undo()
    bus.route(kit.inbound(instruction("2", "2026-12-23"), offset=2))

    assert [one["code"] for one in bus.notices("edu-s")] == [code]
    assert len(bus.deliveries("crip")) == 1
    assert bus.alarms(kit.NOW + 1) == []


@pytest.mark.parametrize("day", ["0001-01-01", "2026-02-28", "9999-12-31"])
def test_a_link_with_any_date_is_routed(day: str) -> None:
    """Before the tables or beyond them, with an evaluation under way and before another."""
    bus = Bus()
    linked = Linked(peer=b64u(bytes([7]) * 32), date=day)
    request = to("ase", "evaluate", "FACTS", keep="P90")
    events = [
        said("crip", "EVALREQ", request, seed="1"),
        said("crip", "LINK", seed="2", linked=linked, declared=Declared()),
        said("crip", "EVALREQ", request, seed="3"),
        said("crip", "UNLINK", seed="4", linked=linked, declared=Declared()),
    ]

    for at, one in enumerate(events, 1):
        bus.route(kit.inbound(one, offset=at))
    bus.tick(kit.NOW + 2)

    assert {one["kind"] for one in bus.notices("crip")} >= {"decided"}
    assert not [one for one in bus.notices("crip") if one.get("refused") or "code" in one]
    bus.check(kit.NOW + 2)


# What a desk may learn


@pytest.mark.parametrize(("after", "told"), [(0, []), (3 * kit.DAY, ["overdue", "duty_closed"])])
def test_a_withdrawn_signalement_is_not_betrayed_to_who_never_heard_of_it(
    after: int, told: list[str]
) -> None:
    """The copy owed to the CRIP goes with it; of its end the CRIP hears if it heard of it late."""
    bus, late = Bus(), kit.NOW + after
    report = said("edu-h-1", "SIG", to("parq-civ", "protect_now", "FACTS"), seed="1")
    back = said(
        "edu-h-1", "WITHDRAW", to("parq-civ", "withdraw", re=(report.ref,)), seed="2", at=late,
        declared=Declared(),
    )  # fmt: skip

    bus.route(kit.inbound(report, offset=1))
    bus.route(kit.inbound(back, offset=2), now=late + 1)

    assert bus.notices("edu-h-1")[-1]["duties"]["closed"]
    assert [one["kind"] for one in bus.notices("crip")] == told
    assert bus.deliveries("crip") == []


def test_at_one_instant_overdue_comes_before_renewed_whatever_the_ids() -> None:
    """(instant, kind, id), as the log's page says."""
    view = View(State())
    known: dict[str, Any] = {
        "event": "e", "issuer": "i", "acts": ("ACK",), "stages": ("received",), "final": False,
        "debtor": "d", "creditor": "c", "legal": False, "repeat": False, "start": "delivery",
        "within": "1wd", "base": "", "occurrence": 1, "next": 100,
    }  # fmt: skip
    for name, due in (("a", 50), ("b", 900), ("c", 100), ("d", 100)):
        view.put_duty("t", Duty(**known, id=name, due=due, overdue=name == "a"))

    found = []
    while (next_ := view.next_due()) is not None:
        found.append(next_[1:3])
        view.put_duty("t", replace(view.case("t").duties[next_[2]], status="closed"))

    assert found == [("overdue", "c"), ("overdue", "d"), ("renewed", "a"), ("renewed", "b")]
