"""What each finding means, in a sentence for who is no programmer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from services.texts import Catalogue, Text

if TYPE_CHECKING:
    from contracts.log.replaying.finding import AuditFinding

_ = Catalogue(__name__)

_SENTENCES: Final[dict[str, Text]] = {
    "chain_broken": _(
        "This record does not follow the one before: a record was removed, added, repeated or "
        "moved."),
    "record_malformed": _("What stands here is no record of this log."),
    "unknown_record": _("A record of a kind that this program does not know."),
    "unknown_effect": _("A decision whose effects this program does not know."),
    "record_differs": _(
        "The record is not the one that follows from the event: it was altered, or made "
        "otherwise than the convention says."),
    "signature_wrong": _(
        "The signature is not one of the router’s, or its key was not valid at that instant."),
    "bad_signature": _(
        "A signature does not verify: what it was made over was altered, or somebody else made "
        "it."),
    "unknown_key": _("Signed with a key that the directory in force does not have."),
    "wrong_topic": _(
        "What was decided is said to have come from a topic that the sender’s service does not "
        "write to."),
    "key_stolen": _("Decided although the key that signed it had been reported stolen."),
    "in_doubt": _(
        "In doubt: signed with a key that was reported stolen, since the time from which it may "
        "have been. It was decided as it had to be; whether the desk sent it, ask the desk."),
    "key_not_valid": _("Signed with a key outside the time for which it was valid."),
    "checkpoint_differs": _(
        "The records are not those of a checkpoint that was published and signed before: the log "
        "was rewritten since, or its end was taken away."),
    "two_histories": _(
        "An institution that attests the log was shown two histories of it, of one length and "
        "different, both signed with the log’s key, and serves both. It attests this log no "
        "more until the owners have decided which one stands."),
    "log_behind_witness": _(
        "The log’s key has signed for more records than there are, as an institution that attests "
        "the log shows: its end was taken away, or another history was shown there."),
    "checkpoint_unsigned": _(
        "What stands in this file as a published checkpoint is none that the log signed under a "
        "policy of the owners: it shows nothing, and is the word of who made the file."),
    "history_forked": _(
        "The records in this file do not begin with those of the earlier file: the log was "
        "rewritten between them, or one of the files is of another log."),
    "quorum_outgrown": _(
        "The checkpoints in this file were published under an earlier policy of the owners, "
        "which asks for fewer witnesses than their file does now."),
    "end_unattested": _(
        "No institution, or too few, attests the records from here on: whoever made the file may "
        "have left out later ones. Ask the institutions that cosign which checkpoint is the last "
        "that they know."),
    "partition_missing": _(
        "The owners’ layout has this partition, and this file has not all of it: its records, or "
        "the checkpoint that its log was published with, were left out."),
    "tail_unsigned": _(
        "The last records bear no signature of the router: the end of the log was cut off, or "
        "was written by somebody else."),
    "state_lost": _(
        "It stands behind a decision of which what it was taken from is not there or was "
        "altered: what the log adds up to before it is not known."),
    "evidence_missing": _(
        "What this decision was taken from is no longer there: nobody can decide it again."),
    "evidence_altered": _(
        "What this decision was taken from was altered, or written once more, after it was "
        "decided."),
    "erased": _(
        "What this decision was taken from was erased by an order of the owners: nobody can "
        "decide it again. Its record stands, and so does every proof of it."),
    "erasure_unconfirmed": _(
        "What is said to be erased is taken on the word of the owners’ order up to here: the "
        "record of the erasure stands behind the end of this file, and with it what would show a "
        "false one."),
    "erased_without_order": _(
        "What this decision was taken from is said to be erased, and the owners have not ordered "
        "that."),
    "stub_altered": _("What was left of something erased was altered since."),
    "erasure_undone": _(
        "What is recorded as erased is there all the same: it never was overwritten, or somebody "
        "put it back."),
    "evidence_malformed": _(
        "What stands in place of what this decision was taken from has another form."),
    "in_force_unknown": _(
        "The convention or the directory that was in force here is not on control: nobody can "
        "decide this again."),
    "decision_differs": _(
        "The decision that is recorded is not the one that follows from the event and the "
        "convention in force: other data, another clause, another recipient or another outcome."),
    "decided_twice": _("An event that was decided already was decided once more."),
    "duplicate_of_nothing": _("Recorded as a repetition of an event that was never decided."),
    "unknown_convention": _(
        "The event names a convention that was not in force, nor the one before or after it."),
    "due_unreported": _(
        "A deadline had passed and nobody was told: the silence of a desk was hidden."),
    "due_invented": _("A missed deadline is recorded that no desk had."),
    "order_unrecorded": _(
        "An order of the owners was not carried out: what they changed does not hold."),
    "order_unknown": _("An order is recorded that the owners have not given."),
    "order_out_of_turn": _("An order is recorded before an earlier one."),
    "order_repeated": _("An order is recorded twice."),
    "release_unsettled": _("What an order let out of quarantine was never decided."),
    "release_invented": _("Something was let out of quarantine without an order."),
    "bytes_altered": _("What lay in quarantine is no longer what was put there."),
    "bytes_gone": _("What lay in quarantine is gone before its time."),
    "cover_malformed": _(
        "The issuer’s statement beside this decision is not one that a desk has signed."),
    "claimed_authorship": _("The issuer’s statement was signed by another than its issuer."),
    "expired": _("An event was decided after the time for which its issuer’s statement holds."),
    "issued_ahead": _(
        "An event was decided before the instant at which its issuer says that it was made."),
    "prev_does_not_follow": _(
        "An event of this desk is missing before this one: it was held back or removed."),
    "prev_absent": _(
        "The desk’s numbering begins anew here; an event before this one may be missing."),
    "order_late": _(
        "Events were decided after the instant of an order of the owners by what held before it. "
        "Ask the owners whether they had given it by then."),
    "recorded_ahead": _(
        "The log says what has not come yet: a record, such as a missed deadline, has an instant "
        "later than now."),
    "id_reused_across_partitions": _("One and the same event was decided in two places."),
    "case_in_two_partitions": _(
        "Events of one case were decided in two places, in each without what the other knows: a "
        "refusal or a missed deadline may be false."),
    "quarantined": _(
        "An event could not be read and was put aside, undecided; its issuer was told where the "
        "signature allowed it."),
}  # fmt: skip
_ERASED_BY: Final = _(
    "What this decision was taken from was erased by order {n} of the owners: nobody can decide "
    "it again. Its record stands, and so does every proof of it."
)
_ORDER: Final = re.compile(r"by order (\d+)")
_OTHER: Final = _("The decision cannot be reached again from what stands beside it.")


_PLACE: Final = _("record {index} of partition {partition}")
_NOWHERE: Final = _("partition {partition}")
UNATTESTED: Final = _(
    "No divergence, but the end of the log is not attested everywhere: recent records may have "
    "been taken away from it."
)


def bus(realm: str, lang: str) -> str:
    """A bus by its name."""
    return _("{realm} bus").say(lang, realm=_realm(realm, lang))


def _realm(realm: str, lang: str) -> str:
    from services.committee.texts.labels import realm_label  # late: `--help` has no use for it

    return realm_label(realm, lang)


def where(realm: str, finding: AuditFinding, lang: str) -> str:
    """Which bus, partition and record a finding is of, as far as it is of one."""
    if finding.partition < 0:
        return bus(realm, lang)
    text = _PLACE if finding.index >= 0 else _NOWHERE
    place = text.say(lang, index=str(finding.index), partition=str(finding.partition))
    return f"{bus(realm, lang)}, {place}"


def place(finding: AuditFinding) -> str:
    """Topic, partition and offset, for a technician; without numbers of what is not there."""
    numbers = (finding.partition, finding.offset)
    return "/".join([finding.topic, *(str(part) for part in numbers if part >= 0)])


def sentence(finding: AuditFinding, lang: str) -> str:
    """What a finding means; of a code that nobody foresaw what all of them have in common."""
    if finding.code == "erased" and (order := _ORDER.fullmatch(finding.detail)):
        return _ERASED_BY.say(lang, n=order[1])
    return _SENTENCES.get(finding.code, _OTHER).say(lang)
