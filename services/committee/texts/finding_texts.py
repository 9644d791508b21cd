"""Lint's findings in words, code -> (its facts by kind, what was found, what would end it).

No logic; reviewed as text. A fact stands in a text under its kind's name, `{role}`, as a sentence
names it; `{to_role}` and `{of_role}` are `à la CRIP` and `de la CRIP`, in English the name alone.
Only what is to be typed into the file stands in backticks. `finding` writes the facts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from services.labels.code_labels import Table
from services.texts import Catalogue, Text

_ = Catalogue(__name__)


class Said(NamedTuple):
    """One code.

    Attributes:
        facts: the kinds of the finding's facts, in their order.
    """

    facts: tuple[str, ...]
    what: Text
    mend: Text


_LEAVE_OUT: Final = _("leave it out")
_IF_WANTED: Final = _("add a clause if it should be sent; else this is what was agreed")

TEXTS: Final[dict[str, Said]] = {
    "sentence_differs": Said(
        ("language", "typed"),
        _("the {language} sentence does not say what the data say"),
        _("write: `{typed}`"),
    ),
    "label_differs": Said(
        ("place", "field", "french", "english"),
        _("Relais itself says “{french}” and “{english}”: one thing has one name"),
        _("align `services.labels.code_labels`, or write it so"),
    ),
    "text_unused": Said(
        ("text",),
        _("“{text}” is the basis of no clause"),
        _LEAVE_OUT,
    ),
    "text_not_checked": Said(
        ("unchecked", "all"),
        _("{unchecked}"),  # `legal_texts.unchecked_text`, as pages say it
        _("put the date of each check at `checked`, text by text"),
    ),
    "calendar_ends": Said(
        ("day",),
        _("the calendar ends on {day}: no time limit can run beyond it"),
        _("adopt a version with a longer calendar before that day"),
    ),
    "never_released": Said(
        ("scope",),
        _("no clause releases this data: {scope}"),
        _IF_WANTED,
    ),
    "never_released_whole": Said(
        ("scope",),
        _("no clause releases this data as a whole, only a part of it: {scope}"),
        _IF_WANTED,
    ),
    "never_answers": Said(
        ("role", "realm"),
        _("on the {realm} bus, no clause allows {to_role} an answer to what arrives there"),
        _("add a clause if an answer is wanted; else an acknowledgement is all that comes back"),
    ),
    "role_unused": Said(
        ("role",),
        _("no clause names {role}"),
        _LEAVE_OUT,
    ),
    "reader_unused": Said(
        ("role",),
        _("nothing is published for {of_role}"),
        _LEAVE_OUT,
    ),
    "promise_forbids_nothing": Said(
        ("code",),
        _("the promise {code} forbids nothing"),
        _("give it a condition, or a class shorter than the longest; or leave it out"),
    ),
    "deadline_without_calendar": Said(
        ("act", "within"),
        _("{act}, {within}: this falls due after the calendar's last day"),
        _("extend the tables of holidays and clock changes"),
    ),
    "kept_too_long": Said(
        ("scope", "days", "most", "typed"),
        _("copies are kept for up to {days} days, and this data for {most} at most: {scope}"),
        _("write `keep: {typed}`, or leave this data out"),
    ),
}

# What the bus does with its own events, as `bus_clauses` and the router do it: the file shows these
# sentences, since its parties sign them, and `lint` compares.
SENTENCES: Final[Table] = {
    "ACK": _(
        "Any desk to which an event was delivered may tell its issuer, once a stage, that it is "
        "received, accepted, declined, started, decided, withdrawn or unreadable. An "
        "acknowledgement "
        "holds nothing else and is never acknowledged itself."
    ),
    "WITHDRAW": _(
        "The issuer may withdraw an event from each desk to which it was delivered; the bus then "
        "opens the content no more, and each confirms the withdrawal by the end of the 1st working "
        "day after. A withdrawal cancels no legal duty and leaves assignments as they are."
    ),
    "LINK": _(
        "The CRIP alone may link two cases after a person has checked; the time for evaluation "
        "then "
        "runs from the earlier alert. A link gives nobody access to the other case."
    ),
    "UNLINK": _(
        "The CRIP may undo a mistaken link; the time for evaluation is computed again and the "
        "history "
        "stays."
    ),
    "LOOKUP": _(
        "A reference service that takes part in a case may look up which desks take part in it, "
        "and nothing else. Each look-up is recorded in the log. Any other desk is refused alike, "
        "whether there is such a case or not."
    ),
}
