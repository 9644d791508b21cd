"""Partners with valid keys against log and audit: honest logs pass, nobody learns more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest

from contracts.decision.state.state import Duty, State
from contracts.decision.state.view import View
from contracts.encoding import b64u
from contracts.log import entry
from contracts.vocabulary import topics
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.schema import Linked
from tests.contracts.decision.asking import CONVENTION
from tests.contracts.envelope import kit
from tests.contracts.log.bus import CONVD, Bus
from tests.contracts.log.routing.test_hostile_issuer import deliveries, notices
from tests.contracts.log.saying import alarms, instruction, ordered, said, same_state, to

# Denial of audit: an honest log must pass


def test_an_event_after_one_that_falls_due_at_once_in_the_same_batch() -> None:
    """A reply wanted by yesterday is overdue before the next event of the batch is decided."""
    bus = Bus()
    first, second = instruction("1", "2026-11-23"), instruction("2", "2026-11-23")

    bus.route(kit.inbound(first, offset=1), kit.inbound(second, offset=2))
    bus.tick(kit.NOW + 2)

    number = kit.inbound(first).partition
    kinds = [orjson.loads(row.value)["kind"] for row in bus.log(number)][3:]
    assert kinds == ["decided", "overdue", "decided", "overdue"]
    assert alarms(bus, kit.NOW + 2) == []
    same_state(bus)


def test_a_clock_that_goes_back_hides_nothing_and_breaks_nothing() -> None:
    """The log's time never goes back: what is due by it is reported before the next decision."""
    bus = Bus()
    bus.route(kit.inbound(instruction("1", "2026-11-23"), offset=1), now=kit.NOW + 100)

    bus.route(kit.inbound(instruction("2", "2026-12-23"), offset=2), now=kit.NOW + 1)

    assert alarms(bus, kit.NOW + 100) == []
    same_state(bus)


def test_an_order_at_the_very_instant_at_which_a_duty_falls_due() -> None:
    """Orders come first at an instant; the auditor knows."""
    bus = Bus()
    report = said("edu-h-1", "SIG", to("parq-civ", "protect_now", "FACTS"), seed="1")
    bus.route(kit.inbound(report, offset=1), now=kit.NOW)
    content = {"shards": 1, "partitions": topics.PARTITIONS}
    ordered(bus, "layout", content, kit.NOW + 2 * 3600)

    bus.tick(kit.NOW + 3 * 3600)

    kinds = [orjson.loads(row.value)["kind"] for row in bus.log(kit.inbound(report).partition)]
    assert kinds[-2:] == ["layout", "overdue"]
    assert alarms(bus, kit.NOW + 3 * 3600) == []


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

    assert alarms(bus, kit.NOW + 2) == []
    same_state(bus)


def test_an_id_used_again_after_its_cover_expired_replays() -> None:
    """Refused, expired, used again for another event, and that one sent twice."""
    bus = Bus()
    first = said("edu-h-1", "IP", to("pol", "assess", "FACTS"), seed="1", lifetime=60)
    jti = first.claims.jti
    later = kit.NOW + 120
    again = said("edu-h-1", "IP", to("pol", "assess", "FACTS"), seed="2", at=later, jti=jti)
    between = instruction("3", "2026-12-23")

    bus.route(kit.inbound(first, offset=1), now=kit.NOW)
    bus.route(kit.inbound(between, offset=2), kit.inbound(again, offset=3), now=later)
    for offset in (4, 5):
        bus.route(kit.inbound(again, offset=offset), now=later + offset)

    kinds = [orjson.loads(row.value)["kind"] for row in bus.log(kit.inbound(first).partition)]
    assert kinds[3:] == ["decided", "decided", "decided", "duplicate", "duplicate"]
    assert alarms(bus, later + 5) == []
    same_state(bus)


def test_a_date_beyond_the_calendar_is_quarantined_and_told_and_stops_nobody() -> None:
    """Three months from now are beyond the tables: its issuer is told, the next is routed."""
    bus = Bus()
    short = replace(CONVENTION.calendar, last=date(2026, 12, 31))
    bus.registry.conventions[CONVD] = replace(CONVENTION, calendar=short)
    alert = said("edu-s", "IP", to("crip", "assess", "FACTS"), seed="1")

    bus.route(kit.inbound(alert, offset=1), kit.inbound(instruction("2", "2026-12-23"), offset=2))

    assert [one["code"] for one in notices(bus, "edu-s")] == ["calendar_ended"]
    assert len(deliveries(bus, "crip")) == 1
    assert alarms(bus, kit.NOW + 1) == []


def test_what_a_record_cannot_name_is_quarantined_and_told_and_stops_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A decision with more messages than a tree's entry has room for: here for one."""
    bus, two = Bus(), said("edu-s", "IP", to("crip", "assess", "FACTS"), seed="1")
    monkeypatch.setattr(entry, "MAX_ENTRY_BYTES", 540)

    bus.route(kit.inbound(two, offset=1))
    monkeypatch.undo()
    bus.route(kit.inbound(instruction("2", "2026-12-23"), offset=2))

    assert [told["code"] for told in notices(bus, "edu-s")] == ["entry_too_large"]
    assert len(deliveries(bus, "crip")) == 1
    assert alarms(bus, kit.NOW + 1) == []


@pytest.mark.parametrize("day", ["0001-01-01", "2025-05-31", "2026-02-28", "9999-12-31"])
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

    for at, one in enumerate(events):
        bus.route(kit.inbound(one, offset=at + 1))
    bus.tick(kit.NOW + 2)

    assert {one["kind"] for one in notices(bus, "crip")} >= {"decided"}
    assert not [one for one in notices(bus, "crip") if one.get("refused") or "code" in one]
    assert alarms(bus, kit.NOW + 2) == []
    same_state(bus)


# What a desk may learn


def test_a_withdrawn_signalement_is_not_betrayed_to_who_never_heard_of_it() -> None:
    """The copy owed to the CRIP goes with the signalement, and the CRIP learns of neither."""
    bus = Bus()
    report = said("edu-h-1", "SIG", to("parq-civ", "protect_now", "FACTS"), seed="1")
    back = said(
        "edu-h-1", "WITHDRAW", to("parq-civ", "withdraw", re=(report.ref,)), seed="2",
        declared=Declared()
    )  # fmt: skip

    bus.route(kit.inbound(report, offset=1), kit.inbound(back, offset=2))

    assert notices(bus, "edu-h-1")[-1]["duties"]["closed"]
    assert bus.inbox("crip") == []


def test_who_heard_of_a_duty_when_it_fell_overdue_hears_of_its_end() -> None:
    """The CRIP that was told that a copy is late is told that none will come."""
    bus = Bus()
    late = kit.NOW + 3 * kit.DAY
    report = said("edu-h-1", "SIG", to("parq-civ", "protect_now", "FACTS"), seed="1")
    back = said(
        "edu-h-1", "WITHDRAW", to("parq-civ", "withdraw", re=(report.ref,)), seed="2", at=late,
        declared=Declared(),
    )  # fmt: skip

    bus.route(kit.inbound(report, offset=1))
    bus.route(kit.inbound(back, offset=2), now=late)

    assert [one["kind"] for one in notices(bus, "crip")] == ["overdue", "duty_closed"]


# Order of what is due


def test_at_one_instant_overdue_comes_before_renewed_whatever_the_ids() -> None:
    """(instant, kind, id), as the log's page says."""
    view = View(State())
    known: dict[str, Any] = {
        "event": "e", "issuer": "i", "acts": ("ACK",), "stages": ("received",), "final": False,
        "debtor": "d", "creditor": "c", "legal": False, "repeat": False, "start": "delivery",
        "within": "1wd", "base": "", "occurrence": 1, "next": 100,
    }  # fmt: skip
    view.put_duty("t", Duty(**known, id="a", due=50, overdue=True))
    view.put_duty("t", Duty(**known, id="b", due=900))
    view.put_duty("t", Duty(**known, id="c", due=100))
    view.put_duty("t", Duty(**known, id="d", due=100))

    told = []
    while (entry := view.next_due()) is not None:
        told.append(entry[1:3])
        view.put_duty("t", replace(view.case("t").duties[entry[2]], status="closed"))

    assert told == [("overdue", "c"), ("overdue", "d"), ("renewed", "a"), ("renewed", "b")]
