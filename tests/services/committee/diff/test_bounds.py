"""What a convention file may cost: it is loaded before anybody's signature is asked for."""

from __future__ import annotations

import tracemalloc
from itertools import product
from typing import Final
from unittest.mock import Mock

import pytest

from contracts.convention.checks.coherence import MAX_QUESTIONS
from contracts.convention.load import MAX_ROLES, load
from contracts.vocabulary.scopes import EVENT_TYPES, PURPOSES
from services.committee.lint import run as linting
from services.committee.lint.run import lint
from services.committee.texts.clause_sentence import generate
from tests.contracts.convention.amended import amended, clause, role
from tests.contracts.convention.hospital import LAST, PARTY

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
