"""Who acts in a realm by the convention, and which desks of a directory it agrees to.

The keeper of the directory says which desks there are; the parties say in the convention which
roles act, and whose each role is. Both must agree before a desk has a topic (rules §1).
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.keys.directory import DeskEntry, Directory


def grants_of(convention: Convention, realm: str) -> list[Grant]:
    """What may be sent from desk to desk in a realm."""
    return [grant for grant in convention.grants if grant.realm == realm and not grant.publication]


def acting_roles(convention: Convention, realm: str) -> frozenset[str]:
    """Roles that some clause of the realm lets send or receive."""
    return frozenset(
        role
        for grant in grants_of(convention, realm)
        for role in (*grant.issuers, *grant.recipients)
    )


def acting_desks(convention: Convention, directory: Directory) -> list[DeskEntry]:
    """The desks of a directory whose role acts in its realm, for the agency that the file names."""
    acting = acting_roles(convention, directory.realm)
    return [
        row
        for _, row in sorted(directory.desks.items())
        if row.role in acting and agreed(convention, row)
    ]


def agreed(convention: Convention, row: DeskEntry | None) -> bool:
    """Whether the convention, if it knows a desk's role, gives it to its directory's agency.

    Otherwise whoever keeps the directory could give a house a role that its parties have not: such
    a desk has no topic, and nothing is sent to it or taken from it.
    """
    known = convention.roles.get(row.role) if row is not None else None
    return row is not None and (known is None or known.agency == row.agency)


def inboxes(convention: Convention, directory: Directory) -> Mapping[str, str]:
    """The desks that are told anything, and the agency in whose inbox; not one that has left.

    Kept with the directory: routing asks once an entry.
    """
    reached = directory.inboxes.get(convention.digest)
    if reached is None:
        reached = {row.desk: row.agency for row in acting_desks(convention, directory)}
        directory.inboxes[convention.digest] = reached
    return reached
