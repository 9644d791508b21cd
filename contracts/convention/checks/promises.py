"""What no version may open: sentences in the file, each with a formal half that is checked.

    - id: I01
      sentence: {fr: …, en: …}
      never: {to: [EDU-H], what: [HEALTH], but: [HEALTH.vital]}

`never` without `what` speaks of everything, so also of word that there is an event: a duty whose
debtor or creditor is a third role tells it the event's issuer and the case.

Other formal halves: `only_if: {…, conditions: [assigned]}`, what is released then needs these
conditions; `at_most: {…, keep: P30}`, its copy is kept no longer. A field that is left out selects
all. Checked over the whole space at every load: what no grant releases is released to nobody, so
that the space ends with the grants. A role that the vocabulary does not know is selected with any
known role of its agency (`known`), so that `not_to` leaves it out only together with all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, NoReturn

from contracts.convention.clauses import Grant, RoleSpec
from contracts.convention.file.node_reader import Reader
from contracts.convention.hard_denials import known_roles
from contracts.convention.promise import DEMANDS, Invariant, Selection, thirds
from contracts.errors import ConventionError
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import (
    CATEGORIES,
    EVENT_TYPES,
    REALMS,
    RETENTION_CLASSES,
    SCOPES,
)


def check_invariants(
    invariants: tuple[Invariant, ...], grants: tuple[Grant, ...], name: str
) -> None:
    """Refuse a convention that breaks its own invariants.

    Raises:
        ConventionError: `invariant_broken`, `invariant_broken_by_duty`, with the first
            counterexample, at its clause's line.
    """
    heard = [(grant, thirds(grant)) for grant in grants]
    for promise in invariants:
        for grant, third in heard:
            if not promise.holds(grant):
                for issuer, recipient, scope in promise.selection.of(grant):
                    got = f"lets {issuer} send {scope} to {recipient}"
                    whose = issuer, scope, recipient
                    _refuse("invariant_broken", promise, grant, got, whose, name)
            if promise.demand == "never":
                for issuer, role, duty in promise.selection.told(grant, third):
                    got = f"tells {role} of what {issuer} sends"
                    whose = issuer, duty, role
                    _refuse("invariant_broken_by_duty", promise, grant, got, whose, name)


def _refuse(
    code: str, promise: Invariant, grant: Grant, got: str, whose: tuple[str, str, str], name: str
) -> NoReturn:
    """Refuse with the facts of one release and, at their end, the promise's sentence."""
    sentence, act = promise.sentence["en"], (grant.event, grant.purpose)
    got = f"{promise.id}: {grant.id} {got} ({', '.join(act)})"
    facts = grant.id, promise.id, *whose, *act, sentence
    raise ConventionError(code, got, sentence, file=name, line=grant.line, facts=facts)


class Names(NamedTuple):
    """The names that a promise may use.

    Attributes:
        others: readers and the bus, who may be named like roles.
        purposes: that clauses of the file may name.
    """

    roles: Mapping[str, RoleSpec]
    others: Collection[str]
    purposes: Collection[str]


def read_invariants(top: Reader, names: Names) -> tuple[Invariant, ...]:
    """The file's `invariants`; none if it has none.

    Raises:
        ConventionError: `invariant_repeated`, `no_demand`, `selects_nothing`, and those of the
            reader.
    """
    promises: dict[str, Invariant] = {}
    for row in top.readers("invariants") if top.has("invariants") else ():
        promise = _invariant(row, names)
        if promise.id in promises:
            row.refuse("invariant_repeated", promise.id, "each id once", row.line_of("id"))
        promises[promise.id] = promise
    return tuple(promises.values())


def _invariant(row: Reader, names: Names) -> Invariant:
    given = [demand for demand in DEMANDS if row.has(demand)]
    if len(given) != 1:
        row.refuse("no_demand", " and ".join(given) or "none", "one of " + ", ".join(DEMANDS))
    demand = given[0]
    form = row.reader(demand)
    conditions: tuple[str, ...] = ()
    keep = ""
    if demand == "only_if":
        conditions = form.words("conditions", CONDITIONS, "unknown_condition")
    if demand == "at_most":
        keep = form.word("keep", RETENTION_CLASSES, "unknown_retention")
    selection = _selection(form, names)
    form.close()
    sentence = row.texts("sentence", "missing_sentence")
    promise = Invariant(row.word("id"), sentence, selection, demand, conditions, keep, row.line)
    row.close()
    return promise


def _selection(form: Reader, names: Names) -> Selection:
    """What a formal half selects; a field that is left out selects all."""
    desks = (*names.roles, *names.others)
    known: dict[str, tuple[Collection[str], str]] = {
        "realms": (REALMS, "unknown_realm"), "events": (EVENT_TYPES, "unknown_event"),
        "from": (desks, "unknown_role"), "to": (desks, "unknown_role"),
        "purposes": (names.purposes, "unknown_purpose"),
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
    selection = _meant(written, names)
    if not all(selection.sets):
        form.refuse("selects_nothing", "an empty selection", "somebody and something")
    return selection


def _meant(written: Mapping[str, tuple[str, ...]], names: Names) -> Selection:
    """What the words of a formal half mean among these roles, those who joined later included."""
    what, but = written.get("what"), frozenset(written.get("but", ()))
    scopes = {one for one in SCOPES if what is None or {one, one.split(".")[0]} & set(what)}
    return Selection(
        _some(written, "realms", REALMS),
        _desks(written, "from", names),
        _desks(written, "to", names),
        _some(written, "events", EVENT_TYPES),
        _some(written, "purposes", names.purposes),
        frozenset(scopes - but),
        scopes == set(SCOPES),
        tuple(sorted((field, tuple(sorted(words))) for field, words in written.items())),
    )


def _desks(written: Mapping[str, tuple[str, ...]], field: str, names: Names) -> frozenset[str]:
    """Those named, or left by `not_…`, and every role that counts as one of them."""
    named = _some(written, field, (*names.roles, *names.others))
    counts = {role: known_roles(role, spec.agency) for role, spec in names.roles.items()}
    return named | {role for role, known in counts.items() if not named.isdisjoint(known)}


def _some(
    written: Mapping[str, tuple[str, ...]], field: str, known: Collection[str]
) -> frozenset[str]:
    """The words of a field, or all, without those of `not_<field>`."""
    return frozenset(written.get(field, known)) - frozenset(written.get(f"not_{field}", ()))
