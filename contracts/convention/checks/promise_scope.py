"""Which releases a promise of the file speaks of (`promises.py`): who, to whom, what, when."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from contracts.convention.checks.role_equivalence import known_roles
from contracts.convention.clauses import RoleSpec
from contracts.convention.file.node_reader import Reader
from contracts.convention.promise import Selection
from contracts.vocabulary.scopes import CATEGORIES, EVENT_TYPES, REALMS, SCOPES


def read_selection(
    form: Reader,
    roles: Mapping[str, RoleSpec],
    others: Collection[str],
    purposes: Collection[str],
) -> Selection:
    """What a formal half selects; a field that is left out selects all.

    Args:
        others: readers and the bus, who may be named like roles.
        purposes: that clauses of the file may name.

    Raises:
        ConventionError: `selects_nothing`, and those of the reader.
    """
    desks = (*roles, *others)
    written = {
        **_given(form, "realms", REALMS, "unknown_realm"),
        **_given(form, "from", desks, "unknown_role"),
        **_given(form, "to", desks, "unknown_role"),
        **_given(form, "events", EVENT_TYPES, "unknown_event"),
        **_given(form, "purposes", purposes, "unknown_purpose"),
    }
    for field, known in (("what", (*SCOPES, *CATEGORIES)), ("but", tuple(SCOPES))):
        if form.has(field):
            written[field] = form.words(field, known, "unknown_scope")
    selection = select(written, roles, others, purposes)
    if not all(
        (
            selection.scopes,
            selection.issuers,
            selection.recipients,
            selection.realms,
            selection.events,
            selection.purposes,
        )
    ):
        form.refuse("selects_nothing", "an empty selection", "somebody and something")
    return selection


def select(
    written: Mapping[str, tuple[str, ...]],
    roles: Mapping[str, RoleSpec],
    others: Collection[str],
    purposes: Collection[str],
) -> Selection:
    """What the words of a formal half mean among these roles, those who joined later included."""
    what, but = written.get("what"), frozenset(written.get("but", ()))
    scopes = {one for one in SCOPES if what is None or {one, one.split(".")[0]} & set(what)}
    return Selection(
        _some(written, "realms", REALMS),
        _desks(written, "from", roles, others),
        _desks(written, "to", roles, others),
        _some(written, "events", EVENT_TYPES),
        _some(written, "purposes", purposes),
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
