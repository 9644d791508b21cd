"""The nearest clauses name all that they would ask, what the event shows to be unmet included."""

from __future__ import annotations

from typing import Any

import pytest

from services.committee.cases.synthetic_event import made
from services.committee.explain.explain import Explanation, explain, explain_posed
from services.committee.explain.question_of_event import of_example
from services.committee.explain.voices import told
from tests.contracts.convention.kit import convention

TO_POLICE = ("civil", "EDU-H", "SIG", "protect_now", "POL")


def reported(*conditions: str) -> Explanation:
    """A head teacher reports to the police, with what meets these conditions."""
    example = made(TO_POLICE, ["FACTS"], conditions)
    return explain_posed(convention(), of_example(convention(), example))


def near(found: Explanation, clause: str) -> dict[str, Any]:
    """What the wire says of one near clause."""
    (one,) = [one for one in found.wire()["nearest"] if one["clause"] == clause]
    return dict(one)


@pytest.mark.parametrize(
    ("met", "unmet"),
    [
        ((), [("no_call", "urgent"), ("danger_not_qualified", "danger")]),
        (("danger",), [("no_call", "urgent")]),
        (("urgent", "danger"), []),
    ],
)
def test_conditions_that_the_event_does_not_meet_are_lacking(
    met: tuple[str, ...], unmet: list[tuple[str, str]]
) -> None:
    """Another recipient alone would not do: R08 asks a call and a danger."""
    one = near(reported(*met), "R08")

    recipient = {"what": "recipient", "got": "POL", "needed": "PARQ-CIV"}
    lacks = [{"what": "condition", "got": why, "needed": name} for why, name in unmet]
    assert one["lacks"] == [recipient, *lacks]
    assert one["conditions"] == []


def test_what_is_between_other_desks_is_named_and_not_judged() -> None:
    """R11 copies a report; what was reported to whom, the event to the police does not show."""
    one = near(reported(), "R11")

    assert "condition" not in {lack["what"] for lack in one["lacks"]}
    assert one["conditions"] == ["copy_of"]


def test_of_roles_alone_all_conditions_are_named() -> None:
    """Nothing is declared and nothing denied."""
    found = explain(convention(), "EDU-H", "SIG", "POL", None, ["facts"])

    one = near(found, "R08")

    assert [lack["what"] for lack in one["lacks"]] == ["recipient"]
    assert one["conditions"] == ["urgent", "danger"]
    assert "; it would take: another recipient. On condition that urgency" in told(found, "en")


def test_what_it_would_take_is_said_in_good_french() -> None:
    """Each thing that would have to be otherwise, and what would have to hold."""
    lines = told(reported(), "fr").splitlines()

    assert lines[3] == (
        "   - Signalement, de la direction d'établissement (ou DSDEN) au parquet des mineurs "
        "(assistance éducative), pour protéger sans délai ; il faudrait : un autre destinataire ; "
        "que l'urgence soit déclarée et l'appel téléphonique consigné ; que l'émetteur déclare le danger."
    )
    found = explain(convention(), "EDU-H", "IP", "POL", None, ["facts", "health", "location"])
    assert (
        "; il faudrait : un autre destinataire ; retirer « santé (données complètes) », exclu en "
        "toutes lettres ; retirer « dernier lieu connu », non prévu. À condition que les parents"
    ) in told(found, "fr").replace("\u00a0", " ")


def test_operator_and_auditor_read_conditions_as_codes() -> None:
    """Unmet ones with their reason, others by name."""
    operator, auditor = (told(reported(), "en", voice) for voice in ("operator", "auditor"))

    assert (
        "condition:no_call->urgent,condition:danger_not_qualified->danger conditions=-" in operator
    )
    assert "condition no_call → urgent, condition danger_not_qualified → danger." in auditor
    assert "condition copy_of." in auditor
