"""Which releases a promise of the file speaks of (`invariants`): from whom, to whom, of what, when."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from contracts.convention.checks.role_equivalence import known_roles
from contracts.convention.file.node_reader import Reader
from contracts.convention.model import Grant, RoleSpec
from contracts.vocabulary.scopes import CATEGORIES, EVENT_TYPES, PURPOSES, REALMS, SCOPES


@dataclass(frozen=True, slots=True)
class Selection:
    """Which releases an invariant speaks of; None selects all.

    Attributes:
        issuers, recipients: roles or readers.
        scopes: every scope meant, those of `but` taken off.
        whole: every category is meant, `but` aside: also word of an event without its content.
        written: (field, words) as the file has them: what it means to say of roles yet to come.
    """

    realms: frozenset[str]
    issuers: frozenset[str]
    recipients: frozenset[str]
    events: frozenset[str]
    purposes: frozenset[str]
    scopes: frozenset[str]
    whole: bool = False
    written: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def covers(self, other: Selection) -> bool:
        """Whether whatever another selects is selected here too."""
        names = ("realms", "issuers", "recipients", "events", "purposes", "scopes")
        wider = all(getattr(self, name) >= getattr(other, name) for name in names)
        return wider and (self.whole or not other.whole)

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
    desks = (*roles, *others)
    written = {
        **_given(form, "realms", REALMS, "unknown_realm"),
        **_given(form, "from", desks, "unknown_role"),
        **_given(form, "to", desks, "unknown_role"),
        **_given(form, "events", EVENT_TYPES, "unknown_event"),
        **_given(form, "purposes", PURPOSES, "unknown_purpose"),
    }
    for field, known in (("what", (*SCOPES, *CATEGORIES)), ("but", tuple(SCOPES))):
        if form.has(field):
            written[field] = form.words(field, known, "unknown_scope")
    found = select(written, roles, others)
    if not all(
        (found.scopes, found.issuers, found.recipients, found.realms, found.events, found.purposes)
    ):
        form.refuse("selects_nothing", "an empty selection", "somebody and something")
    return found


def select(
    written: Mapping[str, tuple[str, ...]], roles: Mapping[str, RoleSpec], others: Collection[str]
) -> Selection:
    """What the words of a formal half mean among these roles, those who joined later included."""
    what, but = written.get("what"), frozenset(written.get("but", ()))
    scopes = {one for one in SCOPES if what is None or {one, one.split(".")[0]} & set(what)}
    return Selection(
        _some(written, "realms", REALMS),
        _desks(written, "from", roles, others),
        _desks(written, "to", roles, others),
        _some(written, "events", EVENT_TYPES),
        _some(written, "purposes", PURPOSES),
        frozenset(scopes - but),
        scopes == set(SCOPES),
        tuple(sorted((field, tuple(sorted(words))) for field, words in written.items())),
    )


def _given(
    form: Reader, field: str, known: Collection[str], code: str
) -> dict[str, tuple[str, ...]]:
    """The words of a field, or of `not_<field>`; nothing if neither is there."""
    for name in (field, f"not_{field}"):
        if form.has(name):
            return {name: form.words(name, known, code)}
    return {}


def _desks(
    written: Mapping[str, tuple[str, ...]],
    field: str,
    roles: Mapping[str, RoleSpec],
    others: Collection[str],
) -> frozenset[str]:
    """Those named, or left by `not_…`, and every role that counts as one of them."""
    named = _some(written, field, (*roles, *others))
    return named | {
        role for role, spec in roles.items() if not named.isdisjoint(known_roles(role, spec.agency))
    }


def _some(
    written: Mapping[str, tuple[str, ...]], field: str, known: Collection[str]
) -> frozenset[str]:
    """The words of a field, all but those of `not_<field>`, or all."""
    if field in written:
        return frozenset(written[field])
    return frozenset(known) - frozenset(written.get(f"not_{field}", ()))
