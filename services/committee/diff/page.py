"""A comparison as text and as one self-contained HTML page, French or English."""

from __future__ import annotations

from html import escape
from typing import Final

from services.committee.diff.change import GROUPS, Change, Group
from services.committee.diff.change_text import same_text, sentence, title
from services.committee.diff.compare import Diff
from services.committee.diff.example import command, example
from services.committee.texts.html_page import document

_WORDS: Final[dict[str, dict[str, str]]] = {
    "fr": {
        "title": "Comparaison de deux versions de la convention",
        "old": "Ancienne version", "new": "Nouvelle version", "version": "version",
        "effective": "date d'effet", "digest": "empreinte", "colon": " : ",
        "example": "Exemple", "nothing": "Rien.", "count": "Changements",
        "opens": "Cette version ouvre quelque chose : elle demande une relecture.",
        "closed": "Cette version n'ouvre rien.",
        "lines": "Ce que disent les fichiers à côté des permissions, ligne à ligne",
        "complete": "Toute question possible a été comparée ; ce qui n'est pas dit ici n'a pas changé.",
    },
    "en": {
        "title": "Comparison of two versions of the convention",
        "old": "Old version", "new": "New version", "version": "version",
        "effective": "effective", "digest": "digest", "colon": ": ",
        "example": "Example", "nothing": "Nothing.", "count": "Changes",
        "opens": "This version opens something: it asks for a review.",
        "closed": "This version opens nothing.",
        "lines": "What the files say beside the permissions, line by line",
        "complete": "Every possible question was compared; what is not said here has not changed.",
    },
}  # fmt: skip


def text(found: Diff, lang: str) -> str:
    """The comparison for a terminal: groups, sentences with example and command, then the line diff.

    Args:
        lang: `fr` or `en`.
    """
    lines = []
    if found.same:
        lines.append(same_text(lang))
    for group in GROUPS:
        changes = found.of(group)
        if not changes:
            continue
        lines.append(f"\n{title(group, lang)} ({len(changes)})")
        for change in changes:
            lines.append(f"- {sentence(found.old, found.new, change, lang)}")
            if told := example(found, change, lang):
                lines.append(f"    {_WORDS[lang]['example']}{_WORDS[lang]['colon']}{told}")
            if asked := command(found, change):
                lines.append(f"    {asked}")
    if found.lines:
        lines += [f"\n{_WORDS[lang]['lines']}", *found.lines]
    lines.append("\n" + _WORDS[lang]["opens" if found.opens else "closed"])
    return "\n".join(lines).lstrip("\n")


def page(found: Diff, lang: str) -> str:
    """The comparison as one page.

    Args:
        lang: `fr` or `en`.
    """
    words = _WORDS[lang]
    body = [
        f"<h1>{words['title']}</h1>",
        _file(found, "old", lang),
        _file(found, "new", lang),
        f"<p><strong>{words['opens' if found.opens else 'closed']}</strong> {words['complete']}</p>",
    ]
    if found.same:
        body.append(f"<p><strong>{same_text(lang)}</strong></p>")
    body.append(_contents(found, lang))
    body += [_group(found, group, lang) for group in GROUPS]
    body.append(_lines(found, lang))
    return document(words["title"], lang, "".join(body))


def _file(found: Diff, which: str, lang: str) -> str:
    words = _WORDS[lang]
    one = found.old if which == "old" else found.new
    return (
        f"<p>{words[which]}{words['colon']}{escape(one.title[lang])}, {words['version']} "
        f"{one.version}, {words['effective']} {one.effective}, {words['digest']} "
        f"<code>{one.digest}</code></p>"
    )


def _contents(found: Diff, lang: str) -> str:
    items = "".join(
        f'<li><a href="#{group}">{title(group, lang)}</a>{_WORDS[lang]["colon"]}'
        f"{len(found.of(group))}</li>"
        for group in GROUPS
    )
    return f'<nav aria-label="{_WORDS[lang]["count"]}"><ul>{items}</ul></nav>'


def _group(found: Diff, group: Group, lang: str) -> str:
    changes = found.of(group)
    head = f'<h2 id="{group}">{title(group, lang)} ({len(changes)})</h2>'
    if not changes:
        return f"{head}<p>{_WORDS[lang]['nothing']}</p>"
    return head + "".join(_change(found, one, lang) for one in changes)


def _change(found: Diff, change: Change, lang: str) -> str:
    said = [f"<p>{escape(sentence(found.old, found.new, change, lang))}</p>"]
    if told := example(found, change, lang):
        colon = _WORDS[lang]["colon"]
        said.append(f'<p class="example">{_WORDS[lang]["example"]}{colon}{escape(told)}</p>')
    if asked := command(found, change):
        said.append(f"<p><code>{escape(asked)}</code></p>")
    return f'<div class="change">{"".join(said)}</div>'


def _lines(found: Diff, lang: str) -> str:
    """What differs beside the permissions, line by line."""
    lines = escape("\n".join(found.lines)) or _WORDS[lang]["nothing"]
    return f"<h2>{escape(_WORDS[lang]['lines'])}</h2><pre>{lines}</pre>"
