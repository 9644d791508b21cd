"""What an erasure names, by what was typed: evidence of one case, and no other."""

from __future__ import annotations

from typing import Any, cast

import pytest

from contracts.encoding import b64u, canonical
from contracts.errors import UsageError
from contracts.vocabulary.schema import Linked
from services.operate.to_erase import _is, evidence_of
from tests.contracts.log.erasing.kit import ALERT, naming, order, two_children
from tests.contracts.log.first_orders import owners
from tests.contracts.log.routed import Bus
from tests.flows.acts import CASE, OTHER, raw, same_state
from tests.services.audit.projected import decided_of
from tests.services.audit.test_store import twins
from tests.simulation.planted_log import PlantedKafka, Rows

EVENT = "01997f00-0000-7000-8000-000000000001"


def test_an_event_put_aside_under_anothers_id_has_its_own_case_not_erased_with_it() -> None:
    """Its issuer would have evidence of another case destroyed; by its leaf it can be named."""
    cover = f"h.{b64u(canonical({'jti': EVENT}))}.s"
    decided = canonical({"cover": cover, "decision": {}})
    aside = canonical({"cover": cover, "code": "id_reused"})

    assert _is(EVENT, "leaf", decided)
    assert not _is(EVENT, "leaf", aside)
    assert _is("leaf", "leaf", aside)


async def found(rows: Rows, wanted: str) -> int:
    """How many decisions of a log are named by what was typed."""
    bus = cast("Any", PlantedKafka(rows))
    return len(await evidence_of(bus, "civil", owners(), wanted))


async def test_what_is_no_whole_name_names_nothing() -> None:
    """An empty variable of a shell, or a letter, is in all evidence: every child's would go."""
    rows = two_children().topics

    counts = [await found(rows, one) for one in ("", "e", CASE[:20], CASE)]

    assert counts == [0, 0, 0, 2]


@pytest.mark.parametrize(
    ("etype", "to", "more", "own"),
    [
        ("LINK", (), {"declared": {}, "linked": Linked(peer=OTHER, date="2026-09-07")}, 2),
        ("IP", (ALERT, ("ase", OTHER, "FACTS")), {}, 1),
    ],
)
async def test_no_desk_ties_one_child_to_another(
    etype: str, to: Any, more: dict[str, Any], own: int
) -> None:
    """A link that it may not make, a token for a purpose: with the other the first would go."""
    world = two_children()
    raw(world, "psp", etype, *to, case=CASE, **more)

    assert await found(world.topics, OTHER) == own

    whole = naming(world, OTHER)
    assert {one["answer"] for one in order(world, whole)["answers"]} == {"erased"}
    assert len(naming(world, CASE)) == 4 - own
    assert not [finding for finding in world.replay("civil", 0)[1] if finding.alarm]
    same_state(world)


async def test_a_refused_event_says_which_case() -> None:
    """It changed nothing, and an owner who has but its id means the case."""
    world = two_children()
    linked = Linked(peer=OTHER, date="2026-09-07")
    event = raw(world, "psp", "LINK", case=CASE, declared={}, linked=linked)

    assert await found(world.topics, event) == await found(world.topics, CASE) == 3


async def test_an_id_decided_twice_names_no_case() -> None:
    """Whoever knows an event's id takes it for an event of another case, in another partition."""
    bus = Bus()
    for event in twins():
        bus.route(event)
    ((jti, _claims),) = decided_of(bus).items()

    with pytest.raises(UsageError, match="event_ambiguous"):
        await found(bus.written, jti)
