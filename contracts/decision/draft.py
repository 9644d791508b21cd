"""What an intake makes of an agency's record, before anything is decided, sealed or signed.

A draft is an event in the clear, inside its own agency. Intake functions are pure: record in,
drafts out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from contracts.errors import IntakeError
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.schema import Closed, Linked, Ref


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who files a record: the desk whose token came with it, and its role.

    Attributes:
        day: on which it files, YYYY-MM-DD; nobody is born later. Empty: not looked at.
    """

    desk: str
    role: str
    day: str = ""


class AddressBook(Protocol):
    """What intake may know of the directory: which desks there are, by role. Short ids."""

    def role_of(self, realm: str, desk: str) -> str | None:
        """The role of a desk, None if the realm's directory has no such desk."""

    def desks(self, realm: str, role: str) -> tuple[str, ...]:
        """The desks of a role, sorted."""


def the_desk(book: AddressBook, realm: str, role: str, named: str | None = None) -> str:
    """The one desk of a role, or the one that the record names.

    Raises:
        IntakeError: `desk_unknown`, `desk_of_other_role`, `desk_ambiguous` (two homes: the
            record must name one).
    """
    if named is not None:
        its_role = book.role_of(realm, named)
        if its_role is None:
            raise IntakeError("desk_unknown", "another desk", "a desk of the directory", "to")
        if its_role != role:
            raise IntakeError("desk_of_other_role", its_role, role, "to")
        return named
    desks = book.desks(realm, role)
    if not desks:
        raise IntakeError("desk_unknown", f"no desk of role {role}", "one in the directory", "to")
    if len(desks) > 1:
        raise IntakeError("desk_ambiguous", f"{len(desks)} desks", " or ".join(desks), "to")
    return desks[0]


@dataclass(frozen=True, slots=True)
class Portion:
    """The content of one scope for one addressee.

    Attributes:
        body: typed body of the scope (a model of `contracts.vocabulary.categories`).
        fields: the agency's own record fields that it was made of, for `left_out` answers.
    """

    body: Closed
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftAddressee:
    """One addressee of a draft.

    Attributes:
        desk: short id, e.g. `crip`.
        purpose: why; None only if the record names the desk and no clause gives a purpose.
        portions: scope -> content meant for this desk.
        re: what this answers, copies or withdraws, for this desk.
        keep: retention class of the keys to seal with, where no clause of this event says it: of
            what is passed on.
    """

    desk: str
    purpose: str | None
    portions: dict[str, Portion] = field(default_factory=dict)
    re: tuple[Ref, ...] = ()
    keep: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One event to be: its issuer, its addressees and the clear facts that clocks need.

    Attributes:
        issuer: short desk id.
        realm: `civil` or `criminal`.
        etype: event type.
        reference: the agency's local case reference, hashed into the case token; for itself alone.
        case: a case token quoted from an earlier arrival; wins over `reference` if given and of
            the same realm (a token of the other realm counts as a reference).
        unpublished: record fields that the mapping never sends anywhere: field -> reason code.
        declares: condition that the record's kind may declare -> its field.
        answered: those of these fields that the record fills in.
        facts: `phase`, `final`, `stage`, `decided_on`, `received_on`, `ends_on`, `due` if any.
    """

    issuer: str
    realm: str
    etype: str
    to: tuple[DraftAddressee, ...]
    reference: str
    case: str | None = None
    declared: Declared | None = None
    linked: Linked | None = None
    ends: tuple[Ref, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    unpublished: dict[str, str] = field(default_factory=dict)
    declares: dict[str, str] = field(default_factory=dict)
    answered: frozenset[str] = frozenset()
