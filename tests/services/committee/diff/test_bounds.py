"""What a convention file may cost: it is loaded before anybody's signature is asked for."""

from __future__ import annotations

import tracemalloc
from itertools import product
from typing import Final
from unittest.mock import Mock

import pytest

from contracts.convention.load import MAX_QUESTIONS, MAX_ROLES, load
from contracts.errors import ConventionError
from contracts.vocabulary.scopes import EVENT_TYPES, PURPOSES
from services.committee.diff import compare as comparing
from services.committee.diff.change import atoms
from services.committee.lint import run as linting
from services.committee.lint.run import lint
from services.committee.texts.clause_sentence import generate
from tests.contracts.convention.amended import amended, clause, role
from tests.contracts.convention.hospital import LAST, PARTY
from tests.steps import counted

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
    tracemalloc.start()

    found = load(data, "wide.yaml")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    asked = sum(len(grant.issuers) * len(grant.recipients) for grant in found.grants)
    assert 0.95 * MAX_QUESTIONS < asked <= MAX_QUESTIONS
    assert len(found.roles) == MAX_ROLES
    assert peak < 100 << 20
    assert lint(found)
    assert written.call_count == 2 * len(found.grants)


def test_questions_that_the_same_clauses_answer_are_compared_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twenty-three senders of one clause: who asks makes no difference to what has changed."""
    compared, data = Mock(side_effect=atoms), wide(4)
    monkeypatch.setattr(comparing, "atoms", compared)
    first, last = data.index(b"  - id: R100"), data.index(b"# The bus's own events:")
    wider = data[first:last].replace(b"scopes: [FACTS]", b"scopes: [FACTS, RISK.level]")
    old, new = load(data, "old.yaml"), load(data[:first] + wider + data[last:], "new.yaml")

    opened = comparing.diff(old, new).of("opened")

    assert sum(len(one.issuers) * len(one.recipients) for one in opened) == 4 * 23 * 24
    assert compared.call_count <= len(
        {(grant.id, r) for grant in new.grants for r in grant.recipients}
    )


@pytest.mark.slow
def test_a_calendar_of_thousands_of_years_is_checked_in_steps_that_grow_with_it() -> None:
    """Each year used to look through the days of all others."""
    years = range(2032, 6500)
    days = "01-01, 05-01, 05-08, 07-14, 08-15, 11-01, 11-11, 12-25, 12-26, 12-27"
    holidays = "".join(f"    {year}: [{days}]\n" for year in years)
    changes = "".join(
        f'    {year}-03-29T01:00:00Z: "+02:00"\n    {year}-10-25T01:00:00Z: "+01:00"\n'
        for year in years
    )
    data = amended(
        ("last: 2031-12-31", "last: 6500-12-31", ""),
        ("  offsets:\n", f"{holidays}  offsets:\n", ""),
        ("\n\n# basis: why", f"\n{changes}\n# basis: why", ""),
    )
    with counted() as steps, pytest.raises(ConventionError) as caught:
        load(data, "wide.yaml")

    assert caught.value.got == "6500 without both clock changes"
    assert steps.number < 1_000 * len(years)
