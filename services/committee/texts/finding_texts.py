"""Lint's findings in words, code -> (what was found, what would end it).

No logic; reviewed as text. `{0}`, `{1}` … are the finding's facts.
"""

from __future__ import annotations

from typing import Final

from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_LEAVE_OUT: Final = _("leave it out")
_TRANSLATE: Final = _("translate it")

TEXTS: Final[dict[str, tuple[Text, Text]]] = {
    "sentence_differs": (
        _("the sentence ({0}) does not say what the data say"),
        _("write: `{1}`"),
    ),
    "not_translated": (
        _("{0}: the same text in French and English"),
        _TRANSLATE,
    ),
    "label_differs": (
        _("{0} has another name (`{1}`) where no convention is at hand"),
        _("keep “{2}” and “{3}”, or align services.committee.texts.code_labels"),
    ),
    "basis_ends": (
        _("{0} ends on {1}"),
        _("a version effective then names {2}"),
    ),
    "basis_lost": (
        _("{0} ends on {1}, and no text follows it"),
        _("name its successor"),
    ),
    "successor_circle": (
        _("{0} at last follows itself, by way of {1}"),
        _("correct `successor`: each text is replaced by a later one"),
    ),
    "holiday_missing": (
        _("the calendar lacks {0}, a public holiday (Labour Code, art. L. 3133-1)"),
        _("put it at `holidays`"),
    ),
    "holiday_unknown": (
        _("the calendar has {0} as a holiday, which it is not (Labour Code, art. L. 3133-1)"),
        _("take it out of `holidays`"),
    ),
    "clock_differs": (
        _("the clock change on {0} is not that of directive 2000/84/EC"),
        _("put it at `offsets` on the last Sunday of March or October, at 01:00 universal time"),
    ),
    "text_unused": (
        _("{0} is the basis of no clause"), _LEAVE_OUT,
    ),
    "text_not_checked": (
        _("{0} of {1} legal texts were checked by no lawyer"),
        _("put the date of the check at `checked`"),
    ),
    "text_never_in_force": (
        _("{0} ends on {1}, before it begins"),
        _("correct its dates"),
    ),
    "successor_too_late": (
        _("{0} begins on {1}, after {2} has ended"),
        _("name what is in force between"),
    ),
    "calendar_ends": (
        _("the calendar ends on {0}; nothing can fall due later"),
        _("adopt a version with a longer table before"),
    ),
    "never_released": (
        _("no clause ever releases {0}"),
        _("add a clause if it should be sent; else this is what was agreed"),
    ),
    "never_released_whole": (
        _("no clause ever releases {0} as a whole, only narrow scopes of it"),
        _("add a clause if it should be sent; else this is what was agreed"),
    ),
    "never_answers": (
        _("{0} receives in the realm `{1}`, but no clause lets it answer there"),
        _("add a clause; else this role can only acknowledge"),
    ),
    "role_unused": (_("no clause names {0}"), _LEAVE_OUT),
    "reader_unused": (
        _("nothing is published for {0}"), _LEAVE_OUT,
    ),
    "conditions_never_met": (
        _("towards {1}, no event meets {0} at once: nothing that this version permits lets it"),
        _("leave out one, or the recipient {1}"),
    ),
    "scope_never_copied": (
        _("no report of {0} holds {1}, so that no copy can"),
        _("leave out {1}, or let the report hold it"),
    ),
    "reply_elsewhere": (
        _("{0} cannot be addressed to {1}"),
        _("the act to any addressee discharges it"),
    ),
    "reply_impossible": (
        _("{0} owes {1} to {2}, and no event that clauses permit discharges it"),
        _("let {0} address {1} to {2} in answer to this event, or leave out the duty"),
    ),
    "promise_forbids_nothing": (
        _("the promise {0} forbids nothing"),
        _("give it a condition, or a class shorter than the longest; or leave it out"),
    ),
    "copy_not_permitted": (
        _("{0} owes {1}, and no clause lets it copy any of this to them"),
        _("let {1} hold some of these scopes for {0}"),
    ),
    "deadline_without_calendar": (
        _("{0} within {1} falls due after the calendar's last day"),
        _("extend the tables of holidays and clock changes"),
    ),
    "more_findings": (
        _("more findings, not shown: {0}"),
        _("mend those above first"),
    ),
    "kept_too_long": (
        _("{0} is kept for {1} days, {2} at most"),
        _("keep: {3}, or leave out {0}"),
    ),
}  # fmt: skip
