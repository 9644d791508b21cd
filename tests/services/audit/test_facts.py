"""The table of facts: what a log's records count as, in which quarter, and what came of them."""

from __future__ import annotations

import json
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.encoding import b64u
from contracts.envelope.wire import Inbound
from contracts.log.orders.registry import Registry
from contracts.vocabulary.reasons import ATTEMPT, NO_CLAUSE
from contracts.vocabulary.schema import desk_urn
from services.audit.facts import DAY, SETTLED_S, Facts, due_quarters, end_of, quarter_of
from tests.contracts.decision.asking import CONVENTION, DIRECTORIES

AT = 1_788_760_800  # Monday 7 September 2026
THIRD, FOURTH = "2026-3", "2026-4"
_HELD = {"directories": {"d": DIRECTORIES["civil"]}, "conventions": {"c": CONVENTION}}
REGISTRY = cast("Registry", SimpleNamespace(**_HELD))
urn = partial(desk_urn, "civil")


def take(
    facts: Facts, at: int, case: str, way: str, act: str, *why: str, effects: Any = ()
) -> None:
    """Take a record: `edu-s>crip` for IP.assess, released unless there are reasons why not."""
    (sender, to), (etype, purpose) = way.split(">"), act.split(".")
    cover = {
        "sub": case, "iss": urn(sender), "etype": etype, "convd": "c",
        "to": [{"desk": urn(to), "purpose": purpose}],
    }  # fmt: skip
    answer = {"verdict": "withhold", "reasons": why} if why else {"verdict": "release"}
    decision = {"addressees": [{"desk": urn(to), "clause": "R01", **answer}]}
    evidence = {
        "cover": f".{b64u(json.dumps(cover).encode())}.", "decision": decision,
        "effects": [*effects],
    }  # fmt: skip
    record = json.dumps({"kind": "decided", "at": at, "dird": "d"}).encode()
    facts.take(Inbound("t", 0, 0, b"", record, (), 0), json.dumps(evidence).encode(), REGISTRY)


def of(facts: Facts, table: str, quarter: str = THIRD) -> dict[tuple[str, ...], int]:
    """A table's counts."""
    return {cell[1:]: n for cell, n in facts.counts(quarter).items() if cell[0] == table}


def test_cases_are_counted_once_a_cell_and_events_of_the_bus_not_at_all() -> None:
    """Two sendings on one case are one situation that met."""
    facts = Facts()
    for case in ("one", "one", "two"):
        take(facts, AT, case, "edu-s>crip", "IP.assess")
    take(facts, AT, "two", "crip>edu-s", "ACK.acknowledge")

    assert of(facts, "meetings") == {("EDU-S", "CRIP", "R01", ""): 2}
    assert of(facts, "refusals") == of(facts, "measures") == {}


def test_a_refusal_says_what_was_asked_and_whether_something_passed_in_14_days() -> None:
    """An attempt counts by what else is said of it; another's sending corrects nothing."""
    facts = Facts()
    for case in ("soon", "late", "other's"):
        take(facts, AT, case, "edu-h>pol", "IP.assess", NO_CLAUSE, ATTEMPT)
    take(facts, AT + 14 * DAY, "soon", "edu-h>crip", "IP.assess")
    take(facts, AT + 15 * DAY, "late", "edu-h>crip", "IP.assess")
    take(facts, AT + DAY, "other's", "edu-s>crip", "IP.assess")

    assert of(facts, "refusals") == {("EDU-H", "POL", "IP.assess", NO_CLAUSE): 3}
    followed = of(facts, "followed")
    assert followed[("EDU-H", "", "refusal", "yes")] == 1
    assert followed[("EDU-H", "", "refusal", "no")] == 2


def test_a_purpose_that_no_convention_knows_is_published_nowhere() -> None:
    """A sender may write a child's name there: an attempt says its event alone."""
    facts = Facts()
    take(facts, AT, "one", "edu-h>pol", "IP.Chloe-2014", NO_CLAUSE)

    assert of(facts, "refusals") == {("EDU-H", "POL", "IP.", NO_CLAUSE): 1}


def test_an_alert_counts_when_its_30_days_are_over() -> None:
    """By whether a meeting came by then."""
    facts = Facts()
    for case, days in (("met", 30), ("late", 31)):
        take(facts, AT, case, "edu-s>crip", "IP.assess")
        take(facts, AT + days * DAY, case, "ase>crip", "COORD.invite")
    take(facts, AT, "never", "edu-s>crip", "IP.assess")

    assert of(facts, "followed") == {}
    assert of(facts, "followed", FOURTH) == {
        ("EDU-S", "", "alert", "yes"): 1, ("EDU-S", "", "alert", "no"): 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("effect", "after", "outcome"),
    [
        ({"k": "duty_closed"}, 0, "kept"),
        ({"k": "duty_closed"}, 7 * DAY, "late"),
        ({"k": "duty_closed"}, 8 * DAY, "later"),
        ({"k": "duty_closed"}, end_of(THIRD) + SETTLED_S - AT + 1, "silent"),
        ({"k": "duty_overdue"}, DAY, "silent"),
        ({"k": "duty_cancelled"}, 0, ""),
    ],
)
def test_an_answer_is_in_time_late_or_silent(
    effect: dict[str, str], after: int, outcome: str
) -> None:
    """What comes more than 14 days behind the quarter comes too late to be counted."""
    facts = Facts()
    duty = {"id": "e/1", "debtor": urn("crip"), "creditor": urn("edu-s"), "due": AT}
    opened = {"k": "duty_opened", "sub": "one", "duty": duty}
    take(facts, AT - DAY, "one", "edu-s>crip", "IP.assess", effects=[opened])
    take(facts, AT + after, "one", "crip>edu-s", "ACK.x", effects=[{**effect, "id": "e/1"}])

    assert of(facts, "replies") == ({("EDU-S", "CRIP", "", outcome): 1} if outcome else {})


def test_measures_are_told_by_purpose_and_who_carries_them_out() -> None:
    """Home-based support beside placement; what purpose and role leave open is open."""
    facts = Facts()
    for case, to in (("one", "mo"), ("two", "home"), ("three", "ase")):
        take(facts, AT, case, f"je>{to}", "MEASURE.execute")

    assert {cell[3] for cell in of(facts, "measures")} == {"home", "placement", "open"}


def test_a_quarter_can_be_counted_14_days_after_its_end() -> None:
    """In Paris time; each quarter once."""
    end = end_of(THIRD)

    assert (quarter_of(end - 1), quarter_of(end)) == (THIRD, FOURTH)
    assert [*due_quarters(AT, end + SETTLED_S - 1)] == []
    assert [*due_quarters(AT, end + SETTLED_S)] == [THIRD]
    assert [*due_quarters(AT, end_of("2027-1") + SETTLED_S)] == [THIRD, FOURTH, "2027-1"]
