"""The codes of cells in words, French and English."""

from __future__ import annotations

from typing import Final

from contracts.convention.model import Convention
from services.committee.statistics.counted import ACTS, EVERY, MEASURES, OVERDUE, REFUSED
from services.committee.texts.french import capital
from services.committee.texts.labels import event_label, purpose_label, role_label
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_TABLES: Final[dict[str, Text]] = {
    ACTS: _("files in which something was transmitted"),
    MEASURES: _("files with a measure"),
    REFUSED: _("files in which something was refused"),
    OVERDUE: _("files in which something fell overdue"),
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


def cell_label(table: str, row: str, column: str, lang: str, convention: Convention) -> str:
    """What a cell counts."""
    words = [capital(_TABLES[table].say(lang))]
    what, _dot, purpose = row.partition(".")
    if table == MEASURES:
        words += [_MEASURES[what].say(lang), _PHASES[purpose].say(lang)]
    elif row != EVERY:
        words.append(f"{event_label(what, lang)} ({purpose_label(purpose, lang)})")
    words.append(role_label(column, lang, convention))
    return ", ".join(words)
