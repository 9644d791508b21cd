"""Clauses as values, and as the file has them: grants, roles, the bus's own events.

A clause keeps its id (R01 … R45) and holds one or more grants (rules §3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from contracts.convention.duty import Duties
from contracts.convention.file import field_types as kinds
from contracts.convention.file.faults import fault, unknown_field
from contracts.vocabulary.scopes import ACK_STAGES, NARROW, SCOPES, expand

BUS: Final = "BUS"  # issues the publications; no desk
SECRECY: Final = ("profession", "mission", "statute", "convention", "unbound", "unneeded")
# Whom an event makes take part: nobody but the two that it goes between (`decision`).
ASSIGNEES: Final = ("issuer", "recipient")
ORIGINS: Final = ("law", "practice", "invention")
_CLAUSE: Final = re.compile(r"R(?:\d{2}|[1-9]\d{2})\Z")  # R046 would be taken for R46


Origin = Annotated[
    Literal["law", "practice", "invention"],
    kinds.of(Annotated[str, kinds.known("unknown_flag", ORIGINS)]),
]


@dataclass(frozen=True, slots=True)
class Flags:
    """Whether flow, deadline and categories are law, practice or invention."""

    __pydantic_config__ = kinds.CLOSED
    flow: Origin
    deadline: Origin
    categories: Origin


def _clause_id(name: str) -> str:
    if not _CLAUSE.match(name):
        raise fault("bad_clause_id", name, "R01 to R999", key=True)
    return name


ClauseId = Annotated[kinds.Word, AfterValidator(_clause_id)]
Channel = Annotated[str, kinds.known("unknown_channel", ("publication",))]


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

    __pydantic_config__ = kinds.CLOSED
    clause: Annotated[ClauseId, Field(alias="id")]
    realm: kinds.Realm
    issuers: kinds.Some[Annotated[str, kinds.known("unknown_role", "issuers")]]
    recipients: kinds.Some[Annotated[str, kinds.known("unknown_role", "recipients")]]
    event: kinds.Event
    purpose: kinds.Purpose
    scopes: Annotated[frozenset[str], kinds.of(kinds.Some[kinds.Scope], frozenset)]
    traps: Annotated[frozenset[str], kinds.of(kinds.Several[kinds.Scope], frozenset)]
    conditions: kinds.Several[kinds.Condition]
    duties: Duties
    assigns: kinds.Several[Annotated[str, kinds.known("unknown_assignee", ASSIGNEES)]]
    basis: kinds.Some[Annotated[str, kinds.known("unknown_basis", "texts")]]
    flags: Flags
    label: kinds.Label
    sentence: kinds.Sentence
    id: Annotated[str, Field(alias="grant")]
    line: int
    publication: Annotated[bool, Field(alias="channel"), kinds.of(Channel, bool)] = False
    keep: kinds.Retention = ""
    note: kinds.Label = field(default_factory=dict)
    released: frozenset[str] = field(init=False)
    reached: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        above = {scope.rpartition(".")[0] for scope in self.scopes if SCOPES.get(scope) == NARROW}
        object.__setattr__(self, "released", expand(self.scopes))
        object.__setattr__(self, "reached", self.released | above)


Act = tuple[str, str]  # event type and purpose: what a clause lets travel, for ever by its number
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

    __pydantic_config__ = kinds.CLOSED
    agency: Annotated[str, kinds.known("unknown_agency", "parties")]
    realms: kinds.Several[kinds.Realm]
    secrecy: Annotated[str, kinds.known("unknown_secrecy", SECRECY)]
    label: kinds.Label
    named: kinds.Label
    colleague: kinds.Role = ""

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

    __pydantic_config__ = kinds.CLOSED
    issuers: kinds.Several[kinds.Role]
    stages: kinds.Several[Annotated[str, kinds.known("unknown_stage", ACK_STAGES)]]
    duties: Duties
    label: kinds.Label
    sentence: kinds.Sentence
    purpose: kinds.Word = ""


def check_kept(grant: Grant) -> Grant:
    """A grant, if it says how long it is kept, and a publication if it does not."""
    if grant.publication and grant.keep:
        raise unknown_field("keep")
    if not grant.publication and not grant.keep:
        raise fault("missing_field", "nothing", "keep", at=("keep",))
    return grant


Part = Annotated[Grant, AfterValidator(check_kept)]


def act_of(grant: Grant) -> Act:
    """What a grant lets travel: event type and purpose, as ALERT and REPORT name two of them."""
    return grant.event, grant.purpose


def questions(grant: Grant) -> Iterator[Question]:
    """The questions that one grant answers."""
    for issuer in grant.issuers:
        for recipient in grant.recipients:
            yield grant.realm, issuer, grant.event, grant.purpose, recipient
