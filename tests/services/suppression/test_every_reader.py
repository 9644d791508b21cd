"""Whatever was counted: no reader with a linear solver learns a small number (statistics §2, §3)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.suppression import Axis, Population, protect
from services.suppression.complement import Complement
from tests.services.suppression.attacking import learnt
from tests.services.suppression.random_counts import labels, population

DESKS = ("crip", "police", "school", "court", "nid")
ISSUER = Axis("issuer", DESKS, {"east": DESKS[:2], "west": DESKS[2:]}, kind="issuer")
DOOR = Axis("door", DESKS[:4], kind="party")
MONTH = Axis("month", labels("m", 4), {"q": labels("m", 3)})
CLAUSE = Axis("clause", labels("c", 4), {"first": labels("c", 2)})
ANSWER = Axis("answer", ("kept", "late", "silent"), printed=("kept", "late", "silent"))
SHAPES: dict[str, tuple[tuple[Axis, ...], dict[str, tuple[str, ...]]]] = {
    "flat": ((MONTH, CLAUSE), {"t": ("month", "clause")}),
    "hierarchies": ((MONTH, ISSUER), {"t": ("month", "issuer")}),
    "senders and doors": ((ISSUER, DOOR), {"t": ("issuer", "door")}),
    "linked": ((MONTH, CLAUSE, DOOR), {"a": ("month", "clause"), "b": ("month", "door")}),
    "cube": ((DOOR, CLAUSE, ANSWER), {"t": ("door", "clause", "answer")}),
    "chain": (
        (CLAUSE, ANSWER, ISSUER),
        {"a": ("clause", "answer"), "b": ("answer", "issuer"), "c": ("issuer",)},
    ),
}


def some(shape: str, seed: int, cases: int) -> Population:
    """A population of a shape."""
    axes, tables = SHAPES[shape]
    return population(seed, axes, tables, cases=cases, issuers=DESKS)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10**6), cases=st.integers(0, 300))
def test_no_reader_learns_a_small_number(shape: str, seed: int, cases: int) -> None:
    """The public and each desk solve for every hidden cell; none is narrow for any of them."""
    counted = some(shape, seed, cases)

    assert learnt(counted, [protect([counted])]) == []


@pytest.mark.parametrize("shape", SHAPES)
def test_the_outsider_breaks_what_hides_small_cells_alone(
    shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule for one cell without its complement is an open book: so the test above can fail."""
    monkeypatch.setattr(Complement, "close", lambda self: None)
    counted = some(shape, 1, 200)

    assert learnt(counted, [protect([counted])], [""])
