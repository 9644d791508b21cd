"""What a desk that asks what it may send is answered: recipients, codes, a record's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from services.agency.office.responses.common import (
    Clause,
    Desk,
    EventType,
    Purpose,
    Realm,
    ResponseModel,
    Scope,
    Successor,
    Until,
    member,
)
from services.labels.problem_texts import At
from services.texts import typeset

Role = Annotated[str, member("Role of a desk.", "CRIP")]
Kind = Annotated[str, member("Kind of a record.", "information_preoccupante")]


class BothLanguages(ResponseModel):
    """A text as people read it."""

    fr: str = member("In French.", "Cellule de recueil (CRIP)")
    en: str = member("In English.", "Child-concern intake unit")


def label_of(label: Mapping[str, str]) -> BothLanguages:
    """A label of a convention file, by language, as people read it."""
    return BothLanguages(fr=typeset(label["fr"], "fr"), en=typeset(label["en"], "en"))


class OwedAct(ResponseModel):
    """What a delivery makes somebody owe (rules §12)."""

    act: str = member(
        "What ends it: an acknowledgement of a stage, or an act by its clause.", "ACK:received"
    )
    debtor: Role = member("Role that owes it.")
    creditor: Role = member("Role that it is owed to.", "EDU-S")
    within: str = member(
        "Time for it: `15min`, `2h`, `8d`, `3mo`, `1wd` (working days), `day` (to the "
        "end of that day), `due` (the day that the record names); `-15d`: so long before.",
        "1wd",
    )
    start: str = Field(
        alias="from",
        description="What the time runs from: `delivery`, `transmission`, `decided_on`, "
        "`ends_on` or `case_clock`.",
        examples=["delivery"],
    )
    legal: bool = member("Whether the law says so; a withdrawal does not end it then.")
    urgent_within: str | None = member("Time where a call came first.", "2h", default=None)
    opened_by: str | None = member(
        "What opens it: an acknowledgement, or `open:` and the clause that must still "
        "be owed; absent: the delivery itself.",
        "ACK:started",
        default=None,
    )
    repeat: bool | None = member(
        "Whether it opens again each time, until the end is told.", default=None
    )


class PermittedAct(ResponseModel):
    """An act by which the desk may write to a role: for what, with which data, what follows."""

    clause: Clause
    label: BothLanguages = member("What the clause is called.")
    event: EventType
    purpose: Purpose
    scopes: tuple[Scope, ...] = member(
        "Data that is released; a category releases its narrower scopes too.", ["IDENTITY", "FACTS"]
    )
    conditions: tuple[str, ...] = member("What must hold, by code (`/v1/codes`).", ["informed"])
    owes: tuple[OwedAct, ...] = member("What is then owed, by whom and when.")
    keep: str = member(
        "Retention class: days for which the recipient can still open it on the bus.", "P90"
    )
    kinds: tuple[Kind, ...] = member(
        "Records of this agency that become such an event (`/v1/records/{kind}`).",
        ["information_preoccupante"],
    )


class RecipientDesk(ResponseModel):
    """A desk that may be named in `to`."""

    desk: Desk
    secrecy: bool = member("Whether it is bound by professional secrecy on this bus.")
    successor: Successor = None
    until: Until = None
    reads: tuple[str, ...] | None = member(
        "Event types that it reads, each with the version of its bodies; others are refused "
        "before they are sealed (`not_read`). Absent: version 1 of every type.",
        ["FEEDBACK/1", "IP/1"],
        default=None,
    )


class RecipientRole(ResponseModel):
    """A role that the desk may write to, its desks, and the acts that lead there."""

    realm: Realm
    role: Role
    agency: str = member("Whose the desks are.", "child_welfare")
    label: BothLanguages = member("What the role is called.")
    desks: tuple[RecipientDesk, ...] = member("Desks of the role, by name.")
    acts: tuple[PermittedAct, ...] = member("What may be sent to them.")


class AppliedConvention(ResponseModel):
    """The convention that an answer is by."""

    realm: Realm
    version: int = member("Of the convention.", 2)
    digest: str = member(
        "SHA-256 of its file, base64url: whoever keeps an answer keeps this beside it.",
        "ycGfuZA6zfU6UPp0_OUKwtlmZTSxDsb09qkUYG5xT6k",
    )


class Recipients(ResponseModel):
    """Whom a desk may write to by what is in force now; everybody else gets an attempt at most."""

    desk: Desk
    role: Role = member("The desk's own role.", "EDU-S")
    conventions: tuple[AppliedConvention, ...] = member("What it is by, bus by bus.")
    items: tuple[RecipientRole, ...] = member("Roles, in the convention's order.")


class LabelledCode(ResponseModel):
    """A code and what people read for it."""

    code: str = member("As requests and answers have it.", "IP")
    fr: str = member("In French.", "information préoccupante")
    en: str = member("In English.", "child-concern alert")
    at: At | None = member("Of a refusal or a reason: who must act.", "issuer", default=None)
    next: BothLanguages | None = member("Of a refusal or a reason: what to do next.", default=None)


class CodeList(ResponseModel):
    """The codes of one kind."""

    name: str = member("What they are codes of.", "event_types")
    codes: tuple[LabelledCode, ...] = member("All of them.")


class CodeLists(ResponseModel):
    """Every list of codes; whoever keeps it asks again when `version` is another."""

    version: str = member(
        "SHA-256 of the lists, base64url: another one where a code or a word differs.",
        "ycGfuZA6zfU6UPp0_OUKwtlmZTSxDsb09qkUYG5xT6k",
    )
    items: tuple[CodeList, ...] = member("The lists.")


class ScopeMember(ResponseModel):
    """A member of what is sealed."""

    scope: Scope
    member: str = member("Member of its body.", "first_name")


class FieldUse(ResponseModel):
    """What one field of a record becomes; else it says which case it is, or who is meant."""

    field: str = member("Path in the record.", "pupil.first_name")
    stays: bool = member("Whether it is the agency's own business and never sent.")
    scopes: tuple[ScopeMember, ...] = member("What it is sealed as, for whom a clause releases it.")
    declares: str | None = member(
        "Condition that it declares; the router reads it.", "told", default=None
    )
    fact: str | None = member(
        "Clear fact that it says; the router reads it.", "final", default=None
    )
    names: Role | None = member("Role of which it names the desk.", "HOME", default=None)


class BecomesEvent(ResponseModel):
    """An event that a record becomes."""

    event: EventType
    realm: Realm
    to: tuple[Role, ...] = member("Roles that it may be for.", ["CRIP"])


class RecordForm(ResponseModel):
    """A kind of record: its schema, an example, and what each field becomes."""

    kind: Kind
    roles: tuple[Role, ...] = member("Roles that file it; none: every role.", ["EDU-S", "EDU-H"])
    becomes: tuple[BecomesEvent, ...] = member(
        "Events that it becomes, by what it says and who files it, the usual one first; "
        "none where the record names its event itself."
    )
    fields: tuple[FieldUse, ...] = member("Every field, in the schema's order.")
    schema_: dict[str, Any] = Field(
        alias="schema",
        description="JSON Schema (2020-12) of the record, with all that it refers to.",
        examples=[{"type": "object"}],
    )
    example: dict[str, Any] = member(
        "A record that is taken; persons and places are invented.",
        {"kind": "information_preoccupante", "reference": "2026-114"},
    )
