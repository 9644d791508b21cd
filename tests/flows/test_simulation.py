"""A new convention tried on the stories' log: it does what deciding live does."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings

from contracts.convention.model import Convention
from contracts.decision.outcome import Decision
from contracts.decision.state.state import State
from contracts.encoding import unb64u
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import ConventionError
from contracts.log.orders.registry import Registry
from contracts.log.routing.partition_router import PartitionRouter
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import REALMS
from services.audit.whole import replay
from services.cli.committee.recorded_log import Trial
from services.committee.simulate import decide_again
from services.committee.simulate.decide_again import JudgedAgain, Simulator
from services.committee.simulate.impact import Impact
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.contracts.convention.amended import second
from tests.contracts.convention.kit import convention
from tests.contracts.convention.mutating import Data, loaded, versions
from tests.contracts.log.first_orders import owners
from tests.simulation.planted_log import PlantedLog
from tests.world import World

Pair = tuple[bytes, bytes]  # a record and its evidence


@cache
def world() -> World:
    """The stories of the first version, played once; the last one adopts the second."""
    found = World(seed="simulation")
    play_all(found, Teller(), "ABCDE")
    return found


def log(realm: str, number: int) -> list[Pair]:
    """A partition's records with their evidence."""
    evidence = world().evidence(realm, number)
    rows = world().topics[topics.decisions(realm), number]
    return [(row.value or b"", evidence[(row.key or b"").decode()]) for row in rows]


def simulated(new: Convention, *, as_sealed: bool = False) -> dict[str, JudgedAgain]:
    """Every event of the log, decided again."""
    found = {}
    for realm, number in world().routers:
        registry = world().registries[realm]
        recorded = {} if as_sealed else registry.conventions
        simulator = Simulator(realm, new, registry.directories, recorded)
        for record, evidence in log(realm, number):
            judged = simulator.step(record, evidence)
            if judged is not None:
                found[judged.event_id] = judged
    return found


def under(realm: str, new: Convention) -> Registry:
    """The world's registry, had its first convention been the new one."""
    ours = world().registries[realm]
    found = Registry(realm, ours.owners)
    found.orders = [
        replace(one, target=new.digest) if one.kind == "adopt_convention" else one
        for one in ours.orders
    ]
    found.conventions = {**ours.conventions, new.digest: new}
    found.directories.take_over(ours.directories)
    return found


def live(new: Convention) -> dict[str, dict[str, Any]]:
    """The same published events, routed by the real router under the new convention."""
    found: dict[str, dict[str, Any]] = {}
    for realm, number in world().routers:
        registry = under(realm, new)
        router = PartitionRouter(realm, number, State(), world().router_keys(realm))
        for at, inbound in arrivals(realm, number):
            batch = router.batch([inbound], registry, at, lambda: bytes(16))
            router.commit(batch)
            for record in batch.out:
                found.update(decided(realm, record))
    return found


def arrivals(realm: str, number: int) -> list[tuple[int, Inbound]]:
    """What the log says was read, from where, at which instant."""
    found = []
    for record, _ in log(realm, number):
        row = json.loads(record)
        if row["kind"] in ("decided", "duplicate", "quarantined"):
            source = row["src"]
            place = world().topics[source["topic"], number]
            found.append((row["at"], place[source["offset"]]))
    return found


def decided(realm: str, record: Outbound) -> dict[str, dict[str, Any]]:
    """Event id -> decision and effects, if the record is evidence, or why there is none."""
    if record.topic != topics.evidence(realm):
        return {}
    evidence = json.loads(record.value)
    if "cover" not in evidence or not {"decision", "code"} & evidence.keys():
        return {}
    cover = json.loads(unb64u(evidence["cover"].split(".")[1]))
    if "code" in evidence:
        evidence["decision"] = put_aside(evidence["code"], cover)
    return {cover["jti"]: evidence}


def put_aside(code: str, cover: dict[str, Any]) -> dict[str, Any]:
    """What the simulation says of an event that is quarantined live."""
    desks = [{"desk": to["desk"], "verdict": "withhold", "reasons": [code]} for to in cover["to"]]
    return {"refused": True, "reasons": [code]} | ({"addressees": desks} if desks else {})


def same(new: Convention) -> None:
    """Simulated and live decisions are equal, and so is what each opens."""
    ours, theirs = simulated(new, as_sealed=True), live(new)

    assert ours.keys() == theirs.keys()
    for event_id, judged in ours.items():
        wanted = theirs[event_id]
        assert bare(judged.new) == bare(wanted["decision"]), event_id
        assert duties(judged, wanted)


def bare(decision: Any) -> dict[str, Any]:
    """A decision without what only covers tell."""
    return {name: value for name, value in decision.items() if name != "chain"}


def duties(judged: JudgedAgain, live_evidence: dict[str, Any]) -> bool:
    """The duties that the simulation adds are among those that were opened live."""
    acts = {
        effect["duty"]["id"].split("/")[1]
        for effect in live_evidence["effects"]
        if effect["k"] == "duty_opened"
    }
    return {act for act, _, _ in judged.added} <= acts


def test_the_second_version_decides_the_log_as_a_router_would_live() -> None:
    """The same covers and parts, in their order and at their instants."""
    same(replace(second(), predecessor=convention().digest))


@pytest.mark.slow
@given(versions(least=2, most=6))
@settings(max_examples=4)
def test_any_version_decides_the_log_as_a_router_would_live(data: Data) -> None:
    """Generated versions: clauses gone, conditions dropped and added, other deadlines."""
    _, changed = loaded(data)

    same(replace(changed, predecessor=convention().digest, version=2))


def ending(last: date) -> Convention:
    """The second version with a calendar that ends early."""
    short = replace(second().calendar, last=last)
    return replace(second(), predecessor=convention().digest, calendar=short)


@pytest.mark.parametrize("last", [date(2026, 9, 9), date(2026, 12, 31)])
def test_an_event_beyond_the_calendar_is_put_aside_as_live_and_the_rest_decided(last: date) -> None:
    """Live it is quarantined: nobody gets it, no duty follows, what refers to it fails."""
    new = ending(last)

    same(new)

    whys = Counter(bool(ended(one)) for one in simulated(new, as_sealed=True).values())
    assert min(whys[True], whys[False]) > 3


def test_what_is_put_aside_counts_as_refused_and_its_duties_as_gone() -> None:
    """All that had been released is lost, with a reason for each desk; so are events of the bus."""
    found = [one for one in simulated(ending(date(2026, 9, 9))).values() if ended(one)]

    assert {one.kind for one in found if not one.old["refused"]} == {"refused"}
    for one in found:
        released = {
            tuple(sorted(to["released"])) for to in one.old["addressees"] if "released" in to
        }
        assert {delivery.lost for delivery in one.deliveries if delivery.lost} == released
        assert all(to["reasons"] == ["calendar_ended"] for to in one.new["addressees"])
    assert ("ACK:received", "CRIP", "EDU-S") in frozenset.union(*(one.removed for one in found))
    assert not frozenset.union(*(one.added for one in found))


def test_an_event_of_the_bus_that_is_put_aside_is_refused_and_not_moot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An UNLINK may move a deadline beyond the tables: moot only if nothing had gone."""

    def beyond(*_: Any, **__: Any) -> Decision:
        raise ConventionError("calendar_ended")

    monkeypatch.setattr(decide_again, "decide", beyond)

    found = [one for one in simulated(second()).values() if not one.old["refused"]]

    assert {one.kind for one in found} == {"refused"}
    assert {one.etype for one in found} > {"ACK", "LINK"}


def ended(one: JudgedAgain) -> bool:
    """Whether the event would be put aside because the calendar does not reach it."""
    return one.new.get("reasons") == ["calendar_ended"]


def test_the_convention_of_the_log_itself_changes_nothing() -> None:
    """What was decided is decided again."""
    found = simulated(convention())

    assert len(found) > 100
    assert [one.event_id for one in found.values() if one.changed] == []


def test_a_part_counts_as_sealed_for_the_class_that_the_new_version_asks() -> None:
    """An issuer would have sealed for it; as it was sealed, it would be withheld."""
    keep = {"R26": "P7", "R01": "P90"}
    grants = tuple(replace(g, keep=keep.get(g.clause, g.keep)) for g in convention().grants)
    new = replace(convention(), grants=grants, digest="n" * 43)

    anew, kept = simulated(new), simulated(new, as_sealed=True)

    assert {one.kind for one in anew.values()} == {"same"}
    assert "refused" in {one.kind for one in kept.values()}


def test_a_clause_that_goes_takes_its_acknowledgements_with_it() -> None:
    """Refused events, duties that fall, and events of the bus that are moot."""
    grants = tuple(one for one in convention().grants if one.clause != "R01")
    found = simulated(replace(convention(), grants=grants, digest="n" * 43))
    refused = [one for one in found.values() if one.kind == "refused"]

    assert {(one.issuer, one.etype) for one in refused} >= {("EDU-S", "IP")}
    assert ("ACK:received", "CRIP", "EDU-S") in frozenset.union(*(one.removed for one in refused))
    assert any(one.kind == "moot" and one.etype == "ACK" for one in found.values())


async def test_a_log_that_is_replayed_gives_the_same_counts_as_its_records() -> None:
    """Both buses, every partition."""
    expected = Impact()
    for judged in simulated(second()).values():
        expected.add(judged, "")

    trial, now = Trial(second()), world().clock.now
    await replay(PlantedLog(world().topics), REALMS, owners(), now, watch=trial.take)

    found = Impact()
    for quarter, alike in trial.impact.events:
        found.events["", alike] += trial.impact.events[quarter, alike]
        found.ids["", alike] += trial.impact.ids[quarter, alike]
    assert found == expected
