"""The matrix as one HTML page: no network, no script, readable printed and by a screen reader."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from contracts.convention.matrix import Filters, Row, rows
from contracts.convention.model import Convention
from contracts.convention.page import document
from contracts.convention.sentences import scopes_text
from contracts.convention.wording import (
    condition_text,
    event_label,
    origin_label,
    owed_text,
    purpose_label,
    role_label,
)
from contracts.scopes import RETENTION_CLASSES

_WORDS: Final[dict[str, dict[str, str]]] = {
    "fr": {
        "caption": "Qui peut envoyer quoi à qui, pour quoi, à quelles conditions",
        "clauses": "Les clauses en toutes lettres",
        "system": "Les événements du bus lui-même",
        "texts": "Les textes",
        "version": "version",
        "effective": "en vigueur depuis le",
        "digest": "Empreinte",
        "draft": "Données de démonstration : ni signées, ni validées par un juriste.",
        "clause": "Clause", "issuer": "De", "recipient": "À", "what": "Acte et but",
        "scopes": "Données", "conditions": "Conditions", "owes": "Ce qui est dû",
        "keep": "Conservation", "basis": "Texte", "flags": "Flux, délai, données", "none": "aucune",
        "days": "jours", "publication": "publication", "colon": " :",
    },
    "en": {
        "caption": "Who may send what to whom, for what, on which conditions",
        "clauses": "The clauses in full",
        "system": "The bus's own events",
        "texts": "The texts",
        "version": "version",
        "effective": "effective from",
        "digest": "Digest",
        "draft": "Demonstration data: neither signed nor checked by a lawyer.",
        "clause": "Clause", "issuer": "From", "recipient": "To", "what": "Act and purpose",
        "scopes": "Data", "conditions": "Conditions", "owes": "What is owed", "keep": "Kept",
        "basis": "Text", "flags": "Flow, deadline, data", "none": "none", "days": "days",
        "publication": "publication", "colon": ":",
    },
}  # fmt: skip
_COLUMNS: Final = (
    "clause", "issuer", "recipient", "what", "scopes", "conditions", "owes", "keep", "basis",
    "flags",
)  # fmt: skip


def page(convention: Convention, lang: str, filters: Filters | None = None) -> str:
    """The whole page.

    Args:
        lang: `fr` or `en`.
        filters: which rows to show; the clauses shown in full are those of the rows.
    """
    words = _WORDS[lang]
    shown = list(rows(convention, filters))
    title = convention.title[lang]
    facts = (
        f"{convention.id}, {words['version']} {convention.version}, {words['effective']} "
        f"{convention.effective}. {words['digest']}{words['colon']} <code>{convention.digest}</code>"
    )
    body = "".join(
        (
            f"<h1>{escape(title)}</h1><p>{facts}</p><p>{words['draft']}</p>",
            _table(convention, shown, lang),
            f'<h2 id="clauses">{words["clauses"]}</h2>{_clauses(convention, shown, lang)}',
            f"<h2>{words['system']}</h2>{_system(convention, lang)}",
            f"<h2>{words['texts']}</h2>{_texts(convention, lang)}",
        )
    )
    return document(title, lang, body)


def _table(convention: Convention, shown: Iterable[Row], lang: str) -> str:
    words = _WORDS[lang]
    head = "".join(f'<th scope="col">{words[name]}</th>' for name in _COLUMNS)
    body = "".join(_row(convention, row, lang) for row in shown)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{words["caption"]}">'
        f"<table><caption>{words['caption']}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(convention: Convention, row: Row, lang: str) -> str:
    grant, words = row.grant, _WORDS[lang]
    owed = [
        f"{role_label(row.party(duty.debtor), lang, convention)} → "
        f"{role_label(row.party(duty.creditor), lang, convention)}{words['colon']} "
        f"{owed_text(duty, lang)}"
        for duty in row.duties
    ]
    flags = (grant.flags.flow, grant.flags.deadline, grant.flags.categories)
    act = f"{event_label(grant.event, lang)} ({grant.event}), {purpose_label(grant.purpose, lang)}"
    cells = (
        escape(role_label(row.issuer, lang, convention)),
        escape(role_label(row.recipient, lang, convention)),
        escape(act + (f" [{grant.realm}]" if grant.realm != "civil" else "")),
        escape(scopes_text(grant.scopes, lang, convention)),
        _list([condition_text(name, lang) for name in grant.conditions], words["none"]),
        _list(owed, words["none"]),
        _kept(grant.keep, lang),
        _list([convention.texts[code][lang] for code in grant.basis], words["none"]),
        escape(", ".join(origin_label(flag, lang) for flag in flags)),
    )
    link = f'<a href="#{grant.id}">{grant.id}</a>'
    return (
        f'<tr><th scope="row">{link}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    )


def _kept(retention: str | None, lang: str) -> str:
    """A retention class and what it means."""
    words = _WORDS[lang]
    if not retention:
        return words["publication"]
    return f"{RETENTION_CLASSES[retention]} {words['days']} ({retention})"


def _list(items: list[str], none: str) -> str:
    if not items:
        return none
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _clauses(convention: Convention, shown: Iterable[Row], lang: str) -> str:
    grants = dict.fromkeys(row.grant.id for row in shown)
    return "<dl>" + "".join(
        f'<dt id="{grant.id}">{grant.id}, {escape(grant.label[lang])}</dt>'
        f"<dd>{escape(grant.sentence[lang])}</dd>"
        for grant in convention.grants
        if grant.id in grants
    ) + "</dl>"  # fmt: skip


def _system(convention: Convention, lang: str) -> str:
    return "<dl>" + "".join(
        f"<dt>{clause.event}, {escape(clause.label[lang])}</dt>"
        f"<dd>{escape(clause.sentence[lang])}</dd>"
        for clause in convention.system.values()
    ) + "</dl>"  # fmt: skip


def _texts(convention: Convention, lang: str) -> str:
    return "<dl>" + "".join(
        f"<dt><code>{code}</code></dt><dd>{escape(text[lang])}, {text['in_force_from']} – "
        f"{text['in_force_until']}</dd>"
        for code, text in convention.texts.items()
    ) + "</dl>"  # fmt: skip
