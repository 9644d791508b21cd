"""Attacks by whom a clause does not name: a role that a duty tells, a known house's."""

from __future__ import annotations

import pytest

from contracts.convention.model import Convention
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


# What a duty tells


def test_a_duty_of_the_police_on_a_school_alert_breaks_the_promise() -> None:
    """Its debtor is sent the case's token and the school's name: I03 promises none."""
    error = refusal(owing("POL", "CRIP"))

    assert error.code == "invariant_broken_by_duty"
    assert error.got.startswith("I03: R02 tells POL of what EDU-H sends (IP, assess)")


def test_a_duty_towards_the_police_breaks_it_too() -> None:
    """A creditor hears of it once it is late."""
    assert refusal(owing("recipient", "POL", "R39")).facts[3:5] == ("R39", "POL")


def test_an_exception_for_some_data_does_not_cover_the_telling() -> None:
    """I04 lets associations send an attendance code alone: a notice is none."""
    duty = "      - {act: R07, debtor: POL, creditor: CRIP, within: 1wd}\n"

    assert refusal((RECEIVED, RECEIVED + duty, "R05")).got.startswith("I04: R05 tells POL")


def test_a_promise_about_some_data_says_nothing_of_who_is_told() -> None:
    """A notice holds no data of the case: only what is promised of everything speaks of it."""
    some = GOSSIP.replace("FACTS.source]", "FACTS.source], to: [ASE]")
    every = "    never: {to: [ASE], from: [EDU-H]}"
    told = owing("ASE", "CRIP", "R18")

    assert of(told, (GOSSIP, some, "")).version == 2
    assert refusal(told, (GOSSIP, every, "")).code == "invariant_broken_by_duty"


def test_all_categories_one_by_one_are_everything() -> None:
    """A promise cannot be emptied by listing what it would say anyway."""
    names = "CODE, CONTACT, FACTS, FAMILY, HEALTH, IDENTITY, LOCATION, MEASURE, PROCEDURE, RISK"
    listed = f"    never: {{to: [ASE], from: [EDU-H], what: [{names}, SCHOOLING, STAT]}}"

    error = refusal(owing("ASE", "CRIP", "R18"), (GOSSIP, listed, ""))

    assert error.code == "invariant_broken_by_duty"


def test_who_is_a_recipient_anyway_is_told_nothing_new() -> None:
    """What goes to it is held against the promises as what it is: released scopes."""
    duty = "\n      - {act: R37, debtor: POL, creditor: issuer, within: 1wd}"

    assert of(("duties: []", f"duties:{duty}", "R38")).version == 2


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


# A new role of a known house


def _squad(**fields: str) -> tuple[tuple[str, str, str], ...]:
    return role("BPM", "police"), clause("R90", "EDU-H", "BPM", **fields)


def test_a_squad_of_the_police_gets_nothing_from_a_school() -> None:
    """What the second guard denies to POL, no file lets another name of that house receive."""
    error = refusal(*_squad(scopes="[IDENTITY]"))

    assert (error.code, error.facts) == ("hard_denial", ("R90", "IDENTITY", "BPM"))


def test_a_new_sender_of_a_known_house_is_denied_what_its_house_is() -> None:
    """A second school role writes to the police no more than the first."""
    data = role("EDU-X", "education"), clause("R90", "EDU-X", "POL")

    assert refusal(*data).code == "hard_denial"


def test_a_new_recipient_must_take_part_where_a_known_one_of_its_house_must() -> None:
    """EDU-S is asked to contribute only if it takes part in the case."""
    fields = {"event": "EVALREQ", "purpose": "contribute", "scopes": "[IDENTITY]"}
    data = role("EDU-X", "education"), clause("R90", "CRIP", "EDU-X", **fields)

    assert refusal(*data).code == "assignment_missing"


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


def test_a_promise_about_a_house_holds_for_its_new_senders() -> None:
    """`from` and `not_from` as `to` and `not_to`."""
    sender = role("JE-2", "justice"), clause("R90", "JE-2", "ASE")

    for selected in ("from: [JE]", "not_from: [JE-2]"):
        half = f"    never: {{{selected}, to: [ASE], events: [FEEDBACK]}}"
        assert refusal(*sender, (GOSSIP, half, "")).code == "invariant_broken"


def test_a_squad_is_told_by_no_duty_either() -> None:
    """Both holes at once."""
    squad = role("BPM", "police"), clause("R90", "BPM", "CRIP")

    error = refusal(*squad, owing("BPM", "CRIP", "R90"))

    assert error.got.startswith("I03: R02 tells BPM of what EDU-H sends")


def test_a_known_role_stands_for_itself() -> None:
    """A promise about one court is none about the others, as before."""
    half = "    never: {from: [JE], to: [PARQ-CIV]}"

    assert isinstance(of((GOSSIP, half, "")), Convention)
