"""Whose access is told: the table read, and refused where it makes no sense or is shown by half."""

from __future__ import annotations

import pytest

from contracts.convention.load import load
from contracts.errors import ConventionError
from services.committee.diff.beside_text import beside
from services.committee.diff.compare import diff
from services.committee.lint.run import PROBLEM, lint
from services.committee.matrix.page import page
from tests.contracts.convention.amended import looked_up, second
from tests.services.texts.typed import as_typed


def test_the_table_says_who_follows_a_case_and_what_is_told() -> None:
    """Without it nobody does; its events of the bus stand in the file, and lint has nothing to say."""
    found = load(looked_up(), "next.yaml")

    assert found.access.reference == ("CRIP", "ASE")
    assert "R25" in found.access.told
    assert {"LOOKUP", "ASK"} <= set(found.system)
    assert (second().access.reference, set(second().system)) == (
        (), {"ACK", "WITHDRAW", "LINK", "UNLINK"},
    )  # fmt: skip
    assert [one for one in lint(found) if one.level == PROBLEM] == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"reference: [CRIP, ASE]", b"reference: []", "no_reference"),
        (b"reference: [CRIP, ASE]", b"reference: [CRYPT]", "unknown_role"),
        (b"told: [R08", b"told: [R99", "unknown_told"),
        (b"told: [R08", b"told: [R44", "unknown_told"),
        (b"told: [R08", b"told: [R09", "repeated_item"),
        (b"  flag: invention\n  note:\n    fr: \"La CRIP", b"  flag: custom\n  note:\n    fr: \"La CRIP", "unknown_flag"),
        (b"  LOOKUP:\n    issuers: [CRIP, ASE]", b"  LOOKUP:\n    issuers: [CRIP]", "system_differs"),
        (b"debtor: recipient, creditor: issuer, within: 5wd}\n    label: {fr: demande",
         b"debtor: recipient, creditor: issuer, within: 9wd}\n    label: {fr: demande", "system_differs"),
        (b"\n  LOOKUP:", b"\n  GLANCE:", "unknown_event"),
        (b"\naccess:\n  reference: [CRIP, ASE]", b"\nstrange:\n  reference: [CRIP, ASE]", "unknown_event"),
    ],
)  # fmt: skip
def test_a_table_that_the_bus_would_not_keep_is_refused_at_its_line(
    old: bytes, new: bytes, code: str
) -> None:
    """Nor do the bus's events stand there without it."""
    assert old in looked_up()
    with pytest.raises(ConventionError) as caught:
        load(looked_up().replace(old, new, 1))

    assert caught.value.code == code
    assert caught.value.line > 0


@pytest.mark.parametrize(
    ("lang", "table", "clause"),
    [
        ("fr", ("Les accès signalés", "R08 ; R09", "Origine de ce choix : proposition.", "CP-IS"),
         "les services de référence qui y interviennent en sont avisés : la CRIP et l'aide sociale à l'enfance."),
        ("en", ("Whose access is told", "R08; R09", "Origin of this choice: proposal.", "CP-IS"),
         "reference services that take part in it are told: the child-concern intake unit (CRIP) and the child welfare service (ASE)."),
    ],
)  # fmt: skip
def test_the_committee_reads_it_on_the_page_and_at_each_clause(
    lang: str, table: tuple[str, ...], clause: str
) -> None:
    """Sixteen clauses say so; without the table the page says nothing of it."""
    found = load(looked_up(), "next.yaml")

    html = as_typed(page(found, lang))

    assert [text for text in table if text not in html] == []
    assert html.count(clause) == len(found.access.told) == 16
    assert 'href="#accesses"' in html
    assert "accesses" not in page(second(), lang)


def test_a_comparison_tells_what_changes_in_it() -> None:
    """Before and now, in words, and no permission is said to change."""
    old = load(looked_up(), "old.yaml")
    new = load(looked_up().replace(b"told: [R08, R09", b"told: [R09"), "new.yaml")
    text = looked_up()
    for named in (b"access:\n  reference", b"  LOOKUP:\n    issuers", b"justify\n    issuers"):
        text = text.replace(named + b": [CRIP, ASE]", named + b": [CRIP]")
    fewer = load(text, "fewer.yaml")

    told, roles = diff(old, new), diff(old, fewer)

    assert told.changes == roles.changes == ()
    (line,) = beside(told, "en")
    assert line.what == "Clauses whose first access is told"
    assert ("R08" in line.was, "R08" in line.becomes) == (True, False)
    (other,) = beside(roles, "en")
    assert (as_typed(other.was), as_typed(other.becomes)) == (
        "Before: Child welfare service (ASE); Child-concern intake unit (CRIP)",
        "Now: Child-concern intake unit (CRIP)",
    )
