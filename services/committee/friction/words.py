"""Tables, rows and columns of the report in words; an unknown code is shown as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from services.committee.friction.axes import NONE
from services.committee.friction.quantiles import DAY, HOUR, MINUTE
from services.committee.texts.french import capital
from services.committee.texts.labels import (
    act_text,
    event_label,
    purpose_label,
    reason_text,
    role_label,
    scope_label,
    time_text,
)
from services.suppression import ALL
from services.texts import Catalogue, Text

if TYPE_CHECKING:
    from contracts.convention.model import Convention

_ = Catalogue(__name__)

TITLES: Final[dict[str, Text]] = {
    "acts": _("What was transmitted, by who sent it"),
    "measures": _("Measures: support at home and placement, by who says so"),
    "acknowledged": _("From sending to the acknowledgement of receipt"),
    "answered": _("From the acknowledgement to the first outcome"),
    "law": _("Time limits that the law sets"),
    "law_issuer": _("The same time limits, by who waits for the answer"),
    "receipts": _("Acknowledgements owed, by who owes them"),
    "overdue": _("Overdue when the month ends, by who owes it"),
    "refused_reason": _("Refusals by reason"),
    "refused_clause": _("Refusals by clause"),
    "refused_right_door": _("Refusals by the right door"),
    "left_out": _("Data that the sender's own service left out"),
    "announced": _("What the announced convention would have changed"),
}
NOTES: Final[dict[str, Text]] = {
    "acts": _(
        "Files in which something was delivered in the month for this purpose, by who sent it; "
        "without measures and without copies of reports."
    ),
    "measures": _(
        "Files in which a measure was pronounced, renewed or ended in the month, or began as who "
        "carries it out says. Which measure it is follows from purpose and addressees: its words "
        "are sealed."
    ),
    "acknowledged": _("Files of which an alert was acknowledged in the month, by who received it."),
    "answered": _("Files of which an alert got its first outcome in the month, by who answered."),
    "law": _(
        "Files in which something fell due in the month, as known 14 days after its end: done in "
        "time, done late, not done. Of several, the worst counts."
    ),
    "law_issuer": _("The same files, by who sent what makes the answer owed."),
    "receipts": _(
        "The same for acknowledgements, which the convention asks for and the law does not."
    ),
    "overdue": _(
        "Files in which something was still owed when the month ended. Silent: whoever owes it "
        "published nothing at all in that month."
    ),
    "refused_reason": _(
        "Files in which an event was refused in the month, wholly or in part, by the first reason. "
        "Corrected: within 14 days the same institution sent in the same file what arrived at the "
        "right door."
    ),
    "refused_clause": _("The same files, by the clause whose conditions were not met."),
    "refused_right_door": _("The same files, by the door that the answer named first."),
    "left_out": _(
        "Files in which something of a category was left out before sending: a clause would have "
        "released it, or not."
    ),
    "announced": _(
        "Files of the month, decided again under the convention that is announced: the gravest "
        "change in each."
    ),
}
_COLUMNS: Final[dict[str, Text]] = {
    "kept": _.pgettext("time limit", "in time"),
    "late": _.pgettext("time limit", "late"),
    "silent": _.pgettext("time limit", "no answer"),
    "answering": _.pgettext("overdue", "by who answers"),
    "corrected": _("corrected"),
    "not_corrected": _("not corrected"),
    "might_pass": _("would have been released"),
    "held_back": _("would have been withheld"),
    "refused": _.pgettext("change", "refused"),
    "less": _.pgettext("change", "less delivered"),
    "mixed": _.pgettext("change", "more and less delivered"),
    "more": _.pgettext("change", "more delivered"),
    "tried": _.pgettext("change", "an attempt would find a clause"),
    "moot": _.pgettext("change", "an answer to what would not have arrived"),
    "same": _.pgettext("change", "nothing"),
    ALL: _("all"),
}
_MEASURES: Final[dict[str, Text]] = {
    "placement_opp": _("placement by the prosecutor (OPP)"),
    "mjie": _("judicial investigation (MJIE)"),
    "aed": _("support at home by contract (AED)"),
    "placement_agreed": _("placement with the parents' agreement"),
    "placement": _("placement by the judge"),
    "aemo": _("support at home by the judge (AEMO)"),
    "judge_open": _(
        "decision of the judge to the child welfare service alone, of which the measure is sealed"
    ),
}
_PHASES: Final[dict[str, Text]] = {
    "start": _("pronounced"),
    "began": _("began, as who carries it out says"),
    "renewal": _("renewed"),
    "end": _("ended"),
}
_SILENT: Final = _.pgettext("overdue", "by who is silent")
_CODES: Final = _("coded data")
_NO_CLAUSE: Final = _("no clause")
_NO_DOOR: Final = _("no other door")


def row_words(table: str, row: str, lang: str, convention: Convention | None = None) -> str:
    """A row by its name."""
    if row == ALL:
        return capital(_COLUMNS[ALL].say(lang))
    if row == NONE:
        return capital((_NO_CLAUSE if table == "refused_clause" else _NO_DOOR).say(lang))
    return capital(_ROWS.get(table, role_label)(row, lang, convention))


def _change(row: str, lang: str, convention: Convention | None) -> str:
    return column_words("announced", row, lang, convention)


def _reason(row: str, lang: str, _convention: Convention | None) -> str:
    return reason_text(row, lang)


def _clause(number: str, lang: str, convention: Convention | None) -> str:
    grants = convention.by_clause.get(number, ()) if convention is not None else ()
    return f"{number}, {grants[0].label[lang]}" if grants else number


def _category(row: str, lang: str, convention: Convention | None) -> str:
    """A category; CODE is no scope of its own, and has no label among them."""
    return _CODES.say(lang) if row == "CODE" else scope_label(row, lang, convention)


def _transmitted(row: str, lang: str, _convention: Convention | None) -> str:
    etype, _dot, purpose = row.partition(".")
    return f"{event_label(etype, lang)} ({purpose_label(purpose, lang)})"


def _measure(row: str, lang: str, _convention: Convention | None) -> str:
    measure, _dot, phase = row.partition(".")
    words = _MEASURES.get(measure), _PHASES.get(phase)
    return ", ".join(text.say(lang) for text in words if text is not None) or row


_ROWS: Final[dict[str, Callable[[str, str, Convention | None], str]]] = {
    "acts": _transmitted,
    "measures": _measure,
    "law": act_text,
    "refused_reason": _reason,
    "refused_clause": _clause,
    "left_out": _category,
    "announced": _change,
}


def column_words(table: str, column: str, lang: str, convention: Convention | None = None) -> str:
    """A column by its name."""
    if table in ("acts", "measures"):
        return role_label(column, lang, convention)
    if (table, column) == ("overdue", "silent"):
        return _SILENT.say(lang)
    words = _COLUMNS.get(column)
    return words.say(lang) if words is not None else column


def time_words(seconds: int, lang: str) -> str:
    """`45 minutes`, `20 heures`, `3 jours`."""
    if seconds < HOUR:
        return time_text(seconds // MINUTE, "min", lang)
    if seconds < DAY:
        return time_text(seconds // HOUR, "h", lang)
    return time_text(seconds // DAY, "d", lang)
