"""What lint finds in a convention that loads."""

from __future__ import annotations

from dataclasses import replace

from contracts.convention.lint import NOTE, PROBLEM, lint
from contracts.convention.load import load
from contracts.convention.sentences import generate
from tests.contracts.convention.kit import changed, convention, text

# The shipped file's findings, each true on purpose: the reason stands beside it.
SHIPPED_NOTES = {
    "calendar_ends",  # 2031 is far enough for a version that will be replaced
    "never_released",  # FACTS.source and HEALTH as a whole: deliberately (rules.md, Scopes)
    "text_not_checked",  # no lawyer has read it: said in the file and in SECURITY.md
    "reply_elsewhere",  # R26 and R27 discharge the judge's duty to whomever they go (rules.md)
    "basis_ends",  # the criminal-procedure code is renumbered on 1 January 2029
}


def codes(data: bytes) -> set[tuple[str, str]]:
    """(level, code) of the findings of a file."""
    return {(finding.level, finding.code) for finding in lint(load(data, "changed.yaml"))}


def test_the_shipped_convention_has_no_problem_and_only_known_notes() -> None:
    """Its findings are listed with their reasons."""
    findings = lint(convention())

    assert {finding.code for finding in findings} == SHIPPED_NOTES
    assert {finding.level for finding in findings} == {NOTE}


def test_a_sentence_that_does_not_say_what_the_data_say_is_a_problem() -> None:
    """One word less in the text, and one recipient less in the data."""
    word = changed("Exclus : santé", "Santé", "R01")
    data = changed("recipients: [CRIP, ASE]", "recipients: [CRIP]", "R20")

    assert (PROBLEM, "sentence_differs") in codes(word)
    assert (PROBLEM, "sentence_differs") in codes(data)


def test_the_finding_gives_the_sentence_that_the_data_make() -> None:
    """What to write is in the finding, at the clause's line."""
    changed_file = load(changed("Exclus : santé", "Santé", "R01"), "changed.yaml")

    (finding,) = [f for f in lint(changed_file) if f.code == "sentence_differs"]

    assert generate(changed_file, changed_file.grants[0], "fr") in finding.mend
    assert text().splitlines()[finding.line - 1] == "  - id: R01"


def test_a_narrow_scope_beside_its_base_adds_nothing() -> None:
    """FACTS already releases FACTS.summary."""
    data = changed("SCHOOLING, FACTS, RISK", "SCHOOLING, FACTS, FACTS.summary, RISK", "R01")

    assert (PROBLEM, "scope_adds_nothing") in codes(data)


def test_a_basis_that_ends_without_successor_is_a_problem() -> None:
    """A text that leaves force while the convention runs must name what follows it."""
    data = changed("    successor: CPP2029-L3133-22\n", "")

    assert (PROBLEM, "basis_ends") in codes(data)
    assert (NOTE, "text_unused") in codes(data)


def test_a_role_that_receives_but_never_sends_is_noted() -> None:
    """A desk that can be told and cannot answer."""
    shipped = convention()
    grants = tuple(grant for grant in shipped.grants if "PJJ" not in grant.issuers)

    found = {(f.code, "PJJ" in f.what) for f in lint(replace(shipped, grants=grants))}

    assert ("never_answers", True) in found


def test_a_label_unlike_the_one_in_code_is_noted() -> None:
    """Texts shown without a convention at hand should say the same."""
    data = changed("{fr: identité, en: identity}", "{fr: identité civile, en: identity}")

    assert (NOTE, "label_differs") in codes(data)
