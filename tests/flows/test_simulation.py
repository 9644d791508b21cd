"""A new convention tried on the stories' log: it does what deciding live does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given, settings

from contracts.convention.model import Convention
from contracts.decision.state.state import State
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import ConventionError
from contracts.log.orders.registry import Registry
from contracts.log.routing.partition_router import PartitionRouter
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import EVENT_TYPES, REALMS
from services.audit.whole import replay
from services.cli.committee.simulate import Trial
from services.committee.simulate import decide_again
from services.committee.simulate.decide_again import JudgedAgain, Simulator
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.contracts.convention.amended import second
from tests.contracts.convention.kit import convention
from tests.contracts.convention.mutating import Data, loaded, versions
from tests.contracts.envelope.kit import claims_of
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
        simulator = Simulator(new, registry.directories, recorded)
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
            batch.view.merge()
            for record in batch.out:
                found.update(decided(realm, record))
    return found


def arrivals(realm: str, number: int) -> Iterator[tuple[int, Inbound]]:
    """What the log says was read, from where, at which instant."""
    for record, _ in log(realm, number):
        row = json.loads(record)
        if row["kind"] in ("decided", "duplicate", "quarantined"):
            source = row["src"]
            yield row["at"], world().topics[source["topic"], number][source["offset"]]


def decided(realm: str, record: Outbound) -> dict[str, dict[str, Any]]:
    """Event id -> decision and effects, if the record is evidence, or why there is none."""
    if record.topic != topics.evidence(realm):
        return {}
    evidence = json.loads(record.value)
    if "cover" not in evidence or not {"decision", "code"} & evidence.keys():
        return {}
    cover = claims_of(evidence["cover"])
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
        assert bare(judged.decision.json()) == bare(wanted["decision"]), event_id
        assert opened(judged.decision.effects) == opened(wanted["effects"]), event_id


def bare(decision: Any) -> dict[str, Any]:
    """A decision without what only covers tell."""
    return {name: value for name, value in decision.items() if name != "chain"}


def opened(effects: Iterable[Any]) -> list[str]:
    """The duties that a decision opens."""
    return [effect["duty"]["id"] for effect in effects if effect["k"] == "duty_opened"]


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


@pytest.mark.parametrize("last", [date(2026, 9, 9), date(2026, 12, 31)])
def test_an_event_beyond_the_calendar_is_put_aside_as_live_and_the_rest_decided(last: date) -> None:
    """Live it is quarantined: nobody gets it, no duty follows, what refers to it fails."""
    short = replace(second().calendar, last=last)
    new = replace(second(), predecessor=convention().digest, calendar=short)

    same(new)

    whys = Counter(
        one.decision.reasons == ("calendar_ended",)
        for one in simulated(new, as_sealed=True).values()
    )
    assert min(whys[True], whys[False]) > 3


def test_what_is_put_aside_counts_as_closed_and_events_of_the_bus_as_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An UNLINK may move a deadline beyond the tables, too."""
    beyond = Mock(side_effect=ConventionError("calendar_ended"))
    monkeypatch.setattr(decide_again, "decide", beyond)

    found = simulated(second()).values()

    assert {change[3] for one in found for change in one.changes} == {"closed"}
    assert {change[2].split(".")[0] for one in found for change in one.changes} <= {*EVENT_TYPES}


def test_a_part_counts_as_sealed_for_the_class_that_the_new_version_asks() -> None:
    """An issuer would have sealed for it; as it was sealed, it would be withheld."""
    keep = {"R26": "P7", "R01": "P90"}
    grants = tuple(replace(g, keep=keep.get(g.clause, g.keep)) for g in convention().grants)
    new = replace(convention(), grants=grants, digest="n" * 43)

    anew, kept = simulated(new), simulated(new, as_sealed=True)

    assert not frozenset.union(*(one.changes for one in anew.values()))
    assert ("EDU-S", "CRIP", "IP.assess", "closed") in frozenset.union(
        *(one.changes for one in kept.values())
    )


async def test_a_log_that_is_replayed_gives_the_same_counts_as_its_records() -> None:
    """Both buses, every partition; of a clause that goes nothing would be delivered."""
    grants = tuple(one for one in second().grants if one.clause != "R01")
    new = replace(second(), grants=grants, digest="n" * 43)
    expected = Counter(change for one in simulated(new).values() for change in one.changes)

    trial, now = Trial(new), world().clock.now
    await replay(PlantedLog(world().topics), REALMS, owners(), now, watch=trial.take)

    found: Counter[Any] = Counter()
    for (_quarter, change), count in trial.counts.items():
        found[change] += count
    assert found == expected
    assert expected["EDU-S", "CRIP", "IP.assess", "closed"]
