"""Clauses that others, one or several together, make needless."""

from __future__ import annotations

import re
from itertools import combinations, product

import pytest

from contracts.convention.load import load
from contracts.convention.model import Convention, Grant
from contracts.conventions import SECOND, SHIPPED, read
from contracts.vocabulary.scopes import PURPOSES
from services.committee.lint.finding import PROBLEM
from services.committee.lint.redundant_clauses import covered
from tests.contracts.convention.amended import SECOND_TEXT, amended, clause

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
    assert one.facts[0] == "R101, R102"
    assert "déjà permis par R101, R102" in one.what("fr")
    assert one.mend("fr") == (
        "la retirer, ou dire ce que la finalité « piloter la convention » demande de plus que "
        "« observer la protection de l'enfance », « rendre compte de l'avancement »"
    )
    assert one.mend("en") == (
        "leave it out, or say what the purpose “steer the convention” needs that “observe child "
        "protection”, “report on progress” does not"
    )


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


def twin(clause_id: str, purpose: str, *edits: tuple[str, str]) -> str:
    """The second version, and as R100 a copy of a clause, for another purpose."""
    start = SECOND_TEXT.index(f"  - id: {clause_id}\n")
    block = SECOND_TEXT[start : SECOND_TEXT.index("  - id: ", start + 1)]
    block = re.sub(r"purpose: \w+", f"purpose: {purpose}", block.replace(clause_id, "R100", 1))
    for old, new in edits:
        block = block.replace(old, new)
    return SECOND_TEXT[:start] + block + SECOND_TEXT[start:]


@pytest.mark.parametrize(
    ("clause_id", "purpose"),
    [("R18", "contribute"), ("R08", "assess"), ("R22", "close_loop")],
)
def test_of_two_alike_the_one_whose_number_counts_is_kept(clause_id: str, purpose: str) -> None:
    """A duty names R18, copies and answers look for R08 and R22: the other is to be left out."""
    one = load(twin(clause_id, purpose).encode(), "cover.yaml")

    found = list(covered(one))

    assert [(each.code, each.grant, each.facts[0]) for each in found] == [
        ("clause_adds_nothing", "R100", clause_id)
    ]


def test_a_clause_that_a_duty_names_is_never_to_be_left_out() -> None:
    """A wider one makes it needless, but the file would not load without it: narrow the wider one."""
    wider = twin("R18", "contribute", ("[secrecy, assigned]", "[assigned]"))

    (found,) = covered(load(wider.encode(), "cover.yaml"))

    assert (found.level, found.code, found.grant) == (PROBLEM, "clause_adds_its_number", "R18")
    assert found.mend("fr").startswith("la garder ; restreindre R100, ou dire ce que la finalité")
    assert found.mend("en").startswith("keep it; narrow R100, or say what the purpose")


@pytest.mark.parametrize("name", [SHIPPED, SECOND])
def test_no_shipped_clause_is_needless(name: str) -> None:
    """Each lets something through that all others together do not."""
    assert needless(load(read(name), name)) == {}
