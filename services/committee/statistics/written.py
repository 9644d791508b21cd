"""Figures as a table for a spreadsheet and as one document, each with what the law asks and the bus cannot know."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.vocabulary.figures import CELL, Counts
from services.committee.friction.told import METHOD
from services.committee.friction.words import TITLES, column_words, row_words
from services.committee.statistics.tables import ROUNDED
from services.committee.statistics.variables import VARIABLES
from services.texts import Catalogue

_ = Catalogue(__name__)

_VARIABLE: Final = _("{name}: {why}")
_LABEL: Final = _("{table}: {row}, {column}")
COLUMNS: Final = ("period", "table", "row", "column", "label", "count", "state")


def table(months: Iterable[Counts], convention: Convention, lang: str) -> str:
    """CSV (RFC 4180): a row a cell, its `state` counted or suppressed; then one a variable of the annexes.

    A variable's row has its annex as `table`, its name as `row` and what is known of it as `state`.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for month in months:
        for cell in month.cells:
            label = _label(cell.table, cell.row, cell.column, lang, convention)
            told = ("", "suppressed") if cell.count is None else (cell.count, "counted")
            rows.writerow((month.period, cell.table, cell.row, cell.column, label, *told))
    for each in VARIABLES:
        label = _VARIABLE.say(lang, name=each.label.say(lang), why=each.why.say(lang))
        rows.writerow(("", each.annex, each.code, "", label, "", each.knowledge))
    return out.getvalue()


def document(
    reader: str, grant: Grant, months: Sequence[Counts], convention: Convention, lang: str
) -> dict[str, Any]:
    """One JSON document: months as they are published, what their codes mean, what is not known."""
    codes = {(cell.table, cell.row, cell.column): None for month in months for cell in month.cells}
    return {
        "reader": reader,
        "clause": grant.id,
        "purpose": grant.purpose,
        "unit": "case",
        "threshold": CELL,
        "rounded": ROUNDED,
        "method": METHOD,
        "months": [month.wire() for month in months],
        "labels": [
            {"table": of, "row": row, "column": column, "label": _label(of, row, column, lang, convention)}
            for of, row, column in codes
        ],
        "variables": [
            {
                "annex": each.annex, "code": each.code, "label": each.label.say(lang),
                "knowledge": each.knowledge, "why": each.why.say(lang),
            }
            for each in VARIABLES
        ],
    }  # fmt: skip


def _label(table: str, row: str, column: str, lang: str, convention: Convention) -> str:
    """What a cell counts, in the report's words."""
    words = row_words(table, row, lang, convention), column_words(table, column, lang, convention)
    return _LABEL.say(lang, table=TITLES[table].say(lang), row=words[0], column=words[1])
