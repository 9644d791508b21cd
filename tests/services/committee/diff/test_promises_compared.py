"""Promises and quorum in a comparison: as written, and binding on later versions."""

from __future__ import annotations

import re
from typing import Final

import pytest

from contracts.convention.load import load
from services.committee.diff.change import Change
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from tests.contracts.convention.amended import SECOND_TEXT, amended, of, role, second
from tests.contracts.convention.hospital import PARTY
from tests.services.texts.typed import as_typed

pytestmark = pytest.mark.slow

HEALTH: Final = "never: {to: [EDU-H], what: [HEALTH]}"
CRIMINAL: Final = "at_most: {realms: [criminal], keep: P30}"
LAST: Final = "  association: {fr: Associations partenaires, en: Partner associations}\n"
JOINS: Final = LAST, LAST + PARTY, ""  # a party more
ASSIGNED: Final = "only_if: {events: [EVALREP], conditions: [assigned]}"


def compared(*edits: tuple[str, str, str], back: bool = False) -> Diff:
    """The second version against an amended one, or the other way round."""
    ends = second(), of(*edits)
    return diff(*(reversed(ends) if back else ends))


def promises(found: Diff) -> list[tuple[tuple[str, ...], bool]]:
    """(how and which, whether it opens) of each change of a promise."""
    return [(one.atom.what, one.atom.opens) for one in found.changes if one.atom.kind == "promise"]


def quorum(found: Diff) -> Change:
    """The change of the quorum."""
    (one,) = [change for change in found.changes if change.atom.kind == "quorum"]
    return one


def test_a_role_that_joins_changes_no_promise() -> None:
    """Promises are what they say: what they mean for a new role is not another promise."""
    found = compared(JOINS, role("UMJ", "hospital"))

    assert promises(found) == []
    assert not found.opens


def test_promises_that_are_taken_out_open() -> None:
    """All of them: nothing is sent that was not, and the next version may."""
    bare = load(re.sub(r"\ninvariants:\n(?:  .*\n)+", "\n", SECOND_TEXT).encode(), "bare.yaml")

    found = diff(second(), bare)

    assert promises(found) == [(("removed", f"I0{number}"), True) for number in range(1, 10)]
    assert (found.opens, found.same) == (True, False)
    assert not diff(bare, second()).opens


@pytest.mark.parametrize(
    ("old", "weaker"),
    [
        (HEALTH, "never: {to: [EDU-H], what: [HEALTH], but: [HEALTH.vital]}"),
        (HEALTH, "never: {to: [EDU-H], what: [HEALTH], realms: [civil]}"),
        (HEALTH, "only_if: {to: [EDU-H], what: [HEALTH], conditions: [informed]}"),
        (CRIMINAL, "at_most: {realms: [criminal], keep: P90}"),
        (CRIMINAL, "at_most: {realms: [criminal], keep: P30, events: [ST]}"),
        (ASSIGNED, "only_if: {events: [EVALREP], conditions: []}"),
    ],
)
def test_a_weaker_promise_opens_and_a_stronger_one_does_not(old: str, weaker: str) -> None:
    """Fewer roles, data or events, a longer copy, a condition less; and the same the other way."""
    falls, rises = compared((old, weaker, "")), compared((old, weaker, ""), back=True)

    assert [opens for (how, _), opens in promises(falls) if how == "removed"] == [True]
    assert falls.opens
    assert not rises.opens


def test_a_promise_of_everything_is_not_kept_by_one_of_all_data() -> None:
    """Word that there is an event is more than its data: a duty may tell it."""
    every = "never: {from: [EDU-S, EDU-H], to: [POL]}"
    data = "never: {from: [EDU-S, EDU-H], to: [POL], but: [CODE.absence]}"

    assert compared((every, data, "")).opens


def test_a_promise_said_otherwise_does_not_open() -> None:
    """Other order, and by those who are left instead of those who are meant."""
    same = compared(("{from: [EDU-S, EDU-H], to: [POL]}", "{to: [POL], from: [EDU-H, EDU-S]}", ""))
    turned = compared(("not_to: [PARQ-CIV, PARQ-CRIM, JE, PJJ, POL]",
                       "not_to: [POL, PJJ, JE, PARQ-CIV, PARQ-CRIM]", ""))  # fmt: skip

    assert promises(same) == promises(turned) == []


def test_a_promise_that_falls_is_told_so() -> None:
    """In both languages, with its own words."""
    found = compared((HEALTH, "never: {to: [EDU-H], what: [LOCATION]}", ""))

    (one,) = [change for change in found.changes if change.atom.what == ("removed", "I02")]
    french, english = (as_typed(sentence(found.old, found.new, one, lang)) for lang in ("fr", "en"))

    assert french.startswith("La garantie I02 est retirée : « Aucune donnée de santé")
    assert french.endswith(
        "n'en tient lieu à elle seule : vérifier que rien ne devient permis de ce fait."
    )
    assert english.endswith("stands in for it: check that nothing becomes possible by this.")


@pytest.mark.parametrize(("number", "opens"), [("2", True), ("6", True), ("7", False)])
def test_a_lower_quorum_opens(number: str, opens: bool) -> None:
    """Fewer signatures may put into force whatever comes next."""
    found = compared(("quorum: all", f"quorum: {number}", ""))

    assert found.opens is opens
    assert bool([one for one in found.changes if one.atom.kind == "quorum"]) is opens
    assert f"+ quorum: {number}" in found.lines
    if opens:
        assert f"{number} parties sur 7" in sentence(found.old, found.new, quorum(found), "fr")
    assert not compared(("quorum: all", f"quorum: {number}", ""), back=True).opens


def test_the_same_quorum_is_lower_among_more_and_all_are_fewer_when_a_party_leaves() -> None:
    """Three of six is less than three of five; one consent less is needed, one more opens none."""
    three = ("quorum: all", "quorum: 3", "")
    of_five, of_six, more = of(three), load(amended(three, JOINS)), load(amended(JOINS))

    for old, new in ((of_five, of_six), (more, second())):
        assert quorum(diff(old, new)).atom.opens
        assert not [one for one in diff(new, old).changes if one.atom.kind == "quorum"
                    and one.atom.opens]  # fmt: skip
    assert not diff(of_six, of_five).opens


def test_a_role_that_leaves_takes_its_part_of_a_promise_along() -> None:
    """No promise can be made of who is not there: the rest of it stands as it was."""
    joined = (JOINS, role("UMJ", "hospital"))
    old = load(
        amended(
            *joined,
            ("{from: [EDU-S, EDU-H], to: [POL]}", "{from: [EDU-S, EDU-H, UMJ], to: [POL]}", ""),
        ),
        "old.yaml",
    )
    new = load(amended(joined[0]), "new.yaml")

    assert [opens for (how, _), opens in promises(diff(old, new)) if how == "removed"] == [False]
