"""Why a proof does not hold, one sentence a cause, and what to do.

Reviewed as text. `{got}` and `{least}` are the error's numbers, `{place}` whose signature or which
part it was.
"""

from __future__ import annotations

from typing import Final

from contracts.errors import ProofError
from services.committee.texts.labels import agency_name
from services.labels.code_labels import AGENCY_NAMES

_ALTERED: Final = (
    "The record, its number or the path was altered: it is not in this log. Ask "
    "for the proof again."
)
_STRANGE: Final = (
    "No log that the policy knows has signed this checkpoint: it is of another "
    "log, or the policy is another."
)
_FORKED: Final = (
    "These checkpoints contradict each other: the log was rewritten or "
    "shortened. Keep both files and tell the owners."
)
_PROOF_SENTENCES: Final[dict[str, str]] = {
    **dict.fromkeys(("not_included", "proof_wrong_length", "index_beyond_tree"), _ALTERED),
    **dict.fromkeys(("log_did_not_sign", "signed_by_nobody"), _STRANGE),
    **dict.fromkeys(("tree_forked", "tree_shrank"), _FORKED),
    "quorum_missed": (
        "Too few institutions have attested this checkpoint ({got}; {least} are needed)."
    ),
    "two_histories": (
        "The log has signed {got}. Keep this proof and tell the owners: they say which is true."
    ),
    "signature_wrong": "The signature of {place} is not of this text: the checkpoint was altered.",
    "policy_not_signed": "The owners have not signed this policy: it may have been changed.",
    "policy_superseded": "The owners have signed a later policy since: ask them for it.",
    "quorum_lowered": (
        "This policy asks for fewer institutions than the owners have laid down: it may have "
        "been changed. Ask the owners for theirs."
    ),
    "entry_missing": "The proof comes without its record: give it with `--entry`.",
    "entry_differs": "The record that was given is not the one in the proof.",
    "evidence_differs": "The evidence beside the proof is not this record’s: it may be altered.",
    "dec_differs": (
        "This proof is of another record than the one that you named: its digest is {got}."
    ),
}  # fmt: skip


def told_proof(error: ProofError) -> str:
    """The code, why, and what to do; of a cause without a sentence of its own the detail alone."""
    sentence = _PROOF_SENTENCES.get(error.code)
    if sentence is None:
        return error.describe()
    least = error.expected.partition(" ")[0]
    agency = error.place.rpartition("/")[2]
    place = witness_name(agency if agency in AGENCY_NAMES else error.place)
    return f"{error.code}. {sentence.format(got=error.got, least=least, place=place)}"


def witness_name(witness: str) -> str:
    """Who a policy's or a key's witness is; one that no table has, as the policy writes it."""
    return agency_name(witness, "en").encode("utf-8", "backslashreplace").decode()
