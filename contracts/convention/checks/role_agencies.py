"""Who belongs to which house: a known role to its own, a colleague to that of who is sent there."""

from __future__ import annotations

from contracts.convention.file.node_reader import Reader
from contracts.convention.model import Convention
from contracts.vocabulary.scopes import ROLES


def check_houses(convention: Convention, top: Reader) -> None:
    """Refuse roles in a wrong house, and colleagues who are none.

    A refusal names the colleague as a door: whoever that sends to another house, or back to
    itself, was told something untrue.

    Raises:
        ConventionError: `agency_differs`, `colleague_elsewhere`.
    """
    for name, role in convention.roles.items():
        if ROLES.get(name, role.agency) != role.agency:
            got, facts = f"{name} in {role.agency}", (name, role.agency, ROLES[name])
            top.refuse("agency_differs", got, ROLES[name], top.line_of("roles"), *facts)
    for name, role in convention.roles.items():
        house = convention.roles[role.colleague].agency if role.colleague else role.agency
        if role.colleague == name or house != role.agency:
            got, expected = f"{role.colleague} in {house}", f"another role of {role.agency}"
            line = top.reader("roles").reader(name).line_of("colleague")
            words = name, role.colleague, house, role.agency
            top.refuse("colleague_elsewhere", got, expected, line, *words)
