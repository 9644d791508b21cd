"""Attempts decided again: what counts as tried, also where an attempt named no data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.convention.load import load
from contracts.decision.decide import decide
from contracts.encoding import b64u
from contracts.envelope.event import Event
from services.committee.simulate.decide_again import JudgedAgain, Simulator
from services.committee.simulate.impact import Impact
from tests.contracts.convention.amended import amended, clause
from tests.contracts.decision.asking import AT, CONVENTION, DIRECTORIES, event, fresh

CIVIL = DIRECTORIES["civil"]
MO = "urn:relais:civil:desk:mo"
OPENED = load(amended(clause("R100", "ASE", "MO")), "opened.yaml")  # FACTS, and nothing else


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
    simulator = Simulator("civil", OPENED, {"d": CIVIL})
    found = simulator.step(json.dumps(row).encode(), json.dumps(evidence).encode())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("scopes", "kind"), [((), "tried"), (("FACTS",), "tried"), (("RISK",), "same")]
)
def test_an_attempt_counts_as_tried_where_there_would_be_a_clause(
    scopes: tuple[str, ...], kind: str
) -> None:
    """Without `left_out` too: nothing says that its data would not have passed."""
    assert again(attempt(*scopes)).kind == kind


def test_of_an_attempt_that_named_no_data_none_is_counted() -> None:
    """Whose it was and to whom, and no category: which would have passed is unknown."""
    judged, impact = again(attempt()), Impact()

    impact.add(judged, "2026-4")

    cells = ("events", "tried", ""), ("issuer", "ASE", "tried"), ("recipient", "MO", "tried")
    assert (judged.deliveries[0].gained, judged.deliveries[0].opened) == ((), True)
    assert impact.events == {("2026-4", frozenset(cells)): 1}


def test_an_attempt_that_still_has_no_clause_is_the_same() -> None:
    """The version opens the way to another desk."""
    assert again(attempt(to="POL")).kind == "same"
