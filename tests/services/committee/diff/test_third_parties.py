"""Attacks by whom a clause does not name: a role that a duty tells, a known house's."""

from __future__ import annotations

import pytest

from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from tests.contracts.convention.amended import RECEIVED, clause, of, refusal, role, second
from tests.services.texts.typed import as_typed

GOSSIP = "    never: {what: [FACTS.source]}"


def owing(debtor: str, creditor: str, act: str = "R07") -> tuple[str, str, str]:
    """A duty of R02, a head teacher's alert, besides its acknowledgement."""
    duty = f"      - {{act: {act}, debtor: {debtor}, creditor: {creditor}, within: 1wd}}\n"
    return RECEIVED, RECEIVED + duty, "R02"


def duties(found: Diff) -> list[tuple[str, bool]]:
    """Changes of what is owed, and whether they open something."""
    return [(one.group, one.atom.opens) for one in found.changes if one.atom.kind == "duty"]


SQUAD = role("BPM", "police")
TEACHERS = role("EDU-X", "education")
COURT = role("JE-2", "justice")
TOLD = owing("ASE", "CRIP", "R18")
ALL = "CODE, CONTACT, FACTS, FAMILY, HEALTH, IDENTITY, LOCATION, MEASURE, PROCEDURE, RISK"
BY_DUTY = "invariant_broken_by_duty"


def promised(selected: str) -> tuple[str, str, str]:
    """Another promise in the place of I05, which is of some data from everybody to everybody."""
    return GOSSIP, f"    never: {{{selected}}}", ""


REFUSED: dict[str, tuple[tuple[tuple[str, str, str], ...], str, str]] = {
    "a duty tells its debtor the case's token and the school's name": (
        (owing("POL", "CRIP"),), BY_DUTY, "I03: R02 tells POL of what EDU-H sends (IP, assess)",
    ),
    "a creditor hears of it once it is late": ((owing("recipient", "POL", "R39"),), BY_DUTY, ""),
    "an exception for some data is none for a notice": (
        ((RECEIVED, RECEIVED + owing("POL", "CRIP")[1].removeprefix(RECEIVED), "R05"),), BY_DUTY,
        "I04: R05 tells POL",
    ),
    "a promise of everything": ((TOLD, promised("to: [ASE], from: [EDU-H]")), BY_DUTY, ""),
    "all categories one by one are everything": (
        (TOLD, promised(f"to: [ASE], from: [EDU-H], what: [{ALL}, SCHOOLING, STAT]")), BY_DUTY, "",
    ),
    "a squad is told by no duty either": (
        (SQUAD, clause("R90", "BPM", "CRIP"), owing("BPM", "CRIP", "R90")), BY_DUTY,
        "I03: R02 tells BPM of what EDU-H sends",
    ),
    "a squad of the police gets nothing from a school": (
        (SQUAD, clause("R90", "EDU-H", "BPM", scopes="[IDENTITY]")), "hard_denial", "",
    ),
    "a new sender of a known house is denied what its house is": (
        (TEACHERS, clause("R90", "EDU-X", "POL")), "hard_denial", "",
    ),
    "a new recipient must take part where a known one of its house must": (
        (TEACHERS, clause("R90", "CRIP", "EDU-X", event="EVALREQ", purpose="contribute",
                          scopes="[IDENTITY]")), "assignment_missing", "",
    ),
    "a promise about a house, by `from`": (
        (COURT, clause("R90", "JE-2", "ASE"),
         promised("from: [JE], to: [ASE], events: [FEEDBACK]")), "invariant_broken", "",
    ),
    "a promise about a house, by `not_from`": (
        (COURT, clause("R90", "JE-2", "ASE"),
         promised("not_from: [JE-2], to: [ASE], events: [FEEDBACK]")), "invariant_broken", "",
    ),
}  # fmt: skip
LOADED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "a notice holds no data: a promise about some says nothing of it": (
        TOLD, promised("what: [FACTS.source], to: [ASE]"),
    ),
    "who is a recipient anyway is told nothing new": (
        ("duties: []", "duties:\n      - {act: R37, debtor: POL, creditor: issuer, within: 1wd}",
         "R38"),
    ),
    "a known role stands for itself": (promised("from: [JE], to: [PARQ-CIV]"),),
}  # fmt: skip


@pytest.mark.parametrize("attack", REFUSED)
def test_whom_a_clause_does_not_name_is_held_to_the_promises(attack: str) -> None:
    """Those whom a duty tells, and a new role as the known ones of its house."""
    edits, code, got = REFUSED[attack]

    error = refusal(*edits)

    assert error.code == code
    assert error.got.startswith(got)


@pytest.mark.parametrize("why", LOADED)
def test_what_tells_nobody_anything_new_loads(why: str) -> None:
    """No promise is read for more than it says."""
    assert of(*LOADED[why]).version == 2


@pytest.mark.parametrize(("debtor", "creditor"), [("ASE", "CRIP"), ("recipient", "ASE")])
def test_a_duty_that_tells_a_third_role_opens_something(debtor: str, creditor: str) -> None:
    """The comparison says who now hears of the event, in both languages."""
    old, new = second(), of(owing(debtor, creditor, "R18" if debtor == "ASE" else "R39"))

    found = diff(old, new)

    (change,) = [one for one in found.changes if one.atom.kind == "duty"]
    assert (change.group, found.opens, found.same) == ("harder", True, False)
    assert as_typed(sentence(old, new, change, "fr")).endswith(
        "Cet envoi et son émetteur sont ainsi connus de l'aide sociale à l'enfance."
    )
    assert sentence(old, new, change, "en").endswith(
        "The event and its sender thereby become known to the child welfare service (ASE)."
    )


def test_a_duty_between_issuer_and_recipient_opens_nothing() -> None:
    """They know the event."""
    found = diff(second(), of(owing("recipient", "issuer", "R39")))

    assert duties(found) == [("harder", False)]
    assert not found.opens


def test_a_duty_that_falls_opens_nothing() -> None:
    """Nobody hears more than before."""
    assert not diff(of(owing("ASE", "CRIP", "R18")), second()).opens


def test_a_duty_that_no_longer_waits_for_a_date_opens_something() -> None:
    """An event need not bring the date: then nobody was told."""
    due = ("within: 1wd}\n", "within: due}\n", "R02")
    told = owing("ASE", "CRIP", "R18")
    waiting = of((told[0], told[1].replace("within: 1wd}\n", "within: due}\n"), told[2]), due)
    at_once = of(told, due)

    assert diff(waiting, at_once).opens
    assert not diff(at_once, of((told[0], told[1].replace("1wd}\n", "2wd}\n"), "R02"), due)).opens


@pytest.mark.parametrize(
    "promise",
    [
        "{from: [JE], to: [POL]}",
        "{not_from: [EDU-S], to: [POL]}",
        "{from: [JE], not_to: [BPM]}",
        "{not_from: [CRIP], not_to: [BPM, CRIP, ASE, PMI, HOME, MO, EDU-S, EDU-H, ASSO, PSP, PJJ]}",
        "{from: [JE], not_to: [CRIP], what: [FACTS]}",
    ],
)
def test_a_promise_about_the_police_is_one_about_its_squad(promise: str) -> None:
    """By every way to name whom it is about; leaving the squad out alone leaves nobody out."""
    squad = role("BPM", "police"), clause("R90", "JE", "BPM")
    scoped = promise if "what" in promise else promise.replace("}", ", what: [FACTS.summary]}")
    half = f"    never: {scoped.replace('}', ', events: [FEEDBACK]}')}"

    error = refusal(*squad, (GOSSIP, half, ""))

    assert error.got.startswith("I05: R90 lets JE send FACTS")
    assert "to BPM" in error.got
