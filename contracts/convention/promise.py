"""What no version may open: sentences, each with a formal half that is checked (rules §10).

    - id: I01
      sentence: {fr: …, en: …}
      never: {to: [EDU-H], what: [HEALTH], but: [HEALTH.vital]}

`never` without `what` speaks of everything, so also of word that there is an event: a duty whose
debtor or creditor is a third role tells it the event's issuer and the case.

Other formal halves: `only_if: {…, conditions: [assigned]}`, what is released then needs these
conditions; `at_most: {…, keep: P30}`, its copy is kept no longer. A field that is left out selects
all. A role that the vocabulary does not know is selected with any known role of its agency
(`known_roles`), so that `not_to` leaves it out only together with all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, FailFast, Field

from contracts.convention.clauses import Grant
from contracts.convention.file import field_types as kinds
from contracts.convention.file.faults import fault, unknown_field
from contracts.convention.file.yaml_nodes import Fields
from contracts.convention.hard_denials import known_roles
from contracts.vocabulary.scopes import CATEGORIES, EVENT_TYPES, REALMS, RETENTION_CLASSES, SCOPES

Demand = Literal["never", "only_if", "at_most"]
DEMANDS: Final[tuple[Demand, ...]] = ("never", "only_if", "at_most")
MAX_INVARIANTS: Final = 100
_Words = Mapping[str, tuple[str, ...]]  # field of a formal half -> what it lists
_Anybody = kinds.Several[Annotated[str, kinds.known("unknown_role", "anybody")]]
_What = kinds.Several[Annotated[str, kinds.known("unknown_scope", (*SCOPES, *CATEGORIES))]]


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

    @property
    def sets(self) -> tuple[frozenset[str], ...]:
        """What it selects of each kind; one that is empty selects nothing."""
        return (
            self.realms, self.issuers, self.recipients, self.events, self.purposes, self.scopes,
        )  # fmt: skip

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

    @property
    def void(self) -> bool:
        """Whether every grant keeps it, whatever it says."""
        if self.demand == "at_most":
            return RETENTION_CLASSES[self.keep] == max(RETENTION_CLASSES.values())
        return self.demand == "only_if" and not self.conditions


def thirds(grant: Grant) -> dict[str, str]:
    """Third role -> act of the first duty that tells it of the grant's events."""
    acts: dict[str, str] = {}
    for duty in grant.duties:
        for role in duty.third:
            if role not in grant.recipients:
                acts.setdefault(role, duty.act)
    return acts


@dataclass(frozen=True, slots=True)
class _Selected:
    """The words of a formal half, as the file has them; a field that is left out selects all."""

    __pydantic_config__ = kinds.CLOSED
    realms: kinds.Several[kinds.Realm] | None = None
    not_realms: kinds.Several[kinds.Realm] | None = None
    events: kinds.Several[kinds.Event] | None = None
    not_events: kinds.Several[kinds.Event] | None = None
    from_: Annotated[_Anybody | None, Field(alias="from")] = None
    not_from: _Anybody | None = None
    to: _Anybody | None = None
    not_to: _Anybody | None = None
    purposes: kinds.Several[kinds.Purpose] | None = None
    not_purposes: kinds.Several[kinds.Purpose] | None = None
    what: _What | None = None
    but: kinds.Several[kinds.Scope] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnlyIf(_Selected):
    conditions: kinds.Several[kinds.Condition]


@dataclass(frozen=True, slots=True, kw_only=True)
class _AtMost(_Selected):
    keep: kinds.Retention


@dataclass(frozen=True, slots=True)
class _Promise:
    """A promise as the file has it, with one of its demands."""

    __pydantic_config__ = kinds.CLOSED
    id: kinds.Word
    sentence: kinds.Sentence
    never: _Selected | None = None
    only_if: _OnlyIf | None = None
    at_most: _AtMost | None = None


def _invariant(node: Any, read: Callable[[Any], _Promise], info: kinds.Known) -> Invariant:
    given = [demand for demand in DEMANDS if isinstance(node, Fields) and demand in node]
    if isinstance(node, Fields) and len(given) != 1:
        raise fault("no_demand", " and ".join(given) or "none", "one of " + ", ".join(DEMANDS))
    promise = read(node)
    demand = given[0]
    half: _Selected = getattr(promise, demand)
    words = {one.name.rstrip("_"): getattr(half, one.name) for one in fields(_Selected)}
    words = {field: listed for field, listed in words.items() if listed is not None}
    for field in words:
        if field.startswith("not_") and field[4:] in words:
            raise unknown_field(field, at=(demand, field))
    selection = _selection(words, info.context)
    if not all(selection.sets):
        raise fault("selects_nothing", "an empty selection", "somebody and something", at=(demand,))
    conditions = half.conditions if isinstance(half, _OnlyIf) else ()
    keep = half.keep if isinstance(half, _AtMost) else ""
    name, sentence = promise.id, promise.sentence
    return Invariant(name, sentence, selection, demand, conditions, keep, node.line)


def _selection(written: _Words, names: kinds.Names) -> Selection:
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


def _desks(written: _Words, field: str, names: kinds.Names) -> frozenset[str]:
    """Those named, or left by `not_…`, and every role that counts as one of them."""
    named = _some(written, field, names.anybody)
    counts = {role: known_roles(role, agency) for role, agency in names.agencies.items()}
    return named | {role for role, known in counts.items() if not named.isdisjoint(known)}


def _some(written: _Words, field: str, known: Collection[str]) -> frozenset[str]:
    """The words of a field, or all, without those of `not_<field>`."""
    return frozenset(written.get(field, known)) - frozenset(written.get(f"not_{field}", ()))


def _different(promises: tuple[Invariant, ...]) -> tuple[Invariant, ...]:
    ids: set[str] = set()
    for number, promise in enumerate(promises):
        if promise.id in ids:
            at = number, "id"
            raise fault("invariant_repeated", promise.id, "each id once", at=at, key=True)
        ids.add(promise.id)
    return promises


Invariants = Annotated[
    tuple[Annotated[Invariant, kinds.built(_Promise, _invariant)], ...],
    FailFast(),
    kinds.at_most(MAX_INVARIANTS),
    AfterValidator(_different),
]
