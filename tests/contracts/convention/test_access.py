"""Whose access is told: the table read, and refused where it makes no sense or is shown by half."""

from __future__ import annotations

import pytest

from contracts.convention.load import load
from services.committee.diff.compare import diff
from services.committee.lint.run import PROBLEM, lint
from services.committee.matrix.rows import matrix
from tests.contracts.convention.amended import looked_up
from tests.contracts.convention.kit import convention
from tests.services.texts.typed import as_typed

pytestmark = pytest.mark.slow


def test_the_table_says_who_follows_a_case_and_what_is_told() -> None:
    """Without it nobody does; its events of the bus are in the file, and lint is silent."""
    found = load(looked_up(), "next.yaml")

    assert found.access.reference == ("CRIP", "ASE")
    assert "R25" in found.access.told
    assert {"LOOKUP", "ASK"} <= set(found.system)
    assert (convention().access.reference, set(convention().system)) == (
        (), {"ACK", "WITHDRAW", "LINK", "UNLINK"},
    )  # fmt: skip
    assert [one for one in lint(found) if one.level == PROBLEM] == []


def test_a_comparison_tells_who_newly_learns_of_accesses_and_what_they_no_longer_learn() -> None:
    """Fewer clauses or roles close something, more open it; no clause is said to change."""
    new = load(looked_up(), "new.yaml")
    clauses = load(looked_up().replace(b"told: [R08, R09", b"told: [R09"), "clauses.yaml")
    text = looked_up()
    for named in (b"access:\n  reference", b"  LOOKUP:\n    issuers", b"justify\n    issuers"):
        text = text.replace(named + b": [CRIP, ASE]", named + b": [CRIP]")
    roles = load(text, "roles.yaml")

    for fewer, what, name in ((clauses, "told", "R08"), (roles, "reference", "ASE")):
        (more,), (less,) = diff(fewer, new).changes, diff(new, fewer).changes
        assert (more.atom.what, more.group, more.atom.opens) == ((what, name), "opened", True)
        assert (less.atom.what, less.group, less.atom.opens) == ((what, name), "closed", False)
        assert diff(fewer, new).beside == ()


@pytest.mark.parametrize(
    ("lang", "motive"), [("fr", "il suit l'enfant"), ("en", "it follows the child")]
)
def test_the_signed_sentence_on_acknowledgements_names_the_motive(lang: str, motive: str) -> None:
    """Where an access can be asked about; lint holds the file to it, or to what was before."""
    found = load(looked_up(), "next.yaml")
    unsaid = looked_up().replace(
        b"justifi\xc3\xa9 \xc2\xbb, par un seul", b"justifi\xc3\xa9 \xc2\xbb, par un"
    )

    assert motive in as_typed(found.system["ACK"].sentence[lang])
    assert motive not in as_typed(convention().system["ACK"].sentence[lang])
    assert unsaid != looked_up()
    assert [one.code for one in lint(load(unsaid)) if one.level == PROBLEM] == ["sentence_differs"]


def test_the_rows_of_the_matrix_say_who_is_told() -> None:
    """As the page does: programs read it too."""
    told = {row["clause"]: row["first_access"] for row in matrix(load(looked_up(), "next.yaml"))}

    assert {clause for clause, roles in told.items() if roles} == set(load(looked_up()).access.told)
    assert (told["R08"], told["R12"]) == (["CRIP", "ASE"], [])
    assert {tuple(row["first_access"]) for row in matrix(convention())} == {()}
