"""Why a proof does not hold, as a lawyer reads it: never English in French, and never a key's secret."""

from __future__ import annotations

import pytest

from contracts.errors import ProofError
from services.cli.common.output import Lang, in_words
from tests.services.texts.typed import as_typed


@pytest.mark.parametrize(
    ("error", "french"),
    [
        (ProofError("not_included", "another root"), "Redemandez la preuve."),
        (ProofError("proof_wrong_length", "2 hashes", "fewer"), "Redemandez la preuve."),
        (ProofError("signature_wrong", "another's", "of the note", "relais.x/police"),
         "La signature de la police ne couvre pas ce texte : le point de contrôle a été modifié."),
        (ProofError("signature_wrong", "another's", "of the note", "relais.x/civil-0"),
         "La signature de relais.x/civil-0 ne couvre pas ce texte"),
        (ProofError("quorum_missed", "3", "4 of 5"), "(3 ; il en faut 4)."),
        (ProofError("policy_not_signed", "jws_malformed", "the owners' signature"),
         "Les donneurs d'ordre n'ont pas signé cette politique : elle a pu être changée."),
        (ProofError("proof_malformed", "other lines", "index", "path"),
         "Redemandez-le. Pour un technicien : proof_malformed at path: got other lines, expected index."),
    ],
)  # fmt: skip
def test_each_cause_is_told_in_french_with_its_code(error: ProofError, french: str) -> None:
    """And with what to do, where something can be done."""
    said = as_typed(in_words(error, Lang.FR))

    assert said.startswith(f"{error.code}. ")
    assert french in said


def test_in_english_a_rare_cause_is_told_as_programs_tell_it() -> None:
    """Nothing of got and expected is lost."""
    error = ProofError("name_twice", "w0", "another name", "line 3")

    assert in_words(error, Lang.EN) == error.describe()
