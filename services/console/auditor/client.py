"""What audit services tell the console of an event, by a shared secret: bounded, and of one form.

A projection that lies can say what is not so, and no more: no markup, no long text, no member that
is not here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Annotated, Literal

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from contracts.errors import UsageError
from services.console.roles import Role
from services.operate.status.ask import ask_auditor, auditor_of

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:|-]{0,120}$")]
Desk = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,41}$")]
Count = Annotated[int, Field(ge=0, le=2**53)]
Instant = Annotated[int, Field(ge=0, le=253_402_214_400)]  # seconds, up to the year 9999
Codes = Annotated[list[Code], Field(max_length=64)]
Scopes = Annotated[dict[Code, Codes], Field(max_length=64)]


class _Told(BaseModel):
    """Strict in types; a member of a newer release is passed by."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class AuditPlace(_Told):
    """How far a realm was audited, and whether its events can be looked up there."""

    records: Count
    read: Instant
    alarms: Count
    kept: bool


class ToldParty(_Told):
    """A desk's role; its name for who sees desks, else empty."""

    role: Code
    desk: Desk


class ToldAddressee(ToldParty):
    """What an addressee got, and why not more; by scope for who sees desks."""

    verdict: Literal["release", "withhold"]
    clause: Code
    reasons: Codes
    released: Codes
    withheld: Scopes
    left_out: Scopes


class ToldStep(ToldParty):
    """What came back: an acknowledgement, an event that answers it, or that it was withdrawn.

    `stage` is that of an acknowledgement, or an answer's type.
    """

    k: Literal["stage", "answered", "withdrawn"]
    at: Instant
    stage: Code


class ToldDuty(_Told):
    """What a desk owes or owed by it."""

    act: Code
    due: Instant
    status: Literal["open", "closed", "cancelled"]
    late: bool
    debtor: ToldParty
    creditor: ToldParty


class ToldEvent(_Told):
    """An event's life."""

    etype: Code
    kind: Literal["decided", "quarantined"]
    issued: Instant
    at: Instant
    judged: Literal["same", "differs", "erased"]
    code: Code
    refused: bool
    reasons: Codes
    told: Count
    issuer: ToldParty
    addressees: Annotated[list[ToldAddressee], Field(max_length=16)]
    steps: Annotated[list[ToldStep], Field(max_length=200)]
    duties: Annotated[list[ToldDuty], Field(max_length=200)]


class ProjectionAnswer(_Told):
    """All of it, of one realm."""

    place: AuditPlace
    event: ToldEvent | None = None


class AuditClient:
    """Asks the audit services of a federation: one, or one a realm.

    Args:
        services: name in the home -> address, as they are now, or `UsageError` while the file that
            lists them cannot be read: then they are where they were. What a service says that it is
                opens no secret.
        secrets: realm -> what opens its projection; nobody is asked of another.
        transport: by which they are asked; None: the network.
    """

    def __init__(
        self,
        services: Callable[[], Mapping[str, str]],
        secrets: Mapping[str, bytes],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._services, self._secrets, self._transport = services, secrets, transport
        self._listed: Mapping[str, str] = {}

    async def event(self, role: Role, event: str) -> Mapping[str, ProjectionAnswer | None]:
        """Of each realm what its auditor says of an event; every one is asked, whoever has it.

        None: no answer, or one of another form. Nothing of it is kept.
        """
        with suppress(UsageError):  # a file that is being replaced
            self._listed = self._services()
        urls = {realm: auditor_of(self._listed, realm) for realm in self._secrets}
        realms = [realm for realm, url in urls.items() if url]
        said = await asyncio.gather(
            *(self._ask(urls[realm], realm, role, event) for realm in realms)
        )
        return dict(zip(realms, said, strict=True))

    async def _ask(self, url: str, realm: str, role: Role, event: str) -> ProjectionAnswer | None:
        question = orjson.dumps({"role": role, "event": event})
        said = await ask_auditor(
            url, realm, "event", self._secrets[realm], question, self._transport
        )
        try:
            return ProjectionAnswer.model_validate_json(said)
        except ValidationError:
            return None
