"""What is owed, as receipts and notices tell it, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Final

from contracts.encoding import rfc3339
from contracts.vocabulary.schema import short
from services.agency.office.responses.sending import DutyStatus

ACKNOWLEDGED: Final = "ACK:"  # so begins a duty that an acknowledgement meets (`KnownDuty.act`)


@dataclass(slots=True)
class KnownDuty:
    """Something owed, as receipts and notices say it, and what became of it.

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
    realm: str
    case: str
    open: bool = True
    overdue: bool = False
    in_time: bool | None = None

    def told(self, now: int, event: str = "") -> DutyStatus:
        """As `GET /v1/duties` and a status show it."""
        return DutyStatus(
            id=self.id,
            act=self.act,
            event=event or self.event,
            issuer=short(self.issuer),
            debtor=short(self.debtor),
            creditor=short(self.creditor),
            due=rfc3339(self.due),
            legal=self.legal,
            realm=self.realm,
            case=self.case,
            state="open" if self.open else "closed",
            overdue=self.is_overdue(now),
            in_time=self.in_time,
        )

    def is_overdue(self, now: int) -> bool:
        """Noticed as such, or past its instant while the notice is on its way."""
        return self.open and (self.overdue or self.due < now)


@dataclass(slots=True)
class KnownDuties:
    """What a desk was told of what it owes and of what it is owed.

    Attributes:
        by_id: duty's id and case -> duty.
    """

    by_id: dict[tuple[str, str], KnownDuty] = field(default_factory=dict)

    def take(self, notice: Mapping[str, Any], realm: str) -> None:
        """Take what a verified notice says of duties."""
        case = notice["sub"]
        changes: Mapping[str, Any] = notice.get("duties") or {}
        single = notice.get("duty")
        if single is not None:
            changes = {notice["kind"].removeprefix("duty_"): [single]}
        for owed in (*changes.get("opened", ()), *changes.get("moved", ())):
            self.opened(owed, realm, case)
        for owed in changes.get("closed", ()):
            duty = self.opened(owed, realm, case)
            duty.open, duty.in_time = False, owed.get("in_time")
        for owed in changes.get("overdue", ()):
            self.opened(owed, realm, case).overdue = True

    def opened(self, owed: Mapping[str, Any], realm: str, case: str) -> KnownDuty:
        """A duty opened, reopened or moved; what was overdue stays so only for the same instant."""
        known = self.by_id.get((owed["id"], case))
        same = known is not None and known.due == owed["due"]
        overdue = known.overdue if known is not None and same else False
        duty = KnownDuty(
            owed["id"], intern(owed["act"]), owed["event"]["jti"], intern(owed["event"]["iss"]),
            intern(owed["debtor"]), intern(owed["creditor"]), owed["due"], owed["legal"],
            intern(realm), case, overdue=overdue,
        )  # fmt: skip
        self.by_id[duty.id, case] = duty
        return duty

    def opened_by(self, event: str, on_case: tuple[str, str], debtor: str) -> Iterator[KnownDuty]:
        """What an event has made a desk owe, whether it still waits or not."""
        for duty in self.by_id.values():
            is_about = (duty.event, duty.realm, duty.case) == (event, *on_case)
            if is_about and short(duty.debtor) == debtor:
                yield duty
