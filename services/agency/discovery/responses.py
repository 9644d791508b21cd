"""What a desk is answered that asks what it may send: recipients, lists of codes, the form of a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from services.agency.office.responses.common import (
    Clause,
    Desk,
    DeskHeirs,
    EventType,
    Purpose,
    Realm,
    ResponseModel,
    Scope,
    Until,
)
from services.labels.problem_texts import At
from services.texts import typeset

Role = Annotated[str, Field(description="Role of a desk.", examples=["CRIP"])]
Kind = Annotated[str, Field(description="Kind of a record.", examples=["information_preoccupante"])]


class BothLanguages(ResponseModel):
    """A text as people read it."""

    fr: Annotated[str, Field(description="In French.", examples=["Cellule de recueil (CRIP)"])]
    en: Annotated[str, Field(description="In English.", examples=["Child-concern intake unit"])]


def label_of(label: Mapping[str, str]) -> BothLanguages:
    """A label of a convention file, by language, as people read it."""
    return BothLanguages(fr=typeset(label["fr"], "fr"), en=typeset(label["en"], "en"))


class OwedAct(ResponseModel):
    """What a delivery makes somebody owe (rules §12)."""

    act: Annotated[
        str,
        Field(
            description="What ends it: an acknowledgement of a stage, or an act by its clause.",
            examples=["ACK:received"],
        ),
    ]
    debtor: Annotated[Role, Field(description="Role that owes it.")]
    creditor: Annotated[Role, Field(description="Role that it is owed to.", examples=["EDU-S"])]
    within: Annotated[
        str,
        Field(
            description="Time for it: `15min`, `2h`, `8d`, `3mo`, `1wd` (working days), `day` (to the "
            "end of that day), `due` (the day that the record names); `-15d`: so long before.",
            examples=["1wd"],
        ),
    ]
    start: Annotated[
        str,
        Field(
            alias="from",
            description="What the time runs from: `delivery`, `transmission`, `decided_on`, `ends_on` "
            "or `case_clock`.",
            examples=["delivery"],
        ),
    ]
    legal: Annotated[
        bool, Field(description="Whether the law says so; a withdrawal does not end it then.")
    ]
    urgent_within: Annotated[
        str | None, Field(description="Time where a call came first.", examples=["2h"])
    ] = None
    opened_by: Annotated[
        str | None,
        Field(
            description="What opens it: an acknowledgement, or `open:` and the clause that must still "
            "be owed; absent: the delivery itself.",
            examples=["ACK:started"],
        ),
    ] = None
    repeat: Annotated[
        bool | None, Field(description="Whether it opens again each time, until the end is told.")
    ] = None


class PermittedAct(ResponseModel):
    """An act by which the desk may write to desks of a role: for what, with which data, and what follows."""

    clause: Clause
    label: Annotated[BothLanguages, Field(description="What the clause is called.")]
    event: EventType
    purpose: Purpose
    scopes: Annotated[
        tuple[Scope, ...],
        Field(
            description="Data that is released; a category releases its narrower scopes too.",
            examples=[["IDENTITY", "FACTS"]],
        ),
    ]
    conditions: Annotated[
        tuple[str, ...],
        Field(description="What must hold, by code (`/v1/codes`).", examples=[["informed"]]),
    ]
    owes: Annotated[tuple[OwedAct, ...], Field(description="What is then owed, by whom and when.")]
    keep: Annotated[
        str,
        Field(
            description="Retention class: days for which the recipient can still open it on the bus.",
            examples=["P90"],
        ),
    ]
    kinds: Annotated[
        tuple[Kind, ...],
        Field(
            description="Records of this agency that become such an event (`/v1/records/{kind}`).",
            examples=[["information_preoccupante"]],
        ),
    ]


class RecipientDesk(ResponseModel):
    """A desk that may be named in `to`."""

    desk: Desk
    secrecy: Annotated[
        bool, Field(description="Whether it is bound by professional secrecy on this bus.")
    ]
    heirs: DeskHeirs = None
    until: Until = None
    reads: Annotated[
        tuple[str, ...] | None,
        Field(
            description="Event types that it reads, each with the version of its bodies; others are refused "
            "before they are sealed (`not_read`). Absent: version 1 of every type.",
            examples=[["FEEDBACK/1", "IP/1"]],
        ),
    ] = None


class RecipientRole(ResponseModel):
    """A role that the desk may write to, its desks, and the acts that lead there."""

    realm: Realm
    role: Role
    agency: Annotated[str, Field(description="Whose the desks are.", examples=["child_welfare"])]
    label: Annotated[BothLanguages, Field(description="What the role is called.")]
    desks: Annotated[tuple[RecipientDesk, ...], Field(description="Desks of the role, by name.")]
    acts: Annotated[tuple[PermittedAct, ...], Field(description="What may be sent to them.")]


class AppliedConvention(ResponseModel):
    """The convention that an answer is by."""

    realm: Realm
    version: Annotated[int, Field(description="Of the convention.", examples=[2])]
    digest: Annotated[
        str,
        Field(
            description="SHA-256 of its file, base64url: whoever keeps an answer keeps this beside it.",
            examples=["ycGfuZA6zfU6UPp0_OUKwtlmZTSxDsb09qkUYG5xT6k"],
        ),
    ]


class Recipients(ResponseModel):
    """Whom a desk may write to by what is in force now; everybody else gets an attempt at most."""

    desk: Desk
    role: Annotated[Role, Field(description="The desk's own role.", examples=["EDU-S"])]
    conventions: Annotated[
        tuple[AppliedConvention, ...], Field(description="What it is by, bus by bus.")
    ]
    items: Annotated[
        tuple[RecipientRole, ...], Field(description="Roles, in the convention's order.")
    ]


class LabelledCode(ResponseModel):
    """A code and what people read for it."""

    code: Annotated[str, Field(description="As requests and answers have it.", examples=["IP"])]
    fr: Annotated[str, Field(description="In French.", examples=["information préoccupante"])]
    en: Annotated[str, Field(description="In English.", examples=["child-concern alert"])]
    at: Annotated[
        At | None, Field(description="Of a refusal or a reason: who must act.", examples=["issuer"])
    ] = None
    next: Annotated[
        BothLanguages | None, Field(description="Of a refusal or a reason: what to do next.")
    ] = None


class CodeList(ResponseModel):
    """The codes of one kind."""

    name: Annotated[str, Field(description="What they are codes of.", examples=["event_types"])]
    codes: Annotated[tuple[LabelledCode, ...], Field(description="All of them.")]


class CodeLists(ResponseModel):
    """Every list of codes; whoever keeps it asks again when `version` is another."""

    version: Annotated[
        str,
        Field(
            description="SHA-256 of the lists, base64url: another one where a code or a word differs.",
            examples=["ycGfuZA6zfU6UPp0_OUKwtlmZTSxDsb09qkUYG5xT6k"],
        ),
    ]
    lists: Annotated[tuple[CodeList, ...], Field(description="The lists.")]


class ScopeMember(ResponseModel):
    """A member of what is sealed."""

    scope: Scope
    member: Annotated[str, Field(description="Member of its body.", examples=["first_name"])]


class FieldUse(ResponseModel):
    """What one field of a record becomes; a field of none of these says which case it is, or who is meant."""

    field: Annotated[str, Field(description="Path in the record.", examples=["pupil.first_name"])]
    stays: Annotated[
        bool, Field(description="Whether it is the agency's own business and never sent.")
    ]
    scopes: Annotated[
        tuple[ScopeMember, ...],
        Field(description="What it is sealed as, for whom a clause releases it."),
    ]
    declares: Annotated[
        str | None,
        Field(description="Condition that it declares; the router reads it.", examples=["told"]),
    ] = None
    fact: Annotated[
        str | None,
        Field(description="Clear fact that it says; the router reads it.", examples=["final"]),
    ] = None
    names: Annotated[
        Role | None, Field(description="Role of which it names the desk.", examples=["HOME"])
    ] = None


class BecomesEvent(ResponseModel):
    """An event that a record becomes."""

    event: EventType
    realm: Realm
    to: Annotated[
        tuple[Role, ...], Field(description="Roles that it may be for.", examples=[["CRIP"]])
    ]


class RecordForm(ResponseModel):
    """A kind of record: its schema, an example, and what each field becomes."""

    kind: Kind
    roles: Annotated[
        tuple[Role, ...],
        Field(description="Roles that file it; none: every role.", examples=[["EDU-S", "EDU-H"]]),
    ]
    becomes: Annotated[
        tuple[BecomesEvent, ...],
        Field(
            description="Events that it becomes, by what it says and who files it, the usual one first; "
            "none where the record names its event itself."
        ),
    ]
    fields: Annotated[
        tuple[FieldUse, ...], Field(description="Every field, in the schema's order.")
    ]
    schema_: Annotated[
        dict[str, Any],
        Field(
            alias="schema",
            description="JSON Schema (2020-12) of the record, with all that it refers to.",
            examples=[{"type": "object"}],
        ),
    ]
    example: Annotated[
        dict[str, Any],
        Field(
            description="A record that is taken; persons and places are invented.",
            examples=[{"kind": "information_preoccupante", "reference": "2026-114"}],
        ),
    ]
