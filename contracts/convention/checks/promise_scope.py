"""Which releases a promise of the file speaks of (`promises.py`): who, to whom, what, when."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from contracts.convention.clauses import RoleSpec
from contracts.convention.file.node_reader import Reader
from contracts.convention.hard_denials import known_roles
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
    known: dict[str, tuple[Collection[str], str]] = {
        "realms": (REALMS, "unknown_realm"), "events": (EVENT_TYPES, "unknown_event"),
        "from": (desks, "unknown_role"), "to": (desks, "unknown_role"),
        "purposes": (purposes, "unknown_purpose"),
    }  # fmt: skip
    known |= {f"not_{field}": words for field, words in known.items()}
    known |= {
        "what": ((*SCOPES, *CATEGORIES), "unknown_scope"), "but": (SCOPES, "unknown_scope"),
    }  # fmt: skip
    # Of a field and its `not_…` the first is read: `close` refuses what nobody read.
    given = [
        field
        for field in known
        if form.has(field) and not (field.startswith("not_") and form.has(field[4:]))
    ]
    written = {field: form.words(field, *known[field]) for field in given}
    selection = select(written, roles, others, purposes)
    if not all(selection.sets):
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
    """The words of a field, or all, without those of `not_<field>`."""
    return frozenset(written.get(field, known)) - frozenset(written.get(f"not_{field}", ()))
