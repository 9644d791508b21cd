"""Clauses that others, one or several together, make needless."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from contracts.convention.finding import PROBLEM
from contracts.convention.lint_cover import covered
from contracts.convention.load import load
from contracts.convention.model import Convention, Grant
from contracts.conventions import SECOND, SHIPPED, read
from contracts.scopes import PURPOSES
from tests.contracts.convention.amended import amended, clause

Row = tuple[str, str, str]  # purpose, readers, scopes
ONE: Row = ("steer", "MO, HOME", "FACTS, RISK")  # the last by its purpose: the first to be left out
READERS: tuple[Row, ...] = (("observe", "MO", "FACTS, RISK"), ("progress", "HOME", "FACTS, RISK"))
SCOPES: tuple[Row, ...] = (("observe", "MO, HOME", "FACTS"), ("progress", "MO, HOME", "RISK"))


def file(*rows: Row, **fields: str) -> Convention:
    """The second version, and clauses R100 … by which the ASE sends feedback.

    Args:
        fields: of the first of them alone.
    """
    edits = [
        clause(
            f"R{100 + n}", "ASE", readers, purpose=purpose, scopes=f"[{scopes}]",
            **(fields if n == 0 else {}),
        )
        for n, (purpose, readers, scopes) in enumerate(rows)
    ]  # fmt: skip
    return load(amended(*edits), "cover.yaml")


def needless(convention: Convention) -> dict[str, str]:
    """Id of each clause that is found -> ids of those that cover it."""
    return {one.grant: one.facts[0] for one in covered(convention)}


def passing(grants: list[Grant]) -> set[tuple[str, ...]]:
    """All that clauses let pass, whatever the purpose, and what follows from it."""
    return {
        (one.realm, one.event, issuer, recipient, scope, str(one.conditions), str(one.duties))
        for one in grants
        for issuer, recipient, scope in product(one.issuers, one.recipients, one.released)
    }


@pytest.mark.parametrize("others", [READERS, SCOPES], ids=["readers", "scopes"])
def test_a_clause_that_two_others_cover_together_is_found(others: tuple[Row, ...]) -> None:
    """Each covers a part of it, its readers or its scopes; both are named."""
    found = list(covered(file(ONE, *others)))

    (one,) = found

    assert (one.level, one.code, one.grant) == (PROBLEM, "clause_adds_nothing", "R100")
    assert one.facts == ("R101, R102", "steer", "observe, progress")
    assert "déjà permis par R101, R102" in one.what("fr")


@pytest.mark.parametrize("others", [READERS, SCOPES], ids=["readers", "scopes"])
@pytest.mark.parametrize("left", [0, 1])
def test_one_of_them_alone_covers_it_not(others: tuple[Row, ...], left: int) -> None:
    """A reader or a scope is then its own."""
    assert needless(file(ONE, others[left])) == {"R101": "R100"}


@pytest.mark.parametrize(
    "fields",
    [
        {"keep": "P7"},
        {"assigns": "[recipient]"},
        {"duties": "[{act: ACK:received, debtor: recipient, creditor: issuer, within: 1wd}]"},
        {"event": "COORD"},
    ],
)
def test_what_has_other_consequences_is_not_covered(fields: dict[str, str]) -> None:
    """Retention, participants, duties, or another act."""
    assert needless(file(ONE, *READERS, **fields)) == {}


def test_harder_conditions_are_covered_and_easier_ones_are_not() -> None:
    """What passes under a condition passes by others without it."""
    assert needless(file(ONE, *READERS, conditions="[secrecy]")) == {"R100": "R101, R102"}
    harder = ("observe", "MO, HOME", "FACTS, RISK")
    assert needless(file(harder, ONE, conditions="[secrecy]")) == {"R100": "R101"}


def test_one_that_covers_all_is_named_alone() -> None:
    """Though two others would do together."""
    found = needless(file(ONE, *READERS, ("execute", "MO, HOME, PMI", "FACTS, RISK, FAMILY")))

    assert found["R100"] == "R103"


def test_a_narrower_clause_is_found_whatever_its_purpose_is_called() -> None:
    """The wider one comes later in the alphabet."""
    assert needless(file(("assess", "MO", "FACTS"), ONE)) == {"R100": "R101"}


def test_of_clauses_that_cover_one_another_some_are_left() -> None:
    """Any two of the three do; all that are found can be left out at once."""
    rows = [
        (purpose, ", ".join(pair), "FACTS")
        for purpose, pair in zip(PURPOSES[-3:], combinations(("MO", "HOME", "PMI"), 2), strict=True)
    ]
    one = file(*rows)

    found = needless(one)

    assert len(found) == 1
    left = [grant for grant in one.grants if grant.id not in found]
    assert passing(left) == passing(list(one.grants))


@pytest.mark.parametrize("name", [SHIPPED, SECOND])
def test_no_shipped_clause_is_needless(name: str) -> None:
    """Each lets something through that all others together do not."""
    assert needless(load(read(name), name)) == {}
