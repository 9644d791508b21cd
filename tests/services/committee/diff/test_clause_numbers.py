"""Attacks on what stays and moves: clause numbers that the bus knows, and houses of roles."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import contracts
from contracts.convention.checks import coherence
from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.errors import ConventionError
from services.committee.cases.synthetic_event import Earlier, Example, judge, made
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from services.committee.diff.rule_numbers import BOUND
from tests.contracts.convention.amended import SECOND_TEXT, clause, of, second
from tests.contracts.convention.hospital import third


def renumbered(*pairs: tuple[str, str]) -> Diff:
    """The second version against one in which clauses have other numbers, duties along with them."""
    names = dict(pairs)
    text = re.sub(r"\bR\d{2,3}\b", lambda found: names.get(found[0], found[0]), SECOND_TEXT)
    return diff(second(), load(text.encode(), "renumbered.yaml"))


def told(found: Diff, kind: str, lang: str) -> list[str]:
    """The sentences of one kind of change."""
    return [sentence(found.old, found.new, c, lang) for c in found.changes if c.atom.kind == kind]


def test_every_number_that_the_bus_knows_is_held_to_its_act() -> None:
    """Read from the source: whoever ties a rule to a clause's number adds it to the table."""
    folder = Path(contracts.__file__).parent
    known = {
        node.value
        for file in folder.rglob("*.py")
        if file.parent.name != "events"  # they say which clauses speak of them, and ask nothing
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and re.fullmatch(r"R\d{2,3}", str(node.value))
    }

    assert known == BOUND


def test_two_numbers_exchanged_are_told_as_an_opening() -> None:
    """A second report without its call passed as the end of a follow-up: R08 and R30 exchanged."""
    found = renumbered(("R08", "R30"), ("R30", "R08"))

    assert found.opens
    assert not found.same
    report = "signalement, pour protéger sans délai"
    followup = "orientation spécialisée, pour assurer le suivi spécialisé"
    rules = "Le bus attache des règles propres au numéro"
    assert told(found, "number", "fr") == [
        f"{rules} R08, donné à un autre acte : désormais {followup} ; auparavant {report}.",
        f"{rules} R30, donné à un autre acte : désormais {report} ; auparavant {followup}.",
    ]
    assert len(told(found, "number", "en")) == 2


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a release loads that looks at the types of what is answered alone: a log may hold such a file."""
    monkeypatch.setattr(coherence, "_without_event", lambda *_: "")


@pytest.mark.parametrize(
    ("pairs", "author"),
    [
        ((("R11", "R90"),), "HOME"), ((("R21", "R90"),), "POL"), ((("R22", "R90"),), "PARQ-CIV"),
        ((("R09", "R10"), ("R10", "R09")), "EDU-S"),
    ],
)  # fmt: skip
def test_a_number_whose_events_alone_are_answered_may_not_leave_its_answer_behind(
    pairs: tuple[tuple[str, str], ...], author: str
) -> None:
    """R39 to HOME would answer the copy that HOME sends under a number that counts for nothing."""
    names = dict(pairs)
    text = re.sub(r"\bR\d{2,3}\b", lambda found: names.get(found[0], found[0]), SECOND_TEXT)

    with pytest.raises(ConventionError) as caught:
        load(text.encode(), "moved.yaml")

    assert (caught.value.code, caught.value.facts[1]) == ("reply_to_nothing", author)


@pytest.mark.usefixtures("older")
@pytest.mark.parametrize("number", sorted(BOUND))
def test_a_number_that_moves_to_a_new_one_is_told_as_an_opening(number: str) -> None:
    """Its rules stay behind: a measure under another number can no longer be ended."""
    found = renumbered((number, "R90"))

    assert found.opens
    assert "R90" in told(found, "clause", "fr")[0]


@pytest.mark.usefixtures("older")
def test_numbers_of_one_act_exchanged_are_told_as_an_opening() -> None:
    """R10's authors hear nothing back: under R09's number they would."""
    assert renumbered(("R09", "R10"), ("R10", "R09")).opens


def numbered(alert: str, report: str) -> Convention:
    """The second version where the PJJ alerts and evaluates under these numbers, and hears back."""
    authors = "POL, HOME, MO]"
    alert_row = {"event": "IP", "purpose": "assess", "assigns": "[issuer, recipient]"}
    report_row = {"event": "EVALREP", "purpose": "evaluate", "conditions": "[assigned]"}
    return of(
        (authors, "POL, HOME, MO, PJJ]", "R39"),
        clause(alert, "PJJ", "CRIP", **alert_row),
        clause(report, "PJJ", "CRIP", **report_row),
    )


def answer_to(number: str) -> Example:
    """The CRIP answers what the PJJ sent it under a number."""
    earlier = Earlier(issuer="PJJ", recipient="CRIP", clause=number, scopes=("FACTS",))
    question = "civil", "CRIP", "FEEDBACK", "close_loop", "PJJ"
    return made(question, ["CODE.outcome"], (), answers=(earlier,))


def test_a_later_number_given_to_an_alert_is_told_as_an_opening() -> None:
    """R47 and R48 exchanged: what the PJJ once evaluated would be answered like an alert."""
    old, new = numbered("R47", "R48"), numbered("R48", "R47")

    found = diff(old, new)

    assert judge(old, answer_to("R48")).reasons == ("not_own_ip",)
    assert judge(new, answer_to("R48")).released == ("CODE.outcome",)
    assert (found.opens, found.same) == (True, False)
    (said,) = told(found, "number", "fr")
    assert said == (
        "Le numéro R48 est donné à un autre acte, et ce qui a déjà été envoyé sous ce numéro comptera "
        "comme tel : désormais information préoccupante, pour apprécier l'alerte ; auparavant rapport "
        "d'évaluation, pour évaluer la situation."
    )


def test_a_later_number_given_to_a_report_is_told_as_an_opening() -> None:
    """What was sent under it could be copied and answered as a signalement."""
    plain = of(clause("R47", "PJJ", "PARQ-CIV"))
    report = of(clause("R47", "PJJ", "PARQ-CIV", event="SIG", purpose="protect_now"))

    assert diff(plain, report).opens


def test_an_alert_under_an_unused_number_makes_nothing_of_the_past() -> None:
    """Nothing was sent under it: what it opens is told by the clause, not by its number."""
    found = (
        diff(second(), numbered("R47", "R48")),
        diff(numbered("R47", "R48"), numbered("R49", "R48")),
    )

    assert [told(one, "number", "en") for one in found] == [[], []]


def test_an_alert_that_takes_another_number_leaves_those_of_before_unanswered() -> None:
    """R47 as R49: whoever alerted under R47 would hear nothing back, and this is no mere name."""
    old, new = numbered("R47", "R48"), numbered("R49", "R48")

    found = diff(old, new)

    assert judge(old, answer_to("R47")).released == ("CODE.outcome",)
    assert judge(new, answer_to("R47")).reasons == ("not_own_ip",)
    assert (found.opens, found.same) == (False, False)
    assert "no rules" not in told(found, "clause", "en")[0]
    (left,) = [one for one in found.of("closed") if one.atom.kind == "number_left"]
    assert left.verdicts is not None
    assert [bool(one.released) for one in left.verdicts] == [True, False]
    (said,) = told(found, "number_left", "fr")
    assert said == (
        "Ce qui a déjà été envoyé sous le numéro R47 (information préoccupante, pour apprécier "
        "l'alerte) ne compte plus comme tel : les clauses qui permettent d'y répondre ou d'en adresser "
        "copie ne valent plus pour cela."
    )
    assert told(found, "number_left", "en")[0].startswith("What was already sent under the number")


def test_an_alert_that_takes_a_number_of_the_first_version_leaves_nothing_behind() -> None:
    """What was sent under R01 counts for ever."""
    assert told(renumbered(("R01", "R90")), "number_left", "en") == []


def test_a_report_that_takes_another_number_can_no_longer_be_copied() -> None:
    """Of the education's own: R11 copies what the versions know as reports."""
    report = {"event": "SIG", "purpose": "protect_now"}
    old, new = (of(clause(one, "EDU-H", "JE", **report)) for one in ("R47", "R49"))

    found = diff(old, new)

    (left,) = [one for one in found.of("closed") if one.atom.kind == "number_left"]
    assert left.example is not None
    assert left.example.answers is not None
    assert left.example.answers[0].clause == "R47"
    assert not found.same


def test_a_number_that_the_bus_does_not_know_is_a_name() -> None:
    """R36 as R90 changes nothing."""
    found = renumbered(("R36", "R90"))

    assert (found.opens, found.same) == (False, True)
    (said,) = told(found, "clause", "en")
    assert said.endswith(
        "R36 becomes clause R90; the bus ties no rules of its own to these numbers."
    )


def test_a_clause_that_falls_opens_nothing() -> None:
    """Its number is given to nobody."""
    start = SECOND_TEXT.index("  - id: R30\n")
    text = SECOND_TEXT[:start] + SECOND_TEXT[SECOND_TEXT.index("  - id: R31\n") :]

    assert not diff(second(), load(text.encode(), "less.yaml")).opens


def test_a_number_that_comes_back_for_another_act_is_told() -> None:
    """What was ended under it long ago would be ended anew."""
    start = SECOND_TEXT.index("  - id: R30\n")
    without = SECOND_TEXT[:start] + SECOND_TEXT[SECOND_TEXT.index("  - id: R31\n") :]
    again = without.replace("  - id: R36\n", "  - id: R30\n")

    found = diff(load(without.encode(), "less.yaml"), load(again.encode(), "again.yaml"))

    assert found.opens
    (said,) = told(found, "number", "en")
    assert said.endswith(
        "now missing minor, to account for the absence from school; before, nothing."
    )


def test_a_role_that_moves_to_another_house_opens_all_that_it_receives() -> None:
    """The paediatric unit's inbox would be read by the police."""
    before = third()
    after = before.replace(b"  UAPED:\n    agency: hospital", b"  UAPED:\n    agency: police")
    old, new = load(before, "old.yaml"), load(after, "new.yaml")

    found = diff(old, new)

    assert (found.opens, found.same) == (True, False)
    (said,) = told(found, "role_is", "en")
    assert said.endswith("What this role receives will be read there.")
    assert told(found, "role_is", "fr")[0].endswith("Ce que ce rôle reçoit y sera lu.")


def test_another_colleague_opens_nothing() -> None:
    """Of a role, its house alone says who reads."""
    assert not diff(second(), of(("    colleague: EDU-S\n", "", ""))).opens
