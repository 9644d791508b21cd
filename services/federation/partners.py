"""Who takes part in the local federation: one desk a role, and two heads, two homes.

Two of a role show that desks, not roles, are addressed: a home never sees the other's children. A
new partner is a line here and keys; its role's rights are the convention's.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Partner(NamedTuple):
    """A desk: short id, role, and its own name where the role's does not say which one it is."""

    desk: str
    role: str
    label: dict[str, str] = {}  # noqa: RUF012 (never changed)


PARTNERS: Final = (
    Partner("edu-s", "EDU-S"),
    Partner("edu-h-1", "EDU-H", {"fr": "Chef du collège A", "en": "Head of school A"}),
    Partner("edu-h-2", "EDU-H", {"fr": "Chef du collège B", "en": "Head of school B"}),
    Partner("pol", "POL"),
    Partner("parq-civ", "PARQ-CIV"),
    Partner("parq-crim", "PARQ-CRIM"),
    Partner("je", "JE"),
    Partner("pjj", "PJJ"),
    Partner("crip", "CRIP"),
    Partner("ase", "ASE"),
    Partner("pmi", "PMI"),
    Partner("home-1", "HOME", {"fr": "Lieu d'accueil 1", "en": "Home 1"}),
    Partner("home-2", "HOME", {"fr": "Lieu d'accueil 2", "en": "Home 2"}),
    Partner("mo", "MO"),
    Partner("asso", "ASSO"),
    Partner("psp", "PSP"),
)
