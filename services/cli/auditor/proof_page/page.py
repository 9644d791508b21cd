"""The page that checks a proof in a browser: its texts, its script, its one file.

The script reads as `contracts.proof` reads and says what this module has words for: a code of
`ProofError` by `code_…`, else the step at which the proof fell by `step_…`.
"""

from __future__ import annotations

from importlib.resources import files
from string import Formatter
from typing import Final

from services.committee.texts.labels import agency_name
from services.labels.code_labels import AGENCY_NAMES
from services.pages import render
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_SCRIPTS: Final = ("forms.js", "checks.js", "show.js")
_VERDICTS: Final = {
    "waiting": _("No verdict yet."),
    "holds": _("The proof holds."),
    "refused": _("The proof does not hold."),
    "open": _("This page cannot tell."),
    "sentence": _(
        "Record {index} of the log {log} stands there as it is shown here, among {size} records."
    ),
    "both_next": _("Choose both files, or drop them on this page."),
    "proof_next": _("Now the proof."),
    "policy_next": _("Now the policy."),
    "swapped": _(
        "The second file is a proof, and no policy: exchange the two files, or choose the policy there."
    ),
    "two_proofs": _("Both files are proofs: choose the policy in place of the second."),
    "unable": _(
        "This browser lacks what it takes (Ed25519 in WebCrypto) or could not read a file: take a newer one, or ask `relais audit check`."
    ),
}
_REASONS: Final = {
    "code_too_large": _(
        "A part of the file is larger than any can be: the record in it, or the checkpoint."
    ),
    "size": _("{name}: {size} bytes, and no such file has more than {most}. It was not read."),
    "code_entry_missing": _(
        "The proof comes without its record: ask for it, and give both to `relais audit check --entry`."
    ),
    "code_entry_malformed": _(
        "What stands in the log at this number is no record of this number: another thing was proved."
    ),
    "code_signature_wrong": _(
        "A signature that claims to be by {name} is not: the checkpoint or the signature was altered."
    ),
    "code_signed_by_nobody": _(
        "Nobody whom this policy knows has signed the checkpoint: it is another log’s, or the policy is another bus’s."
    ),
    "code_log_did_not_sign": _(
        "The log itself has not signed this checkpoint by a key that the policy knows: it is another log’s, or it was forged."
    ),
    "code_log_not_checked": _(
        "The log has signed by ML-DSA-44 alone, which this page does not check: ask `relais audit check`."
    ),
    "code_index_beyond_tree": _(
        "The proof names a record of a number that the log had not reached: the number or the checkpoint was altered."
    ),
    "code_proof_wrong_length": _(
        "The way from the record to the log’s checkpoint is too short or too long: the number or the way was altered."
    ),
    "code_not_included": _(
        "This record does not lead to the log’s checkpoint: the record, its number or the way was altered."
    ),
    "step_policy": _(
        "The policy is not of the form that policies have{line}: nothing was checked."
    ),
    "step_form": _("The proof’s file is not of the form that proofs have: cut, altered, or none."),
    "step_note": _(
        "The checkpoint in the proof is not of the form that checkpoints have: cut, altered, or none."
    ),
    "step_quorum": _(
        "Too few witnesses: the cosignatures that were checked ({n}) are not enough for the policy."
    ),
    "line": _(" (line {line})"),
}
_CHECKS: Final = {
    "check_policy": _("The policy is well formed, and no key stands in it twice:"),
    "check_form": _("The proof is well formed:"),
    "check_entry": _("The record comes with it:"),
    "check_note": _("The checkpoint is well formed:"),
    "check_signatures": _("No signature by a key of the policy is wrong (Ed25519):"),
    "check_head": _("The checkpoint says which log, how many records, and one hash over them all:"),
    "check_log": _("That log has signed it:"),
    "check_quorum": _("Witnesses enough have cosigned it:"),
    "check_path": _("From the record the hashes lead to the checkpoint’s (RFC 9162):"),
    "check_record": _("The record bears the number that the proof says:"),
    "mark_good": _("yes"),
    "mark_bad": _("no"),
    "mark_open": _("cannot be told here"),
    "mark_none": _("not reached"),
}
_FACTS: Final = {
    "f_log": _("Log"),
    "f_bus": _("Bus"),
    "f_partition": _("Partition"),
    "f_index": _("Number"),
    "f_at": _("Instant, as the router declares it"),
    "f_kind": _("What happened"),
    "f_proof": _("Proof"),
    "f_policy": _("Policy"),
    "f_sha": _("SHA-256 ({file})"),
    "f_root": _("Hash over the log"),
    "f_leaf": _("Hash of the record"),
    "f_record": _("The record, as it stands"),
    "of": _("{index} (counted from 0), in a log of {size} records"),
    "paris": _("{at} (Paris)"),
    "seconds": _("{n} seconds after 1 January 1970"),
    "log_both": _("{log}; it has signed by ML-DSA-44 too, which is not checked here"),
    "cosigned": _("{name}, on {at}, by its own clock"),
    "cosigned_unchecked": _("{name}, on {at}: ML-DSA-44, neither checked nor counted by this page"),
    "quorum_met": _("The policy is met. Cosignatures of this checkpoint:"),
    "quorum_none": _("The policy asks for no witness: nobody but the log vouches for it."),
    "realm_civil": _("child protection (civil)"),
    "realm_criminal": _("criminal justice"),
}
_KINDS: Final = {
    "kind_genesis": _("The log of this partition begins."),
    "kind_adopted": _("An order of the owners was adopted (convention or directory)."),
    "kind_layout": _("An order changed how partitions are shared out."),
    "kind_decided": _("An event was decided: let through in whole or in part, or refused."),
    "kind_duplicate": _("The same event came a second time."),
    "kind_quarantined": _("Something that was no well-formed event was laid aside."),
    "kind_overdue": _("A duty fell due, unmet."),
    "kind_renewed": _("An open duty was told again."),
    "kind_released": _("What had been laid aside was let go on."),
    "kind_discarded": _("What had been laid aside was discarded."),
    "kind_other": _("something that this page has no word for: see the record below"),
}


def script() -> str:
    """All of the page's script, in the order in which its files build on one another."""
    package = files(__package__)
    return "".join(package.joinpath(name).read_text("utf-8") for name in _SCRIPTS)


def texts(lang: str) -> dict[str, str]:
    """What the script says, by the names that it uses; facts still stand as `{name}`."""
    every = _VERDICTS | _REASONS | _CHECKS | _FACTS | _KINDS
    agencies = {f"agency_{code}": agency_name(code, lang) for code in AGENCY_NAMES}
    return {name: _unfilled(text, lang) for name, text in every.items()} | agencies


def _unfilled(text: Text, lang: str) -> str:
    places = [name for _literal, name, _spec, _conversion in Formatter().parse(text.one) if name]
    return text.say(lang, **{name: f"{{{name}}}" for name in places})


def proof_page(lang: str) -> str:
    """The whole page, the same bytes each time."""
    template = "auditor/proof_page/page.html"
    return render("services.cli", template, lang, script=script(), texts=texts(lang))
