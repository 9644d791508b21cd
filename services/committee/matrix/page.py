"""The matrix as one HTML page: no network, no script, readable printed and by a screen reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from contracts.convention.clauses import BUS, Grant
from contracts.convention.model import Convention
from contracts.convention.rows import Row, rows_of
from contracts.vocabulary.scopes import KEPT_DAYS
from services.committee.matrix.clause_margin import beside, parted
from services.committee.texts.clause_sentence import duty_sentence, scopes_text
from services.committee.texts.french import capital, that
from services.committee.texts.labels import (
    condition_text,
    event_label,
    purpose_label,
    role_label,
)
from services.committee.texts.legal_texts import citation, in_force_text, unchecked_text
from services.committee.texts.origins import origin_texts
from services.pages import render
from services.texts import Catalogue, series

_ = Catalogue(__name__)
_HEADS: Final = (
    _("Clause"),
    _("Act and purpose"),
    _("From"),
    _("To"),
    _("Data"),
    _("Conditions"),
    _("What is owed"),
    _("Kept"),
    _("Basis"),
    _("Origin"),
)


def rows(convention: Convention, desk: str = "") -> list[Row]:
    """The rows in the file's order.

    Args:
        desk: a role: those alone that it sends or receives.
    """
    return [row for row in rows_of(convention) if desk in ("", row.issuer, row.recipient)]


def page(convention: Convention, lang: str, desk: str = "", *, adopted: bool = False) -> str:
    """The whole page.

    Args:
        lang: `fr` or `en`.
        desk: a role: its rows alone; a clause is shown with the roles of these rows.
        adopted: an order put it into force; of a file alone nobody knows.
    """
    shown = rows(convention, desk)
    return render(
        "services.committee",
        "matrix/page.html",
        lang,
        convention=convention,
        effective=date.fromisoformat(convention.effective),
        adopted=adopted,
        unchecked=unchecked_text(convention, lang),
        extract=_extract(convention, shown, desk, lang) if desk else "",
        grid=_grid(convention, shown, lang),
        heads=[head.say(lang) for head in _HEADS],
        lines=list(_lines(convention, shown, lang)),
        texts=list(_texts(convention, lang)),
        reference=_names(convention, convention.reference, lang),
    )


def _extract(convention: Convention, shown: list[Row], desk: str, lang: str) -> str:
    """That this is not the whole convention: printed, an extract would look like all of it."""
    return _.ngettext(
        "Extract: desk {code}. {n} row of {all}. The whole convention has {clauses} clauses.",
        "Extract: desk {code}. {n} rows of {all}. The whole convention has {clauses} clauses.",
    ).say(
        lang,
        code=desk,
        n=len(shown),
        all=len(rows(convention)),
        clauses=len(convention.by_clause),
    )


def _grid(convention: Convention, shown: list[Row], lang: str) -> dict[str, Any]:
    """Who writes to whom at a glance: each cell leads to the sentences of its clauses."""
    cells: dict[tuple[str, str], dict[str, None]] = {}
    for row in shown:
        cells.setdefault((row.issuer, row.recipient), {})[row.grant.id] = None
    order = (*convention.roles, *convention.readers, BUS)
    issuers, recipients = (
        [role for role in order if role in {pair[place] for pair in cells}] for place in (0, 1)
    )
    return {
        "recipients": [{"name": role_label(role, lang, convention)} for role in recipients],
        "lines": [
            {
                "name": role_label(issuer, lang, convention),
                "cells": [list(cells.get((issuer, role), {})) for role in recipients],
            }
            for issuer in issuers
        ],
    }


def _lines(convention: Convention, shown: Iterable[Row], lang: str) -> Iterator[dict[str, Any]]:
    """Each clause of these rows, with their issuers and recipients, in the file's order."""
    of_grant: dict[str, list[Row]] = {}
    for row in shown:
        of_grant.setdefault(row.grant.id, []).append(row)
    for grant in convention.grants:
        if grant.id in of_grant:
            yield _line(convention, grant, of_grant[grant.id], lang)


def _line(convention: Convention, grant: Grant, own: list[Row], lang: str) -> dict[str, Any]:
    owed = dict.fromkeys(duty for row in own for duty in row.duties)
    return {
        "id": grant.id,
        "label": grant.label[lang],
        "act": f"{_act(convention, grant, lang)}{_realm(grant, lang)}",
        "issuers": _names(convention, [row.issuer for row in own], lang),
        "recipients": _names(convention, [row.recipient for row in own], lang),
        "scopes": scopes_text(grant.scopes, lang, convention),
        "conditions": [that(condition_text(name, lang), lang) for name in grant.conditions],
        "owed": [duty_sentence(convention, grant, duty, lang) for duty in owed],
        "kept": _kept(grant.keep, lang),
        "basis": [citation(convention, code, lang) for code in grant.basis],
        "origin": origin_texts(grant, owed, lang),
        "sentence": parted(grant, lang),
        "beside": beside(convention, grant, lang),
    }


def _act(convention: Convention, grant: Grant, lang: str) -> str:
    event = event_label(grant.event, lang)
    purpose = purpose_label(grant.purpose, lang, convention)
    return _("{event} ({code}), to {purpose}").say(
        lang, event=capital(event), code=grant.event, purpose=purpose
    )


def _realm(grant: Grant, lang: str) -> str:
    return "" if grant.realm == "civil" else " " + _("(criminal bus)").say(lang)


def _names(convention: Convention, roles: Iterable[str], lang: str) -> str:
    """Roles between semicolons: some of their names hold commas."""
    names = [role_label(role, lang, convention) for role in dict.fromkeys(roles)]
    return series(names, lang)


def _kept(retention: str | None, lang: str) -> str:
    """A retention class and what it means."""
    if not retention:
        return _("publication").say(lang)
    return _("up to {days} days").say(lang, days=KEPT_DAYS[retention])


def _texts(convention: Convention, lang: str) -> Iterator[dict[str, str]]:
    for code, text in convention.texts.items():
        yield {"code": code, "title": text[lang], "force": in_force_text(text, lang)}
