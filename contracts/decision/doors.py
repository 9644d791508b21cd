"""The right doors: what the issuer may do instead of what was withheld (rules §13).

A refusal always names them, so that it never reads as "keep silent". Doors are ranked: the same
act to somebody else, then the other alert (an information préoccupante and a signalement are doors
to each other), then the same purpose; for a recipient to whom the issuer may send nothing at all,
its alerts. What the issuer may send in no way may still have a door in its own house: the
convention names a colleague role (EDU-S for EDU-H, whose nurse's note only EDU-S may send). Such a
door names the colleague's clause and, as role, the colleague; all others name the recipient.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention

MAX_DOORS: Final = 3
ALERTS: Final = frozenset({"IP", "SIG"})
# Conditions of answers: their recipients are given by what they answer, they are nobody's door.
_ANSWERS: Final = frozenset({"own_ip", "own_report", "own_st"})


@dataclass(frozen=True, slots=True)
class Door:
    """A clause that lets through what was withheld.

    Attributes:
        clause: id, e.g. `R02`.
        role: its recipient; for a colleague's clause, the colleague who may use it.
        event, purpose: what to send and why.
        desk: urn of the one to address, where it is a certain one: of a desk that has ended the
            successor.
    """

    clause: str
    role: str
    event: str
    purpose: str
    desk: str = ""

    def json(self) -> dict[str, str]:
        """As notices and evidence hold it."""
        door = {name: getattr(self, name) for name in ("clause", "role", "event", "purpose")}
        return door | {"desk": self.desk} if self.desk else door


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was withheld, and from whom."""

    event: str
    purpose: str
    recipient: str
    agency: str
    scopes: frozenset[str]
    alone: bool  # no clause at all leads from the issuer to the recipient


def doors(
    convention: Convention,
    realm: str,
    issuer_role: str,
    etype: str,
    scopes: Iterable[str],
    recipient_role: str,
    purpose: str | None = None,
) -> tuple[Door, ...]:
    """The right doors, most useful first, at most three; the same for the same arguments.

    Args:
        scopes: what was withheld; empty if the event had no content.
        recipient_role: empty if the recipient is unknown.
        purpose: the one that was tried; its own clause is then no door.
    """
    if recipient_role in convention.readers:
        return ()  # figures are published: no other act replaces them
    grants = convention.by_issuer.get((realm, issuer_role), ())
    wish = _Wish(
        event=etype,
        purpose=purpose or "",
        recipient=recipient_role,
        agency=_agency(convention, recipient_role),
        scopes=frozenset(scopes),
        alone=not any(recipient_role in grant.recipients for grant in grants),
    )
    ranked = _ranked(convention, grants, wish)
    covered = {scope for grant, _ in ranked for scope in grant.reached}
    ways = [Door(grant.clause, role, grant.event, grant.purpose) for grant, role in ranked]
    house = list(_colleague(convention, realm, issuer_role, wish, wish.scopes - covered))
    return tuple(dict.fromkeys([*ways[: MAX_DOORS - len(house)], *house]))


def _ranked(
    convention: Convention, grants: tuple[Grant, ...], wish: _Wish
) -> list[tuple[Grant, str]]:
    ranked = []
    for order, grant in enumerate(grants):
        tier = _tier(grant, wish)
        if tier is None:
            continue
        covered = len(wish.scopes & grant.reached)
        if wish.scopes and not covered:
            continue
        for place, role in enumerate(grant.recipients):
            if _fits(grant, role, wish):
                near = _agency(convention, role) != wish.agency
                rank = (tier, role != wish.recipient, near, -covered, order, place)
                ranked.append((rank, grant, role))
    ranked.sort(key=lambda entry: entry[0])
    return [(grant, role) for _, grant, role in ranked]


def _tier(grant: Grant, wish: _Wish) -> int | None:
    if grant.publication or _ANSWERS & set(grant.conditions):
        return None
    if grant.event == wish.event:
        return 0
    if grant.event in ALERTS and wish.event in ALERTS:
        return 1
    if grant.purpose == wish.purpose:
        return 2
    return 3 if wish.alone and grant.event in ALERTS else None


def _fits(grant: Grant, role: str, wish: _Wish) -> bool:
    asked = (grant.event, grant.purpose, role) == (wish.event, wish.purpose, wish.recipient)
    # A copy follows its original: a door only for who sends that very act to that very desk.
    copy = "copy_of" in grant.conditions
    return not asked and (not copy or (grant.event == wish.event and role == wish.recipient))


def _colleague(
    convention: Convention, realm: str, issuer: str, wish: _Wish, missing: frozenset[str]
) -> Iterator[Door]:
    """One door in the issuer's own house for what the issuer itself may send in no way."""
    role = convention.roles.get(issuer)
    if role is None or not role.colleague or not missing:
        return
    grants = convention.by_issuer.get((realm, role.colleague), ())
    asked = [grant for grant in grants if grant.event == wish.event] or [
        grant for grant in grants if grant.event in ALERTS
    ]
    for grant in asked:
        if missing & grant.reached and not {"copy_of", *_ANSWERS} & set(grant.conditions):
            yield Door(grant.clause, role.colleague, grant.event, grant.purpose)
            return


def _agency(convention: Convention, role: str) -> str:
    spec = convention.roles.get(role)
    return "" if spec is None else spec.agency
