"""Names and codes that could be taken for one another: whoever reads them must know who is meant.

Promises and the second guard name roles: one that only looks like POL would be held to nothing that
holds for the police, and every reader would take it for the police. Compared are the *skeletons* of
names: case, spaces, punctuation and accents aside, and with one form for each group of characters
that the eye confuses (0 and O; 1, I and l; rn and m).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from contracts.convention.file.node_reader import LANGUAGES, Reader
from contracts.convention.model import Convention
from contracts.vocabulary.scopes import AGENCIES, READERS, ROLES

BUS: Final = "BUS"  # issues the publications; no desk
# After case was folded. Those behind 1 and i are letters that Unicode does not take apart.
_SAME: Final = str.maketrans("01iıɩɪǀɑɡᴏ", "ollllllago")
_PAIRS: Final = (("rn", "m"), ("vv", "w"))
_APART: Final = re.compile(r"[\W_]+")
Names = list[tuple[str, Mapping[str, str]]]  # code, and its name in each language


def skeleton(name: str) -> str:
    """What is left of a name to the eye."""
    plain = unicodedata.normalize("NFKD", name)
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    drawn = _APART.sub("", letters.casefold().replace("|", "l").replace("!", "l")).translate(_SAME)
    for pair, letter in _PAIRS:
        drawn = drawn.replace(pair, letter)
    return drawn


def check_alike(convention: Convention, top: Reader) -> None:
    """Refuse names and codes of which a reader could take one for the other.

    Raises:
        ConventionError: `codes_alike`, `names_alike`, at the second of the two.
    """
    for known, lines in _codes(top):
        seen = {skeleton(code): code for code in known}
        for code, line in lines.items():
            if (other := seen.setdefault(skeleton(code), code)) != code:
                top.refuse("codes_alike", f"{code} like {other}", "codes apart", line, other, code)
    for lang in LANGUAGES:
        for names, lines in _names(convention, top):
            _names_apart(top, [(code, texts[lang]) for code, texts in names], lines)


def _names_apart(top: Reader, names: list[tuple[str, str]], lines: Mapping[str, int]) -> None:
    seen: dict[str, str] = {}
    for code, name in names:
        if (other := seen.setdefault(skeleton(name), code)) != code:
            got, facts = f"{code} named like {other}", (other, code, name)
            top.refuse("names_alike", got, "names apart", lines[code], *facts)


def _codes(top: Reader) -> Iterator[tuple[tuple[str, ...], dict[str, int]]]:
    """Codes that the bus knows whether a file has them or not, and a file's own with lines."""
    yield (*ROLES, *READERS, BUS), _lines(top, "roles") | _lines(top, "readers")
    yield AGENCIES, _lines(top, "parties")
    yield (), _lines(top, "texts")


def _names(convention: Convention, top: Reader) -> Iterator[tuple[Names, dict[str, int]]]:
    """Names that meet in one sentence, row or list, and the lines of their codes."""
    roles, readers = convention.roles.items(), convention.readers.items()
    names = [(code, text) for code, spec in roles for text in (spec.label, spec.named)]
    yield [*names, *readers], _lines(top, "roles") | _lines(top, "readers")
    yield [*convention.scope_labels.items()], _lines(top, "scopes")
    yield [*convention.party_labels.items()], _lines(top, "parties")
    if convention.purposes:
        yield [*convention.purposes.items()], _lines(top, "purposes")


def _lines(top: Reader, table: str) -> dict[str, int]:
    rows = top.reader(table)
    return {code: rows.line_of(code) for code in rows.names()}
