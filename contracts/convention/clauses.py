"""Clauses as values: grants, their conditions, what they make owed, roles.

A clause keeps its id (R01 … R45) and holds one or more grants (rules §3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from contracts.vocabulary.conditions import Condition
from contracts.vocabulary.scopes import NARROW, SCOPES, expand

_OPEN: Final = "open:"


def act_name(acts: Sequence[str], stages: Sequence[str], *, final: bool) -> str:
    """What is owed, as notices name it: `ACK:received`, `ACK:accepted|declined`, `R39:final`."""
    text = "|".join(acts)
    if stages:
        text += ":" + "|".join(stages)
    return text + (":final" if final else "")


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
        start: the instant or date that `within` runs from: `delivery` (the decision),
            `transmission` (the cover's iat), `decided_on`, `ends_on`, `case_clock`.
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
        """What it names by number: what is owed (`ACK` has none), and what lets it begin."""
        return (*self.acts, self.while_owed) if self.while_owed else self.acts

    @property
    def act(self) -> str:
        """The act as notices name it."""
        return act_name(self.acts, self.stages, final=self.final)


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
        reached: scopes released whole, or of which a narrow one is.
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
    reached: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        above = {scope.rpartition(".")[0] for scope in self.scopes if SCOPES.get(scope) == NARROW}
        object.__setattr__(self, "released", expand(self.scopes))
        object.__setattr__(self, "reached", self.released | above)


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


def act_of(grant: Grant) -> Act:
    """What a grant lets travel: event type and purpose, as ALERT and REPORT name two of them."""
    return grant.event, grant.purpose


def questions(grant: Grant) -> Iterator[Question]:
    """The questions that one grant answers."""
    for issuer in grant.issuers:
        for recipient in grant.recipients:
            yield grant.realm, issuer, grant.event, grant.purpose, recipient
