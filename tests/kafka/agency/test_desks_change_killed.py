"""Desks are renamed, merged and split by command on three brokers while processes, brokers too, are killed.

The long form of test_desks_change.py, which `make test` runs on one broker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import ENTRUST
from services.platform.process.exit_codes import FENCED, UNREACHABLE
from tests.faults import checks
from tests.kafka.agency.desks_at_work import federation
from tests.kafka.agency.desks_ending import ENDS, Found, through

pytestmark = [pytest.mark.anyio, pytest.mark.kafka, pytest.mark.nightly, pytest.mark.slow]

HEIRS: Final = ("home-2", "home-3")  # of the desk that is split


async def test_desks_change_under_traffic_and_kills(tmp_path: Path) -> None:
    """Each event is in one inbox or refused with a door, each receipt is given once, and an auditor agrees."""
    async with federation(tmp_path / "home") as world:
        assert await world.ready() == []
        found = await through(world)

    assert wrong(found) == {}
    assert {one.get("addressed_to") for one in found.inboxes["crip-nord"]} == {"crip", None}
    each_case_is_one_heirs(found)
    each_duty_is_one_desks(found)
    for row in delivered(found):
        stages = Counter(one["stage"] for one in row["acknowledged"])
        assert stages["received"] == 1 >= stages["passed_on"], row
    assert not [
        one for owed in found.duties.values() for one in owed if one["act"].startswith("ACK")
    ]
    assert found.verdict.clean, found.verdict
    assert {code for codes in found.codes.values() for code in codes} <= {0, FENCED, UNREACHABLE}


def wrong(found: Found) -> dict[str, list[str]]:
    """What the checks of `make faults` find: of what was accepted, stands on Kafka, and was read by its desk or heir."""
    for name, items in found.inboxes.items():
        found.seen.missing += [f"{name}: {one['error']}" for one in items if "error" in one]
        for one in items:
            desk = one.get("addressed_to") or name
            found.seen.arrived[desk][one["realm"], one["event"]] += 1
    late = set(refused(found))
    found.seen.accepted[:] = [
        replace(
            one,
            lines=tuple(row for row in one.lines if (row.get("event"), row["desk"]) not in late),
        )
        for one in found.seen.accepted
    ]
    return {name: out for name, out in checks.all_checks(found.seen, found.ledger).items() if out}


def refused(found: Found) -> Iterator[tuple[str, str]]:
    """What was on its way as its desk's mail ended: event and desk; its door is to one that goes on."""
    for event, status in found.sent.items():
        for row in status["to"]:
            if "desk_ended" in row.get("reasons", ()) and row["state"] != "left_out":
                assert row["doors"][0]["desk"] not in ENDS, row
                yield event, row["desk"]


def delivered(found: Found) -> list[dict[str, Any]]:
    """What those who write were told of each desk that was delivered an event."""
    return [row for one in found.sent.values() for row in one["to"] if row["state"] == "delivered"]


def each_case_is_one_heirs(found: Found) -> None:
    """What a split desk was sent before its end is passed on once, whole, and a case to one heir alone."""
    sent = {one["event"]: one for one in found.inboxes["home-1"]}
    passed = [
        (heir, one) for heir in HEIRS for one in found.inboxes[heir] if one["type"] == ENTRUST
    ]
    count = Counter(one["answers"][0]["event"] for _, one in passed)
    early = {event for event, one in sent.items() if instant(one["issued_at"]) < found.moved}
    assert early <= count.keys() <= sent.keys()
    assert set(count.values()) == {1}
    assert all(one["parts"] == sent[one["answers"][0]["event"]]["parts"] for _, one in passed)
    cases = {(one["case"], heir) for heir, one in passed}
    assert len(cases) == len(dict(cases))
    assert {heir for _, heir in cases} == set(HEIRS)


def each_duty_is_one_desks(found: Found) -> None:
    """What fell overdue, was forgotten before and told to its debtor and its creditor, once, and to no desk that had ended."""
    told = [one for one in found.ledger.messages if one.claims.get("kind") == "overdue"]
    count = Counter((one.claims["duty"]["id"], one.desk) for one in told)
    assert set(count.values()) == {1}
    for one in told:
        both = {short(one.claims["duty"][name]) for name in ("debtor", "creditor")}
        assert one.desk in both
        assert not both & set(ENDS)
    assert {"crip-nord", "home-2", "home-3", "edu-h-2"} <= {one.desk for one in told}


def instant(moment: str) -> int:
    """Seconds since 1970."""
    return int(datetime.fromisoformat(moment).timestamp())
