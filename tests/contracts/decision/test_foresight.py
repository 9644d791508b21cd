"""What intake may foresee: never a release that only the router's state can give."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.decision.draft import Draft, DraftAddressee
from contracts.decision.foresight import Foreseen, foresee
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.schema import Ref, desk_urn
from tests.contracts.decision.asking import CONVENTION, DIRECTORIES, EVERYTHING, jti
from tests.contracts.decision.playing import without

ENDS = (Ref(iss=desk_urn("civil", "home"), jti=jti(7)),)


def foreseen(
    issuer: str, etype: str, to: str, purpose: str, declared: dict[str, Any], **more: Any
) -> Foreseen:
    """Of a draft without content to one desk."""
    draft = Draft(
        issuer, "civil", etype, (DraftAddressee(to, purpose),), "case 1",
        declared=Declared.model_validate(declared), **more,
    )  # fmt: skip
    return foresee(CONVENTION, DIRECTORIES["civil"], draft)[0]


@pytest.mark.parametrize(
    ("issuer", "etype", "to", "purpose", "missing", "why"),
    [
        ("home", "MISSING", "pol", "search", "call", reasons.NO_CALL),
        ("ase", "MEASURE", "mo", "aed_home", "parents_agree", reasons.PARENTS_NOT_AGREED),
    ],
)
def test_an_end_that_declares_nothing_depends_on_what_it_ends(
    issuer: str, etype: str, to: str, purpose: str, missing: str, why: str
) -> None:
    """`ends` waives a condition, or content, if it names what the recipient was told of."""
    for declared in (without(missing), EVERYTHING):
        ends = foreseen(issuer, etype, to, purpose, declared, facts={"phase": "end"}, ends=ENDS)
        assert (ends.verdict, ends.reasons) == ("depends", ())
    assert why in foreseen(issuer, etype, to, purpose, without(missing)).reasons


def test_an_end_of_nothing_in_particular_is_no_reason_to_be_empty() -> None:
    """The word alone lets no event without content pass; with what it ends, the router knows."""
    word = foreseen("home", "MISSING", "pol", "search", EVERYTHING, facts={"phase": "end"})

    assert (word.verdict, word.reasons) == ("withhold", (reasons.NO_PARTS,))
