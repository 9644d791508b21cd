"""What is told of a trial: no small count, and none that can be computed from it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.committee.simulate.decide_again import Delivery, JudgedAgain
from services.committee.simulate.impact import LEAST, Impact

OPENED = frozenset({("ACK:received", "CRIP", "EDU-S")})
SAME = JudgedAgain("id", "IP", "EDU-S", "same", (), {}, {})


def judged(issuer: str, role: str, purpose: str, scope: str, kind: Any = "more") -> JudgedAgain:
    """One event by which one desk would have got one scope more, or less."""
    gained, lost = ((scope,), ()) if kind in ("more", "tried") else ((), (scope,))
    delivery = Delivery(role, purpose, gained, lost)
    return JudgedAgain("id", "IP", issuer, kind, (delivery,), {}, {}, added=OPENED)


def alert(issuer: str) -> JudgedAgain:
    """An alert to the CRIP, which would then owe its issuer an acknowledgement."""
    owed = frozenset({("ACK:received", "CRIP", issuer)})
    return replace(judged(issuer, "CRIP", "assess", "FACTS"), added=owed)


def impact_of(*groups: tuple[int, JudgedAgain]) -> Impact:
    """So many events of each kind, counted."""
    impact = Impact()
    for number, one in groups:
        for _ in range(number):
            impact.add(one)
    return impact


def report(*groups: tuple[int, JudgedAgain]) -> dict[str, Any]:
    """The report on so many events of each kind."""
    return impact_of(*groups).wire()


Place = tuple[str, ...]


def counts(impact: Impact) -> Counter[Place]:
    """Every count by its place, totals and duties included: the truth behind a report."""
    cells: Counter[Place] = Counter({("changed",): impact.changed.total()})
    cells["decided",] = impact.decided
    for alike, number in impact.changed.items():
        cells.update(dict.fromkeys(alike, number))
    return cells


def test_an_event_counts_once_a_cell_in_each_of_its_columns() -> None:
    """One that brings one desk more and two others less; a moot one counts in no table."""
    deliveries = (
        Delivery("MO", "judge", ("FACTS", "RISK"), ()),
        Delivery("MO", "judge", (), ("FACTS",)),
        Delivery("POL", "", (), ("FACTS",)),
    )
    mixed = JudgedAgain("id", "IP", "JE", "mixed", deliveries, {}, {}, removed=OPENED)
    moot = replace(mixed, kind="moot")

    found = counts(impact_of((1, mixed), (1, moot)))

    assert {cell for cell, number in found.items() if number > 1} == {
        ("decided",), ("changed",), ("duties", "ACK:received → CRIP → EDU-S", "removed"),
    }  # fmt: skip
    assert {cell for cell, number in found.items() if number == 1} == {
        ("events", "mixed", ""), ("events", "moot", ""),
        ("issuer", "JE", "more"), ("issuer", "JE", "less"),
        ("recipient", "MO", "more"), ("recipient", "MO", "less"), ("recipient", "POL", "less"),
        ("category", "FACTS", "more"), ("category", "RISK", "more"), ("category", "FACTS", "less"),
        ("purpose", "judge", "more"), ("purpose", "judge", "less"),
    }  # fmt: skip


def test_the_report_rounds_what_it_tells_and_names_no_row_of_the_rest() -> None:
    """Fifty-seven events alike are fifty; three others leave no trace."""
    many, few = (
        (57, judged("ASE", "MO", "execute", "RISK")),
        (3, judged("JE", "MO", "judge", "FACTS")),
    )

    found = report(many, few)

    assert found == report(many)
    assert found["issuer"] == [
        {"row": "ASE", "more": 50, "less": None, "refused": None, "tried": None}
    ]
    assert (found["changed"], found["events"]["more"]) == (50, 50)
    assert found["duties"] == [
        {"act": "ACK:received", "debtor": "CRIP", "creditor": "EDU-S",
         "added": 50, "removed": None, "sooner": None, "later": None},
    ]  # fmt: skip


@pytest.mark.parametrize(("decided", "told"), [(9, None), (10, 10), (1239, 1230)])
def test_the_number_of_decided_events_is_rounded(decided: int, told: int | None) -> None:
    """None of them decided otherwise."""
    assert report((decided, SAME))["decided"] == told


@pytest.mark.parametrize("few", range(LEAST))
def test_where_nearly_all_are_changed_the_number_decided_tells_nothing_of_the_rest(
    few: int,
) -> None:
    """Twenty alike and up to nine others: 20 to 29 decided would leave none to nine; it says 20."""
    many, others = (
        (20, judged("ASE", "MO", "execute", "RISK")),
        judged("JE", "MO", "judge", "FACTS"),
    )

    assert report(many, (few, others))["decided"] == 20
    assert report(many, (few, others), (LEAST - few, SAME))["decided"] == 30
    assert report((25, many[1]), (few, others), (LEAST - 1 - few, SAME))["decided"] == 20


@pytest.mark.parametrize("few", range(LEAST))
def test_the_duties_table_gives_no_hidden_issuer_back(few: int) -> None:
    """The CRIP's sum less what it would owe all others was what a tenth issuer had sent."""
    names = ("EDU-S", "EDU-H", "PMI", "PSP", "ASSO", "POL", "HOME", "MO", "PJJ")
    others = [(19, alert(name)) for name in names]

    assert report((few, alert("ASE")), *others, (30, SAME)) == report(*others, (30 + few, SAME))


@pytest.mark.parametrize("few", range(LEAST))
def test_an_event_is_not_like_others_that_open_other_duties(few: int) -> None:
    """Of thirty that differ in nothing else, the few with a duty owed are not told of."""
    owed, free = alert("ASE"), replace(alert("ASE"), added=frozenset())

    found = report((few, owed), (30, free), (30, SAME))

    assert found == report((30, free), (30 + few, SAME))


def test_many_small_counts_and_one_small_sum_of_them_give_none_away() -> None:
    """Nine issuers and a recipient, each below ten and none zero: each issuer had sent just one."""
    ones = [(1, judged(name, "CRIP", "assess", "FACTS")) for name in "ABCDEFGHI"]

    found = report(*ones, (40, SAME))

    assert found == report((49, SAME))


def test_what_the_convention_says_of_who_sends_to_whom_gives_none_away() -> None:
    """Only A and B send to R, only C to S: that B also does is no help, whatever C adds to sums."""
    a, b, c = (judged(*who, "FACTS") for who in (("A", "R", "p"), ("B", "R", "q"), ("C", "S", "p")))

    found = {json.dumps(report((19, a), (n, b), (55, c), (99 - n, SAME))) for n in range(LEAST)}

    assert len(found) == 1


roles, purposes = st.sampled_from(["A", "B", "C"]), st.sampled_from(["", "p", "q"])
scopes = st.sets(st.sampled_from(["FACTS", "RISK"]), max_size=2).map(lambda s: tuple(sorted(s)))
duties = st.frozensets(st.tuples(st.just("ACK"), roles, roles), max_size=2)
kinds = st.builds(
    JudgedAgain,
    st.just("id"),
    st.just("IP"),
    roles,
    st.sampled_from(["more", "less", "mixed", "refused", "tried", "moot"]),
    st.lists(st.builds(Delivery, roles, purposes, scopes, scopes), min_size=1, max_size=2).map(
        tuple
    ),
    st.just({}),
    st.just({}),
    duties,
    duties,
)
NUMBERS = (*range(LEAST + 1), 19)  # of events of a kind; of large ones, two are enough
UNCHANGED = range(23)


@pytest.mark.slow
@given(st.lists(kinds, min_size=1, max_size=3))
@settings(max_examples=4, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_no_small_count_can_be_computed_from_the_report(some: list[JudgedAgain]) -> None:
    """One who knows of which kinds events may be, and how counts are hidden, excludes nothing.

    All worlds with so many events of each kind are told apart by their reports alone: for each
    count below ten, worlds with every other count below ten have the same report.
    """
    possible: dict[str, dict[Place, set[int]]] = defaultdict(lambda: defaultdict(set))
    small: list[tuple[str, Place]] = []
    for shared, cells, unchanged in worlds(some):
        for cell, number in cells.items():
            possible[shared][cell].add(number)
            if (
                number < LEAST and unchanged < UNCHANGED[-LEAST]
            ):  # others may need more than there are
                small.append((shared, cell))

    exposed = {cell for shared, cell in small if not possible[shared][cell] >= set(range(LEAST))}
    assert exposed == set()


def worlds(some: list[JudgedAgain]) -> Iterator[tuple[str, Counter[Place], int]]:
    """Shared report, all counts and unchanged events of every world of these kinds of events."""
    groups = [next(iter(impact_of((1, one)).changed)) for one in some]
    every = {cell for one in some for cell in counts(impact_of((1, one)))}
    for numbers in product(NUMBERS, repeat=len(groups)):
        changed: Counter[Any] = Counter()
        for group, number in zip(groups, numbers, strict=True):
            if number:
                changed[group] += number
        cells = counts(Impact(0, changed))
        for unchanged in UNCHANGED:
            impact = Impact(changed.total() + unchanged, changed)
            here = Counter({cell: cells[cell] for cell in every})
            here["decided",] = impact.decided
            yield json.dumps(impact.wire()), here, unchanged
