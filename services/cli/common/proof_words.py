"""Why a proof does not hold, one sentence a cause, and what to do: in English, and the catalogue's French.

Reviewed as text. `{got}` and `{least}` are the error's numbers, `{place}` whose signature or which part it was.
"""

from __future__ import annotations

from typing import Final

from contracts.errors import ProofError
from services.committee.texts.labels import agency_name
from services.labels.code_labels import AGENCY_NAMES
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_ALTERED: Final = _(
    "The record, its number or the path was altered: it is not in this log. Ask for the proof again."
)
_STRANGE: Final = _(
    "No log that the policy knows has signed this checkpoint: it is of another log, or the policy is another."
)
_FORKED: Final = _(
    "These checkpoints contradict each other: the log was rewritten or shortened. Keep both files and tell the owners."
)
_OTHER: Final = _(
    "A file does not have the form that it must have, or does not fit the others: it is another one, damaged or altered. Ask for it again. For a technician: {detail}."
)
_PROOF_SENTENCES: Final[dict[str, Text]] = {
    **dict.fromkeys(("not_included", "proof_wrong_length", "index_beyond_tree"), _ALTERED),
    **dict.fromkeys(("log_did_not_sign", "signed_by_nobody"), _STRANGE),
    **dict.fromkeys(("tree_forked", "tree_shrank"), _FORKED),
    "quorum_missed": _("Too few institutions have attested this checkpoint ({got}; {least} are needed)."),
    "signature_wrong": _("The signature of {place} is not of this text: the checkpoint was altered."),
    "policy_not_signed": _("The owners have not signed this policy: it may have been changed."),
    "policy_superseded": _("The owners have signed a later policy since: ask them for it."),
    "quorum_lowered": _("This policy asks for fewer institutions than the owners have laid down: it may have been changed. Ask the owners for theirs."),
    "entry_missing": _("The proof comes without its record: give it with `--entry`."),
    "entry_differs": _("The record that was given is not the one in the proof."),
    "dec_differs": _("This proof is of another record than the one that you named: its digest is {got}."),
}  # fmt: skip


def told_proof(error: ProofError, lang: str) -> str:
    """The code, why, and what to do; of a cause without a sentence of its own also the English detail."""
    sentence = _PROOF_SENTENCES.get(error.code)
    if sentence is None:
        detail = error.describe()
        return detail if lang != "fr" else f"{error.code}. {_OTHER.say(lang, detail=detail)}"
    least = error.expected.partition(" ")[0]
    agency = error.place.rpartition("/")[2]
    place = witness_name(agency if agency in AGENCY_NAMES else error.place, lang)
    return f"{error.code}. {sentence.say(lang, got=error.got, least=least, place=place)}"


def witness_name(witness: str, lang: str) -> str:
    """Who a policy's or a key's witness is; one that no table has, as the policy writes it."""
    return agency_name(witness, lang).encode("utf-8", "backslashreplace").decode()
