"""What no version may open: sentences in the file, each with a formal half that is checked.

    - id: I01
      sentence: {fr: …, en: …}
      never: {to: [EDU-H], what: [HEALTH], but: [HEALTH.vital]}

Other formal halves: `only_if: {…, conditions: [assigned]}`, what is released then needs these
conditions; `at_most: {…, keep: P30}`, its copy is kept no longer. A field that is left out selects
all. Checked over the whole space at every load: what no grant releases is released to nobody, so
that the space ends with the grants.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from contracts.convention.model import CONDITIONS, Grant
from contracts.convention.reading import Reader
from contracts.errors import ConventionError
from contracts.scopes import (
    CATEGORIES,
    EVENT_TYPES,
    PURPOSES,
    REALMS,
    RETENTION_CLASSES,
    SCOPES,
)

Demand = Literal["never", "only_if", "at_most"]
DEMANDS: Final[tuple[Demand, ...]] = ("never", "only_if", "at_most")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which releases an invariant speaks of; None selects all.

    Attributes:
        issuers, recipients: roles or readers.
        scopes: every scope meant, those of `but` taken off.
    """

    realms: frozenset[str]
    issuers: frozenset[str]
    recipients: frozenset[str]
    events: frozenset[str]
    purposes: frozenset[str]
    scopes: frozenset[str]

    def of(self, grant: Grant) -> Iterator[tuple[str, str, str]]:
        """(issuer, recipient, scope) of a grant's releases that are selected, in a fixed order."""
        place = grant.realm in self.realms and grant.event in self.events
        if not place or grant.purpose not in self.purposes:
            return
        chosen = [scope for scope in SCOPES if scope in grant.released & self.scopes]
        for issuer in grant.issuers:
            for recipient in grant.recipients:
                if issuer in self.issuers and recipient in self.recipients:
                    yield from ((issuer, recipient, scope) for scope in chosen)


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise of the file about all its clauses, those to come included.

    Attributes:
        demand: `never`: nothing selected is released; `only_if`: not without `conditions`;
            `at_most`: not kept longer than `keep`.
        line: of the file.
    """

    id: str
    sentence: dict[str, str]
    selection: Selection
    demand: Demand
    conditions: tuple[str, ...] = ()
    keep: str = ""
    line: int = 0

    def holds(self, grant: Grant) -> bool:
        """Whether a grant may release what the invariant selects."""
        if self.demand == "only_if":
            return set(self.conditions) <= set(grant.conditions)
        if self.demand == "at_most":
            return RETENTION_CLASSES.get(grant.keep, 0) <= RETENTION_CLASSES[self.keep]
        return False


@dataclass(frozen=True, slots=True)
class Counterexample:
    """One release that an invariant forbids; enough to ask `explain`."""

    invariant: Invariant
    grant: Grant
    issuer: str
    recipient: str
    scope: str

    def describe(self) -> str:
        """One line: which clause lets whom send what to whom."""
        grant = self.grant
        return (
            f"{self.invariant.id}: {grant.id} lets {self.issuer} send {self.scope} to "
            f"{self.recipient} ({grant.event}, {grant.purpose})"
        )

    @property
    def facts(self) -> tuple[str, ...]:
        """The same in parts, then the invariant's sentence in French and in English."""
        grant, sentence = self.grant, self.invariant.sentence
        release = self.issuer, self.scope, self.recipient, grant.event, grant.purpose
        return (grant.id, self.invariant.id, *release, sentence["fr"], sentence["en"])


def broken(
    invariants: tuple[Invariant, ...], grants: tuple[Grant, ...]
) -> Iterator[Counterexample]:
    """Every release that breaks an invariant, in the order of both."""
    for invariant in invariants:
        for grant in grants:
            if not invariant.holds(grant):
                for issuer, recipient, scope in invariant.selection.of(grant):
                    yield Counterexample(invariant, grant, issuer, recipient, scope)


def check_invariants(
    invariants: tuple[Invariant, ...], grants: tuple[Grant, ...], name: str
) -> None:
    """Refuse a convention that breaks its own invariants.

    Raises:
        ConventionError: `invariant_broken`, with the first counterexample, at its clause's line.
    """
    for found in broken(invariants, grants):
        raise ConventionError(
            "invariant_broken",
            found.describe(),
            found.invariant.sentence["en"],
            file=name,
            line=found.grant.line,
            facts=found.facts,
        )


def read_invariants(top: Reader, roles: tuple[str, ...]) -> tuple[Invariant, ...]:
    """The file's `invariants`; none if it has none.

    Args:
        roles: and readers, and the bus: whoever may be named.

    Raises:
        ConventionError: `invariant_repeated`, `no_demand`, `selects_nothing`, and those of the
            reader.
    """
    found: dict[str, Invariant] = {}
    for row in top.readers("invariants") if top.has("invariants") else ():
        one = _invariant(row, roles)
        if one.id in found:
            row.refuse("invariant_repeated", one.id, "each id once", row.line_of("id"))
        found[one.id] = one
    return tuple(found.values())


def _invariant(row: Reader, roles: tuple[str, ...]) -> Invariant:
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
    selection = _selection(form, roles)
    form.close()
    sentence = row.texts("sentence", "missing_sentence")
    found = Invariant(row.word("id"), sentence, selection, demand, conditions, keep, row.line)
    row.close()
    return found


def _selection(form: Reader, roles: tuple[str, ...]) -> Selection:
    known = {**SCOPES, **dict.fromkeys(CATEGORIES, "")}
    what = _some(form, "what", tuple(known), "unknown_scope") if form.has("what") else None
    scopes = {scope for scope in SCOPES if what is None or what & {scope, scope.split(".")[0]}}
    if form.has("but"):
        scopes -= _some(form, "but", tuple(SCOPES), "unknown_scope")
    found = Selection(
        _some(form, "realms", REALMS, "unknown_realm"),
        _some(form, "from", roles, "unknown_role"),
        _some(form, "to", roles, "unknown_role"),
        _some(form, "events", EVENT_TYPES, "unknown_event"),
        _some(form, "purposes", PURPOSES, "unknown_purpose"),
        frozenset(scopes),
    )
    if not all((found.scopes, found.issuers, found.recipients)):
        form.refuse("selects_nothing", "an empty selection", "somebody and something")
    return found


def _some(form: Reader, field: str, known: tuple[str, ...], code: str) -> frozenset[str]:
    """The words of a field, all but those of `not_<field>`, or all."""
    if form.has(field):
        return frozenset(form.words(field, known, code))
    other = f"not_{field}"
    left = form.words(other, known, code) if form.has(other) else ()
    return frozenset(known) - frozenset(left)
