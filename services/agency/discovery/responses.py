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

    fr: Annotated[str, member("In French.", "Cellule de recueil (CRIP)")]
    en: Annotated[str, member("In English.", "Child-concern intake unit")]


def label_of(label: Mapping[str, str]) -> BothLanguages:
    """A label of a convention file, by language, as people read it."""
    return BothLanguages(fr=typeset(label["fr"], "fr"), en=typeset(label["en"], "en"))


class OwedAct(ResponseModel):
    """What a delivery makes somebody owe (rules §12)."""

    act: Annotated[
        str,
        member(
            "What ends it: an acknowledgement of a stage, or an act by its clause.", "ACK:received"
        ),
    ]
    debtor: Annotated[Role, member("Role that owes it.")]
    creditor: Annotated[Role, member("Role that it is owed to.", "EDU-S")]
    within: Annotated[
        str,
        member(
            "Time for it: `15min`, `2h`, `8d`, `3mo`, `1wd` (working days), `day` (to the "
            "end of that day), `due` (the day that the record names); `-15d`: so long before.",
            "1wd",
        ),
    ]
    start: Annotated[
        str,
        Field(
            alias="from",
            description="What the time runs from: `delivery`, `transmission`, `decided_on`, "
            "`ends_on` or `case_clock`.",
            examples=["delivery"],
        ),
    ]
    legal: Annotated[bool, member("Whether the law says so; a withdrawal does not end it then.")]
    urgent_within: Annotated[str | None, member("Time where a call came first.", "2h")] = None
    opened_by: Annotated[
        str | None,
        member(
            "What opens it: an acknowledgement, or `open:` and the clause that must still "
            "be owed; absent: the delivery itself.",
            "ACK:started",
        ),
    ] = None
    repeat: Annotated[
        bool | None, member("Whether it opens again each time, until the end is told.")
    ] = None


class PermittedAct(ResponseModel):
    """An act by which the desk may write to a role: for what, with which data, what follows."""

    clause: Clause
    label: Annotated[BothLanguages, member("What the clause is called.")]
    event: EventType
    purpose: Purpose
    scopes: Annotated[
        tuple[Scope, ...],
        member(
            "Data that is released; a category releases its narrower scopes too.",
            ["IDENTITY", "FACTS"],
        ),
    ]
    conditions: Annotated[
        tuple[str, ...], member("What must hold, by code (`/v1/codes`).", ["informed"])
    ]
    owes: Annotated[tuple[OwedAct, ...], member("What is then owed, by whom and when.")]
    keep: Annotated[
        str,
        member(
            "Retention class: days for which the recipient can still open it on the bus.", "P90"
        ),
    ]
    kinds: Annotated[
        tuple[Kind, ...],
        member(
            "Records of this agency that become such an event (`/v1/records/{kind}`).",
            ["information_preoccupante"],
        ),
    ]


class RecipientDesk(ResponseModel):
    """A desk that may be named in `to`."""

    desk: Desk
    secrecy: Annotated[bool, member("Whether it is bound by professional secrecy on this bus.")]
    successor: Successor = None
    until: Until = None
    reads: Annotated[
        tuple[str, ...] | None,
        member(
            "Event types that it reads, each with the version of its bodies; others are refused "
            "before they are sealed (`not_read`). Absent: version 1 of every type.",
            ["FEEDBACK/1", "IP/1"],
        ),
    ] = None


class RecipientRole(ResponseModel):
    """A role that the desk may write to, its desks, and the acts that lead there."""

    realm: Realm
    role: Role
    agency: Annotated[str, member("Whose the desks are.", "child_welfare")]
    label: Annotated[BothLanguages, member("What the role is called.")]
    desks: Annotated[tuple[RecipientDesk, ...], member("Desks of the role, by name.")]
    acts: Annotated[tuple[PermittedAct, ...], member("What may be sent to them.")]


class AppliedConvention(ResponseModel):
    """The convention that an answer is by."""

    realm: Realm
    version: Annotated[int, member("Of the convention.", 2)]
    digest: Annotated[
        str,
        member(
            "SHA-256 of its file, base64url: whoever keeps an answer keeps this beside it.",
            "ycGfuZA6zfU6UPp0_OUKwtlmZTSxDsb09qkUYG5xT6k",
        ),
    ]


class Recipients(ResponseModel):
    """Whom a desk may write to by what is in force now; everybody else gets an attempt at most."""

    desk: Desk
    role: Annotated[Role, member("The desk's own role.", "EDU-S")]
    conventions: Annotated[tuple[AppliedConvention, ...], member("What it is by, bus by bus.")]
    items: Annotated[tuple[RecipientRole, ...], member("Roles, in the convention's order.")]


class LabelledCode(ResponseModel):
    """A code and what people read for it."""

    code: Annotated[str, member("As requests and answers have it.", "IP")]
    fr: Annotated[str, member("In French.", "information préoccupante")]
    en: Annotated[str, member("In English.", "child-concern alert")]
    at: Annotated[At | None, member("Of a refusal or a reason: who must act.", "issuer")] = None
    next: Annotated[BothLanguages | None, member("Of a refusal or a reason: what to do next.")] = (
        None
    )


class CodeList(ResponseModel):
    """The codes of one kind."""

    name: Annotated[str, member("What they are codes of.", "event_types")]
    codes: Annotated[tuple[LabelledCode, ...], member("All of them.")]


class CodeLists(ResponseModel):
    """Every list of codes; whoever keeps it asks again when `version` is another."""

    version: Annotated[
        str,
        member(
            "SHA-256 of the lists, base64url: another one where a code or a word differs.",
            "ycGfuZA6zfU6UPp0_OUKwtlmZTSxDsb09qkUYG5xT6k",
        ),
    ]
    items: Annotated[tuple[CodeList, ...], member("The lists.")]


class ScopeMember(ResponseModel):
    """A member of what is sealed."""

    scope: Scope
    member: Annotated[str, member("Member of its body.", "first_name")]


class FieldUse(ResponseModel):
    """What one field of a record becomes; else it says which case it is, or who is meant."""

    field: Annotated[str, member("Path in the record.", "pupil.first_name")]
    stays: Annotated[bool, member("Whether it is the agency's own business and never sent.")]
    scopes: Annotated[
        tuple[ScopeMember, ...], member("What it is sealed as, for whom a clause releases it.")
    ]
    declares: Annotated[
        str | None, member("Condition that it declares; the router reads it.", "told")
    ] = None
    fact: Annotated[
        str | None, member("Clear fact that it says; the router reads it.", "final")
    ] = None
    names: Annotated[Role | None, member("Role of which it names the desk.", "HOME")] = None


class BecomesEvent(ResponseModel):
    """An event that a record becomes."""

    event: EventType
    realm: Realm
    to: Annotated[tuple[Role, ...], member("Roles that it may be for.", ["CRIP"])]


class RecordForm(ResponseModel):
    """A kind of record: its schema, an example, and what each field becomes."""

    kind: Kind
    roles: Annotated[
        tuple[Role, ...], member("Roles that file it; none: every role.", ["EDU-S", "EDU-H"])
    ]
    becomes: Annotated[
        tuple[BecomesEvent, ...],
        member(
            "Events that it becomes, by what it says and who files it, the usual one first; "
            "none where the record names its event itself."
        ),
    ]
    fields: Annotated[tuple[FieldUse, ...], member("Every field, in the schema's order.")]
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
        member(
            "A record that is taken; persons and places are invented.",
            {"kind": "information_preoccupante", "reference": "2026-114"},
        ),
    ]
