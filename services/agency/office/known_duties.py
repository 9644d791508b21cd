"""What is owed, as receipts and notices tell it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

from contracts.encoding import rfc3339
from contracts.vocabulary.schema import short
from services.agency.office.responses.standing import DutyStatus


@dataclass(frozen=True, slots=True)
class OwedDuty:
    """What is owed, as receipts and notices say it.

    Attributes:
        event, issuer: id of the event that opened it, and urn of who sent that.
        debtor, creditor: urns.
        due: instant, seconds.
    """

    id: str
    act: str
    event: str
    issuer: str
    debtor: str
    creditor: str
    due: int
    legal: bool

    @classmethod
    def of(cls, claims: Mapping[str, Any], event: str) -> OwedDuty:
        """From a notice's claims; of what is alike in many, one object."""
        return cls(
            claims["id"], intern(claims["act"]), event, intern(claims["event"]["iss"]),
            intern(claims["debtor"]), intern(claims["creditor"]), claims["due"], claims["legal"],
        )  # fmt: skip


@dataclass(slots=True)
class KnownDuty:
    """Something owed, and what became of it."""

    owed: OwedDuty
    realm: str
    case: str
    open: bool = True
    overdue: bool = False
    in_time: bool | None = None

    def told(self, now: int, event: str = "") -> DutyStatus:
        """As `GET /v1/duties` and a status show it."""
        owed = self.owed
        return DutyStatus(
            id=owed.id,
            act=owed.act,
            event=event or owed.event,
            issuer=short(owed.issuer),
            debtor=short(owed.debtor),
            creditor=short(owed.creditor),
            due=rfc3339(owed.due),
            legal=owed.legal,
            realm=self.realm,
            case=self.case,
            state="open" if self.open else "closed",
            overdue=self.is_overdue(now),
            in_time=self.in_time,
        )

    def is_overdue(self, now: int) -> bool:
        """Noticed as such, or past its instant while the notice is on its way."""
        return self.open and (self.overdue or self.owed.due < now)
