"""The plan of the tests, in Markdown or as data, from the table that they run by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress, groupby
from typing import Any, Final

from services.conformance.case import AnyCase
from services.conformance.systems import KitSystem
from services.texts import Catalogue, any_of

_ = Catalogue(__name__)

_UNDER: Final = _(
    "Relais {version}: {n} cases, {hostile} of them hostile, {under} of these under a genuine receipt of the router."
)
_COUNTED: Final = _("Relais {version}: {n} cases, {hostile} of them hostile.")
_SECTION: Final = _("Specification: {section}")
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
    heads = [head.say(lang) for head in _HEADS]
    # A column that says the same of every case says nothing.
    told = [under > 0, len({_expected(case, lang) for case in cases}) > 1]
    ordered = sorted(cases, key=lambda case: _place(cases, case))
    for asked, group in groupby(ordered, key=lambda case: case.requirement):
        lines += [f"## {asked.asks.say(lang)}", "", _SECTION.say(lang, section=asked.section), ""]
        kept = [*heads[:2], *compress(heads[2:], told)]
        lines += [_row(kept), _row(["---"] * len(kept))]
        for case in group:
            receipt = _("yes").say(lang) if case.under_receipt else ""
            more = compress([receipt, _expected(case, lang)], told)
            lines.append(_row([f"`{case.id}`", case.title.say(lang), *more]))
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
