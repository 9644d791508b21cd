"""What lies in the inboxes when a sandbox begins, held to the catalogues of all that there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from contracts.convention.load import load
from contracts.conventions import fresh
from contracts.vocabulary.scopes import (
    AGENCIES,
    BUS_EVENTS,
    ENTRUST,
    EVENT_TYPES,
    ROLES,
    ROUTER_EVENTS,
    SERVICE_EVENTS,
)
from services.agency.office.responses.inbox import InboxItem
from services.sandbox.prepared import CLOSED
from tests.services.sandbox.started import client, sandbox

pytestmark = pytest.mark.anyio

# What clauses let come and no sandbox begins with: somebody sends it who was assigned to the case by a history
# that is longer than this one.
NOT_CANNED: Final[Mapping[str, frozenset[str]]] = {
    "justice": frozenset({"COORD", "EVALREP", "MEASURE"})
}
BY_THE_BUS: Final = frozenset({"ASK", "WITHDRAW"})  # that stand in any desk's inbox
SENT: Final = frozenset(
    {"LINK", "LOOKUP", "UNLINK"}
)  # to nobody: shown to the CRIP, which sends them
NOT_SHOWN: Final = {
    "ACK": "told beside what it acknowledges, in no inbox",
    "STAT": "no desk issues figures (rules §8)",
    **dict.fromkeys(SERVICE_EVENTS, "a service's own, told to no desk"),
}
ERRORS: Final = {"bad_signature", "cannot_open", "not_kept", "replayed"}
MEMBERS_NOT_THERE: Final = {
    "addressed_to": "of a desk that has ended, with one heir: the sandbox's is split",
    "reused_id": "of an issuer that gives one id to two cases",
}


@dataclass
class Found:
    """What the desks of one agency are shown.

    Attributes:
        items: of the inboxes.
        missing: numbers that never came.
        sent: where their own sendings stand.
        looked_up: answers to look-ups.
    """

    items: list[dict[str, Any]] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    looked_up: list[dict[str, Any]] = field(default_factory=list)

    @property
    def came(self) -> set[str]:
        """Types of what stands in the inboxes."""
        return {item["type"] for item in self.items if "type" in item}


def may_come(agency: str) -> set[str]:
    """The acts that clauses of the shipped convention let somebody send to an agency's desks."""
    return {
        grant.event
        for grant in load(fresh()).grants
        for role in grant.recipients
        if ROLES.get(role) == agency
    }


def passed_on(agency: str) -> set[str]:
    """What comes where a desk ends: of an agency with several desks of a role."""
    return {ENTRUST} if agency in CLOSED else set()


def comes(agency: str) -> set[str]:
    """The types of event that stand in an agency's inboxes."""
    return (may_come(agency) - NOT_CANNED.get(agency, set())) | BY_THE_BUS | passed_on(agency)


async def found_by(path: Path, agency: str) -> Found:
    """All that is shown to an agency's desks, once all of it has come."""
    found = Found()
    async with sandbox(path, agency, empty=False) as listening:
        async with client(listening, listening.desks[0]) as http:  # taken back a second later
            await http.post("/sandbox/clock", json={"seconds": 2})
        for desk in listening.desks:
            async with client(listening, desk) as http:
                inbox = (await http.get("/v1/inbox")).json()
                found.items += inbox["items"]
                found.missing += inbox["missing"]
                sent = (await http.get("/v1/referrals")).json()["items"]
                found.sent += sent
                look_ups = [one["event"] for one in sent if one["type"] == "LOOKUP"]
                found.looked_up += [
                    (await http.get(f"/v1/accesses/{one}")).json() for one in look_ups
                ]
    return found


def test_no_kind_of_event_is_forgotten() -> None:
    """Each of the closed lists is in somebody's inbox, among somebody's sendings, or said to be shown to no desk, with the reason."""
    found = set[str]().union(*map(comes, AGENCIES))

    assert found | SENT | NOT_SHOWN.keys() == {*EVENT_TYPES, *BUS_EVENTS}
    assert not (found | SENT) & NOT_SHOWN.keys()
    assert not {*ROUTER_EVENTS} & {*BUS_EVENTS}


@pytest.mark.parametrize("agency", sorted(AGENCIES))
async def test_every_agency_finds_arrivals_good_and_bad(tmp_path: Path, agency: str) -> None:
    """Each act that may come, taken back, spoilt, sealed to another key, no longer kept, twice, lost; each bad one without content."""
    found = await found_by(tmp_path / "home", agency)

    assert found.came == comes(agency)
    assert {item["error"] for item in found.items if "error" in item} == ERRORS
    assert any(item.get("withdrawn") for item in found.items)
    assert found.missing
    assert not [item for item in found.items if "error" in item and "parts" in item]
    members = {one.alias or name for name, one in InboxItem.model_fields.items()}
    assert set[str]().union(*found.items) == members - MEMBERS_NOT_THERE.keys()


async def test_what_does_not_open_is_known_and_can_be_said_to_be_unreadable(tmp_path: Path) -> None:
    """Its slip verifies: who sent it is named, and is told."""
    async with (
        sandbox(tmp_path / "home", empty=False) as listening,
        client(listening, "edu-h-1") as http,
    ):
        items = (await http.get("/v1/inbox")).json()["items"]
        (item,) = [one for one in items if one.get("error") == "cannot_open"]
        said = await http.post(
            f"/v1/inbox/{item['event']}/acknowledge", json={"stage": "unreadable"}
        )

    assert {"event", "case", "from", "type"} <= item.keys()
    assert (said.status_code, said.json()["sent_to"]) == (202, [item["from"]])


async def test_a_crip_finds_cases_joined_and_look_ups_answered(tmp_path: Path) -> None:
    """Two links, one of which is taken back, an event to each case; who received what of a case."""
    found = await found_by(tmp_path / "home", "child_welfare")

    sent = [one["type"] for one in found.sent if one["state"] == "decided"]
    assert {*sent} >= SENT
    assert (sent.count("LINK"), sent.count("UNLINK")) == (4, 2)
    assert found.looked_up
    assert [told for told in found.looked_up if not told["accesses"]] == []


@pytest.mark.parametrize("agency", sorted(CLOSED))
async def test_a_desk_that_ends_has_given_one_case_away_and_may_give_the_others(
    tmp_path: Path, agency: str
) -> None:
    """Its heir has what it was sent, opened; the tester plays the desk that ends too."""
    desk = CLOSED[agency].desk
    async with (
        sandbox(tmp_path / "home", agency, empty=False) as listening,
        client(listening, desk) as old,
    ):
        waiting = (await old.get("/v1/duties")).json()["to_entrust"]
        async with client(listening, waiting[0]["heirs"][0]) as new:
            came = [
                one
                for one in (await new.get("/v1/inbox")).json()["items"]
                if one.get("type") == ENTRUST
            ]
        told = {"to": waiting[0]["heirs"][1]}
        given = await old.post(f"/v1/inbox/{waiting[0]['events'][0]}/entrust", json=told)

    assert [bool(one["parts"]) for one in came] == [True]
    assert {one["from"] for one in came} == {desk}
    assert len(waiting[0]["heirs"]) == 2
    assert given.status_code == 202, given.text


@pytest.mark.parametrize("agency", sorted(AGENCIES))
async def test_every_agency_owes_something_that_is_overdue(tmp_path: Path, agency: str) -> None:
    """And not all that it owes: what came first has waited for five days."""
    owed: list[dict[str, Any]] = []
    async with sandbox(tmp_path / "home", agency, empty=False) as listening:
        for desk in listening.desks:
            async with client(listening, desk) as http:
                owed += (await http.get("/v1/duties")).json()["duties"]

    late = [duty["overdue"] for duty in owed]
    assert any(late)
    assert not all(late)


async def test_a_record_of_a_schools_own_was_put_aside(tmp_path: Path) -> None:
    """One sending of each desk stands as quarantined, with the code."""
    async with (
        sandbox(tmp_path / "home", empty=False) as listening,
        client(listening, "edu-s") as http,
    ):
        sent = (await http.get("/v1/referrals")).json()["items"]

    aside = [one for one in sent if one["state"] == "quarantined"]
    assert [one["code"] for one in aside] == ["internal_error"]
