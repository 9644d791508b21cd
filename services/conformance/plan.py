"""The plan of the tests, in Markdown or as data, from the table that they run by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from services.conformance.case import RecipientCase
from services.texts import Catalogue, any_of

_ = Catalogue(__name__)


def plan_rows(cases: Iterable[RecipientCase]) -> list[dict[str, Any]]:
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


def markdown(cases: Sequence[RecipientCase], version: str, lang: str) -> str:
    """The plan for people, by what the specification asks."""
    hostile = sum(case.hostile for case in cases)
    under = sum(case.under_receipt for case in cases)
    title = _("Conformance of a recipient: the plan").say(lang)
    lines = [
        f"# {title}", "",
        _("Relais {version}: {n} cases, {hostile} of them hostile, {under} of these under a genuine receipt of the router.")
        .say(lang, version=version, n=len(cases), hostile=hostile, under=under), "",
    ]  # fmt: skip
    heads = [
        head.say(lang)
        for head in (
            _("Case"),
            _("What arrives"),
            _("Under a receipt"),
            _("What must become of it"),
        )
    ]
    ordered = sorted(cases, key=lambda case: _place(cases, case))
    for asked, group in groupby(ordered, key=lambda case: case.requirement):
        lines += [
            f"## {asked.section}",
            "",
            asked.asks.say(lang),
            "",
            _row(heads),
            _row(["---"] * 4),
        ]
        for case in group:
            under_receipt = _("yes").say(lang) if case.under_receipt else ""
            lines.append(
                _row([f"`{case.id}`", case.title.say(lang), under_receipt, _expected(case, lang)])
            )
        lines.append("")
    return "\n".join(lines)


def _place(cases: Sequence[RecipientCase], case: RecipientCase) -> int:
    """Where what it tries is first tried."""
    return next(
        number for number, other in enumerate(cases) if other.requirement == case.requirement
    )


def _expected(case: RecipientCase, lang: str) -> str:
    if not case.hostile:
        return _("taken").say(lang)
    reasons = any_of([f"`{reason}`" for reason in sorted(case.reasons)], lang)
    if case.noticed:
        return _("noticed: {reasons}").say(lang, reasons=reasons)
    return _("refused: {reasons}").say(lang, reasons=reasons)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
