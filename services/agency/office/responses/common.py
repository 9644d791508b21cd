"""What several answers share: the base of all, and members with one meaning everywhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import REALMS, SCOPES


def member(description: str | None, *examples: Any, **more: Any) -> Any:
    """What a member is, with examples of it, as `/openapi.json` tells it."""
    if examples:  # else those of what it is one of
        more["examples"] = [*examples]
    return Field(description=description, **more)


class ResponseModel(BaseModel):
    """An answer or a part of one. A member that does not apply is absent, never null."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    def wire(self) -> dict[str, Any]:
        """The JSON object as it is answered."""
        return self.model_dump(mode="json", exclude_none=True, by_alias=True)


EventId = Annotated[str, member("Id of an event (UUIDv7).", "01939e3a-0000-7000-8000-000000000001")]
CaseToken = Annotated[
    str,
    member(
        "Token of the case: a pseudonym, to be quoted as `case` in an answering record.",
        "ycGfuZA6zfU6UPp0_OUKwtlmZTSxDsb09qkUYG5xT6k",
    ),
]
Desk = Annotated[str, member("Short id of a desk.", "crip")]
Clause = Annotated[str, member("Number of a clause of the convention.", "R01")]
Purpose = Annotated[str, member("Purpose for which a desk is addressed.", "assess")]
EventType = Annotated[str, member("Type of an event.", "IP")]
Moment = Annotated[
    str,
    member(
        "Instant, RFC 3339 in UTC.",
        "2026-11-27T16:40:00Z",
        json_schema_extra={"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
    ),
]
Realm = Annotated[
    Literal[REALMS],  # type: ignore[valid-type]
    member("Bus: the civil or the criminal one.", "civil"),
]
DutyState = Annotated[Literal["open", "closed"], member("Whether it still waits.", "open")]
Scope = Annotated[
    str,
    member(
        "What a part holds: a category, or a narrower scope of it.",
        "FACTS",
        json_schema_extra={"enum": [*SCOPES]},
    ),
]
Reasons = Annotated[
    tuple[str, ...], member("Codes of the reasons, most telling first.", ["not_permitted"])
]


class RightDoor(ResponseModel):
    """A suggested recipient: what the issuer may send, to whom, for the convention to say yes."""

    clause: Clause
    role: str = member("Role of the desk to address.", "CRIP")
    event: EventType
    purpose: Purpose
    desk: Annotated[
        Desk | None,
        BeforeValidator(lambda given: short(given) if given else None),
        member(
            "The desk to address, where it is certain: of a desk that has ended its successor.",
            "crip-nord",
        ),
    ] = None


Successor = Annotated[
    Desk | None,
    member("Of a desk that ends: who follows it; write to this one in its place.", "crip-nord"),
]
Until = Annotated[
    Moment | None, member("Of a desk that ends: until when what is new is delivered to it.")
]


class LeftOutScope(ResponseModel):
    """A scope that a desk was meant to get and does not."""

    scope: Scope
    reasons: Reasons
