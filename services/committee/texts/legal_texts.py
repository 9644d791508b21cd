"""What is said of the legal texts that a convention cites."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from contracts.convention.model import Convention
from services.texts import Catalogue, all_of, series

_ = Catalogue(__name__)
_ABOUT: Final = re.compile(r" \([^()]*\)\Z")
_ARTICLE: Final = ", art. "


def citation(convention: Convention, code: str, lang: str) -> str:
    """A legal text without what it is about: `CASF, art. L. 226-4`."""
    return _ABOUT.sub("", convention.texts[code][lang])


def citations(convention: Convention, codes: Iterable[str], lang: str) -> str:
    """Legal texts in a row, each code of law named once: `CASF, art. L. 226-4 and …`."""
    articles: dict[str, list[str]] = {}
    for code in codes:
        law, _article, number = citation(convention, code, lang).partition(_ARTICLE)
        articles.setdefault(law, []).extend([number] if number else [])
    return series(
        (
            law + (_ARTICLE + all_of(numbers, lang) if numbers else "")
            for law, numbers in articles.items()
        ),
        lang,
    )


def in_force_text(text: dict[str, str], lang: str) -> str:
    """From when, and to when where it ends, a legal text is in force."""
    since = date.fromisoformat(text["in_force_from"])
    if not text["in_force_until"]:
        return _("in force from {since}").say(lang, since=since)
    until = date.fromisoformat(text["in_force_until"])
    return _("in force from {since} to {until}").say(lang, since=since, until=until)


def unchecked_text(convention: Convention, lang: str) -> str:
    """How many legal texts no lawyer has read; empty if all are checked."""
    texts = convention.texts.values()
    unchecked = sum(not text["checked"] for text in texts)
    if not unchecked:
        return ""
    if unchecked == len(texts):
        return _("No lawyer has checked any of the {all} legal texts.").say(lang, all=unchecked)
    return _.ngettext(
        "No lawyer has checked {n} of the {all} legal texts.",
        "No lawyer has checked {n} of the {all} legal texts.",
    ).say(lang, n=unchecked, all=len(texts))
