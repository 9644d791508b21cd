"""Which releases a promise of the file speaks of (`invariants`): from whom, to whom, of what, when."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from contracts.convention.known import known_roles
from contracts.convention.model import Grant, RoleSpec
from contracts.convention.reading import Reader
from contracts.scopes import CATEGORIES, EVENT_TYPES, PURPOSES, REALMS, SCOPES


@dataclass(frozen=True, slots=True)
class Selection:
    """Which releases an invariant speaks of; None selects all.

    Attributes:
        issuers, recipients: roles or readers.
        scopes: every scope meant, those of `but` taken off.
        whole: every category is meant, `but` aside: also word of an event without its content.
    """

    realms: frozenset[str]
    issuers: frozenset[str]
    recipients: frozenset[str]
    events: frozenset[str]
    purposes: frozenset[str]
    scopes: frozenset[str]
    whole: bool = False

    def _pairs(self, grant: Grant, recipients: Collection[str]) -> Iterator[tuple[str, str]]:
        place = grant.realm in self.realms and grant.event in self.events
        if not place or grant.purpose not in self.purposes:
            return
        reached = [recipient for recipient in recipients if recipient in self.recipients]
        if reached:
            issuers = [issuer for issuer in grant.issuers if issuer in self.issuers]
            yield from ((issuer, one) for issuer in issuers for one in reached if one != issuer)

    def of(self, grant: Grant) -> Iterator[tuple[str, str, str]]:
        """(issuer, recipient, scope) of a grant's releases that are selected, in a fixed order."""
        if chosen := grant.released & self.scopes:
            ordered = [scope for scope in SCOPES if scope in chosen]
            for issuer, recipient in self._pairs(grant, grant.recipients):
                yield from ((issuer, recipient, scope) for scope in ordered)

    def told(self, grant: Grant, third: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """(issuer, third role, act of the duty) of those who hear of a grant's events by a duty.

        Args:
            third: what `thirds` finds in the grant.
        """
        if self.whole:
            for issuer, role in self._pairs(grant, third):
                yield issuer, role, third[role]


def thirds(grant: Grant) -> dict[str, str]:
    """Third role -> act of the first duty that tells it of the grant's events."""
    found: dict[str, str] = {}
    for duty in grant.duties:
        for role in duty.third:
            if role not in grant.recipients:
                found.setdefault(role, duty.act)
    return found


def read_selection(
    form: Reader, roles: Mapping[str, RoleSpec], others: Collection[str]
) -> Selection:
    """What a formal half selects; a field that is left out selects all.

    Args:
        others: readers and the bus, who may be named like roles.

    Raises:
        ConventionError: `selects_nothing`, and those of the reader.
    """
    known = {**SCOPES, **dict.fromkeys(CATEGORIES, "")}
    what = _some(form, "what", tuple(known), "unknown_scope") if form.has("what") else None
    scopes = {scope for scope in SCOPES if what is None or what & {scope, scope.split(".")[0]}}
    whole = scopes == set(SCOPES)
    if form.has("but"):
        scopes -= _some(form, "but", tuple(SCOPES), "unknown_scope")
    found = Selection(
        _some(form, "realms", REALMS, "unknown_realm"),
        _desks(form, "from", roles, others),
        _desks(form, "to", roles, others),
        _some(form, "events", EVENT_TYPES, "unknown_event"),
        _some(form, "purposes", PURPOSES, "unknown_purpose"),
        frozenset(scopes),
        whole,
    )
    if not all((found.scopes, found.issuers, found.recipients)):
        form.refuse("selects_nothing", "an empty selection", "somebody and something")
    return found


def _desks(
    form: Reader, field: str, roles: Mapping[str, RoleSpec], others: Collection[str]
) -> frozenset[str]:
    """Those named, or left by `not_…`, and every role that counts as one of them."""
    named = _some(form, field, (*roles, *others), "unknown_role")
    return named | {
        role for role, spec in roles.items() if not named.isdisjoint(known_roles(role, spec.agency))
    }


def _some(form: Reader, field: str, known: tuple[str, ...], code: str) -> frozenset[str]:
    """The words of a field, all but those of `not_<field>`, or all."""
    if form.has(field):
        return frozenset(form.words(field, known, code))
    other = f"not_{field}"
    left = form.words(other, known, code) if form.has(other) else ()
    return frozenset(known) - frozenset(left)
