"""What intake foresees is what routing decides: every record, each member left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from contracts.decision.draft import Draft, DraftAddressee, Issuer
from contracts.decision.foresight import Foreseen, foresee
from contracts.errors import RelaisError
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.schema import Ref, desk_urn
from contracts.vocabulary.scopes import SYSTEM_EVENTS
from services.platform.http.problems import ProblemError
from tests import samples
from tests.contracts.decision.asking import CONVENTION, DIRECTORIES, EVERYTHING, jti
from tests.contracts.decision.playing import without
from tests.samples import desk_of
from tests.world import BEGIN, World

NOVEMBER: Final = BEGIN + 82 * 86_400  # the samples' facts have happened by then
TODAY: Final = "2026-11-28"
OF_THE_CASE: Final = {reasons.NOT_ASSIGNED, reasons.NO_OPEN_MEASURE}
OF_WHAT_IT_NAMES: Final = {
    reasons.NOT_A_COPY, reasons.NOT_OWN_IP, reasons.NOT_OWN_REPORT, reasons.NOT_OWN_ST,
}  # fmt: skip
OF_AN_END: Final = {reasons.NO_CALL, reasons.PARENTS_NOT_AGREED, reasons.NO_PARTS}


def shortened(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The record whole, and without each of its members."""
    yield record
    for name in record:
        yield {other: value for other, value in record.items() if other != name}


def drafts_of(world: World, desk: str, role: str, record: dict[str, Any]) -> list[Draft]:
    """What the intake makes of it; nothing of a record that it refuses."""
    agency = world.office(desk).agency
    try:
        drafts = agency.intake(record, Issuer(desk, role), agency.book(world.clock.now()))
    except (RelaisError, ProblemError):
        return []
    ordinary = [draft for draft in drafts if draft.etype not in SYSTEM_EVENTS]
    return [draft for draft in ordinary if all(one.purpose for one in draft.to)]


def decided(world: World, draft: Draft) -> dict[str, dict[str, Any]]:
    """What routing decides of the whole draft: urn of the desk -> its outcome."""
    dated = {"decided_on": TODAY} if "decided_on" in draft.facts else {}
    (event,) = world.publish_raw(draft.issuer, replace(draft, facts=draft.facts | dated))
    world.settle()
    return {one["desk"]: one for one in world.decision_on(event)["addressees"]}


def agree(draft: Draft, seen: Foreseen, outcome: dict[str, Any]) -> bool:
    """Whether routing says what was foreseen, or the case alone makes it say less."""
    if seen.verdict == "depends":
        named = any(one.re for one in draft.to if one.desk == seen.desk)
        in_case = OF_THE_CASE | (OF_WHAT_IT_NAMES if named else set())
        in_case |= OF_AN_END if draft.ends else set()
        return outcome["verdict"] == "release" or bool(in_case & set(outcome["reasons"]))
    if seen.verdict == "withhold":
        return outcome["verdict"] == "withhold" and set(seen.reasons) <= set(outcome["reasons"])
    return (outcome["verdict"], sorted(outcome.get("released", ()))) == ("release", [*seen.scopes])


@pytest.mark.parametrize(("agency", "kind", "role"), samples.every_filing())
def test_routing_decides_what_was_foreseen(agency: str, kind: str, role: str) -> None:
    """Whatever a record lacks: a call, a qualification, the event that it copies."""
    whole = samples.filed(agency, kind, role)
    for record in shortened(whole):
        world = World()
        world.clock.move_to(NOVEMBER)
        desk = desk_of(role)
        for draft in drafts_of(world, desk, role, record):
            _, directory = world.office(desk).agency.in_force(draft.realm, NOVEMBER)
            foreseen = foresee(world.convention, directory, draft)
            outcomes = decided(world, draft)
            for seen in foreseen:
                outcome = outcomes[desk_urn(draft.realm, seen.desk)]
                assert agree(draft, seen, outcome), (set(whole) - set(record), seen, outcome)


ENDS = (Ref(iss=desk_urn("civil", "home"), jti=jti(7)),)


def foreseen(
    issuer: str, etype: str, to: str, purpose: str, declared: dict[str, Any], **more: Any
) -> Foreseen:
    """Of a draft without content to one desk."""
    draft = Draft(
        issuer, "civil", etype, (DraftAddressee(to, purpose),), "case 1",
        declared=Declared.model_validate(declared), **more,
    )  # fmt: skip
    return foresee(CONVENTION, DIRECTORIES["civil"], draft)[0]


@pytest.mark.parametrize(
    ("issuer", "etype", "to", "purpose", "missing", "why"),
    [
        ("home", "MISSING", "pol", "search", "call", reasons.NO_CALL),
        ("ase", "MEASURE", "mo", "aed_home", "parents_agree", reasons.PARENTS_NOT_AGREED),
    ],
)
def test_an_end_that_declares_nothing_depends_on_what_it_ends(
    issuer: str, etype: str, to: str, purpose: str, missing: str, why: str
) -> None:
    """`ends` waives a condition, or content, if it names what the recipient was told of."""
    for declared in (without(missing), EVERYTHING):
        ends = foreseen(issuer, etype, to, purpose, declared, facts={"phase": "end"}, ends=ENDS)
        assert (ends.verdict, ends.reasons) == ("depends", ())
    assert why in foreseen(issuer, etype, to, purpose, without(missing)).reasons


def test_an_end_of_nothing_in_particular_is_no_reason_to_be_empty() -> None:
    """The word alone lets no event without content pass; with what it ends, the router knows."""
    word = foreseen("home", "MISSING", "pol", "search", EVERYTHING, facts={"phase": "end"})

    assert (word.verdict, word.reasons) == ("withhold", (reasons.NO_PARTS,))
