"""The plan of the tests, in Markdown or as data, from the table that they run by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from services.conformance.case import AnyCase
from services.conformance.systems import KitSystem
from services.texts import Catalogue, any_of

_ = Catalogue(__name__)

_UNDER: Final = _(
    "Relais {version}: {n} cases, {hostile} of them hostile, {under} of these under a genuine receipt of the router."
)
_COUNTED: Final = _("Relais {version}: {n} cases, {hostile} of them hostile.")
_HEADS: Final = (
    _("Case"), _("What is tried"), _("Under a receipt"), _("What must become of it"),
)  # fmt: skip


def plan_rows(cases: Iterable[AnyCase]) -> list[dict[str, Any]]:
    """The table as data."""
    return [
        {
            "case": case.id, "section": case.requirement.section, "hostile": case.hostile,
            "under_receipt": case.under_receipt, **case.expected(),
            "title": {lang: case.title.say(lang) for lang in ("fr", "en")},
            "asks": {lang: case.requirement.asks.say(lang) for lang in ("fr", "en")},
        }
        for case in cases
    ]  # fmt: skip


def markdown(system: KitSystem, version: str, lang: str) -> str:
    """The plan of a system for people, by what the specification asks."""
    cases = system.cases
    hostile = sum(case.hostile for case in cases)
    under = sum(case.under_receipt for case in cases)
    facts = {"version": version, "n": len(cases), "hostile": hostile, "under": under}
    lines = [
        f"# {system.title.say(lang)}",
        "",
        (_UNDER if under else _COUNTED).say(lang, **facts),
        "",
    ]
    heads = [head.say(lang) for head in (_HEADS if under else (*_HEADS[:2], _HEADS[3]))]
    ordered = sorted(cases, key=lambda case: _place(cases, case))
    for asked, group in groupby(ordered, key=lambda case: case.requirement):
        lines += [f"## {asked.section}", "", asked.asks.say(lang), ""]
        lines += [_row(heads), _row(["---"] * len(heads))]
        for case in group:
            cells = [f"`{case.id}`", case.title.say(lang)]
            if under:
                cells.append(_("yes").say(lang) if case.under_receipt else "")
            lines.append(_row([*cells, _expected(case, lang)]))
        lines.append("")
    return "\n".join(lines)


def _place(cases: Sequence[AnyCase], case: AnyCase) -> int:
    """Where what it tries is first tried."""
    return next(
        number for number, other in enumerate(cases) if other.requirement == case.requirement
    )


def _expected(case: AnyCase, lang: str) -> str:
    if not case.reasons:
        return case.wanted.say(lang)
    reasons = any_of([f"`{reason}`" for reason in sorted(case.reasons)], lang)
    if case.noticed:
        return _("noticed: {reasons}").say(lang, reasons=reasons)
    return _("refused: {reasons}").say(lang, reasons=reasons)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
