"""The matrix on a terminal: rows in codes, filters that mean something, words for codes.

A word is a code of the convention or one of its labels, in French or English; `explain` reads its
own options by the same rule.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import typer

from contracts.convention.rows import Row, in_order
from contracts.errors import UsageError
from contracts.vocabulary.scopes import EVENT_TYPES, SCOPES
from services.committee.matrix.page import nothing_text
from services.committee.matrix.rows import Filters, rows
from services.committee.texts.labels import event_label, purpose_label, role_label, scope_label

if TYPE_CHECKING:
    from contracts.convention.model import Convention

COLUMNS: Final = ("clause", "who", "act", "what", "conditions", "owes", "kept")
DRAWN: Final = 2_000  # rows of a table at most; the shipped files have about 90
SHOWN: Final = 40  # characters of a word that are repeated
Names = Mapping[str, tuple[str, ...]]  # code -> its labels

_UNKNOWN: Final = "{word} is not known here{near}; known: {known}"
_SEVERAL: Final = "{word} may mean {known}: write the code"


class ToldError(UsageError):
    """Wrong use of one's own command line.

    Only there may a word be repeated that somebody gave: it was typed by who reads the answer.
    """

    def __init__(self, code: str, place: str, words: str) -> None:
        self.words = words
        super().__init__(code, place=place)

    def describe(self) -> str:
        """Place and code, as of a fault in a file, then words."""
        return f"{self.place} {self.code}: {self.words}"


def shown(word: str) -> str:
    """A word as it may be repeated: short, and in Latin letters, so that it moves no cursor."""
    text = "".join(map(_plain, unicodedata.normalize("NFC", word[:SHOWN])))
    quote = '"' if "'" in text else "'"
    return f"{quote}{text}{quote}"


def _plain(character: str) -> str:
    """A printable ASCII character or a Latin letter as it is, any other by its code."""
    if character.isascii():
        return ascii(character)[1:-1]
    latin = character.isalpha() and unicodedata.name(character, "").startswith("LATIN ")
    return character if latin or character == "’" else ascii(character)[1:-1]


def code_of(word: str, names: Names, place: str, code: str) -> str:
    """The code that a word is, or that it labels; what nobody typed stays so.

    Args:
        place: the option.
        code: of the error.

    Raises:
        ToldError: no code, or several; with the nearest.
    """
    folded = _folded(word)
    if not folded:
        return ""
    for name in names:
        if _folded(name) == folded:
            return name
    meant = [name for name, labels in names.items() if folded in map(_folded, labels)]
    if len(meant) == 1:
        return meant[0]
    said = _SEVERAL if meant else _UNKNOWN
    near = "" if meant else _near(folded, names)
    known = ", ".join(sorted(meant or names))
    raise ToldError(code, place, said.format(word=shown(word), near=near, known=known))


def _near(folded: str, names: Names) -> str:
    """The code whose own word or label is nearest, as typer suggests commands; empty if none is."""
    codes = {_folded(text): name for name, labels in names.items() for text in (name, *labels)}
    near = get_close_matches(folded, codes, n=1)
    return f"; the nearest: {codes[near[0]]}" if near else ""


def _folded(text: str) -> str:
    """Without case, accents and spaces at will: `École` and `ecole` are one word."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def role_names(convention: Convention, roles: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Roles and readers with their labels; a role's also with its article, as sentences say it."""
    names = {}
    for role in roles:
        spec = convention.roles.get(role)
        labels = [role_label(role, lang, convention) for lang in ("fr", "en")]
        named = [spec.named["fr"], spec.named["en"]] if spec is not None else []
        names[role] = (*labels, *named)
    return names


def event_names(events: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Event types with their labels."""
    return {one: (event_label(one, "fr"), event_label(one, "en")) for one in events}


def purpose_names(convention: Convention, purposes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Purposes with their labels."""
    langs = ("fr", "en")
    return {one: tuple(purpose_label(one, lang, convention) for lang in langs) for one in purposes}


def scope_names(convention: Convention, scopes: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Categories and scopes with their labels."""
    langs = ("fr", "en")
    return {one: tuple(scope_label(one, lang, convention) for lang in langs) for one in scopes}


def resolved(convention: Convention, filters: Filters) -> Filters:
    """The filters in codes; one that no row can pass is refused: it would look like *nobody may*.

    Raises:
        ToldError: `unknown_filter`.
    """
    codes = {
        name: code_of(getattr(filters, name), names, f"--{name}", "unknown_filter")
        for name, names in _known(convention).items()
    }
    return replace(filters, **codes)


def _known(convention: Convention) -> dict[str, Names]:
    every = list(rows(convention))
    issuers = sorted({row.issuer for row in every} | set(convention.roles))
    recipients = sorted({row.recipient for row in every} | set(convention.roles))
    acts = {word for row in every for word in (row.grant.event, row.grant.clause, row.grant.id)}
    events = sorted(acts & set(EVENT_TYPES))
    scopes = dict.fromkeys([*SCOPES, *(scope.split(".")[0] for scope in SCOPES)])
    return {
        "desk": role_names(convention, sorted({*issuers, *recipients})),
        "issuer": role_names(convention, issuers),
        "recipient": role_names(convention, recipients),
        "act": {**dict.fromkeys(sorted(acts), ()), **event_names(events)},
        "purpose": purpose_names(convention, sorted({row.grant.purpose for row in every})),
        "category": scope_names(convention, scopes),
    }


def table(convention: Convention, filters: Filters) -> None:
    """Print the rows; as paragraphs on a terminal where a table would have to break codes.

    A scope that is cut would be another scope. Very many rows are paragraphs too, one after the
    other: a table holds all of them before it shows the first.
    """
    from rich.console import Console
    from rich.table import Column, Table

    console = Console()
    if sum(1 for _ in rows(convention, filters)) > DRAWN:
        for row in rows(convention, filters):
            typer.echo(_paragraph(_cells(row)))
        return
    lines = [_cells(row) for row in rows(convention, filters)]
    if not lines:
        typer.echo(nothing_text("en"))
        return
    columns = zip(COLUMNS, *lines, strict=True)
    longest = [max(len(word) for word in " ".join(column).split()) for column in columns]
    width = sum(longest) + 2 * len(longest)
    if console.is_terminal and console.width < width:
        for cells in lines:
            typer.echo(_paragraph(cells))
        return
    # Rich would rather drop the last column than keep to least widths: the widths are given.
    drawn_heads = (Column(name, width=most) for name, most in zip(COLUMNS, longest, strict=True))
    drawn = Table(*drawn_heads, box=None, pad_edge=False)
    for cells in lines:
        drawn.add_row(*cells)
    Console(width=max(console.width, width)).print(drawn)


def _cells(row: Row) -> tuple[str, ...]:
    owed = (f"{row.party(duty.debtor)} {duty.act} {duty.within}" for duty in row.duties)
    return (
        row.grant.id,
        f"{row.issuer} → {row.recipient}",
        f"{row.grant.event} {row.grant.purpose}",
        " ".join(in_order(row.grant.scopes)),
        " ".join(row.grant.conditions) or "-",
        "; ".join(owed) or "-",
        row.grant.keep or "-",
    )


def _paragraph(cells: tuple[str, ...]) -> str:
    named = zip(COLUMNS[3:], cells[3:], strict=True)
    head = f"{cells[0]}  {cells[1]}  {cells[2]}"
    return "\n".join((head, *(f"    {name}: {cell}" for name, cell in named)))
