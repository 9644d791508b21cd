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
from typing import NoReturn

from contracts.convention.checks.promise_scope import read_selection
from contracts.convention.clauses import Grant, RoleSpec
from contracts.convention.file.node_reader import Reader
from contracts.convention.promise import DEMANDS, Invariant, thirds
from contracts.errors import ConventionError
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import RETENTION_CLASSES


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
                    _refuse("invariant_broken", promise, grant, got, issuer, scope, recipient, name)
            if promise.demand == "never":
                for issuer, role, duty in promise.selection.told(grant, third):
                    got = f"tells {role} of what {issuer} sends"
                    code = "invariant_broken_by_duty"
                    _refuse(code, promise, grant, got, issuer, duty, role, name)


def _refuse(
    code: str,
    promise: Invariant,
    grant: Grant,
    got: str,
    issuer: str,
    what: str,
    who: str,
    name: str,
) -> NoReturn:
    """Refuse with the facts of one release and, at their end, the sentence in both languages."""
    sentence, act = promise.sentence, (grant.event, grant.purpose)
    facts = grant.id, promise.id, issuer, what, who, *act, sentence["fr"], sentence["en"]
    got = f"{promise.id}: {grant.id} {got} ({', '.join(act)})"
    raise ConventionError(code, got, sentence["en"], file=name, line=grant.line, facts=facts)


def read_invariants(
    top: Reader,
    roles: Mapping[str, RoleSpec],
    others: Collection[str],
    purposes: Collection[str],
) -> tuple[Invariant, ...]:
    """The file's `invariants`; none if it has none.

    Args:
        others: readers and the bus, who may be named like roles.
        purposes: that clauses of the file may name.

    Raises:
        ConventionError: `invariant_repeated`, `no_demand`, `selects_nothing`, and those of the
            reader.
    """
    promises: dict[str, Invariant] = {}
    for row in top.readers("invariants") if top.has("invariants") else ():
        promise = _invariant(row, roles, others, purposes)
        if promise.id in promises:
            row.refuse("invariant_repeated", promise.id, "each id once", row.line_of("id"))
        promises[promise.id] = promise
    return tuple(promises.values())


def _invariant(
    row: Reader,
    roles: Mapping[str, RoleSpec],
    others: Collection[str],
    purposes: Collection[str],
) -> Invariant:
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
    selection = read_selection(form, roles, others, purposes)
    form.close()
    sentence = row.texts("sentence", "missing_sentence")
    promise = Invariant(row.word("id"), sentence, selection, demand, conditions, keep, row.line)
    row.close()
    return promise
