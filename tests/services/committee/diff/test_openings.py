"""What opens although no clause permits more: promises, quorum, agencies, duties, places."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from contracts.convention.load import load
from contracts.convention.model import Convention
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from services.texts import typed as as_typed
from tests.contracts.convention.amended import SECOND_TEXT, amended, grouped, of, role, second
from tests.contracts.convention.hospital import LAST, PARTY, third
from tests.contracts.convention.kit import Edit
from tests.contracts.convention.test_faulty_second import owing

pytestmark = pytest.mark.slow

HEALTH: Final = "never: {to: [EDU-H], what: [HEALTH]}"
SCHOOLS: Final = "never: {from: [EDU-S, EDU-H], to: [POL]}"
JOINS: Final = LAST, LAST + PARTY, ""  # a party more


def compared(*edits: Edit, back: bool = False) -> Diff:
    """The second version against an amended one, or the other way round."""
    ends = second(), of(*edits)
    return diff(*(reversed(ends) if back else ends))


def of_kind(found: Diff, kind: str) -> list[tuple[tuple[str, ...], bool]]:
    """What each change of one kind is about, and whether it opens."""
    return [(one.atom.what, one.atom.opens) for one in found.changes if one.atom.kind == kind]


def told(found: Diff, kind: str, lang: str) -> list[str]:
    """The sentences of one kind of change."""
    return [
        as_typed(sentence(found.old, found.new, one, lang))
        for one in found.changes if one.atom.kind == kind
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SCHOOLS, "never: {to: [POL], from: [EDU-H, EDU-S]}"),
        ("not_to: [PARQ-CIV, PARQ-CRIM, JE, PJJ, POL]",
         "not_to: [POL, PJJ, JE, PARQ-CIV, PARQ-CRIM]"),
    ],
)  # fmt: skip
def test_a_promise_said_otherwise_is_the_same(old: str, new: str) -> None:
    """Other order, and by those who are left instead of those who are meant."""
    assert of_kind(compared((old, new, "")), "promise") == []


def test_a_promise_that_is_gone_opens_and_one_that_is_new_does_not() -> None:
    """It is told with its own words, to be reviewed whatever stands in for it."""
    found = compared((HEALTH, "never: {to: [EDU-H], what: [LOCATION]}", ""))

    french, english = (told(found, "promise", lang)[-1] for lang in ("fr", "en"))

    assert dict(of_kind(found, "promise")) == {
        ("added", "I02"): False, ("removed", "I02"): True,
    }  # fmt: skip
    assert french.startswith("La garantie I02 est retirée : « Aucune donnée de santé")
    assert english.endswith("Check that nothing becomes possible by this.")


@pytest.mark.parametrize(("number", "opens"), [("2", True), ("6", True), ("7", False)])
def test_a_lower_quorum_opens(number: str, opens: bool) -> None:
    """Fewer signatures may put into force whatever comes next."""
    found = compared(("quorum: all", f"quorum: {number}", ""))

    assert found.opens is opens
    assert [f"{number} parties sur 7" in one for one in told(found, "quorum", "fr")] == (
        [True] if opens else []
    )
    assert [(one.path, one.becomes) for one in found.beside] == [(("quorum",), number)]
    assert not compared(("quorum: all", f"quorum: {number}", ""), back=True).opens


def test_the_same_quorum_is_lower_among_more_and_all_are_fewer_when_a_party_leaves() -> None:
    """Three of six is less than three of five; one consent less is needed, one more opens none."""
    three = ("quorum: all", "quorum: 3", "")
    of_five, of_six, more = of(three), load(amended(three, JOINS)), load(amended(JOINS))

    for old, new in ((of_five, of_six), (more, second())):
        assert of_kind(diff(old, new), "quorum") == [((), True)]
        assert of_kind(diff(new, old), "quorum") == []
    assert not diff(of_six, of_five).opens


def test_a_role_that_moves_to_another_agency_opens_all_that_it_receives() -> None:
    """The paediatric unit's inbox would be read by the police."""
    before = third()
    after = before.replace(b"  UMJ:\n    agency: hospital", b"  UMJ:\n    agency: police")

    found = diff(load(before, "old.yaml"), load(after, "new.yaml"))

    assert (found.opens, found.same) == (True, False)
    assert told(found, "agency", "en")[0].endswith("this role receives will be read there.")
    assert told(found, "agency", "fr")[0].endswith("Ce que ce rôle reçoit y sera lu.")


def test_a_clause_under_another_number_is_told_and_opens_nothing() -> None:
    """R35 as R90: the act is what it was, and counts as it did."""
    renumbered = load(re.sub(r"\bR35\b", "R90", SECOND_TEXT).encode(), "renumbered.yaml")

    found = diff(second(), renumbered)

    assert (found.opens, found.same) == (False, True)
    assert "clause R35 becomes clause R90" in told(found, "clause", "en")[0]


def without_r30() -> Convention:
    """The second version, in which a clause has fallen."""
    start = SECOND_TEXT.index("  - id: R30\n")
    text = SECOND_TEXT[:start] + SECOND_TEXT[SECOND_TEXT.index("  - id: R31\n") :]
    return load(text.encode(), "less.yaml")


def telling(within: str = "1wd") -> Convention:
    """R02 makes the ASE owe the CRIP a report, by which the ASE hears of the alert."""
    owes = "debtor: ASE, creditor: CRIP, within: "
    return of(owing("R02", "ASE", "CRIP", "R18"), (f"{owes}1wd", f"{owes}{within}", "R02"))


@pytest.mark.parametrize(
    ("old", "new", "opens"),
    [
        (second, without_r30, False),
        (second, lambda: of(JOINS, role("UMJ", "hospital")), False),  # promises say what they say
        (second, lambda: of(("    colleague: EDU-S\n", "", "")), False),
        (second, telling, True),
        (telling, second, False),
        (second, lambda: of(owing("R02", "recipient", "ASE", "R39")), True),
        (second, lambda: of(owing("R02", "recipient", "issuer", "R39")), False),  # they know it
        # an event need not bring the date: then nobody was told
        (lambda: telling("due"), telling, True),
        (telling, lambda: telling("2wd"), False),
    ],
)
def test_what_tells_a_third_role_opens_and_what_falls_does_not(
    old: Any, new: Any, opens: bool
) -> None:
    """A clause, a colleague, a duty between those who know the event."""
    assert diff(old(), new()).opens is opens


@pytest.mark.parametrize(("debtor", "creditor"), [("ASE", "CRIP"), ("recipient", "ASE")])
def test_a_duty_that_tells_a_third_role_says_who_now_hears_of_the_event(
    debtor: str, creditor: str
) -> None:
    """In both languages."""
    found = compared(owing("R02", debtor, creditor, "R18" if debtor == "ASE" else "R39"))

    assert told(found, "duty", "fr")[0].endswith(
        "Cet envoi et son émetteur sont ainsi connus de l'aide sociale à l'enfance."
    )
    assert told(found, "duty", "en")[0].endswith("known to the child welfare service (ASE).")


def ordered(*grants: dict[str, str]) -> Convention:
    """R90 with these grants, in this order."""
    return of(grouped("R90", *grants, event="MEASURE", purpose="adapt_measure"))


def test_what_still_passes_of_a_closed_category_is_said_of_those_alone_whom_it_reaches() -> None:
    """Two grants lose the appraisal of danger; one of them keeps its level."""
    both = [{"issuers": "[ASE]", "recipients": f"[{role}]"} for role in ("PMI", "MO")]
    scopes = "[FACTS, RISK]", "[FACTS, RISK.level]", "[FACTS]"
    whole, level, none = ({"scopes": one} for one in scopes)

    found = diff(
        ordered(both[0] | whole, both[1] | whole), ordered(both[0] | level, both[1] | none)
    )

    said = {one.recipients[0]: sentence(found.old, found.new, one, "en")
            for one in found.changes if one.group == "closed"}  # fmt: skip
    assert {who for who in said if "Still permitted" in said[who]} == {"PMI"}
    assert said.keys() == {"PMI", "MO"}
