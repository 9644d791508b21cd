"""A comparison as text and as one self-contained HTML page, French or English."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

from contracts.convention.model import Convention
from services.committee.diff.beside_text import beside
from services.committee.diff.change import GROUPS, Change
from services.committee.diff.change_text import same_text, sentence, title
from services.committee.diff.compare import Diff
from services.committee.diff.example import command, example
from services.committee.diff.sheet import consulted, sheet, verdict
from services.committee.texts.legal_texts import unchecked_text
from services.pages import render
from services.texts import Catalogue

_ = Catalogue(__name__)
_LINES: Final = _("What changes beside the permissions")
_EXAMPLE: Final = _("Example: {text}")


def text(found: Diff, lang: str) -> str:
    """The comparison for a terminal: groups, sentences with example and command, then what differs beside.

    Args:
        lang: `fr` or `en`.
    """
    return "\n".join(_terminal(found, lang)).lstrip("\n")


def _terminal(found: Diff, lang: str) -> Iterator[str]:
    if found.same:
        yield same_text(lang)
    for group in GROUPS:
        if changes := found.shown(group):
            yield f"\n{title(group, lang)} ({len(changes)})"
        for change in changes:
            yield f"- {sentence(found.old, found.new, change, lang)}"
            if told := example(found, change, lang):
                yield f"    {_EXAMPLE.say(lang, text=told)}"
            if asked := command(found, change):
                yield f"    {asked}"
    if lines := beside(found, lang):
        yield f"\n{_LINES.say(lang)} ({len(lines)})"
    for one in lines:
        yield f"- {one.what}"
        yield from (f"    {text}" for text in (one.was, one.becomes) if text)
    yield "\n" + verdict(found, lang)


def page(found: Diff, lang: str) -> str:
    """The comparison as one page: a sheet to sign from, each change in full, what differs beside the permissions.

    Its commands name the files alone: whoever reads a page has them in a folder of its own.

    Args:
        lang: `fr` or `en`.
    """
    old, new = (path.rpartition("/")[2] for path in found.paths)
    found = replace(found, paths=(old, new))
    return render(
        "services.committee",
        "diff/page.html",
        lang,
        old=found.old,
        new=found.new,
        dates=[_effective(one) for one in (found.old, found.new)],
        verdict=verdict(found, lang),
        same=same_text(lang) if found.same else "",
        titles={group: title(group, lang) for group in GROUPS},
        sheet=sheet(found, lang),
        consulted=consulted(found, lang),
        unchecked=unchecked_text(found.new, lang),
        groups={
            group: [_change(found, one, lang) for one in found.shown(group)] for group in GROUPS
        },
        beside=beside(found, lang),
        beside_title=_LINES.say(lang),
    )


def _effective(convention: Convention) -> date:
    return date.fromisoformat(convention.effective)


def _change(found: Diff, change: Change, lang: str) -> dict[str, Any]:
    told = example(found, change, lang)
    return {
        "sentence": sentence(found.old, found.new, change, lang),
        "example": _EXAMPLE.say(lang, text=told) if told else "",
        "command": _options(command(found, change)),
    }


def _options(command: str) -> list[str]:
    """A command in pieces that no line should break: `relais convention explain`, the file, each option."""
    if not command:
        return []
    first, *options = command.split(" --")
    *words, file = first.split(" ", 3)
    return [" ".join(words), file, *(f"--{one}" for one in options)]
