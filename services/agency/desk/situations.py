"""Who follows a situation: a look-up that the bus answers, and whom a meeting may call."""

from __future__ import annotations

from typing import Final

from services.agency.desk.told import DeskWords
from services.agency.office.fold.own_events import OwnEvent
from services.agency.office.requests.replies import CLOSE_LOOP, CODES_OF_ROLE
from services.agency.office.responses.inbox import InboxItem
from services.agency.office.sending.identity import Agency
from services.agency.record.marks import Becomes
from services.agency.record.record import Record

INVITATION: Final = "coordination_invitation"  # the kind of record that calls a meeting


def has_clause(kind: type[Record], role: str, agency: Agency, at: int, author: str = "") -> bool:
    """Whether a clause lets desks of a role send a kind of record to anybody.

    Args:
        author: role of whom it would answer: what has no usual recipient goes to that one.
    """
    return any(
        one.usual != () or author in ("", to)
        for one in kind.events_of_kind()
        if one.realm in agency.realms
        for to in granted(one, role, agency, at)
    )


def granted(becomes: Becomes, role: str, agency: Agency, at: int) -> tuple[str, ...]:
    """The roles to which a clause lets desks of a role send an event."""
    convention, _directory = agency.in_force(becomes.realm, at)
    return tuple(
        to
        for to, purpose in becomes.to.items()
        if purpose and convention.grant(becomes.realm, role, becomes.etype, purpose, to)
    )


def outcome_codes(role: str, item: InboxItem, author: str, told: DeskWords) -> tuple[str, ...]:
    """The codes by which a desk may tell an alert's author what becomes of it; none: no clause.

    That it was received is an acknowledgement's to say: told as an outcome, it would end a duty to
    tell one (R41).
    """
    if item.type not in ("IP", "SIG"):
        return ()
    convention, _directory = told.agency.in_force(item.realm, told.at)
    grant = convention.grant(item.realm, role, "FEEDBACK", CLOSE_LOOP, author)
    codes = CODES_OF_ROLE.get(role, ()) if grant and "CODE.outcome" in grant.scopes else ()
    return tuple(code for code in codes if code != "received")


def may_look_up(desk: str, realm: str, told: DeskWords) -> bool:
    """Whether a desk's role may ask who follows a situation; of which ones, the bus says."""
    convention, _directory = told.agency.in_force(realm, told.at)
    return told.book.role(desk) in convention.reference


def others(look_up: OwnEvent, own: str) -> tuple[str, ...]:
    """The other desks that a look-up's answer names."""
    return tuple(desk for desk in look_up.participants if desk != own)
