"""The comparison of two versions: complete, true of its examples, blind to words, linear."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache, lru_cache
from itertools import product
from typing import Any, Final
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, given, settings

from contracts.convention.checks.coherence import MAX_QUESTIONS
from contracts.convention.load import MAX_ROLES, load
from contracts.conventions import SECOND, read, shipped
from contracts.vocabulary.scopes import EVENT_TYPES, PURPOSES, SCOPES
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from services.committee.diff.page import SAME, consulted, page, text, wire
from services.committee.diff.sections import beside
from services.committee.lint import run as linting
from services.committee.lint.run import lint
from services.committee.texts.clause_sentence import generate
from services.texts import typed as as_typed
from tests.contracts.convention.amended import amended, clause, grouped, of, role, second
from tests.contracts.convention.hospital import LAST, PARTY
from tests.contracts.convention.kit import changed, convention
from tests.contracts.convention.mutating import Data, loaded, rewritten, versions
from tests.contracts.convention.second_reader import Question, Table, grants, table
from tests.elements import Elements
from tests.steps import memory_below

FAR = settings(max_examples=15, suppress_health_check=[HealthCheck.filter_too_much])
ANSWERS = {"copy_of", "own_ip", "own_report", "own_st"}


@cache
def shipped_diff() -> Diff:
    """The first version against the second."""
    return diff(convention(), second())


def patched(old: Table, changes: dict[str, Any]) -> Table:
    """The old rules with what a comparison states, and nothing else, applied."""
    rules = copy.deepcopy(old)
    for group in ("harder", "easier"):
        for change in changes[group]:
            if change["kind"] != "condition":
                continue
            named = {*change["what"]}
            for question in asked(change):
                for scope, held in rules[question].items():
                    rules[question][scope] = held | named if group == "harder" else held - named
    for change in changes["closed"]:
        for question in asked(change):
            for scope in change["what"]:
                del rules[question][scope]
    for change in changes["opened"]:
        for question in asked(change):
            for scope in change["what"]:
                own = rules.setdefault(question, {})
                assert scope not in own
                own[scope] = frozenset(change.get("conditions", ()))
    return rules


def asked(change: dict[str, Any]) -> list[Question]:
    """Every question that a change names; none if it is of the file as a whole."""
    if "realm" not in change:
        return []
    return [
        (change["realm"], issuer, change["event"], change["purpose"], recipient)
        for issuer, recipient in product(change["issuers"], change["recipients"])
    ]


def passes(rules: Table, question: Question, scope: str, facts: set[str]) -> bool:
    """Whether a scope is released where these conditions, and no others, are met."""
    conditions = rules.get(question, {}).get(scope)
    return conditions is not None and conditions <= facts


def differing(one: Table, other: Table) -> list[tuple[Any, ...]]:
    """Brute force: every question and scope under every valuation of the conditions."""
    found = []
    for question in {*one, *other}:
        for scope in SCOPES:
            held = [
                rules[question][scope] for rules in (one, other) if scope in rules.get(question, {})
            ]
            named = frozenset[str]().union(*held)
            # A judge has part in a case only by a measure: where it passes, both are named.
            known = sorted(named | ({"measure_open"} if "assigned" in named else set()))
            for values in product((False, True), repeat=len(known)):
                facts = {name for name, holds in zip(known, values, strict=True) if holds}
                if not possible(facts, question[-1]):
                    continue
                if passes(one, question, scope, facts) != passes(other, question, scope, facts):
                    found.append((question, scope, facts))
    return found


def possible(facts: set[str], recipient: str) -> bool:
    """Valuations that no event has: what it names is of two authors; a judge without a measure."""
    authors = {"issuer", "recipient", "another"}
    for name in facts & ANSWERS:
        its_own = {"issuer"} if name == "copy_of" else {"recipient"}
        given = (name, recipient) == ("own_report", "POL")  # the inquiry that police was given
        authors &= {"issuer", "another"} if given else its_own
    if not authors:
        return False
    judge_assigned = recipient == "JE" and "assigned" in facts
    return not judge_assigned or "measure_open" in facts


@lru_cache(maxsize=8)
def owed(text: bytes) -> dict[Question, dict[str, Any]]:
    """Retention, duties and assignments of each question, read plainly."""
    found = {}
    for grant in grants(text):
        for issuer, recipient in product(grant["issuers"], grant["recipients"]):
            question = grant["realm"], issuer, grant["event"], grant["purpose"], recipient
            duties = [
                {"start": "delivery", "legal": False, **duty}
                for duty in grant["duties"]
                if recipient in duty.get("recipients", [recipient])
            ]
            found[question] = {
                "keep": grant.get("keep", ""),
                "duties": sorted(
                    str(sorted((k, v) for k, v in one.items() if k != "recipients"))
                    for one in duties
                ),
                "each": duties,
                "assigns": sorted(grant["assigns"]),
                "basis": sorted(grant["basis"]),
                "clause": grant["id"].split(".")[0],
            }
    return found


DUTY = (
    "acts", "debtor", "creditor", "within", "stages", "final", "urgent_within", "start", "legal",
    "opened_by", "repeat", "recipients",
)  # fmt: skip


def test_a_duty_has_the_members_that_programs_read() -> None:
    """In an opening's terms and in a change of duties alike, and in this order."""
    found = wire(shipped_diff())
    changes = [one for group in found.values() if isinstance(group, list) for one in group]
    changes = [one for one in changes if isinstance(one, dict)]
    terms = [duty for one in changes for duty in one.get("terms", {}).get("duties", ())]
    changed = [one["duty"] for one in changes if "duty" in one]

    assert terms
    assert changed
    assert {tuple(duty) for duty in (*terms, *changed)} == {DUTY}


KINDS = {
    "keep": {"retention"}, "duties": {"duty", "deadline"}, "assigns": {"assignment"},
    "basis": {"basis"}, "clause": {"clause"},
}  # fmt: skip


@pytest.mark.slow
@given(versions())
@FAR
def test_no_difference_is_missed_and_none_is_invented(data: Data) -> None:
    """The old rules with the stated changes are the new ones; a plain reading differs no more."""
    text, changed = loaded(data)

    found = wire(diff(convention(), changed))

    assert differing(patched(table(shipped()), found), table(text)) == []
    really = bool(differing(table(shipped()), table(text)))
    kinds = {one["kind"] for g in ("opened", "closed", "harder", "easier") for one in found[g]}
    assert really == bool(kinds & {"scopes", "condition"})
    before, after = owed(shipped()), owed(text)
    for name, meant in KINDS.items():
        named = {
            question
            for group in ("harder", "easier", "otherwise")
            for change in found[group]
            if change["kind"] in meant
            for question in asked(change)
        }
        expected = {q for q in before.keys() & after.keys() if before[q][name] != after[q][name]}
        expected = {q for q in expected if satisfiable(text, q) and satisfiable(shipped(), q)}
        assert named == expected, name
    for change in found["opened"]:
        for question in asked(change) if "terms" in change else ():
            terms = change["terms"]
            said = terms["keep"], [*terms["assigns"]], deadlines(terms["duties"])
            plainly = after[question]
            assert said == (plainly["keep"], plainly["assigns"], deadlines(plainly["each"]))


def deadlines(duties: list[Any]) -> list[tuple[str, ...]]:
    """Who owes whom by when."""
    names = ("debtor", "creditor", "within")
    return sorted(tuple(str(one[name]) for name in names) for one in duties)


def satisfiable(text: bytes, question: Question) -> bool:
    """Whether any event can meet the conditions of an answer."""
    held = table(text)[question]
    return all(possible({*one, "measure_open"}, question[-1]) for one in held.values())


@pytest.mark.slow
@given(rewritten())
@settings(max_examples=8)
def test_order_and_wording_make_no_difference(data: Data) -> None:
    """Shuffled, relabelled, one grant written as two: nothing but words has changed."""
    _, changed = loaded(data)

    found = diff(convention(), changed)

    assert found.changes == ()
    assert (found.same, found.opens) == (True, False)


def test_the_page_is_self_contained_and_holds_every_sentence_and_line() -> None:
    """No script, nothing loaded, nothing of the comparison left out."""
    found = shipped_diff()
    outline = Elements(page(found, "fr"))

    assert not {"script", "link", "img", "iframe"} & outline.tags
    assert {*outline.values("href")} <= {f"#{name}" for name in outline.values("id")}
    assert "les noms que leur donne la version 2026-2" in outline.text
    for change in found.changes:
        assert as_typed(sentence(found.old, found.new, change, "fr")) in outline.text
    for one in beside(found.old, found.new, found.beside, "fr"):
        assert all(as_typed(text) in outline.text for text in (one.what, one.was, one.becomes))


NOTE = """    note:
      fr: "Ni le lieu, ni la cause."
      en: Neither the place nor the cause.
"""


def against(old: str, new: str, inside: str = "") -> Diff:
    """The first version against one with another text."""
    return diff(convention(), load(changed(old, new, inside), "changed.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("2026: [01-01,", "2026: [01-01, 03-02,", "calendar.holidays"),
        ("id: seine-saint-denis", "id: autre", "id"),
        ("effective: 2026-01-01", "effective: 2026-02-01", "effective"),
        ("secrecy: profession", "secrecy: mission", "roles.EDU-S.secrecy"),
        ("en: notice of absence", "en: absence", "clauses.R36.label.en"),
    ],
)
def test_what_stands_beside_the_permissions_is_a_line(old: str, new: str, line: str) -> None:
    """The whole of it, and nothing that may be shared."""
    found = against(old, new)

    assert found.changes == ()
    assert paths(found) == [line]
    assert (found.same, found.opens) == (True, False)


def paths(found: Diff) -> list[str]:
    """What differs beside the permissions."""
    return [".".join(one.path) for one in found.beside]


def test_a_sentence_is_no_line_beside_its_data() -> None:
    """It says nothing beside them."""
    found = diff(second(), of(("keep: P90", "keep: P30", "R01")))

    assert [one.atom.kind for one in found.changes] == ["retention"]
    assert found.beside == ()


def test_a_version_that_names_another_than_the_one_before_is_told() -> None:
    """Whom it follows is a line if it is not the version that it is compared with."""
    named = load(read(SECOND).replace(convention().digest.encode(), b"A" * 43), "other.yaml")

    assert "predecessor" in paths(diff(convention(), named))
    assert "predecessor" not in paths(diff(convention(), second()))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_changed_remark_is_a_line_and_no_file_with_it_is_the_same(lang: str) -> None:
    """It says what may be shared where no data do; one that falls, too."""
    found = against('"Ni le lieu, ni la cause."', "Pas le lieu.", "R36")
    fallen = against(NOTE, "", "R36")

    assert found.changes == fallen.changes == ()
    assert paths(found) == ["clauses.R36.note.fr"]
    assert paths(fallen) == ["clauses.R36.note.en", "clauses.R36.note.fr"]
    assert (found.same, fallen.same, found.opens) == (False, False, False)
    assert SAME.say(lang) not in text(found, lang)
    assert "Pas le lieu." in text(found, lang)
    assert ("(French text)" in text(found, lang)) is (lang == "en")


def test_a_remark_that_goes_to_another_permission_of_its_clause_is_a_difference() -> None:
    """Both are in the clause before and after."""
    said = [{"note": f"{{fr: {one}, en: {one}}}"} for one in ("First.", "Second.")]
    roles = {"issuers": "[ASE]", "recipients": "[SSD]"}, {"issuers": "[ASE]", "recipients": "[MO]"}
    old, new = (
        of(grouped("R90", roles[0] | one, roles[1] | other, event="FEEDBACK", purpose="close_loop"))
        for one, other in (said, said[::-1])
    )

    assert not diff(old, new).same


def test_of_a_clause_with_a_new_number_every_origin_is_told() -> None:
    """A new number would else make law of practice, and nobody would read of it."""
    flags = "{{flow: {0}, deadline: law, categories: law}}".format
    old, new = (
        of(clause(name, "ASE", "MO", flags=flags(flow)))
        for name, flow in (("R90", "practice"), ("R91", "law"))
    )

    lines = {(".".join(one.path), one.was, one.becomes) for one in diff(old, new).beside}

    assert {
        ("clauses.R90.origin_flow", "practice", ""), ("clauses.R91.origin_flow", "", "law")
    } < lines  # fmt: skip


def test_of_the_holidays_only_those_that_differ_are_told() -> None:
    """A list of years would hide the one day that came or went."""
    more = of(("2026: [01-01,", "2026: [01-01, 03-02,", ""))

    pairs = (second(), more), (more, second())
    told = [beside(*pair, diff(*pair).beside, "fr") for pair in pairs]

    assert [[(as_typed(one.was), as_typed(one.becomes)) for one in some] for some in told] == [
        [("", "Ajout : 2 mars 2026")], [("Suppression : 2 mars 2026", "")],
    ]  # fmt: skip


def test_a_party_that_has_left_is_asked_and_does_not_sign() -> None:
    """What it may no longer receive is its to know of."""
    parties = {code: name for code, name in second().party_labels.items() if code != "association"}
    new = replace(second(), party_labels=parties)

    *others, gone = consulted(diff(second(), new), "en")

    assert (gone["party"], gone["signs"]) == ("Partner associations", "")
    assert all(one["signs"] for one in others)


DESKS: Final = tuple(f"N{number}" for number in range(MAX_ROLES - 17))
ACTS: Final = tuple(
    (event, purpose)
    for event, purpose in product(EVENT_TYPES, PURPOSES)
    if event not in ("STAT", "EVALREP", "COORD", "MISSING") and purpose != "adapt_measure"
)
DUTIES: Final = "".join(
    f"\n      - {{act: ACK:{one}|{other}, debtor: recipient, creditor: issuer, within: 1wd}}"
    for one, other in product(("accepted", "declined", "started", "decided"), repeat=2)
)


def wide(grants: int) -> bytes:
    """A coherent file of as many roles as may be, and clauses between each half of the new ones."""
    half = len(DESKS) // 2
    senders, readers = ", ".join(DESKS[:half]), ", ".join(DESKS[half:])
    promise = f"    never: {{to: [POL], from: [{senders}]}}\n"
    promises = "".join(
        f"  - id: J{number}\n    sentence: {{fr: Rien., en: Nothing.}}\n{promise}"
        for number in range(80)
    )
    return amended(
        (LAST, LAST + PARTY, ""),
        ("\n# secrecy: bound", f"{promises}\n# secrecy: bound", ""),
        *(role(name, "hospital") for name in DESKS),
        *(
            clause(f"R{100 + n}", senders, readers, event=event, purpose=purpose, duties=DUTIES)
            for n, (event, purpose) in enumerate(ACTS[:grants])
        ),
    )


@pytest.mark.slow
def test_the_largest_file_is_loaded_and_linted_linear_in_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nearly as many questions, roles, promises, duties as may be; each sentence once."""
    written, data = Mock(side_effect=generate), wide(180)
    monkeypatch.setattr(linting, "generate", written)

    with memory_below(100 << 20):
        found = load(data, "wide.yaml")

    asked = sum(len(grant.issuers) * len(grant.recipients) for grant in found.grants)
    assert 0.95 * MAX_QUESTIONS < asked <= MAX_QUESTIONS
    assert len(found.roles) == MAX_ROLES
    assert lint(found)
    assert written.call_count == 2 * len(found.grants)
