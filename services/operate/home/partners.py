"""Who takes part in the local federation: one desk a role; two heads, two homes, and school health.

Two of a role show that desks, not roles, are addressed: a home never sees the other's children, and
what school health is told stays under medical secrecy, apart from the social workers' desk. A
new partner is an entry in the home's `partners.json`; its role and rights are the convention's.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from contracts.errors import UsageError
from contracts.keys.directory_form import Label
from contracts.vocabulary.schema import Closed

FILE: Final = "partners.json"


class Partner(NamedTuple):
    """A desk: short id, role, and its own name where the role's does not say which one it is."""

    desk: str
    role: str
    label: dict[str, str] = {}  # noqa: RUF012 (never changed)


PARTNERS: Final = (
    Partner("edu-s", "EDU-S", {"fr": "Service social scolaire", "en": "School social service"}),
    Partner("edu-m", "EDU-S", {"fr": "Santé scolaire", "en": "School health"}),
    Partner("edu-h-1", "EDU-H", {"fr": "Chef du collège A", "en": "Head of school A"}),
    Partner("edu-h-2", "EDU-H", {"fr": "Chef du collège B", "en": "Head of school B"}),
    Partner("pol", "POL", {"fr": "Police, BPM et BLPF", "en": "Police squads (BPM, BLPF)"}),
    Partner("parq-civ", "PARQ-CIV"),
    Partner("parq-crim", "PARQ-CRIM"),
    Partner("je", "JE"),
    Partner("pjj", "PJJ"),
    Partner("crip", "CRIP"),
    Partner("ase", "ASE", {"fr": "ASE, référent prostitution", "en": "ASE, lead on exploitation"}),
    Partner("pmi", "PMI"),
    Partner("home-1", "HOME", {"fr": "CDEF, foyer du Département", "en": "Home 1"}),
    Partner("home-2", "HOME", {"fr": "MECS, maison d’enfants", "en": "Home 2"}),
    Partner("mo", "MO"),
    Partner("asso", "ASSO"),
    Partner("psp", "PSP"),
)


_NAME: Final = r"^[a-z][a-z0-9-]{0,40}$"


def is_name(text: str) -> bool:
    """Whether a text can be a desk's short id."""
    return re.fullmatch(_NAME, text) is not None


class _Entry(Closed):
    desk: Annotated[str, Field(pattern=_NAME)]
    role: str
    label: Label


_FILE: Final = TypeAdapter(tuple[_Entry, ...])


def read_partners(home: Path) -> tuple[Partner, ...]:
    """The partners of a home: those of the stories, and those that its file adds.

    Raises:
        UsageError: `partners_malformed`, `desk_repeated`.
    """
    path = home / FILE
    try:
        more = _FILE.validate_json(path.read_bytes()) if path.exists() else ()
    except ValidationError:
        got, expected = "another content", "a list of desk, role and label"
        raise UsageError("partners_malformed", got, expected, str(path)) from None
    partners = (*PARTNERS, *(Partner(row.desk, row.role, row.label.wire()) for row in more))
    if len({partner.desk for partner in partners}) < len(partners):
        raise UsageError("desk_repeated", "a desk twice", "each desk once", str(path))
    return partners
