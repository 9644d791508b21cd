"""The comparison of two versions: complete, true of its own examples, and blind to mere words."""

from __future__ import annotations

import copy
from functools import cache, lru_cache
from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from contracts.convention.load import load
from contracts.conventions import SECOND, read, shipped
from contracts.vocabulary.scopes import SCOPES
from services.committee.diff.beside_text import beside
from services.committee.diff.change_text import same_text, sentence
from services.committee.diff.compare import Diff, diff
from services.committee.diff.example import command, example
from services.committee.diff.page import page, wire
from tests.contracts.convention import second_reader
from tests.contracts.convention.amended import second
from tests.contracts.convention.kit import convention
from tests.contracts.convention.mutating import Data, loaded, plain, rewritten, versions
from tests.services.committee.matrix.test_matrix import Outline
from tests.services.texts.typed import as_typed

FAR = settings(
    max_examples=15, suppress_health_check=[HealthCheck.filter_too_much]
)  # fmt: skip
Rules = dict[second_reader.Question, dict[str, frozenset[str]]]  # scope -> conditions
ANSWERS = {"copy_of", "own_ip", "own_report", "own_st"}


@cache
def shipped_diff() -> Diff:
    """The first version against the second."""
    return diff(convention(), second())


@lru_cache(maxsize=8)
def rules(text: bytes) -> Rules:
    """The second reader's table: what passes, on which conditions."""
    return {
        question: {scope: frozenset(said["conditions"]) for scope, said in answers.items()}
        for question, answers in second_reader.table(text).items()
    }


def patched(old: Rules, changes: dict[str, Any]) -> Rules:
    """The old rules with what a comparison states, and nothing else, applied."""
    rules = copy.deepcopy(old)
    for group in ("harder", "easier"):
        for change in changes[group]:
            if change["kind"] != "condition":
                continue
            named = {change["condition"]}
            for question in asked(change):
                for scope, held in rules[question].items():
                    rules[question][scope] = held | named if group == "harder" else held - named
    for change in changes["closed"]:
        for question in asked(change):
            for scope in change["scopes"]:
                del rules[question][scope]
    for change in changes["opened"]:
        for question in asked(change):
            for scope in change["scopes"]:
                own = rules.setdefault(question, {})
                assert scope not in own
                own[scope] = frozenset(change.get("conditions", ()))
    return rules


def asked(change: dict[str, Any]) -> list[second_reader.Question]:
    """Every question that a change names; none if it is of the file as a whole."""
    if "realm" not in change:
        return []
    return [
        (change["realm"], issuer, change["event"], change["purpose"], recipient)
        for issuer, recipient in product(change["issuers"], change["recipients"])
    ]


def passes(rules: Rules, question: second_reader.Question, scope: str, facts: set[str]) -> bool:
    """Whether a scope is released where these conditions, and no others, are met."""
    conditions = rules.get(question, {}).get(scope)
    return conditions is not None and conditions <= facts


def differing(one: Rules, other: Rules) -> list[tuple[Any, ...]]:
    """Brute force: every question and scope under every valuation of the conditions."""
    found = []
    for question in {*one, *other}:
        for scope in SCOPES:
            held = [
                table[question][scope] for table in (one, other) if scope in table.get(question, {})
            ]
            named = frozenset[str]().union(*held)
            # A judge has part in a case only by a measure: the valuation in which it passes names
            # both.
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
def owed(text: bytes) -> dict[second_reader.Question, dict[str, Any]]:
    """Retention, duties and assignments of each question, read plainly."""
    found = {}
    for grant in second_reader.grants(text):
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


KINDS = {
    "keep": {"retention"}, "duties": {"duty", "deadline"}, "assigns": {"assignment"},
    "basis": {"basis"}, "clause": {"clause"},
}  # fmt: skip


@pytest.mark.slow
@given(versions())
@FAR
def test_no_difference_is_missed_and_none_is_invented(data: Data) -> None:
    """The old rules with the stated changes are the new rules, under every valuation."""
    text, changed = loaded(data)

    found = wire(diff(convention(), changed))

    assert differing(patched(rules(shipped()), found), rules(text)) == []
    really = bool(differing(rules(shipped()), rules(text)))
    kinds = {one["kind"] for g in ("opened", "closed", "harder", "easier") for one in found[g]}
    assert really == bool(kinds & {"scopes", "condition"})


@pytest.mark.slow
@given(versions())
@FAR
def test_deadlines_retention_participants_and_bases_are_compared_for_each_question(
    data: Data,
) -> None:
    """Where a plain reading of both files differs, a change names that question, and only there."""
    text, changed = loaded(data)
    before, after = owed(shipped()), owed(text)

    found = wire(diff(convention(), changed))

    for name, kinds in KINDS.items():
        named = {
            question
            for group in ("harder", "easier", "otherwise")
            for change in found[group]
            if change["kind"] in kinds
            for question in asked(change)
        }
        expected = {q for q in before.keys() & after.keys() if before[q][name] != after[q][name]}
        expected = {q for q in expected if satisfiable(text, q) and satisfiable(shipped(), q)}
        assert named == expected, name


def satisfiable(text: bytes, question: second_reader.Question) -> bool:
    """Whether any event can meet the conditions of an answer."""
    held = rules(text)[question]
    return all(possible({*one, "measure_open"}, question[-1]) for one in held.values())


@pytest.mark.slow
@given(rewritten())
@settings(max_examples=15)
def test_order_and_wording_make_no_difference(data: Data) -> None:
    """Shuffled, relabelled, one grant written as two: nothing but words has changed."""
    _, changed = loaded(data)

    found = diff(convention(), changed)

    assert found.changes == ()
    assert (found.same, found.opens) == (True, False)


def test_a_file_equals_itself_and_says_so() -> None:
    """In both languages."""
    found = wire(diff(convention(), convention()))

    assert found["same"]
    assert found["text"] == {
        "fr": "Aucune différence dans ce qui peut être partagé.",
        "en": "No difference in what may be shared.",
    }
    assert same_text("en") == found["text"]["en"]


def test_the_second_version_is_told_as_a_lawyer_would() -> None:
    """What it opens, closes, makes harder and easier, by clause."""
    told = {
        (change.group, change.atom.kind, change.clause)
        for change in shipped_diff().changes
        if change.group != "otherwise"
    }
    opened = (
        9, 10, 11, 15, 17, 28, 33, 35, 37, 39, 41, 42, 43, 46, 47, 48, 49, 50,
    )  # fmt: skip

    assert told == {
        *(("opened", "scopes", f"R{number:02}") for number in opened),
        *(("easier", kind, f"R{n:02}") for n in (8, 9, 10) for kind in ("condition", "deadline")),
        ("harder", "duty", "R10"),
        ("opened", "access", ""),  # the table that a new home has already
    }


def test_the_other_way_round_opened_is_closed_and_harder_is_easier() -> None:
    """The comparison has no favourite."""
    back = diff(second(), convention())
    mirror = {"opened": "closed", "closed": "opened", "harder": "easier", "easier": "harder"}

    def told(found: Diff) -> set[tuple[str, ...]]:
        return {(c.group, c.atom.kind, c.clause) for c in found.changes if c.group in mirror}

    assert told(back) == {(mirror[g], kind, clause) for g, kind, clause in told(shipped_diff())}


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("calendar", "holidays", "2026"), ["01-01", "03-02"], "+ calendar.holidays: 2026-01-01, "),
        (("id",), "autre", "+ id: autre"),
        (("effective",), "2026-02-01", "+ effective: 2026-02-01"),
        (("roles", "PSP", "secrecy"), "mission", "+ roles.PSP.secrecy: mission"),
        (
            ("parties", "city"), {"fr": "Ville de Bobigny", "en": "City of Bobigny"},
            "+ parties.city.fr: Ville de Bobigny",
        ),
        (("system", "WITHDRAW", "sentence", "fr"), "Autrement.", (
            "+ system.WITHDRAW.sentence.fr: Autrement."
        )),
        (("scopes", "IDENTITY", "fr"), "identités", "+ scopes.IDENTITY.fr: identités"),
        (("texts", "CASF-L226-3", "fr"), "Autre.", "+ texts.CASF-L226-3.fr: Autre."),
    ],
)  # fmt: skip
def test_what_stands_beside_the_permissions_is_a_line(
    path: tuple[str, ...], value: Any, line: str
) -> None:
    """Signatories, roles, calendar, texts, the bus's words, labels: old and new line."""
    data = plain()
    *folders, last = path
    place = data
    for name in folders:
        place = place[name]
    place[last] = place[last] + value[1:] if path[0] == "calendar" else value
    _, changed = loaded(data)

    found = diff(convention(), changed)

    assert found.changes == ()
    assert any(one.startswith(line) for one in found.lines), found.lines
    assert {one.split(":")[0][2:] for one in found.lines} == {line.split(":")[0][2:]} | (
        {"parties.city.en"} if "city" in path else set()
    )
    assert found.same
    assert not found.opens


def test_a_version_that_names_another_than_the_one_before_is_told() -> None:
    """Whom it follows is a line if it is not the version that it is compared with."""
    named = load(read(SECOND).replace(convention().digest.encode(), b"A" * 43), "other.yaml")

    told = [one for one in diff(convention(), named).lines if "predecessor" in one]

    assert told == [f"+ predecessor: {'A' * 43}"]
    assert not [one for one in shipped_diff().lines if "predecessor" in one]


def test_the_mutator_writes_what_it_read() -> None:
    """An unchanged file, written again, means the same: the tests above compare changes alone."""
    text, again = loaded(plain())

    assert yaml.safe_load(text)["id"] == "seine-saint-denis"
    assert diff(convention(), again).changes == ()


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_page_is_self_contained_and_holds_every_sentence_example_command_and_line(
    lang: str,
) -> None:
    """No script, nothing loaded, nothing of the comparison left out."""
    found = shipped_diff()
    written = page(found, lang)
    outline = Outline()
    outline.feed(written)
    outline.close()

    assert outline.open == []
    assert not {"script", "link", "img", "iframe"} & set(outline.tags)
    hrefs = {value for name, value in outline.attributes if name == "href"}
    assert hrefs <= {f"#{value}" for name, value in outline.attributes if name == "id"}
    for change in found.changes:
        for text in (
            sentence(found.old, found.new, change, lang),
            example(found, change, lang),
            command(found, change),
        ):
            assert as_typed(text) in outline.text
    for one in beside(found, lang):
        assert all(as_typed(text) in outline.text for text in (one.what, one.was, one.becomes))
