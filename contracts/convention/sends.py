"""What the desks of one realm may send to whom, laid out once: the checks of a file ask it often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contracts.conditions import REPORT, act_of
from contracts.convention.model import Grant


@dataclass(slots=True)
class Sends:
    """The grants of a realm, publications aside, by what is asked of them.

    Attributes:
        to: (event, issuer) -> roles that it may be sent to.
        clauses: issuer -> ids of clauses that it may send by.
        reports: issuer -> scopes of its reports, which are all that can be copied.
        assignable: roles that some clause makes take part in a case.
    """

    to: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    clauses: dict[str, set[str]] = field(default_factory=dict)
    reports: dict[str, set[str]] = field(default_factory=dict)
    assignable: set[str] = field(default_factory=set)

    def add(self, grant: Grant) -> None:
        """Lay out one more grant."""
        for issuer in grant.issuers:
            self.to.setdefault((grant.event, issuer), set()).update(grant.recipients)
            self.clauses.setdefault(issuer, set()).add(grant.clause)
            if is_original(grant):
                self.reports.setdefault(issuer, set()).update(grant.released)
        for word in grant.assigns:
            self.assignable.update(resolve(word, grant, grant.recipients))


def laid_out(grants: Sequence[Grant]) -> dict[str, Sends]:
    """Realm -> what may be sent in it."""
    found: dict[str, Sends] = {}
    for grant in grants:
        if not grant.publication:
            found.setdefault(grant.realm, Sends()).add(grant)
    return found


def is_original(grant: Grant) -> bool:
    """Whether what it lets pass can be copied: `conditions.original_scopes` knows reports alone."""
    return act_of(grant) == REPORT and "copy_of" not in grant.conditions


def resolve(word: str, grant: Grant, recipients: Iterable[str]) -> tuple[str, ...]:
    """The roles that `issuer`, `recipient` or a role's own name stands for in a grant."""
    if word == "issuer":
        return grant.issuers
    return tuple(recipients) if word == "recipient" else (word,)
