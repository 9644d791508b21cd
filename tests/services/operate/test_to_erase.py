"""What an erasure names, by what was typed: evidence of one case, and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from contracts.encoding import b64u, canonical
from contracts.errors import UsageError
from contracts.vocabulary.schema import Linked
from services.operate import to_erase
from services.operate.to_erase import _is, evidence_of
from services.platform.kafka.evidence.recorded import IsWanted
from tests.contracts.log.erasing.kit import ALERT, naming, order, two_children
from tests.flows.acts import CASE, OTHER, raw, same_state

EVENT = "01997f00-0000-7000-8000-000000000001"


def test_an_event_put_aside_under_anothers_id_has_its_own_case_not_erased_with_it() -> None:
    """Its issuer would have evidence of another case destroyed; by its leaf it can be named."""
    cover = f"h.{b64u(canonical({'jti': EVENT}))}.s"
    decided = canonical({"cover": cover, "decision": {}})
    aside = canonical({"cover": cover, "code": "id_reused"})

    assert _is(EVENT, "leaf", decided)
    assert not _is(EVENT, "leaf", aside)
    assert _is("leaf", "leaf", aside)


class Evidence:
    """All that the log vouches for, in memory; a bus as far as that is asked."""

    def __init__(self, values: dict[tuple[int, str], bytes]) -> None:
        self.values = values

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Evidence]:
        """Itself."""
        yield self

    async def look(self, is_wanted: IsWanted) -> dict[tuple[int, str], bytes]:
        """As `_matching`."""
        return {at: value for at, value in self.values.items() if is_wanted(at[1], value)}


async def found(monkeypatch: pytest.MonkeyPatch, evidence: Evidence, wanted: str) -> int:
    """How many decisions are named by what was typed."""

    async def looking(bus: Evidence, *_: object) -> Any:
        return bus.look

    monkeypatch.setattr(to_erase, "_looking", looking)
    return len(await evidence_of(evidence, "civil", None, wanted))  # type: ignore[arg-type]


async def test_what_is_no_whole_name_names_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable of a shell, or a letter, is in all evidence: every child's would go."""
    evidence = Evidence({(0, at): one for at, one in two_children().evidence("civil", 0).items()})

    counts = [await found(monkeypatch, evidence, one) for one in ("", "e", CASE[:20], CASE)]

    assert counts == [0, 0, 0, 2]


@pytest.mark.parametrize(
    ("etype", "to", "more", "own"),
    [
        ("LINK", (), {"declared": {}, "linked": Linked(peer=OTHER, date="2026-09-07")}, 2),
        ("IP", (ALERT, ("ase", OTHER, "FACTS")), {}, 1),
    ],
)
async def test_no_desk_ties_one_child_to_another(
    monkeypatch: pytest.MonkeyPatch, etype: str, to: Any, more: dict[str, Any], own: int
) -> None:
    """A link that it may not make, a token for a purpose: with the other the first would go."""
    world = two_children()
    raw(world, "psp", etype, *to, case=CASE, **more)
    evidence = Evidence({(0, at): one for at, one in world.evidence("civil", 0).items()})

    assert await found(monkeypatch, evidence, OTHER) == own

    whole = naming(world, OTHER)
    assert {one["answer"] for one in order(world, whole)["answers"]} == {"erased"}
    assert len(naming(world, CASE)) == 4 - own
    assert not [finding for finding in world.replay("civil", 0)[1] if finding.alarm]
    same_state(world)


async def test_a_refused_event_says_which_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """It changed nothing, and an owner who has but its id means the case."""
    world = two_children()
    linked = Linked(peer=OTHER, date="2026-09-07")
    event = raw(world, "psp", "LINK", case=CASE, declared={}, linked=linked)
    evidence = Evidence({(0, at): one for at, one in world.evidence("civil", 0).items()})

    assert (
        await found(monkeypatch, evidence, event) == await found(monkeypatch, evidence, CASE) == 3
    )


async def test_an_id_decided_twice_names_no_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever knows an event's id takes it for an event of another case, in another partition."""
    cover = f"h.{b64u(canonical({'jti': EVENT, 'sub': CASE}))}.s"
    decided = canonical({"cover": cover, "decision": {}, "effects": []})
    evidence = Evidence({(0, "a" * 43): decided, (1, "b" * 43): decided})

    with pytest.raises(UsageError, match="event_ambiguous"):
        await found(monkeypatch, evidence, EVENT)
