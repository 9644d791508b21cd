"""What is told of a trial: figures that are rounded as published ones are, and sums of them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from contracts.convention.load import load
from contracts.decision.decide import decide
from contracts.encoding import b64u
from contracts.envelope.event import Event
from services.committee.simulate import impact as told
from services.committee.simulate.decide_again import Delivery, JudgedAgain, Simulator
from services.committee.simulate.impact import Impact
from tests.contracts.convention.amended import amended, clause
from tests.contracts.decision.asking import AT, CONVENTION, DIRECTORIES, event, fresh

OPENED = frozenset({("ACK:received", "CRIP", "EDU-S")})
SAME = JudgedAgain("id", "IP", "EDU-S", "same", (), {}, {})
KEY, QUARTER = b"secret".ljust(32), "2026-4"


def judged(issuer: str, role: str, purpose: str, scope: str) -> JudgedAgain:
    """One event by which one desk would have got one scope more."""
    delivery = Delivery(role, purpose, (scope,), ())
    return JudgedAgain("id", "IP", issuer, "more", (delivery,), {}, {}, added=OPENED)


KIND = judged("ASE", "MO", "execute", "RISK")


def impact_of(*groups: tuple[int, JudgedAgain], quarter: str = QUARTER) -> Impact:
    """So many events of each kind, counted."""
    impact = Impact()
    for number, one in groups:
        for _ in range(number):
            impact.add(one, quarter)
    return impact


def report(*groups: tuple[int, JudgedAgain], key: bytes = KEY) -> dict[str, Any]:
    """The report on so many events of each kind."""
    return impact_of(*groups).wire(key, {QUARTER})


def test_an_event_counts_once_a_cell_in_each_of_its_columns() -> None:
    """One that brings one desk more and two others less; a moot one counts in no table."""
    deliveries = (
        Delivery("MO", "judge", ("FACTS", "RISK"), ()),
        Delivery("MO", "judge", (), ("FACTS",)),
        Delivery("POL", "", (), ("FACTS",)),
    )
    mixed = JudgedAgain("id", "IP", "JE", "mixed", deliveries, {}, {}, removed=OPENED)
    moot = replace(mixed, kind="moot")

    events = impact_of((1, mixed), (1, moot)).events
    found = Counter(cell for _quarter, alike in events for cell in alike)

    assert {cell for cell, number in found.items() if number > 1} == {
        ("duties", "ACK:received → CRIP → EDU-S", "removed")
    }
    assert {cell for cell, number in found.items() if number == 1} == {
        ("events", "mixed", ""), ("events", "moot", ""),
        ("issuer", "JE", "more"), ("issuer", "JE", "less"),
        ("recipient", "MO", "more"), ("recipient", "MO", "less"), ("recipient", "POL", "less"),
        ("category", "FACTS", "more"), ("category", "RISK", "more"), ("category", "FACTS", "less"),
        ("purpose", "judge", "more"), ("purpose", "judge", "less"),
    }  # fmt: skip


@pytest.mark.parametrize("own", [0, 9, 19])
def test_a_desk_that_knows_all_events_but_a_few_excludes_no_number_of_these(own: int) -> None:
    """Ten alike were told and nine were not: who knew nine of her own knew of one more."""
    shown = [
        Counter(report((own + few, KIND), key=bytes([n]) * 32)["changed"] for n in range(250))
        for few in range(1, 6)
    ]

    usual = {figure for figures in shown for figure, times in figures.items() if times > 25}
    assert all(figures[figure] for figure in usual for figures in shown)


def test_many_proposals_about_the_same_events_show_one_figure_of_them() -> None:
    """Sixty that differ in a scope were sixty roundings of one count: their mean told it."""

    def shown(ids: str, scope: str) -> object:
        one = judged("ASE", "MO", "execute", scope)
        found = report(*((1, replace(one, event_id=f"{ids}{each}")) for each in range(3)))
        return found["events"]["more"]

    assert len({shown("same", f"scope {number}") for number in range(60)}) == 1
    assert len({shown(f"other {number} ", "RISK") for number in range(60)}) > 1


def test_no_figure_moves_with_what_its_reader_sends_herself() -> None:
    """A count that grew with the log told, by the event at which it rose, what others had sent."""
    before, after = impact_of((14, KIND)), impact_of((14, KIND))
    for _ in range(30):
        after.add(KIND, "2027-1")

    assert before.wire(KEY, {QUARTER}) == after.wire(KEY, {QUARTER})
    assert report((14, KIND)) != report((14, KIND), key=bytes(32))
    assert after.wire(KEY, ())["decided"] is None


def test_every_total_is_a_sum_of_figures_that_were_rounded_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What differs from its parts would be a second figure of one count."""
    monkeypatch.setattr(told, "rounded", lambda count, *_cell: 10 * count)
    other = judged("JE", "MO", "judge", "FACTS")

    found = report((5, KIND), (2, other), (4, SAME))

    assert (found["decided"], found["changed"], found["events"]["more"]) == (110, 70, 70)
    assert [(row["row"], row["more"]) for row in found["issuer"]] == [("ASE", 50), ("JE", 20)]
    assert [(row["row"], row["more"]) for row in found["recipient"]] == [("MO", 70)]
    assert found["duties"] == [
        {"act": "ACK:received", "debtor": "CRIP", "creditor": "EDU-S",
         "added": 70, "removed": None, "sooner": None, "later": None},
    ]  # fmt: skip


CIVIL = DIRECTORIES["civil"]
MO = "urn:relais:civil:desk:mo"
WIDER = load(amended(clause("R100", "ASE", "MO")), "opened.yaml")  # FACTS, and nothing else


def attempt(*scopes: str, to: str = "MO") -> Event:
    """The ASE tries to answer a desk that no clause lets it write to."""
    left: dict[str, Any] = {"left_out": ({"desk": MO, "scopes": scopes},)} if scopes else {}
    return event("ASE", "FEEDBACK", [{"role": to}], attempt=True, **left)


def again(one: Event) -> JudgedAgain:
    """The attempt as the log has it, decided under a version with that clause."""
    decision = decide(CONVENTION, CIVIL, fresh(), one, AT)
    cover = json.dumps(one.cover.model_dump(mode="json", exclude_none=True)).encode()
    row = {"kind": "decided", "dird": "d", "at": AT, "convd": CONVENTION.digest}
    evidence = {
        "cover": f"x.{b64u(cover)}.x", "heads": [],
        "decision": decision.json(), "effects": list(decision.effects),
    }  # fmt: skip
    simulator = Simulator("civil", WIDER, {"d": CIVIL})
    found = simulator.step(json.dumps(row).encode(), json.dumps(evidence).encode())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (attempt(), "tried"),  # nothing says that its data would not have passed
        (attempt("FACTS"), "tried"),
        (attempt("RISK"), "same"),
        (attempt(to="POL"), "same"),  # the version opens the way to another desk
    ],
)
def test_an_attempt_counts_as_tried_where_there_would_be_a_clause(one: Event, kind: str) -> None:
    """For its data, as far as they are known."""
    assert again(one).kind == kind


def test_of_an_attempt_that_named_no_data_none_is_counted() -> None:
    """Whose it was and to whom, and no category: which would have passed is unknown."""
    judged, impact = again(attempt()), Impact()

    impact.add(judged, "2026-4")

    cells = ("events", "tried", ""), ("issuer", "ASE", "tried"), ("recipient", "MO", "tried")
    assert (judged.deliveries[0].gained, judged.deliveries[0].opened) == ((), True)
    assert impact.events == {("2026-4", frozenset(cells)): 1}
