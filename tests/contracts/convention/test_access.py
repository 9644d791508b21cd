"""Reference services of a case: the table read, compared, and held to its sentence."""

from __future__ import annotations

import pytest

from contracts.convention.load import load
from services.committee.diff.compare import diff
from services.committee.lint.run import PROBLEM, lint
from tests.contracts.convention.amended import looked_up
from tests.contracts.convention.kit import convention

pytestmark = pytest.mark.slow


def test_the_table_says_who_may_look_up_a_case() -> None:
    """Without it nobody may; the look-up is in the file with it, and lint is silent."""
    found = load(looked_up(), "next.yaml")

    assert found.reference == ("CRIP", "ASE")
    assert set(found.system) == {"ACK", "WITHDRAW", "LINK", "UNLINK", "LOOKUP"}
    assert (convention().reference, set(convention().system)) == (
        (), {"ACK", "WITHDRAW", "LINK", "UNLINK"},
    )  # fmt: skip
    assert [one for one in lint(found) if one.level == PROBLEM] == []


def test_a_comparison_tells_which_roles_may_newly_look_cases_up_and_which_no_longer() -> None:
    """Fewer roles close something, more open it; nothing else is said to change."""
    new, text = load(looked_up(), "new.yaml"), looked_up()
    for named in (b"access:\n  reference", b"  LOOKUP:\n    issuers"):
        text = text.replace(named + b": [CRIP, ASE]", named + b": [CRIP]")
    fewer = load(text, "roles.yaml")

    (more,), (less,) = diff(fewer, new).changes, diff(new, fewer).changes

    assert (more.atom.what, more.group, more.atom.opens) == (("ASE",), "opened", True)
    assert (less.atom.what, less.group, less.atom.opens) == (("ASE",), "closed", False)
    assert diff(fewer, new).beside == ()


def test_a_file_whose_look_up_promises_more_than_the_bus_answers_has_a_problem() -> None:
    """The parties sign the sentence: it is held to what is done."""
    more = looked_up().replace(b"part in it, and\n        nothing else.", b"part in it, and why.")

    assert more != looked_up()
    assert [one.code for one in lint(load(more)) if one.level == PROBLEM] == ["sentence_differs"]
