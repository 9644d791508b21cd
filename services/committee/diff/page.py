"""A comparison as text, as one self-contained HTML page, French or English, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from contracts.convention.model import Convention
from services.committee.diff.change import GROUPS, Change
from services.committee.diff.change_text import same_text, sentence, title
from services.committee.diff.compare import Diff
from services.committee.diff.sections import beside
from services.committee.diff.sheet import consulted, sheet_line, verdict
from services.committee.texts.legal_texts import unchecked_text
from services.pages import render
from services.texts import Catalogue

_ = Catalogue(__name__)
_LINES: Final = _("What changes beside the permissions")
_HEADING: Final = _("Version {new} of the convention compared with version {old}")


def text(comparison: Diff, lang: str) -> str:
    """The comparison for a terminal: groups with their sentences, then the rest.

    Args:
        lang: `fr` or `en`.
    """
    return "\n".join(_terminal(comparison, lang)).lstrip("\n")


def _terminal(comparison: Diff, lang: str) -> Iterator[str]:
    if comparison.same:
        yield same_text(lang)
    for group in GROUPS:
        if changes := comparison.shown(group):
            yield f"\n{title(group, lang)} ({len(changes)})"
        for change in changes:
            yield f"- {sentence(comparison.old, comparison.new, change, lang)}"
    if lines := beside(comparison.old, comparison.new, comparison.beside, lang):
        yield f"\n{_LINES.say(lang)} ({len(lines)})"
    for one in lines:
        yield f"- {one.what}"
        yield from (f"    {text}" for text in (one.was, one.becomes) if text)
    yield "\n" + verdict(comparison, lang)


def page(comparison: Diff, lang: str) -> str:
    """The comparison as one page: a sheet to sign from, each change in full, then the rest.

    Args:
        lang: `fr` or `en`.
    """
    old, new = comparison.old, comparison.new
    return render(
        "services.committee",
        "diff/page.html",
        lang,
        heading=_HEADING.say(lang, old=old.name, new=new.name),
        old=old,
        new=new,
        dates=[date.fromisoformat(convention.effective) for convention in (old, new)],
        verdict=verdict(comparison, lang),
        same=same_text(lang) if comparison.same else "",
        titles={group: title(group, lang) for group in GROUPS},
        groups={
            group: [
                sheet_line(comparison, change, lang)
                | {"sentence": sentence(old, new, change, lang)}
                for change in comparison.shown(group)
            ]
            for group in GROUPS
        },
        consulted=consulted(comparison, lang),
        unchecked=unchecked_text(new, lang),
        beside=beside(old, new, comparison.beside, lang),
        beside_title=_LINES.say(lang),
    )


def wire(comparison: Diff) -> dict[str, Any]:
    """The whole comparison."""
    return {
        "old": _file(comparison.old),
        "new": _file(comparison.new),
        "same": comparison.same,
        "opens": comparison.opens,
        **{
            group: [_change(comparison, one) for one in comparison.changes if one.group == group]
            for group in GROUPS
        },
        "lines": [
            f"{sign} {'.'.join(line.path)}: {value}"
            for line in comparison.beside
            for sign, value in (("-", line.was), ("+", line.becomes))
            if value
        ],
    }


def _file(convention: Convention) -> dict[str, Any]:
    return {
        "id": convention.id, "version": convention.version, "digest": convention.digest,
        "effective": convention.effective, "file": convention.file,
    }  # fmt: skip


def _change(comparison: Diff, change: Change) -> dict[str, Any]:
    """Where and what, then all that differs (`change.Atom`), then a sentence; nothing empty."""
    data = {
        "clause": change.clause,
        "realm": change.realm,
        "event": change.event,
        "purpose": change.purpose,
        "issuers": change.issuers,
        "recipients": change.recipients,
        **asdict(change.atom),
        "sentence": {
            lang: sentence(comparison.old, comparison.new, change, lang) for lang in ("fr", "en")
        },
    }
    return {name: value for name, value in data.items() if value not in ("", (), None)}
