"""A proposal tried on recorded events: what counts, in figures rounded as published ones are."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from contracts.convention.load import load
from contracts.decision.decide import decide
from contracts.decision.state.state import State
from contracts.decision.state.view import View
from contracts.encoding import b64u
from contracts.envelope.event import Event
from services.audit.facts import SETTLED_S, end_of
from services.cli.committee.simulate import Trial
from services.committee.simulate.decide_again import Change, Simulator
from tests.contracts.convention.amended import amended, clause
from tests.contracts.decision.asking import AT, CONVENTION, DIRECTORIES, event

KEY, QUARTER = b"secret".ljust(32), "2026-4"
SETTLED = end_of(QUARTER) + SETTLED_S
CHANGE: Change = ("ASE", "MO", "MEASURE.execute", "more")


def trial_of(*groups: tuple[int, Change], ids: str = "id") -> Trial:
    """So many events of each change."""
    trial = Trial(CONVENTION)
    for number, change in groups:
        for each in range(number):
            trial.add(f"{ids}{each}", frozenset({change}), QUARTER)
    return trial


@pytest.mark.parametrize("own", [0, 9, 19])
def test_a_desk_that_knows_all_events_but_a_few_excludes_no_number_of_these(own: int) -> None:
    """Ten alike were told and nine were not: who knew nine of her own knew of one more."""
    shown = [
        Counter(
            trial_of((own + few, CHANGE)).figures(bytes([n]) * 32, SETTLED).get(CHANGE)
            for n in range(250)
        )
        for few in range(1, 6)
    ]

    usual = {figure for figures in shown for figure, times in figures.items() if times > 25}
    assert all(figures[figure] for figure in usual for figures in shown)


def test_many_proposals_about_the_same_events_show_one_figure_of_them() -> None:
    """Sixty that differ in a purpose were sixty roundings of one count: their mean told it."""

    def shown(ids: str, act: str) -> set[int]:
        trial = trial_of((13, ("ASE", "MO", act, "more")), ids=ids)
        return {*trial.figures(KEY, SETTLED).values()}

    assert len(set.union(*(shown("same", f"MEASURE.{number}") for number in range(60)))) == 1
    assert len(set.union(*(shown(f"{number} ", CHANGE[2]) for number in range(60)))) > 1


def test_no_figure_moves_with_what_its_reader_sends_herself() -> None:
    """A count that grew with the log told, by the event at which it rose, what others had sent."""
    before, after = trial_of((14, CHANGE)), trial_of((14, CHANGE))
    for each in range(30):
        after.add(f"own {each}", frozenset({CHANGE}), "2027-1")

    assert before.figures(KEY, SETTLED) == after.figures(KEY, SETTLED) != {}
    assert after.figures(KEY, SETTLED - 1) == {}


CIVIL = DIRECTORIES["civil"]
MO = "urn:relais:civil:desk:mo"
WIDER = load(amended(clause("R100", "ASE", "MO")), "opened.yaml")  # FACTS, and nothing else


def attempt(*scopes: str, to: str = "MO") -> Event:
    """The ASE tries to answer a desk that no clause lets it write to."""
    left: dict[str, Any] = {"left_out": ({"desk": MO, "scopes": scopes},)} if scopes else {}
    return event("ASE", "FEEDBACK", [{"role": to}], attempt=True, **left)


@pytest.mark.parametrize(
    ("one", "outcomes"),
    [
        (attempt(), ["opened"]),  # nothing says that its data would not have passed
        (attempt("FACTS"), ["opened"]),
        (attempt("RISK"), []),
        (attempt(to="POL"), []),  # the version opens the way to another desk
    ],
)
def test_an_attempt_counts_where_there_would_be_a_clause(one: Event, outcomes: list[str]) -> None:
    """For its data, as far as they are known."""
    decision = decide(CONVENTION, CIVIL, View(State()), one, AT)
    cover = json.dumps(one.cover.model_dump(mode="json", exclude_none=True)).encode()
    row = {"kind": "decided", "dird": "d", "at": AT, "convd": CONVENTION.digest}
    evidence = {
        "cover": f"x.{b64u(cover)}.x", "heads": [],
        "decision": decision.json(), "effects": list(decision.effects),
    }  # fmt: skip

    found = Simulator(WIDER, {"d": CIVIL}, {}).step(
        json.dumps(row).encode(), json.dumps(evidence).encode()
    )

    assert found is not None
    act = f"FEEDBACK.{one.cover.to[0].purpose or ''}"
    assert found.changes == {("ASE", "MO", act, outcome) for outcome in outcomes}
