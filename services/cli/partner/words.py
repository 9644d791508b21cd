"""What a service answers in codes, said to people: duties, reasons, scopes, doors.

Codes stay as they are with `--format json`. A code without words is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from services.committee.texts import labels
from services.labels.code_labels import MOTIVE_TEXTS
from services.texts import Catalogue, Text, day, series

_ = Catalogue(__name__)

_STAGES: Final = {
    "received": _.pgettext("stage", "received"),
    "accepted": _.pgettext("stage", "accepted"),
    "declined": _.pgettext("stage", "declined"),
    "started": _.pgettext("stage", "started"),
    "decided": _.pgettext("stage", "decided"),
    "withdrawn": _.pgettext("stage", "withdrawal confirmed"),
    "unreadable": _.pgettext("stage", "unreadable"),
    "justified": _.pgettext("stage", "access justified"),
    "passed_on": _.pgettext("stage", "passed on to the desk that follows"),
}
INTERNAL: Final = "internal"  # reason of what no mapping sends anywhere
_INTERNAL: Final = _("the agency's own business, never sent")
_REMARKS: Final = {
    "no_facts": _("an alert without any fact can hardly be assessed"),
    "stage_not_expected": _("the stage {got} is not the one that is waited for ({expected})"),
}
Lines = Iterator[tuple[Text, dict[str, object]]]
STATES: Final = {
    "open": _("to do"),
    "overdue": _("overdue"),
    "closed": _("closed"),
    "in_time": _("done"),
    "late": _("done late"),
}


def plain(value: object, lang: str) -> str:
    """A value of a body: a day as it is written, anything else as it is."""
    text = str(value)
    try:
        return day(date.fromisoformat(text), lang) if len(text) == len("2026-10-03") else text
    except ValueError:
        return text


def act(code: str, lang: str) -> str:
    """What is owed."""
    return labels.act_text(code, lang)


def stage(code: str, lang: str) -> str:
    """How far a desk says that it is."""
    return _STAGES[code].say(lang) if code in _STAGES else code


def motive(code: str, lang: str) -> str:
    """Why a desk says that it had access."""
    return MOTIVE_TEXTS[code].say(lang) if code in MOTIVE_TEXTS else code


def reasons(codes: Iterable[str], lang: str) -> str:
    """Why something was not sent or not delivered."""
    words = (
        _INTERNAL.say(lang) if code == INTERNAL else labels.reason_text(code, lang)
        for code in codes
    )
    return series(words, lang)


def remark(one: Mapping[str, Any], lang: str) -> str:
    """What was missing for a desk, or looks like a slip of the pen."""
    cause = one["cause"]
    if cause in _REMARKS:
        said = _REMARKS[cause].say(lang, got=one["got"], expected=one["expected"])
    else:
        said = labels.reason_text(cause, lang)
    if one.get("place") and "desk" in one:
        said = _("{cause} (field `{place}`)").say(lang, cause=said, place=one["place"])
    if "desk" not in one:
        return said
    return _("{desk}: {remark}").say(lang, desk=one["desk"], remark=said)


def scopes(codes: Iterable[str], lang: str) -> str:
    """Categories of data."""
    return series([labels.scope_label(code, lang) for code in codes], lang)


def state(duty: Mapping[str, Any]) -> Text:
    """Whether a duty waits, is late or is done."""
    if duty["state"] == "open":
        return STATES["overdue" if duty.get("overdue") else "open"]
    in_time = duty.get("in_time")
    return STATES["closed" if in_time is None else "in_time" if in_time else "late"]


def left(rows: Iterable[Mapping[str, Any]], lang: str) -> Iterator[tuple[str, str]]:
    """Scopes that were not sent or not delivered, those of one reason together, and that reason."""
    by: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        by.setdefault(tuple(row["reasons"]), []).append(row["scope"])
    for why, held in by.items():
        yield scopes(held, lang), reasons(why, lang)


def doors(rows: Iterable[Mapping[str, Any]], text: Text, lang: str) -> Lines:
    """The right doors, each a line of `text`."""
    for door in rows:
        yield (
            text,
            {
                "event": labels.event_label(door["event"], lang),
                "role": labels.role_label(door["role"], lang),
                "clause": door["clause"],
            },
        )
