"""The report as one HTML page: a sheet that a committee projects, then each table with its drawing, then the method.

Made of the told report alone: of a count that is not in it no page knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from contracts.vocabulary.scopes import CIVIL
from services.committee.friction.counting import WAIT_DAYS
from services.committee.friction.figures import Drawings
from services.committee.friction.headlines import headlines
from services.committee.friction.rows import TableRows
from services.committee.friction.told import METHOD, ToldConvention, ToldReport
from services.committee.friction.words import NOTES, TITLES
from services.committee.texts.labels import realm_label
from services.pages import render
from services.suppression import LEAST_CASES, LEAST_ISSUERS
from services.texts import Catalogue, day

if TYPE_CHECKING:
    from contracts.convention.model import Convention

_ = Catalogue(__name__)

ON_FIRST_SHEET: Final = ("law", "refused_reason")
_BUS: Final = _("{realm} bus")


def page(report: ToldReport, lang: str, convention: Convention | None = None) -> str:
    """The whole page.

    Args:
        lang: `fr` or `en`.
        convention: whose words name roles and clauses; without one the bus's own.
    """
    facts = _shown(report, lang, convention)
    return render("services.committee", "friction/page.html", lang, alone=True, **facts)


def part(report: ToldReport, lang: str) -> Markup:
    """The same for a page that has a title already: the console's, which knows no convention."""
    facts = _shown(report, lang, None)
    return Markup(render("services.committee", "friction/body.html", lang, alone=False, **facts))  # noqa: S704 - escaped by it


def _shown(report: ToldReport, lang: str, convention: Convention | None) -> dict[str, Any]:
    """What a template shows of a report."""
    figures = Drawings(report, lang, convention)
    tables = TableRows(report, lang, convention)
    return {
        "report": report,
        "months": figures.months,
        "least": (LEAST_CASES, LEAST_ISSUERS),
        "wait": WAIT_DAYS,
        "method": METHOD,
        "summary": list(headlines(report, lang, convention)),
        "summary_charts": list(_summary_charts(figures)),
        "realms": [
            {
                "id": realm,
                "name": _BUS.say(lang, realm=realm_label(realm, lang)),
                "tables": [
                    _table(realm, name, figures, tables, lang) for name in report.table_names(realm)
                ],
            }
            for realm in report.realms
        ],
        "conventions": [_force(force, lang) for force in report.conventions],
        "announced": _force(report.announced, lang) if report.announced else None,
        "frozen": [
            figures.months[at]
            for at, each in enumerate(report.months)
            if each.first != report.period
        ],
        "erased": sum(report.erased.values()),
        "position": [
            (realm_label(realm, lang), str(number), str(place[0]), place[1])
            for realm, places in report.position.items()
            for number, place in sorted(places.items())
        ],
    }


def _force(force: ToldConvention, lang: str) -> dict[str, str]:
    effective = day(date.fromisoformat(force.effective), lang)
    return {"version": str(force.version), "effective": effective, "digest": force.digest}


def _table(
    realm: str, name: str, figures: Drawings, tables: TableRows, lang: str
) -> dict[str, Any]:
    drawn = figures.of(realm, name)
    return {
        "id": f"{realm}-{name}",
        "title": TITLES[name].say(lang),
        "note": NOTES[name].say(lang),
        "chart": drawn.svg() if drawn is not None else "",
        **tables.of(realm, name),
    }


def _summary_charts(figures: Drawings) -> Iterator[dict[str, Any]]:
    """The drawings of the first sheet; each stands once more beside its table."""
    for name in ON_FIRST_SHEET:
        if (drawn := figures.of(CIVIL, name)) is not None:
            yield {"title": drawn.title, "svg": drawn.named(f"summary-{drawn.id}").svg()}
