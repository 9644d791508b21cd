"""A convention as a value: its clauses, roles, promises, texts and calendar.

A question (realm, issuer role,
event, purpose, recipient role) is answered by at most one grant: the loader refuses a file in
which two grants answer the same question.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated

from pydantic import FailFast, Field

from contracts.convention import tables
from contracts.convention.clauses import (
    Act,
    Grant,
    Part,
    Question,
    RoleSpec,
    SystemClause,
    questions,
)
from contracts.convention.file import field_types as kinds
from contracts.convention.promise import Invariants
from contracts.vocabulary.scopes import PURPOSES


@dataclass(frozen=True, kw_only=True)
class Convention:
    """A loaded, coherent convention file.

    Attributes:
        digest: b64u(SHA-256(the file's bytes)); covers and records name it.
        predecessor: digest of the version before; empty for the first.
        quorum: how many parties must sign; 0: all.
        invariants: what no clause may break; the file does not load if one does.
        texts: basis code -> {`fr`, `en`, `in_force_from`, `in_force_until`, `checked`,
            `successor`}; the last three empty if not so.
        party_labels, readers, scope_labels: id -> {`fr`, `en`}.
        roles: in the file's order.
        purposes: code -> {`fr`, `en`}; empty where the file keeps to the vocabulary's.
        off_bus: what never travels here, code -> {`fr`, `en`}: shown, and decides nothing.
        system: event -> system clause.
        reference: roles whose desks may look up who takes part in a case of theirs (rules §17).
        repealed: number of a clause that an earlier version had and this one has not -> its act,
            which stays that of the number for ever (`adoption.check_numbers`).
        file: name it was loaded under, for messages.
        lines: `roles`, `texts.CODE`, `calendar` … -> its line in the file.
    """

    __pydantic_config__ = kinds.CLOSED
    party_labels: Annotated[tables.Parties, Field(alias="parties")]
    roles: kinds.Table[kinds.Word, RoleSpec]
    readers: kinds.Labels
    texts: tables.LegalTexts
    purposes: kinds.Labels = field(default_factory=dict)
    # The first faulty one is enough: each has all that its clause lists.
    grants: Annotated[tuple[Part, ...], FailFast(), Field(alias="clauses")]
    reference: Annotated[tables.Reference, Field(alias="access")] = ()
    id: kinds.Word
    version: kinds.Number
    predecessor: tables.Digest
    effective: kinds.Day
    calendar: tables.CalendarTable
    title: kinds.Label
    scope_labels: Annotated[kinds.Table[kinds.Scope, kinds.Label], Field(alias="scopes")]
    off_bus: kinds.Labels = field(default_factory=dict)
    system: Annotated[dict[str, SystemClause], tables.every_event]
    quorum: tables.Quorum = 0
    invariants: Invariants = ()
    repealed: tables.Repealed = field(default_factory=dict)
    digest: str
    file: str = ""
    lines: dict[str, int] = field(default_factory=dict, repr=False)

    @cached_property
    def parties(self) -> tuple[str, ...]:
        """The signatories."""
        return tuple(self.party_labels)

    @property
    def name(self) -> str:
        """As people call it, and its file: the year that it begins in, and its version."""
        return f"{self.effective[:4]}-{self.version}"

    @property
    def needed(self) -> int:
        """How many parties must have signed."""
        return self.quorum or len(self.parties)

    @property
    def known_purposes(self) -> tuple[str, ...]:
        """Purposes that its clauses may name: its own table's, else the vocabulary's."""
        return tuple(self.purposes) or PURPOSES

    @cached_property
    def starts(self) -> int:
        """The instant of its date of effect: midnight in Paris, seconds."""
        return self.calendar.instant(date.fromisoformat(self.effective))

    @cached_property
    def by_question(self) -> dict[Question, Grant]:
        """Every question that has an answer, publications included."""
        return {question: grant for grant in self.grants for question in questions(grant)}

    def grant(
        self, realm: str, issuer: str, event: str, purpose: str, recipient: str
    ) -> Grant | None:
        """The grant that answers, or None: deny by default. Publications never answer."""
        grant = self.by_question.get((realm, issuer, event, purpose, recipient))
        return None if grant is None or grant.publication else grant

    @cached_property
    def acts(self) -> dict[str, Act]:
        """Number of a clause -> its act; repealed ones too, under which events are in the log."""
        return self.repealed | {grant.clause: (grant.event, grant.purpose) for grant in self.grants}

    @cached_property
    def _numbers(self) -> dict[Act, frozenset[str]]:
        numbers: dict[Act, set[str]] = {}
        for clause, act in self.acts.items():
            numbers.setdefault(act, set()).add(clause)
        return {act: frozenset(clauses) for act, clauses in numbers.items()}

    def numbers(self, *acts: Act) -> frozenset[str]:
        """Numbers of the clauses that let one of these acts travel, or did before their repeal."""
        return frozenset().union(*(self._numbers.get(act, frozenset()) for act in acts))

    @cached_property
    def by_clause(self) -> dict[str, tuple[Grant, ...]]:
        """Clause id -> its grants."""
        by_clause: dict[str, list[Grant]] = {}
        for grant in self.grants:
            by_clause.setdefault(grant.clause, []).append(grant)
        return {clause: tuple(grants) for clause, grants in by_clause.items()}

    @cached_property
    def by_issuer(self) -> dict[tuple[str, str], tuple[Grant, ...]]:
        """(realm, issuer role) -> grants, by id, whatever the file's order."""
        by_issuer: dict[tuple[str, str], list[Grant]] = {}
        for grant in sorted(self.grants, key=lambda one: one.id):
            for issuer in grant.issuers:
                by_issuer.setdefault((grant.realm, issuer), []).append(grant)
        return {key: tuple(grants) for key, grants in by_issuer.items()}
