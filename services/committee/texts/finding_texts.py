"""Lint's findings in words, code -> (its facts by kind, what was found, what would end it).

No logic; reviewed as text. A fact stands in a text under its kind's name, `{role}`, as a sentence
names it; `{to_role}` and `{of_role}` are `à la CRIP` and `de la CRIP`, in English the name alone.
Only what is to be typed into the file stands in backticks. `finding` writes the facts.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Said(NamedTuple):
    """One code.

    Attributes:
        facts: the kinds of the finding's facts, in their order.
    """

    facts: tuple[str, ...]
    what: str
    mend: str


_LEAVE_OUT: Final = "leave it out"
_IF_WANTED: Final = "add a clause if it should be sent; else this is what was agreed"

TEXTS: Final[dict[str, Said]] = {
    "sentence_differs": Said(
        ("language", "typed"),
        "the {language} sentence does not say what the data say",
        "write: `{typed}`",
    ),
    "not_translated": Said(
        ("place", "quoted"),
        "“{quoted}” is written the same in French and in English",
        "translate it",
    ),
    "label_differs": Said(
        ("place", "field", "french", "english"),
        "Relais itself says “{french}” and “{english}”: one thing has one name",
        "align `services.labels.code_labels`, or write it so",
    ),
    "basis_ends": Said(
        ("text", "day", "successor"),
        "“{text}” is in force until {day} and no longer",
        "a version effective then will cite “{successor}”",
    ),
    "basis_lost": Said(
        ("text", "day"),
        "“{text}” is in force until {day}, and no text follows it",
        "name its successor",
    ),
    "successor_circle": Said(
        ("text", "successor"),
        "“{text}” at last follows itself, by way of “{successor}”",
        "correct `successor`: each text is replaced by a later one",
    ),
    "holiday_missing": Said(
        ("day",),
        "the calendar lacks {day}, a public holiday (Labour Code, art. L. 3133-1)",
        "put it at `holidays`",
    ),
    "holiday_unknown": Said(
        ("day",),
        "the calendar has {day} as a holiday, which it is not (Labour Code, art. L. 3133-1)",
        "take it out of `holidays`",
    ),
    "clock_differs": Said(
        ("day",),
        "the clock change on {day} is not that of directive 2000/84/EC",
        "put it at `offsets` on the last Sunday of March or October, at 01:00 universal time",
    ),
    "text_unused": Said(
        ("text",),
        "“{text}” is the basis of no clause",
        _LEAVE_OUT,
    ),
    "text_not_checked": Said(
        ("unchecked", "all"),
        "{unchecked}",  # `legal_texts.unchecked_text`, as pages say it
        "put the date of each check at `checked`, text by text",
    ),
    "text_never_in_force": Said(
        ("text", "day"),
        "“{text}” ends on {day}, before it begins",
        "correct its dates",
    ),
    "successor_too_late": Said(
        ("successor", "day", "text"),
        "“{successor}” begins on {day}, after “{text}” has ended",
        "name what is in force between",
    ),
    "calendar_ends": Said(
        ("day",),
        "the calendar ends on {day}: no time limit can run beyond it",
        "adopt a version with a longer calendar before that day",
    ),
    "new_cases_unlimited": Said(
        (),
        (
            "nothing limits how many new cases a desk may open in an hour: a stolen key "
            "can fill the bus"
        ),
        "give `new_cases` a figure that no desk reaches in a week",
    ),
    "never_released": Said(
        ("scope",),
        "no clause releases this data: {scope}",
        _IF_WANTED,
    ),
    "never_released_whole": Said(
        ("scope",),
        "no clause releases this data as a whole, only a part of it: {scope}",
        _IF_WANTED,
    ),
    "never_answers": Said(
        ("role", "realm"),
        "on the {realm} bus, no clause allows {to_role} an answer to what arrives there",
        "add a clause if an answer is wanted; else an acknowledgement is all that comes back",
    ),
    "role_unused": Said(
        ("role",),
        "no clause names {role}",
        _LEAVE_OUT,
    ),
    "reader_unused": Said(
        ("role",),
        "nothing is published for {of_role}",
        _LEAVE_OUT,
    ),
    "conditions_never_met": Said(
        ("conditions", "role"),
        "nothing that this version lets anybody send to {to_role} meets at once: {conditions}",
        "leave out one of these conditions, or this recipient",
    ),
    "scope_never_copied": Said(
        ("role", "scope"),
        "no report by {of_role} holds this data, so that no copy can: {scope}",
        "leave it out, or let the report hold it",
    ),
    "reply_elsewhere": Said(
        ("act", "creditor"),
        "no clause lets anybody send to {to_creditor} what is owed there: {act}",
        "as it stands, sending it to whomever a clause allows discharges the duty",
    ),
    "reply_impossible": Said(
        ("debtor", "act", "creditor"),
        "nothing that a clause allows discharges what {debtor} owes {to_creditor}: {act}",
        "add a clause for this answer, or leave out the duty",
    ),
    "promise_forbids_nothing": Said(
        ("code",),
        "the promise {code} forbids nothing",
        "give it a condition, or a class shorter than the longest; or leave it out",
    ),
    "off_bus_permitted": Said(
        ("code", "quoted"),
        "the clause permits what stays off the bus by `off_bus`: “{quoted}” (`{code}`)",
        "leave out the clause, or the row of `off_bus`",
    ),
    "copy_not_permitted": Said(
        ("role", "act"),
        "no clause allows {to_role} to copy any of this data into what is owed: {act}",
        "let the copy hold some of it, or leave out the duty",
    ),
    "deadline_without_calendar": Said(
        ("act", "within"),
        "{act}, {within}: this falls due after the calendar's last day",
        "extend the tables of holidays and clock changes",
    ),
    "more_findings": Said(
        ("count",),
        "more findings, not shown: {count}",
        "mend those above first",
    ),
    "kept_too_long": Said(
        ("scope", "days", "most", "typed"),
        "copies are kept for {days} days, and this data for {most} at most: {scope}",
        "write `keep: {typed}`, or leave this data out",
    ),
}
