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

from contracts.convention.clauses import BUS
from contracts.convention.file.field_types import LANGUAGES
from contracts.convention.file.yaml_nodes import Fields
from contracts.convention.model import Convention
from contracts.errors import ConventionError
from contracts.vocabulary.scopes import AGENCIES, READERS, ROLES

# After case was folded. Those behind 1 and i are letters that Unicode does not take apart.
_SAME: Final = str.maketrans("01iıɩɪǀɑɡᴏ", "ollllllago")
_PAIRS: Final = (("rn", "m"), ("vv", "w"))
_APART: Final = re.compile(r"[\W_]+")
# Codes that the bus knows whether a file has them or not, and the tables of a file's own.
_CODES: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    ((*ROLES, *READERS, BUS), ("roles", "readers")), (AGENCIES, ("parties",)), ((), ("texts",)),
)  # fmt: skip
Names = list[tuple[str, Mapping[str, str]]]  # code, and its name in each language


def skeleton(name: str) -> str:
    """What is left of a name to the eye."""
    plain = unicodedata.normalize("NFKD", name)
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    drawn = _APART.sub("", letters.casefold().replace("|", "l").replace("!", "l")).translate(_SAME)
    for pair, letter in _PAIRS:
        drawn = drawn.replace(pair, letter)
    return drawn


def check_alike(convention: Convention, top: Fields) -> None:
    """Refuse names and codes of which a reader could take one for the other.

    Raises:
        ConventionError: `codes_alike`, `names_alike`, at the second of the two.
    """
    for known, tables in _CODES:
        lines = _lines(top, tables)
        seen = {skeleton(code): code for code in known}
        for code in lines:
            if (other := seen.setdefault(skeleton(code), code)) != code:
                got = f"{code} like {other}"
                raise _alike(convention, "codes_alike", lines[code], got, other, code)
    for lang in LANGUAGES:
        for names, tables in _names(convention):
            spelt: dict[str, str] = {}
            for code, texts in names:
                if (other := spelt.setdefault(skeleton(texts[lang]), code)) != code:
                    line, got = _lines(top, tables)[code], f"{code} named like {other}"
                    raise _alike(convention, "names_alike", line, got, other, code, texts[lang])


def _names(convention: Convention) -> Iterator[tuple[Names, tuple[str, ...]]]:
    """Names that meet in one sentence, row or list, and the tables of their codes."""
    roles, readers = convention.roles.items(), convention.readers.items()
    names = [(code, text) for code, spec in roles for text in (spec.label, spec.named)]
    yield [*names, *readers], ("roles", "readers")
    yield [*convention.scope_labels.items()], ("scopes",)
    yield [*convention.party_labels.items()], ("parties",)
    yield [*convention.purposes.items()], ("purposes",)


def _lines(top: Fields, tables: tuple[str, ...]) -> dict[str, int]:
    return {code: line for table in tables for code, line in top[table].lines.items()}


def _alike(convention: Convention, code: str, line: int, got: str, *facts: str) -> ConventionError:
    expected = code.replace("_alike", " apart")
    return ConventionError(code, got, expected, file=convention.file, line=line, facts=facts)
