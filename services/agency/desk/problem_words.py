"""Why something was not done, in the words of who stands before the page; of a fault in a field, what to do there."""

from __future__ import annotations

from typing import Final

from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_LATER: Final = _("Nothing was sent. Try again in a minute; what is urgent goes by phone.")
_SLOW: Final = _(
    "The bus did not answer in time. Send the same form again: should it have gone out all the same, it is not sent twice."
)
_NOT_YOURS: Final = _("There is no such page for your service.")
_OTHER: Final = _("Nothing was sent. If it happens again, tell whoever helps you this word: {code}")

_PROBLEMS: Final[dict[str, Text]] = {
    "kafka_unreachable": _SLOW,
    "starting": _LATER, "stopping": _LATER, "busy": _LATER, "routing_behind": _LATER, "nothing_adopted": _LATER,
    "event_unknown": _NOT_YOURS, "no_such_route": _NOT_YOURS, "method_not_allowed": _NOT_YOURS, "kind_unknown": _NOT_YOURS,
    "kind_not_for_desk": _NOT_YOURS,
    "form_not_own": _("This form is older than your session: nothing was done. Open the page again, and do it once more."),
    "draft_not_own": _("This form is older than your session. Nothing was sent, and nothing of it is lost."),
    "desk_has_heir": _("Your service has ended under this name. {heir} has followed it, and reads what it received: sign in with that one’s account."),
    "too_large": _("This is more text than one sending may hold. Shorten it, or send it in two."),
    "too_many_at_once": _("That was very often in a short time. Wait a minute, then go on."),
    "key_reused": _("This very form was sent before with another content. What was sent stands under “Sent”: look there before you send the rest."),
    "too_many_new_cases": _("Your service has opened as many new situations in this hour as the convention allows. Send it after the next full hour; what is urgent goes by phone."),
    "too_much_on_case": _("Your service has sent very much on this situation in this hour. Send it after the next full hour; what is urgent goes by phone."),
    "not_delivered": _("No service has received it yet, or it was withdrawn already: there is nothing to take back."),
    "not_ending": _("Your service does not end, or has ended already: it gives no situation away."),
    "not_heir": _("This service does not follow yours: choose one of those that the page names."),
    "entrusted": _("This was passed on before, or the situation is another service’s by now. What was given first stands."),
    "case_unknown": _("The situation that this answers is no longer known here. Open what you received, and answer from there."),
    "id_of_two_events": _("Two situations have an event of this name. Open it from the list of what you received."),
    "outcome_missing": _("Choose what you can say of the outcome."),
    "contradiction": _("Two answers contradict each other."),
    "no_feedback_by_role": _("The convention gives your service no outcome to tell."),
}  # fmt: skip

_HERE: Final = _("This is not what can stand here.")
_FAULTS: Final[dict[str, Text]] = {
    "field_missing": _("Please fill this in."),
    "list_too_short": _("Please fill this in."),
    "text_too_short": _("Please fill this in."),
    "text_too_long": _("This is too long: {expected}."),
    "text_not_allowed": _("This does not have the form that is expected here."),
    "number_too_large": _("This number is too large: {expected}."),
    "number_too_small": _("This number is too small: {expected}."),
    "wrong_type": _("Write a whole number, in figures."),
    "list_too_long": _("There are too many: {expected}."),
    "not_a_date": _("Write a day of the calendar."),
    "not_a_moment": _("Write a day and a time."),
    "date_in_future": _("This day has not come yet."),
    "no_case": _("Write your own file number: by it, what you send later is joined to this."),
    "desk_ambiguous": _("There are several such services: choose one."),
    "desk_unknown": _("There is no such service."),
    "desk_of_other_role": _("This writing is not for that service."),
    "own_desk": _("This is your own service."),
    "desk_repeated": _("Each service once."),
    "no_addressee": _("Choose who should receive it."),
    "answer_not_used": _("What this answers does not fit this kind of writing."),
    "contradiction": _("Two answers contradict each other."),
    "incomplete": _("Something that belongs to it is missing."),
    "call_after_event": _("The call cannot be later than now."),
    "fact_out_of_bounds": _("This day is too far away."),
}


def told_problem(code: str, lang: str, heir: str = "") -> str:
    """Why a request was not done, and what one can do.

    Args:
        heir: name of the desk that follows the reader's own, if one does.
    """
    text = _PROBLEMS.get(code)
    return text.say(lang, heir=heir) if text else _OTHER.say(lang, code=code)


def told_fault(code: str, expected: str, lang: str) -> str:
    """What is wrong with a field, and what would be right."""
    most = "".join(letter for letter in expected if letter.isdigit())
    limit = _("at most {n}").say(lang, n=int(most or 0)) if "most" in expected else ""
    limit = _("at least {n}").say(lang, n=int(most or 0)) if "least" in expected else limit
    text = _FAULTS.get(code, _HERE)
    return text.say(lang, expected=limit)


def is_of_field(code: str) -> bool:
    """Whether a problem is a fault of a field that can be mended on the form."""
    return code in _FAULTS
