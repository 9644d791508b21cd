"""A scope for which a hybrid seal is required: withheld otherwise, and not published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from contracts.convention.model import Convention
from contracts.decision.decide import decide
from contracts.decision.draft import Draft, DraftAddressee, Portion
from contracts.decision.foresight import foresee
from contracts.encoding import b64u
from contracts.errors import ConventionError
from contracts.keys.sealing_kinds import HYBRID
from contracts.vocabulary.conditions import Declared
from tests.contracts.convention.amended import of
from tests.contracts.decision.asking import AT, DIRECTORIES, EVERYTHING, event, fresh
from tests.contracts.envelope.kit import Note

REQUIRED: Final = ("FACTS: {fr", "FACTS: {hybrid: required, fr", "")
TO: Final[dict[str, Any]] = {"role": "CRIP", "purpose": "assess", "scopes": ("FACTS", "IDENTITY")}


def convention() -> Convention:
    """The second version, in which facts go to hybrid keys alone."""
    return of(REQUIRED)


def directory(alg: str) -> Any:
    """The desks, the CRIP's keys for an algorithm."""
    whole = DIRECTORIES["civil"]
    keys = {
        kid: replace(key, alg=alg) if key.owner.endswith(":crip") else key
        for kid, key in whole.encryption.items()
    }
    return replace(whole, encryption=type(whole.encryption)(apart=keys))


@pytest.mark.parametrize("alg", [HYBRID, "ECDH-ES+A256KW"])
def test_a_part_that_is_sealed_otherwise_is_withheld(alg: str) -> None:
    """With its reason; the other parts of the event pass as ever."""
    sent = event("EDU-S", "IP", [TO], declared=EVERYTHING)

    (outcome,) = decide(convention(), directory(alg), fresh(), sent, AT).outcomes

    if alg == HYBRID:
        assert (outcome.released, outcome.withheld) == (("FACTS", "IDENTITY"), {})
    else:
        assert outcome.released == ("IDENTITY",)
        assert outcome.withheld == {"FACTS": ("not_hybrid",)}


@pytest.mark.parametrize("alg", [HYBRID, "ECDH-ES+A256KW"])
def test_it_is_not_even_published_to_a_desk_without_such_a_key(alg: str) -> None:
    """Intake leaves it out, and says why."""
    body = b64u(bytes(16))
    portions = {scope: Portion(Note(text=body), ()) for scope in TO["scopes"]}
    draft = Draft(
        "edu-s", "civil", "IP", (DraftAddressee("crip", "assess", portions),), "case 1",
        declared=Declared.model_validate(EVERYTHING),
    )  # fmt: skip

    (ahead,) = foresee(convention(), directory(alg), draft)

    assert ahead.withheld == ({} if alg == HYBRID else {"FACTS": ("not_hybrid",)})
    assert "IDENTITY" in ahead.scopes


def test_conventions_without_it_ask_nothing() -> None:
    """The shipped ones; and what is no way to seal does not load."""
    assert of().hybrid == frozenset()
    assert convention().hybrid == {"FACTS"}
    with pytest.raises(ConventionError, match="unknown_sealing"):
        of(("FACTS: {fr", "FACTS: {hybrid: perhaps, fr", ""))
