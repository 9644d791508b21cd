"""A comparison as text and as one self-contained HTML page, French or English."""

from __future__ import annotations

from html import escape
from typing import Final

from contracts.encoding import canonical
from services.committee.diff.change import GROUPS, Change, Group
from services.committee.diff.change_examples import EXAMPLES
from services.committee.diff.change_text import same_text, sentence, title
from services.committee.diff.compare import Diff
from services.committee.diff.example_text import example_text, verdict_text
from services.committee.diff.json_form import example_wire
from services.committee.texts.html_page import document

_WORDS: Final[dict[str, dict[str, str]]] = {
    "fr": {
        "title": "Comparaison de deux versions de la convention",
        "old": "Ancienne version", "new": "Nouvelle version", "version": "version",
        "effective": "date d'effet", "digest": "empreinte", "colon": " : ",
        "example": "Exemple", "nothing": "Rien.", "count": "Changements",
        "opens": "Cette version ouvre quelque chose : elle demande une relecture.",
        "closed": "Cette version n'ouvre rien.",
        "files": "Les exemples, à donner à « relais convention explain --event »",
        "untried": "Exemples : les {most} premiers changements de chaque sorte en ont un ; "
        "les {count} autres, trop nombreux, sont dits sans exemple.",
        "complete": "Toute question possible a été comparée ; ce qui n'est pas dit ici n'a pas changé.",
    },
    "en": {
        "title": "Comparison of two versions of the convention",
        "old": "Old version", "new": "New version", "version": "version",
        "effective": "effective", "digest": "digest", "colon": ": ",
        "example": "Example", "nothing": "Nothing.", "count": "Changes",
        "opens": "This version opens something: it asks for a review.",
        "closed": "This version opens nothing.",
        "files": "The examples, for `relais convention explain --event`",
        "untried": "Examples: the first {most} changes of each kind have one; the {count} others, too "
        "many, are told without.",
        "complete": "Every possible question was compared; what is not said here has not changed.",
    },
}  # fmt: skip


def text(found: Diff, lang: str) -> str:
    """The comparison for a terminal: groups, sentences, and each example's two verdicts.

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
            lines += [f"    {line}" for line in _shown(found, change, lang)]
    if found.untried:
        lines.append("\n" + _untried(found, lang))
    lines.append("\n" + _WORDS[lang]["opens" if found.opens else "closed"])
    return "\n".join(lines).lstrip("\n")


def page(found: Diff, lang: str) -> str:
    """The comparison as one page.

    Args:
        lang: `fr` or `en`.
    """
    words = _WORDS[lang]
    numbers = {id(one): n for n, one in enumerate(_with_example(found), start=1)}
    body = [
        f"<h1>{words['title']}</h1>",
        _file(found, "old", lang),
        _file(found, "new", lang),
        f"<p><strong>{words['opens' if found.opens else 'closed']}</strong> {words['complete']}</p>",
    ]
    if found.same:
        body.append(f"<p><strong>{same_text(lang)}</strong></p>")
    if found.untried:
        body.append(f"<p>{_untried(found, lang)}</p>")
    body.append(_contents(found, lang))
    body += [_group(found, group, numbers, lang) for group in GROUPS]
    body.append(_files(found, numbers, lang))
    return document(words["title"], lang, "".join(body))


def _untried(found: Diff, lang: str) -> str:
    """How many changes have no example because of their number."""
    return _WORDS[lang]["untried"].format(most=EXAMPLES, count=found.untried)


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


def _group(found: Diff, group: Group, numbers: dict[int, int], lang: str) -> str:
    changes = found.of(group)
    head = f'<h2 id="{group}">{title(group, lang)} ({len(changes)})</h2>'
    if not changes:
        return f"{head}<p>{_WORDS[lang]['nothing']}</p>"
    return head + "".join(_change(found, one, numbers.get(id(one), 0), lang) for one in changes)


def _change(found: Diff, change: Change, number: int, lang: str) -> str:
    said = f"<p>{escape(sentence(found.old, found.new, change, lang))}</p>"
    lines = _shown(found, change, lang)
    if lines:
        lead = f'<a href="#e{number}">{_WORDS[lang]["example"]} {number}</a>. '
        rest = "<br>".join(escape(line) for line in lines[1:])
        first = escape(lines[0].partition(_WORDS[lang]["colon"])[2])
        said += f'<div class="example"><p>{lead}{first}<br>{rest}</p></div>'
    return f'<div class="change">{said}</div>'


def _shown(found: Diff, change: Change, lang: str) -> list[str]:
    """The example in words, and what each version says to it."""
    if change.example is None or change.verdicts is None:
        return []
    words = _WORDS[lang]
    told = example_text(found.new if change.group == "opened" else found.old, change.example, lang)
    lines = [f"{words['example']}{words['colon']}{told}"]
    for name, convention, verdict in (
        ("old", found.old, change.verdicts[0]),
        ("new", found.new, change.verdicts[1]),
    ):
        said = verdict_text(convention, change, verdict, lang)
        lines.append(f"{words[name]}{words['colon']}{said}.")
    return lines


def _with_example(found: Diff) -> list[Change]:
    return [one for one in found.changes if one.example is not None and one.verdicts is not None]


def _files(found: Diff, numbers: dict[int, int], lang: str) -> str:
    shown = _with_example(found)
    if not shown:
        return ""
    items = "".join(
        f'<dt id="e{numbers[id(one)]}">{_WORDS[lang]["example"]} {numbers[id(one)]}</dt>'
        f"<dd><pre>{escape(canonical(example_wire(one.example)).decode())}</pre></dd>"
        for one in shown
        if one.example is not None
    )
    return f"<h2>{escape(_WORDS[lang]['files'])}</h2><dl>{items}</dl>"
