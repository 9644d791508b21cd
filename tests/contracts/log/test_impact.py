"""The shared report: no small count in it, and none that can be computed from what is in it."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.log.impact import COLUMNS, HIDDEN, LEAST, SPARE, TABLES, Impact
from contracts.log.simulate import Delivery, Judged

OPENED = frozenset({("ACK:received", "CRIP", "EDU-S")})


def judged(issuer: str, role: str, purpose: str, scope: str, kind: Any = "more") -> Judged:
    """One event by which one desk would have got one scope more, or less."""
    gained, lost = ((scope,), ()) if kind in ("more", "tried") else ((), (scope,))
    delivery = Delivery(role, purpose, gained, lost)
    return Judged("id", "civil", "IP", issuer, 1, kind, (delivery,), {}, {}, added=OPENED)


def report(*groups: tuple[int, Judged], shared: bool = True) -> dict[str, Any]:
    """The report on so many events of each kind."""
    impact = Impact()
    for number, one in groups:
        for _ in range(number):
            impact.add(one)
    return impact.wire(shared=shared)


def test_the_operators_report_has_every_count() -> None:
    """Also the small ones, and totals."""
    found = report((3, judged("JE", "MO", "judge", "FACTS")), shared=False)

    assert (found["decided"], found["changed"]) == (3, 3)
    assert found["issuer"] == [{"row": "JE", "more": 3, "less": 0, "refused": 0, "tried": 0}]
    assert found["duties"] == [
        {"act": "ACK:received", "debtor": "CRIP", "creditor": "EDU-S",
         "added": 3, "removed": 0, "sooner": 0, "later": 0},
    ]  # fmt: skip


def test_the_shared_report_hides_counts_below_ten_and_rounds_the_others() -> None:
    """And has no total where one is hidden."""
    found = report(
        (3, judged("JE", "MO", "judge", "FACTS")), (57, judged("ASE", "MO", "execute", "RISK"))
    )

    rows = {row["row"]: row["more"] for row in found["issuer"]}
    assert rows == {"JE": HIDDEN, "ASE": 50}
    assert (found["changed"], found["events"]["more"]) == ("hidden", "hidden")


def test_where_nothing_is_small_totals_are_shown() -> None:
    """Rounded like all else."""
    found = report((57, judged("ASE", "MO", "execute", "RISK")))

    assert (found["changed"], found["events"]["more"]) == (50, 50)


counts = st.integers(0, 45)
worlds = st.lists(
    st.tuples(
        counts,
        st.builds(
            judged,
            st.sampled_from(["A", "B", "C"]),
            st.sampled_from(["R", "S"]),
            st.sampled_from(["p", "q"]),
            st.sampled_from(["FACTS", "RISK"]),
            st.sampled_from(["more", "refused"]),
        ),
    ),
    min_size=1,
    max_size=6,
)


@given(worlds)
@settings(max_examples=60, deadline=None)
def test_no_hidden_count_can_be_computed_from_the_shared_report(
    groups: list[tuple[int, Judged]],
) -> None:
    """An adversary who tries every table that agrees with the report is left with five values."""
    found = report(*groups)

    for column in COLUMNS:
        for name in TABLES:
            values = [row[column] for row in found[name]]
            for at, value in enumerate(values):
                assert value in (0, HIDDEN, "hidden") or value >= LEAST
                if value == HIDDEN:
                    assert len(possible(found, name, column, at)) >= SPARE


def possible(found: dict[str, Any], name: str, column: str, at: int) -> set[int]:
    """Every value of a hidden cell for which some world gives this report, by brute force."""
    numbers = [totals(found, table, column) for table in TABLES]
    kept = set()
    for cells in worlds_of([row[column] for row in found[name]]):
        for events in range(max(cells), sum(cells) + 1):
            if name == "issuer" and events != sum(cells):
                continue
            if all(low <= events <= high for low, high in numbers):
                kept.add(cells[at])
                break
    return kept


def worlds_of(values: list[Any]) -> list[tuple[int, ...]]:
    """All counts behind a column of a table, at the ends and in the middle of each span."""
    return list(product(*(sorted(span(value)) for value in values)))


def span(value: Any) -> set[int]:
    """The counts that a shown cell may stand for; of large ones the ends are enough."""
    if value == HIDDEN:
        return set(range(1, LEAST))
    if value == "hidden":
        return {1, LEAST, 200}
    return {value, value + LEAST - 1} if value else {0}


def totals(found: dict[str, Any], table: str, column: str) -> tuple[int, int]:
    """What a table says of the number of events: at least its largest cell, at most their sum."""
    spans = [span(row[column]) for row in found[table]]
    if not spans:
        return 0, 0
    low, high = max(min(one) for one in spans), sum(max(one) for one in spans)
    if table == "issuer":
        low = sum(min(one) for one in spans)
    shown = found["events"][{"more": "more", "refused": "refused"}.get(column, column)]
    if isinstance(shown, int) and shown:
        low, high = max(low, shown), min(high, shown + LEAST - 1)
    return low, high


def test_the_sum_of_a_row_of_cells_is_not_published() -> None:
    """No row totals: what is hidden in one column cannot be had from the others."""
    found = report((30, judged("A", "R", "p", "FACTS")), (4, judged("A", "R", "p", "RISK", "less")))

    assert Counter(found["issuer"][0]) == Counter(
        {"row": "A", "more": 30, "less": HIDDEN, "refused": 0, "tried": 0}
    )


def test_further_cells_are_hidden_where_many_others_would_narrow_a_small_one() -> None:
    """Six issuers of 19 and one of 9, all for one purpose: 120 less six times 19 would leave 6 to 9."""
    names = "BCDEFG"
    groups = [(19, judged(name, name, "p", name)) for name in names]
    found = report((9, judged("A", "A", "p", "A")), *groups)

    shown = [row["more"] for row in found["issuer"]]
    assert shown[0] == HIDDEN
    assert "hidden" in shown
    assert len(possible_issuers(found)) >= SPARE


def possible_issuers(found: dict[str, Any]) -> set[int]:
    """What the issuers' sum leaves of the hidden count, given what the purpose says."""
    (purpose,) = [row["more"] for row in found["purpose"]]
    least, most = (0, 10**6) if purpose == "hidden" else (purpose, purpose + LEAST - 1)
    others = [row["more"] for row in found["issuer"][1:]]
    high = sum(10**6 if one == "hidden" else one + LEAST - 1 for one in others)
    low = sum(1 if one == "hidden" else one for one in others)
    return {n for n in range(1, LEAST) if n + high >= least and n + low <= most}
