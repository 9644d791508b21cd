"""The attacks that official statistics know by name, each with the defence and without (statistics §1 to §5)."""

from __future__ import annotations

import random
from collections.abc import Mapping

import orjson
import pytest

from contracts.errors import SuppressionError
from services.suppression import ALL, Axis, Population, ProtectedTables, Unit, protect
from services.suppression.attackers import Attackers
from services.suppression.complement import Complement
from tests.services.suppression.attacking import learnt

CLAUSE = Axis("clause", ("R01", "R02"))
DOOR = Axis("door", ("crip", "school"))
SQUARE: dict[tuple[str, ...], int] = {
    ("R01", "crip"): 24,
    ("R01", "school"): 15,
    ("R02", "crip"): 18,
    ("R02", "school"): 3,
}


def counted(
    axes: tuple[Axis, ...],
    places: Mapping[tuple[str, ...], int],
    tables: Mapping[str, tuple[str, ...]] | None = None,
    senders: Mapping[tuple[str, ...], str] | None = None,
) -> Population:
    """So many cases at each place, in turn of four desks, or but four of them of the desk that `senders` names."""
    units = []
    for at, count in places.items():
        labels = {axis.name: label for axis, label in zip(axes, at, strict=True)}
        for n in range(count):
            desk = (senders or {}).get(at) if n > 3 else None
            units.append(Unit(f"{at}-{n}", desk or f"desk-{n % 4}", labels))
    names = tuple(axis.name for axis in axes)
    return Population("p", axes, tuple(units), tables or {"t": names})


@pytest.fixture
def small_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without complementary suppression."""
    monkeypatch.setattr(Complement, "close", lambda self: None)


def test_totals_give_a_lone_hidden_cell(small_alone: None) -> None:
    """Row and column each say 3."""
    square = counted((CLAUSE, DOOR), SQUARE)

    found_out = learnt(square, [protect([square])], [""])

    assert [(cell[2], cell[4], cell[5]) for cell in found_out] == [(["R02", "school"], 3, 3)]


def test_totals_give_nothing_once_more_is_hidden() -> None:
    """The page's worked example."""
    square = counted((CLAUSE, DOOR), SQUARE)

    assert learnt(square, [protect([square])]) == []


def test_an_agency_does_not_give_its_desk_away() -> None:
    """Desk, agency, all: what is hidden of one desk is no difference of an agency and the other."""
    desks = Axis("desk", ("a", "b", "c", "d"), {"east": ("a", "b"), "west": ("c", "d")})
    two_levels = counted((desks,), {("a",): 4, ("b",): 31, ("c",): 26, ("d",): 19})

    told = protect([two_levels])

    assert told["t"].count("a") is None
    assert told["t"].count("east") is None or told["t"].count("b") is None
    assert learnt(two_levels, [told]) == []


def test_tables_that_share_a_total_are_protected_together() -> None:
    """Each safe alone, and together an open book; asked together they are safe."""
    clauses = Axis("clause", ("R01", "R02"), printed=("R01", "R02"))
    tables = {"a": ("clause", "door"), "b": ("clause",)}
    both = counted(
        (clauses, Axis("door", ("crip", "school"))), {**SQUARE, ("R02", "crip"): 2}, tables
    )
    doors = Axis("door", ("crip", "school"), printed=("crip", "school"))
    rows = counted(
        (clauses, doors),
        {("R01", "crip"): 24, ("R01", "school"): 15, ("R02", "crip"): 18, ("R02", "school"): 3},
        {"a": tables["a"]},
    )
    totals = Population("p", rows.axes, rows.units, {"b": tables["b"]})

    assert learnt(rows, [ProtectedTables((*protect([rows]), *protect([totals])))], [""])
    together = Population("p", rows.axes, rows.units, tables)
    assert learnt(together, [protect([together])]) == []
    assert learnt(both, [protect([both])]) == []


def test_a_piece_of_overlapping_periods_is_protected_though_no_table_prints_it() -> None:
    """January, and the weeks that are all of it but four cases of its last days."""
    pieces = ("weeks-1-4", "january-end", "february")
    groups = {"january": pieces[:2], "week-5": pieces[1:]}
    axis = Axis("period", pieces, groups, printed=("weeks-1-4", "january", "week-5"))
    periods = counted((axis,), {("weeks-1-4",): 26, ("january-end",): 4, ("february",): 21})

    told = protect([periods])["t"]

    assert None in (told.count("weeks-1-4"), told.count("january"))


LOPSIDED: dict[tuple[str, ...], str] = {("R02", "crip"): "police"}
LARGER: dict[tuple[str, ...], int] = {
    ("R01", "crip"): 40,
    ("R01", "school"): 35,
    ("R02", "crip"): 30,
    ("R02", "school"): 3,
}


def test_a_desk_subtracts_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wide for the public; who sent 26 of 30 knows that the school's cell is 7 at most."""
    whole = Attackers.__init__

    def public_alone(self: Attackers, frame: object) -> None:
        whole(self, frame)  # type: ignore[arg-type]
        self.all = self.all[:1]

    monkeypatch.setattr(Attackers, "__init__", public_alone)
    square = counted((CLAUSE, DOOR), LARGER, senders=LOPSIDED)
    told = protect([square])

    assert learnt(square, [told], [""]) == []
    assert {cell[0] for cell in learnt(square, [told])} == {"police"}


def test_no_desk_learns_by_subtracting_its_own() -> None:
    """The same cases, with each desk among the readers."""
    square = counted((CLAUSE, DOOR), LARGER, senders=LOPSIDED)

    assert learnt(square, [protect([square])]) == []


ANSWER = Axis("answer", ("kept", "late"))
DEBTOR = Axis("debtor", ("crip", "court"), kind="party", printed=("crip", "court"))


def owed(*desks: str) -> Population:
    """What the CRIP owed to eleven: eight cases were kept by its first desk, three late by its second; as readers, these desks."""
    units = [
        Unit(
            f"{n}",
            f"school-{n}",
            {"debtor": "crip", "answer": "kept" if n < 8 else "late"},
            frozenset({"crip", *desks} - {"crip-2" if n < 8 else "crip-1"}),
        )
        for n in range(11)
    ]
    return Population("p", (DEBTOR, ANSWER), tuple(units), {"t": ("debtor", "answer")})


def test_a_desk_bounds_its_role_s_hidden_cell_from_below() -> None:
    """0 to 11 for the public, and no question for the role; its desk that had eight of the cases knows 8 to 11."""
    by_role, by_desk = owed(), owed("crip-1", "crip-2")

    told = protect([by_role])

    assert told["t"].count("crip", ALL) == 11
    assert learnt(by_desk, [told], ["", "crip"]) == []
    assert ("crip-1", "t", ["crip", "kept"], 8, 8, 11) in learnt(by_desk, [told])
    assert learnt(by_desk, [protect([by_desk])]) == []


def test_nothing_is_derived_of_a_hidden_count() -> None:
    """No percentage, no median, no `10+` with a mean beside it; of shown ones there is."""
    told = protect([counted((CLAUSE, DOOR), SQUARE)])["t"]

    hidden = [at for at, count in told.cells.items() if count is None]
    shown = [at for at, count in told.cells.items() if count is not None]
    assert hidden
    assert not any(told.may_describe(*at) for at in hidden)
    assert {told.share(at, (ALL, ALL)) for at in hidden} == {None}
    assert all(told.may_describe(*at) and told.share(at, (ALL, ALL)) for at in shown)


def test_a_zero_is_told_where_its_row_s_total_is_and_nowhere_else() -> None:
    """A dash where only a zero can stand would say that its row is small: here it says what the total says."""
    clauses = Axis("clause", ("R01", "R02"))
    apart = Axis("clause", ("R01", "R02"), printed=("R01", "R02"))
    months = Axis("month", ("large", "little"), printed=("large", "little"))
    places: dict[tuple[str, ...], int] = {("large", "R01"): 30, ("little", "R01"): 2}

    told = protect([counted((months, clauses), places)])["t"]
    without_totals = protect([counted((months, apart), places)])["t"]

    assert (told.count("large", ALL), told.count("large", "R02")) == (30, 0)
    assert (told.count("little", ALL), told.count("little", "R02")) == (None, None)
    assert without_totals.count("large", "R01") == 30
    assert without_totals.count("large", "R02") is None


def test_a_filter_that_leaves_a_desk_shows_nothing() -> None:
    """Forty cases that two desks brought are two desks' business."""
    square = counted((CLAUSE, DOOR), dict.fromkeys(SQUARE, 40))
    left = tuple(unit for unit in square.units if unit.issuer in ("desk-0", "desk-1"))

    told = protect([Population("p", square.axes, left, square.tables)])

    assert set(told["t"].cells.values()) == {None}


def test_asking_twice_says_the_same_whatever_the_order() -> None:
    """Same cases, same bytes."""
    square = counted((CLAUSE, DOOR), SQUARE)
    shuffled = list(square.units)
    random.Random(1).shuffle(shuffled)
    again = Population("p", square.axes, tuple(shuffled), dict(square.tables))

    assert orjson.dumps(protect([square]).to_dict()) == orjson.dumps(protect([again]).to_dict())


def test_tables_in_a_ring_are_refused() -> None:
    """From three crossings follows more than from each."""
    axes = (CLAUSE, DOOR, Axis("answer", ("late",)))
    ring = {"a": ("clause", "door"), "b": ("door", "answer"), "c": ("answer", "clause")}

    with pytest.raises(SuppressionError, match="table_ring at p"):
        protect([counted(axes, {}, ring)])
