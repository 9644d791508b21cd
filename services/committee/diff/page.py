"""A comparison as text, as one self-contained HTML page, French or English, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

from contracts.convention.clauses import DutySpec
from contracts.convention.model import Convention
from contracts.vocabulary.conditions import CONDITIONS
from services.committee.diff.beside_text import beside
from services.committee.diff.change import GROUPS, Atom, Change
from services.committee.diff.change_text import same_text, sentence, title
from services.committee.diff.compare import Diff
from services.committee.diff.example import command, example
from services.committee.diff.sheet import consulted, sheet, verdict
from services.committee.texts.french import capital
from services.committee.texts.legal_texts import unchecked_text
from services.pages import render
from services.texts import Catalogue

_ = Catalogue(__name__)
_LINES: Final = _("What changes beside the permissions")
_HEADING: Final = _("Version {new} of the convention compared with version {old}")
_NAMED: Final = _("{version} ({file})")  # two files may bear one name
_EXAMPLE: Final = _("Example: {text}")


def text(comparison: Diff, lang: str) -> str:
    """The comparison for a terminal: groups, sentences with example and command, the rest.

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
            if told := example(comparison, change, lang):
                yield f"    {_EXAMPLE.say(lang, text=told)}"
            if asked := command(comparison, change):
                yield f"    {asked}"
    if lines := beside(comparison, lang):
        yield f"\n{_LINES.say(lang)} ({len(lines)})"
    for line in lines:
        yield f"- {line.what}"
        yield from (f"    {text}" for text in (line.was, line.becomes) if text)
    yield "\n" + verdict(comparison, lang)


def page(comparison: Diff, lang: str) -> str:
    """The comparison as one page: a sheet to sign from, each change in full, then the rest.

    Its commands name the files alone: whoever reads a page has them in a folder of its own.

    Args:
        lang: `fr` or `en`.
    """
    old, new = (path.rpartition("/")[2] for path in comparison.paths)
    comparison = replace(comparison, paths=(old, new))
    names = _names(comparison, lang)
    return render(
        "services.committee",
        "diff/page.html",
        lang,
        heading=_HEADING.say(lang, old=names[0], new=names[1]),
        names=names,
        old=comparison.old,
        new=comparison.new,
        dates=[_effective(convention) for convention in (comparison.old, comparison.new)],
        verdict=verdict(comparison, lang),
        same=same_text(lang) if comparison.same else "",
        titles={group: title(group, lang) for group in GROUPS},
        sheet=sheet(comparison, lang),
        consulted=consulted(comparison, lang),
        unchecked=unchecked_text(comparison.new, lang),
        groups={
            group: [_change(comparison, change, lang) for change in comparison.shown(group)]
            for group in GROUPS
        },
        beside=beside(comparison, lang),
        beside_title=_LINES.say(lang),
    )


def _names(comparison: Diff, lang: str) -> list[str]:
    """What to call old and new version; with their files' names if they have one."""
    versions = [convention.name for convention in (comparison.old, comparison.new)]
    if versions[0] == versions[1]:
        versions = [
            _NAMED.say(lang, version=version, file=file)
            for version, file in zip(versions, comparison.paths, strict=True)
        ]
    return versions


def _effective(convention: Convention) -> date:
    return date.fromisoformat(convention.effective)


def _change(comparison: Diff, change: Change, lang: str) -> dict[str, Any]:
    told = example(comparison, change, lang)
    return {
        "sentence": sentence(comparison.old, comparison.new, change, lang),
        "example": _EXAMPLE.say(lang, text=told) if told else "",
        "command": _options(command(comparison, change)),
    }


def _options(command: str) -> list[str]:
    """A command in pieces that no line should break: `relais convention explain`, options."""
    if not command:
        return []
    first, *options = command.split(" --")
    *words, file = first.split(" ", 3)
    return [" ".join(words), file, *(f"--{option}" for option in options)]


def wire(comparison: Diff) -> dict[str, Any]:
    """The whole comparison."""
    text = {lang: same_text(lang) for lang in ("fr", "en")} if comparison.same else None
    return {
        "old": _file(comparison.old),
        "new": _file(comparison.new),
        "same": comparison.same,
        "opens": comparison.opens,
        **({"text": text} if text else {}),
        **{
            group: [_change_json(comparison,
            change) for change in comparison.of(group)] for group in GROUPS
        },
        "lines": list(comparison.lines),
    }  # fmt: skip


def _file(convention: Convention) -> dict[str, Any]:
    return {
        "id": convention.id, "version": convention.version, "digest": convention.digest,
        "effective": convention.effective, "file": convention.file,
    }  # fmt: skip


def _change_json(comparison: Diff, change: Change) -> dict[str, Any]:
    atom = change.atom
    data = {
        "kind": atom.kind,
        "opens": atom.opens,
        "clause": change.clause,
        "realm": change.realm,
        "event": change.event,
        "purpose": change.purpose,
        "issuers": list(change.issuers),
        "recipients": list(change.recipients),
        **_what(change),
        "sentence": {
            lang: sentence(comparison.old, comparison.new, change, lang) for lang in ("fr", "en")
        },
    }  # fmt: skip
    if asked := command(comparison, change):
        data["command"] = asked
    if example(comparison, change, "fr"):
        told = {lang: capital(example(comparison, change, lang)) for lang in ("fr", "en")}
        data["example"] = told
    return {name: value for name, value in data.items() if value not in ("", [])}


def _what(change: Change) -> dict[str, Any]:
    """What differs, under the name of its kind."""
    atom = change.atom
    if atom.kind == "scopes":
        conditions = [name for name in CONDITIONS if name in atom.conditions]
        more: dict[str, Any] = {"conditions": conditions, "whole": atom.new_question}
        if (terms := atom.terms) is not None:
            owes = [duty_wire(duty) for duty in terms.duties]
            more |= {"keep": terms.keep, "owes": owes, "assigns": list(terms.assigns)}
        return {"scopes": list(atom.what), **more}
    if atom.kind == "condition":
        return {"condition": atom.what[0]}
    if atom.kind == "duty" and atom.duty is not None:
        return {"duty": duty_wire(atom.duty)}
    if atom.kind == "deadline" and atom.duty is not None:
        return {"duty": duty_wire(atom.duty), "was": _when(atom)}
    return {
        "what": list(atom.what), "was": list(atom.was), "becomes": list(atom.becomes),
    }  # fmt: skip


def _when(atom: Atom) -> dict[str, Any]:
    within, urgent, start, legal = atom.was
    return {
        "within": within, "urgent_within": urgent, "from": start, "legal": legal == str(True),
    }  # fmt: skip


def duty_wire(duty: DutySpec) -> dict[str, Any]:
    """A duty as a clause has it, parties unresolved."""
    return {
        "act": duty.act, "debtor": duty.debtor, "creditor": duty.creditor, "within": duty.within,
        "urgent_within": duty.urgent_within, "from": duty.start, "legal": duty.legal,
        "opened_by": duty.opened_by, "repeat": duty.repeat, "recipients": list(duty.recipients),
    }  # fmt: skip
