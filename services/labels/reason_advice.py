"""Every reason of the convention (rules §7): who must act, and what may be done."""

from __future__ import annotations

from typing import Final, NamedTuple

from services.labels.problem_texts import A_DESK, At
from services.texts import Catalogue, Text

_ = Catalogue(__name__)


class ReasonAdvice(NamedTuple):
    """What may be done about a reason of the convention."""

    next: Text
    at: At = "issuer"


_DOOR: Final = _(
    "Take a door that `doors` names: by it the convention says yes. The attempt is recorded, its "
    "content is not."
)

REASON_ADVICE: Final[dict[str, ReasonAdvice]] = {
    "no_clause": ReasonAdvice(_DOOR),
    "attempt": ReasonAdvice(_DOOR),
    "unknown_desk": ReasonAdvice(A_DESK),
    "desk_ended": ReasonAdvice(_("Send it to the desk that `doors` names, sealed for its key.")),
    "issuer_ended": ReasonAdvice(_("Send it as the desk that has followed this one.")),
    "not_read": ReasonAdvice(
        _(
            "Reach this desk by another way, or write to one that reads it (`reads` in `GET "
            "/v1/desks`)."
        ),
        at="recipient",
    ),
    "not_permitted": ReasonAdvice(
        _("Leave this data out, or send it by a door that `doors` names.")
    ),
    "hard_denial": ReasonAdvice(_("Do not send this data there: no convention can allow it.")),
    "wrong_retention": ReasonAdvice(
        _("Seal it for the class that the clause names, and send it again.")
    ),
    "not_informed": ReasonAdvice(
        _("Say in `told` whether parents and minor were told, or why not, and send it again.")
    ),
    "issuer_not_secrecy_bound": ReasonAdvice(
        _("Have a colleague send it who is bound by professional secrecy.")
    ),
    "recipient_not_secrecy_bound": ReasonAdvice(
        _("Write to a desk that is bound by it (`secrecy` in `GET /v1/desks`) until this one is."),
        at="recipient",
    ),
    "not_assigned": ReasonAdvice(
        _("Write to a desk that takes part in the case, or to the one that can seize it.")
    ),
    "no_call": ReasonAdvice(
        _("Call first: 17, 119 or the duty magistrate; then send it again with `call`.")
    ),
    "danger_not_qualified": ReasonAdvice(
        _("If you judge that the minor is in danger, say so in `danger` and send it again.")
    ),
    "no_authorisation": ReasonAdvice(
        _("Ask the prosecutor; give the authorisation’s reference, and send it again.")
    ),
    "inquiry_not_declared": ReasonAdvice(
        _("Say whether there is a criminal inquiry, and send it again.")
    ),
    "parents_not_told": ReasonAdvice(
        _("Tell the parents in writing, or have the deferral authorised, and send it again.")
    ),
    "parents_not_agreed": ReasonAdvice(
        _("Obtain the parents’ agreement, say so, and send it again.")
    ),
    "no_open_measure": ReasonAdvice(
        _("Say that a measure is open if one is; else take another act.")
    ),
    "not_a_copy": ReasonAdvice(_("Name in `answers` the report that it copies.")),
    "not_in_original": ReasonAdvice(
        _("Copy what the report held; what is new goes as a record of its own.")
    ),
    "not_own_ip": ReasonAdvice(_("Answer the desk that sent the alert.")),
    "not_own_report": ReasonAdvice(_("Answer the desk that sent the report.")),
    "not_own_st": ReasonAdvice(_("Answer the desk that sent the instruction.")),
    "no_parts": ReasonAdvice(_("Give it content, or name in `ends` what it ends.")),
    "nothing_released": ReasonAdvice(
        _("See why each part was withheld, mend that, and send it again.")
    ),
    "ends_not_own": ReasonAdvice(_("Name in `ends` events of your own alone.")),
    "not_sent": ReasonAdvice(_("Send it in a further record if the recipient needs it.")),
    "not_delivered": ReasonAdvice(_("Take an event that this desk was delivered.")),
    "stage_missing": ReasonAdvice(_("Give the `stage` that is confirmed.")),
    "stage_repeated": ReasonAdvice(_("Nothing: the first acknowledgement stands.")),
    "not_own_event": ReasonAdvice(_("Have the desk withdraw it that sent it.")),
    "not_linkable": ReasonAdvice(_("Have the CRIP link the two cases.")),
    "not_reference": ReasonAdvice(_("Ask a reference service of the case, if there is one.")),
    "publication_only": ReasonAdvice(_("Send no figures: the bus publishes them.")),
    "not_for_outbox": ReasonAdvice(_("Publish no event of this type.")),
}
