"""A convention as values: clauses, grants, what the recipient owes, calendar.

A clause keeps its id (R01 … R45) and holds one or more grants. A question (realm, issuer role,
event, purpose, recipient role) is answered by at most one grant: the loader refuses a file in
which two grants answer the same question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from contracts.convention.calendar import Calendar
from contracts.vocabulary.scopes import expand

if TYPE_CHECKING:
    from contracts.convention.checks.promises import Invariant

Condition = Literal[
    "informed", "secrecy", "assigned", "urgent", "danger", "authorised", "authorised_if_inquiry",
    "parents_told", "parents_agree", "measure_open", "copy_of", "own_ip", "own_report", "own_st",
]  # fmt: skip
CONDITIONS: tuple[Condition, ...] = Condition.__args__  # type: ignore[attr-defined]
_OPEN: Final = "open:"
CHECKED: frozenset[str] = frozenset(  # read the state; intake has none and answers `depends`
    {"assigned", "copy_of", "own_ip", "own_report", "own_st"}
)


@dataclass(frozen=True, slots=True)
class DutySpec:
    """What a released event makes somebody owe (rules §12).

    Attributes:
        acts: what discharges it: ("ACK",) or clause ids such as ("R26", "R27").
        stages: ACK stages that discharge it; empty for other acts. `received` is also met by a
            later stage.
        final: only an event with `final: true` discharges it.
        debtor, creditor: `issuer`, `recipient` or a role (the desk of that role addressed in the
            same event, else assigned to the case, else the first of the directory).
        within: `15min`, `2h`, `1wd` (end of the nth working day, Paris), `day` (end of that day),
            `8d`, `3mo`, `1mo`, `due` (the cover's date), `-15d` (before `ends_on`).
        urgent_within: replaces `within` when a call is declared (R12); empty if not.
        start: the instant or date that `within` runs from: `delivery` (the decision), `transmission` (the
            cover's iat), `decided_on`, `ends_on`, `case_clock`.
        legal: fixed by law; a withdrawal does not cancel it.
        opened_by: empty: by the release itself; else `ACK:started` … (by that
            acknowledgement), or `open:R23` (only while a duty to do R23 was open).
        repeat: each discharge opens the next, until `phase: end`.
        recipients: if not empty, only for recipients of these roles.
    """

    acts: tuple[str, ...]
    debtor: str
    creditor: str
    within: str
    stages: tuple[str, ...] = ()
    final: bool = False
    urgent_within: str = ""
    start: str = "delivery"
    legal: bool = False
    opened_by: str = ""
    repeat: bool = False
    recipients: tuple[str, ...] = ()

    @property
    def third(self) -> tuple[str, ...]:
        """Roles named beside issuer and recipient: they hear of an event that nobody sends them."""
        named = dict.fromkeys((self.debtor, self.creditor))
        return tuple(who for who in named if who not in ("issuer", "recipient"))

    @property
    def while_owed(self) -> str:
        """The clause that must be owed for this duty to begin (`open:R23`); empty if none."""
        return self.opened_by.removeprefix(_OPEN) if self.opened_by.startswith(_OPEN) else ""

    @property
    def named(self) -> tuple[str, ...]:
        """What it names by number: what is owed (`ACK` is no number), and what must be for it to begin."""
        return (*self.acts, self.while_owed) if self.while_owed else self.acts

    @property
    def act(self) -> str:
        """The act as notices name it: `ACK:received`, `ACK:accepted|declined`, `R39:final`, `R26|R27`."""
        text = "|".join(self.acts)
        if self.stages:
            text += ":" + "|".join(self.stages)
        return text + (":final" if self.final else "")


@dataclass(frozen=True, slots=True)
class Flags:
    """Whether flow, deadline and categories are law, practice or invention."""

    flow: Literal["law", "practice", "invention"]
    deadline: Literal["law", "practice", "invention"]
    categories: Literal["law", "practice", "invention"]


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission: these issuers may send these scopes to these recipients for this purpose.

    Attributes:
        id: `R14`, or `R11.2` for the second grant of a clause that holds several (from `R11.1`).
        clause: `R14`.
        scopes: as the file lists them; `released` expands base scopes to their narrow ones.
        traps: scopes that a reader might expect and that are not released.
        assigns: who becomes assigned to the case when released: `issuer`, `recipient`.
        keep: retention class of the bus copy, P7, P30 or P90; empty for publications.
        basis: codes of the convention's table of legal texts.
        line: of the file, for messages.
        note: a remark that no scope expresses, {`fr`, `en`}; empty if none.
    """

    id: str
    clause: str
    realm: str
    issuers: tuple[str, ...]
    recipients: tuple[str, ...]
    event: str
    purpose: str
    scopes: frozenset[str]
    traps: frozenset[str]
    conditions: tuple[Condition, ...]
    duties: tuple[DutySpec, ...]
    assigns: tuple[str, ...]
    keep: str
    basis: tuple[str, ...]
    flags: Flags
    label: dict[str, str]
    sentence: dict[str, str]
    publication: bool = False
    line: int = 0
    note: dict[str, str] = field(default_factory=dict)
    released: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "released", expand(self.scopes))


Act = tuple[
    str, str
]  # event type and purpose: what a clause lets travel, for ever under its number
Question = tuple[str, str, str, str, str]  # realm, issuer role, event, purpose, recipient role


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """A role as the file describes it; the secrecy of a desk itself is the directory's.

    Attributes:
        secrecy: `profession`, `mission`, `statute` or `convention` where bound, each its source;
            `unbound` or `unneeded` where no desk of the role is secrecy-bound on this bus.
        label: for tables; `named`: with its article, for sentences.
        colleague: role of the same house that may send what this one may not; empty if none.
    """

    agency: str
    realms: tuple[str, ...]
    secrecy: str
    label: dict[str, str]
    named: dict[str, str]
    colleague: str = ""

    @property
    def bound(self) -> bool:
        """Whether desks of this role can be secrecy-bound."""
        return self.secrecy not in ("unbound", "unneeded")


@dataclass(frozen=True, slots=True)
class SystemClause:
    """An event of the bus itself (ACK, WITHDRAW, LINK, UNLINK): its logic is the router's.

    Attributes:
        issuers: roles that may; empty if any.
        stages: of an ACK; empty for others.
    """

    event: str
    purpose: str
    issuers: tuple[str, ...]
    stages: tuple[str, ...]
    duties: tuple[DutySpec, ...]
    label: dict[str, str]
    sentence: dict[str, str]


@dataclass(frozen=True)
class Convention:
    """A loaded, coherent convention file.

    Attributes:
        digest: b64u(SHA-256(the file's bytes)); covers and records name it.
        predecessor: digest of the version before; empty for the first.
        parties: signatories.
        quorum: how many of them must sign; 0: all.
        invariants: what no clause may break; the file does not load if one does.
        texts: basis code -> {`fr`, `en`, `in_force_from`, `in_force_until`, `checked`,
            `successor`}; the last three empty if not so.
        party_labels, readers, scope_labels: id -> {`fr`, `en`}.
        roles: in the file's order.
        system: event -> system clause.
        repealed: number of a clause that an earlier version had and this one has not -> its act,
            which stays that of the number for ever (`adoption.check_numbers`).
        file: name it was loaded under, for messages.
        lines: `roles`, `texts.CODE`, `calendar` … -> its line in the file.
    """

    id: str
    version: int
    digest: str
    predecessor: str
    effective: str
    parties: tuple[str, ...]
    grants: tuple[Grant, ...]
    texts: dict[str, dict[str, str]]
    calendar: Calendar
    title: dict[str, str]
    party_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    roles: dict[str, RoleSpec] = field(default_factory=dict)
    readers: dict[str, dict[str, str]] = field(default_factory=dict)
    scope_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    system: dict[str, SystemClause] = field(default_factory=dict)
    file: str = ""
    quorum: int = 0
    invariants: tuple[Invariant, ...] = ()
    repealed: dict[str, Act] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict, repr=False)

    @property
    def needed(self) -> int:
        """How many parties must have signed."""
        return self.quorum or len(self.parties)

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
        found = self.by_question.get((realm, issuer, event, purpose, recipient))
        return None if found is None or found.publication else found

    @cached_property
    def acts(self) -> dict[str, Act]:
        """Number of a clause -> its act; of those that were repealed too, under which events are in the log."""
        return self.repealed | {grant.clause: (grant.event, grant.purpose) for grant in self.grants}

    @cached_property
    def _numbers(self) -> dict[Act, frozenset[str]]:
        found: dict[Act, set[str]] = {}
        for clause, act in self.acts.items():
            found.setdefault(act, set()).add(clause)
        return {act: frozenset(clauses) for act, clauses in found.items()}

    def numbers(self, *acts: Act) -> frozenset[str]:
        """Numbers of the clauses that let one of these acts travel, or did before they were repealed."""
        return frozenset().union(*(self._numbers.get(act, frozenset()) for act in acts))

    @cached_property
    def by_clause(self) -> dict[str, tuple[Grant, ...]]:
        """Clause id -> its grants."""
        found: dict[str, list[Grant]] = {}
        for grant in self.grants:
            found.setdefault(grant.clause, []).append(grant)
        return {clause: tuple(grants) for clause, grants in found.items()}

    @cached_property
    def named_by_duties(self) -> frozenset[str]:
        """The clauses that duties name, as what is owed or as what must still be owed."""
        duties = (duty for grant in self.grants for duty in grant.duties)
        return frozenset(one for duty in duties for one in duty.named if one != "ACK")

    @cached_property
    def by_issuer(self) -> dict[tuple[str, str], tuple[Grant, ...]]:
        """(realm, issuer role) -> grants, by id, whatever the file's order."""
        found: dict[tuple[str, str], list[Grant]] = {}
        for grant in sorted(self.grants, key=lambda one: one.id):
            for issuer in grant.issuers:
                found.setdefault((grant.realm, issuer), []).append(grant)
        return {key: tuple(grants) for key, grants in found.items()}


def questions(grant: Grant) -> Iterator[Question]:
    """The questions that one grant answers."""
    for issuer in grant.issuers:
        for recipient in grant.recipients:
            yield grant.realm, issuer, grant.event, grant.purpose, recipient
