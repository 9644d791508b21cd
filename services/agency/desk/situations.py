"""Who follows a situation: a look-up that the bus answers, and whom a meeting may call."""

from __future__ import annotations

from typing import Any, Final

from contracts.convention.rows import rows_of
from contracts.vocabulary.schema import desk_urn
from services.agency.desk.told import DeskWords
from services.agency.office.responses.standing import AccessAnswer
from services.platform.process.paris_time import when

INVITE: Final = ("COORD", "invite")


def may_look_up(role: str, realm: str, told: DeskWords) -> bool:
    """Whether desks of a role may be told who follows a situation in which they take part."""
    convention, _directory = told.agency.in_force(realm, told.at)
    return role in convention.access.reference


def followers(answer: AccessAnswer, own: str, told: DeskWords) -> list[dict[str, Any]]:
    """The other desks that a look-up's answer names, in words, the earliest first."""
    since: dict[str, str] = {}
    given: dict[str, dict[str, None]] = {}
    for row in answer.accesses:
        since |= {desk: row.at for desk in (row.issuer, row.desk) if desk not in since}
        if not row.withdrawn:
            given.setdefault(row.desk, {}).update(dict.fromkeys(row.scopes))
    wrote = {row.issuer for row in answer.accesses}
    role = told.agency.book(told.at).role(own)
    return [
        {
            "desk": desk,
            "name": told.desk(desk),
            "since": when(at, told.lang),
            "wrote": desk in wrote,
            "gets": told.scopes(tuple(given[desk])) if given.get(desk) else "",
            "why_not": _why_not(role, desk, answer.realm, told),
        }
        for desk, at in since.items()
        if desk != own
    ]


def _why_not(role: str, desk: str, realm: str, told: DeskWords) -> str:
    """Why a desk may not be called to a meeting, so far as not only the router knows it."""
    convention, directory = told.agency.in_force(realm, told.at)
    heirs = told.agency.heirs(realm, told.at)
    entry = heirs.entry(directory, desk_urn(realm, desk))
    if entry is None or heirs.has_ended(desk_urn(realm, desk), told.at):
        return told.reason("unknown_desk" if entry is None else "desk_ended")
    grants = [
        row.grant
        for row in rows_of(convention)
        if (row.grant.event, row.grant.purpose) == INVITE
        and (row.issuer, row.recipient) == (role, entry.role)
    ]
    bound = entry.secrecy or any("secrecy" not in grant.conditions for grant in grants)
    if grants and bound:
        return ""
    return told.reason("recipient_not_secrecy_bound" if grants else "no_clause")
