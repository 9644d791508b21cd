"""The matrix as one HTML page: no network, no script, readable printed and by a screen reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from html import escape
from typing import Final

from contracts.convention.model import Convention
from contracts.vocabulary.scopes import RETENTION_CLASSES
from services.committee.cases.synthetic_event import BUS
from services.committee.matrix.clause_margin import beside
from services.committee.matrix.rows import Filters, Row, rows
from services.committee.texts.clause_sentence import scopes_text
from services.committee.texts.french import capital, that_french
from services.committee.texts.html_page import document
from services.committee.texts.labels import (
    condition_text,
    event_label,
    origin_label,
    owed_text,
    purpose_label,
    role_label,
)

_WORDS: Final[dict[str, dict[str, str]]] = {
    "fr": {
        "grid": "D'un coup d'œil : de qui (ligne) à qui (colonne), par quelle clause",
        "caption": "Qui peut envoyer quoi à qui, pour quoi, à quelles conditions",
        "clauses": "Les clauses en toutes lettres",
        "promises": "Les garanties qu'aucune clause ne peut enfreindre",
        "parties": "Les signataires", "contents": "Sommaire",
        "system": "Les événements du bus lui-même",
        "texts": "Les textes",
        "version": "version",
        "effective": "date d'effet :",
        "digest": "Empreinte",
        "draft": "Projet ou données de démonstration : rien n'atteste ici que cette version est signée "
                 "et adoptée.",
        "adopted": "En vigueur sur le bus à la date de cette page.",
        "unchecked": "Aucun juriste n'a vérifié {n} des {all} textes cités.",
        "clause": "Clause", "issuer": "De", "recipient": "À", "what": "Acte et but",
        "scopes": "Données", "conditions": "Conditions", "owes": "Ce qui est dû",
        "keep": "Conservation", "basis": "Texte", "flags": "Flux, délai, données", "none": "aucune",
        "days": "jours", "publication": "publication", "colon": " :",
        "extract": "Extrait : {which}. {rows} sur {all}. La convention entière contient {count} clauses.",
        "row": "ligne", "rows": "lignes", "and": " ; ",
        "nothing": "aucune clause ne répond à ce filtre",
    },
    "en": {
        "grid": "At a glance: from whom (row) to whom (column), by which clause",
        "caption": "Who may send what to whom, for what, on which conditions",
        "clauses": "The clauses in full",
        "promises": "What no clause may break",
        "parties": "The signatories", "contents": "Contents",
        "system": "The bus's own events",
        "texts": "The texts",
        "version": "version",
        "effective": "effective from",
        "digest": "Digest",
        "draft": "Draft or demonstration data: nothing here shows that this version is signed and adopted.",
        "adopted": "In force on the bus when this page was made.",
        "unchecked": "No lawyer has checked {n} of the {all} legal texts.",
        "clause": "Clause", "issuer": "From", "recipient": "To", "what": "Act and purpose",
        "scopes": "Data", "conditions": "Conditions", "owes": "What is owed", "keep": "Kept",
        "basis": "Text", "flags": "Flow, deadline, data", "none": "none", "days": "days",
        "publication": "publication", "colon": ":",
        "extract": "Extract: {which}. {rows} of {all}. The whole convention has {count} clauses.",
        "row": "row", "rows": "rows", "and": "; ",
        "nothing": "no clause answers to this filter",
    },
}  # fmt: skip
_FILTERS: Final[dict[str, tuple[str, str]]] = {
    "desk": ("service", "desk"), "issuer": ("émetteur", "issuer"),
    "recipient": ("destinataire", "recipient"), "act": ("acte", "act"),
    "purpose": ("but", "purpose"), "category": ("donnée", "data"),
}  # fmt: skip
_COLUMNS: Final = (
    "clause", "issuer", "recipient", "what", "scopes", "conditions", "owes", "keep", "basis",
    "flags",
)  # fmt: skip


def page(
    convention: Convention, lang: str, filters: Filters | None = None, *, adopted: bool = False
) -> str:
    """The whole page.

    Args:
        lang: `fr` or `en`.
        filters: which rows to show; the clauses shown in full are those of the rows.
        adopted: an order put it into force; of a file alone nobody knows.
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
            f"<h1>{escape(title)}</h1>",
            _extract(convention, shown, filters, lang),
            f"<p>{facts}</p>{_standing(convention, lang, adopted=adopted)}",
            _contents(convention, lang),
            _grid(convention, shown, lang),
            _table(convention, shown, lang),
            f'<h2 id="clauses">{words["clauses"]}</h2>{_clauses(convention, shown, lang)}',
            _promises(convention, lang),
            f'<h2 id="system">{words["system"]}</h2>{_system(convention, lang)}',
            f'<h2 id="texts">{words["texts"]}</h2>{_texts(convention, lang)}',
            f'<h2 id="parties">{words["parties"]}</h2>{_parties(convention, lang)}',
        )
    )
    return document(title, lang, body)


def _standing(convention: Convention, lang: str, *, adopted: bool) -> str:
    """What the version is worth: a draft looks like what is in force, printed above all."""
    words, texts = _WORDS[lang], convention.texts.values()
    unchecked = sum(not text["checked"] for text in texts)
    law = words["unchecked"].format(n=unchecked, all=len(texts)) if unchecked else ""
    said = words["adopted"] if adopted else f"<strong>{words['draft']}</strong>"
    return f"<p>{said} {law}</p>".replace(" </p>", "</p>")


def nothing_text(lang: str) -> str:
    """What is said instead of rows where no clause passes the filters."""
    return _WORDS[lang]["nothing"]


def _extract(convention: Convention, shown: list[Row], filters: Filters | None, lang: str) -> str:
    """That this is not the whole convention: printed, an extract would look like all of it."""
    words, given = _WORDS[lang], asdict(filters or Filters())
    which = [f"{names[lang != 'fr']} {given[f]}" for f, names in _FILTERS.items() if given[f]]
    if not which:
        return ""
    one = len(shown) < 2 if lang == "fr" else len(shown) == 1  # none is singular in French
    text = words["extract"].format(
        which=words["and"].join(which),
        rows=f"{len(shown)} {words['row' if one else 'rows']}",
        all=sum(1 for _ in rows(convention)),
        count=len({grant.clause for grant in convention.grants}),
    )
    none = "" if shown else f" {capital(words['nothing'])}."
    return f"<p><strong>{escape(text + none)}</strong></p>"


def _grid(convention: Convention, shown: list[Row], lang: str) -> str:
    """Who writes to whom at a glance: each cell leads to the sentences of its clauses."""
    words = _WORDS[lang]
    cells: dict[tuple[str, str], dict[str, None]] = {}
    for row in shown:
        cells.setdefault((row.issuer, row.recipient), {})[row.grant.id] = None
    order = (*convention.roles, *convention.readers, BUS)
    issuers, recipients = (
        [role for role in order if role in {pair[place] for pair in cells}] for place in (0, 1)
    )
    head = "".join(
        f'<th scope="col"><abbr title="{escape(role_label(role, lang, convention))}">{role}</abbr></th>'
        for role in recipients
    )
    body = "".join(
        f'<tr><th scope="row">{escape(role_label(issuer, lang, convention))} ({issuer})</th>'
        + "".join(f"<td>{_links(cells.get((issuer, one), {}))}</td>" for one in recipients)
        + "</tr>"
        for issuer in issuers
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{words["grid"]}">'
        f"<table><caption>{words['grid']}</caption><thead><tr>"
        f'<th scope="col">{words["issuer"]} \\ {words["recipient"]}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _links(grants: Iterable[str]) -> str:
    return " ".join(f'<a href="#{grant}">{grant}</a>' for grant in grants)


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
        f"{owed_text(duty, lang, convention)}"
        for duty in row.duties
    ]
    flags = (grant.flags.flow, grant.flags.deadline, grant.flags.categories)
    act = f"{event_label(grant.event, lang)} ({grant.event}), {purpose_label(grant.purpose, lang)}"
    cells = (
        escape(role_label(row.issuer, lang, convention)),
        escape(role_label(row.recipient, lang, convention)),
        escape(act + (f" [{grant.realm}]" if grant.realm != "civil" else "")),
        escape(scopes_text(grant.scopes, lang, convention)),
        _list([_that(name, lang) for name in grant.conditions], words["none"]),
        _list(owed, words["none"]),
        _kept(grant.keep, lang),
        _list([convention.texts[code][lang] for code in grant.basis], words["none"]),
        escape(", ".join(origin_label(flag, lang) for flag in flags)),
    )
    link = f'<a href="#{grant.id}">{grant.id}</a>'
    return (
        f'<tr><th scope="row">{link}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    )


def _that(condition: str, lang: str) -> str:
    text = condition_text(condition, lang)
    return that_french(text) if lang == "fr" else f"that {text}"


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
        f"<dd><p>{escape(grant.sentence[lang])}</p>"
        + "".join(f'<p class="note">{escape(line)}</p>' for line in beside(convention, grant, lang))
        + "</dd>"
        for grant in convention.grants
        if grant.id in grants
    ) + "</dl>"  # fmt: skip


def _contents(convention: Convention, lang: str) -> str:
    names = ["clauses", *(["promises"] if convention.invariants else ()), "system", "texts"]
    links = (f'<li><a href="#{name}">{_WORDS[lang][name]}</a></li>' for name in [*names, "parties"])
    return f'<nav aria-label="{_WORDS[lang]["contents"]}"><ul>{"".join(links)}</ul></nav>'


def _promises(convention: Convention, lang: str) -> str:
    """What no clause may break, if the file promises anything."""
    if not convention.invariants:
        return ""
    items = "".join(
        f"<dt>{one.id}</dt><dd>{escape(one.sentence[lang])}</dd>" for one in convention.invariants
    )
    return f'<h2 id="promises">{_WORDS[lang]["promises"]}</h2><dl>{items}</dl>'


def _parties(convention: Convention, lang: str) -> str:
    """Who signs, and how many must."""
    needed, all_of = convention.needed, len(convention.parties)
    text = (
        f"Doivent signer : {needed} sur {all_of}.", f"Must sign: {needed} of {all_of}.",
    )[lang != "fr"]  # fmt: skip
    items = "".join(
        f"<li>{escape(convention.party_labels[party][lang])}</li>" for party in convention.parties
    )
    return f"<ul>{items}</ul><p>{text}</p>"


def _system(convention: Convention, lang: str) -> str:
    return "<dl>" + "".join(
        f"<dt>{clause.event}, {escape(clause.label[lang])}</dt>"
        f"<dd>{escape(clause.sentence[lang])}</dd>"
        for clause in convention.system.values()
    ) + "</dl>"  # fmt: skip


def _texts(convention: Convention, lang: str) -> str:
    return "<dl>" + "".join(
        f"<dt><code>{code}</code></dt><dd>{escape(text[lang])}, {_in_force(text, lang)}</dd>"
        for code, text in convention.texts.items()
    ) + "</dl>"  # fmt: skip


def _in_force(text: dict[str, str], lang: str) -> str:
    since, until = text["in_force_from"], text["in_force_until"]
    if lang == "fr":
        return f"en vigueur depuis le {since}" + (f", jusqu'au {until}" if until else "")
    return f"in force since {since}" + (f", until {until}" if until else "")
