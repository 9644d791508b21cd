"""What a realm's desks may send to whom, laid out once: the checks of a file ask often."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from contracts.convention.clauses import Grant, act_of
from contracts.convention.known_acts import REPORT


@dataclass(slots=True)
class Sends:
    """The grants of a realm, publications aside, by what is asked of them.

    Attributes:
        to: (clause, issuer) -> roles that it may be sent to.
        clauses: issuer -> ids of clauses that it may send by.
        reports: issuer -> scopes of its reports, which are all that can be copied.
        assignable: roles that some clause makes take part in a case, and that can come to.
        heard: condition `own_…` -> author -> who may have got what that lets be answered.
    """

    to: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    clauses: dict[str, set[str]] = field(default_factory=dict)
    reports: dict[str, set[str]] = field(default_factory=dict)
    assignable: set[str] = field(default_factory=set)
    heard: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def add(self, grant: Grant) -> None:
        """Lay out one more grant."""
        for issuer in grant.issuers:
            self.to.setdefault((grant.clause, issuer), set()).update(grant.recipients)
            self.clauses.setdefault(issuer, set()).add(grant.clause)
            if is_original(grant):
                self.reports.setdefault(issuer, set()).update(grant.released)

    def answered(self, condition: str, clauses: Collection[str]) -> dict[str, set[str]]:
        """Author -> who may have got an event of its own by one of these clauses; remembered."""
        if condition not in self.heard:
            authors = self.heard[condition] = {}
            for (clause, author), readers in self.to.items():
                if clause in clauses:
                    authors.setdefault(author, set()).update(readers)
        return self.heard[condition]


def laid_out(grants: Sequence[Grant]) -> dict[str, Sends]:
    """Realm -> what may be sent in it."""
    by_realm: dict[str, Sends] = {}
    for grant in grants:
        if not grant.publication:
            by_realm.setdefault(grant.realm, Sends()).add(grant)
    for realm, sends in by_realm.items():
        own = [grant for grant in grants if grant.realm == realm and grant.assigns]
        sends.assignable = _assignable([grant for grant in own if not grant.publication])
    return by_realm


def _assignable(grants: Sequence[Grant]) -> set[str]:
    """Whom clauses can bring into a case; who must be in it already is brought by another."""
    roles: set[str] = set()
    before = -1
    while before < len(roles):
        before = len(roles)
        for grant in grants:
            asked = "assigned" in grant.conditions
            reached = [one for one in grant.recipients if not asked or one in roles]
            for word in grant.assigns if reached else ():
                roles.update(grant.issuers if word == "issuer" else reached)
    return roles


def is_original(grant: Grant) -> bool:
    """Whether what it lets pass can be copied: `conditions.original_scopes` knows reports alone."""
    return act_of(grant) == REPORT and "copy_of" not in grant.conditions


def resolve(word: str, grant: Grant, recipients: Iterable[str]) -> tuple[str, ...]:
    """The roles that `issuer`, `recipient` or a role's own name stands for in a grant."""
    if word == "issuer":
        return grant.issuers
    return tuple(recipients) if word == "recipient" else (word,)
