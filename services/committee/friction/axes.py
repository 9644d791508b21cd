"""Which rows a table has: what the conventions in force let happen, whatever did happen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from contracts.convention.agreed import grants_of
from contracts.convention.clauses import DutySpec, Grant
from contracts.convention.known_acts import COPY
from contracts.convention.model import Convention
from contracts.vocabulary import reasons
from contracts.vocabulary.scopes import CATEGORIES
from services.committee.friction.measures import MEASURE, carried_out

NONE: Final = "none"  # no clause, no right door
ALERTS: Final = ("IP", "SIG")
_OF_THE_BUS: Final = frozenset(
    {
        reasons.NOT_DELIVERED, reasons.STAGE_MISSING, reasons.STAGE_REPEATED,
        reasons.NOT_OWN_EVENT, reasons.NOT_LINKABLE, reasons.NOT_REFERENCE,
        reasons.NO_CONTRADICTION, reasons.NOT_SENT,
    }
)  # fmt: skip
_REASONS: Final = tuple(code for code in reasons.REASONS if code not in _OF_THE_BUS)
_CATEGORIES: Final = tuple(name for name in CATEGORIES if name != "STAT")
_Name = TypeVar("_Name", str, tuple[str, str])


@dataclass(frozen=True)
class FrictionAxes:
    """The rows of one realm's tables, sorted.

    Attributes:
        transmitted: act and purpose (`IP.assess`), and the role of who may send it: no measures, no copies.
        measures: measure and what becomes of it (`aed.start`), and the role of who may say so.
        doors: roles that are alerted.
        acts: of duties that the law fixes; `senders`: roles whose events make them owed.
        debtors: roles that owe something.
        clauses: numbers, and `none`; `roles`: all that receive, and `none`.
    """

    transmitted: tuple[tuple[str, str], ...]
    measures: tuple[tuple[str, str], ...]
    doors: tuple[str, ...]
    acts: tuple[str, ...]
    senders: tuple[str, ...]
    debtors: tuple[str, ...]
    clauses: tuple[str, ...]
    roles: tuple[str, ...]
    reasons: tuple[str, ...] = _REASONS
    categories: tuple[str, ...] = _CATEGORIES


def axes_of(realm: str, conventions: Iterable[Convention]) -> FrictionAxes:
    """The axes of a realm under the conventions that were in force."""
    grants = [grant for convention in conventions for grant in grants_of(convention, realm)]
    alerts = [grant for grant in grants if is_alert(grant.event, grant.purpose)]
    specs = [(grant, spec) for grant in grants for spec in grant.duties]
    others = [grant for grant in grants if grant.event != MEASURE and grant.purpose != COPY[1]]
    legal = [(grant, spec) for grant, spec in specs if spec.legal]
    return FrictionAxes(
        transmitted=_sorted(
            (transmission(grant.event, grant.purpose), role)
            for grant in others
            for role in grant.issuers
        ),
        measures=_sorted(pair for grant in grants for pair in carried_out(grant)),
        doors=_sorted(role for grant in alerts for role in grant.recipients),
        acts=_sorted(spec.act for _grant, spec in legal),
        senders=_sorted(role for grant, _spec in legal for role in grant.issuers),
        debtors=_sorted(role for grant, spec in specs for role in _debtors(grant, spec)),
        clauses=(*_sorted(grant.clause for grant in grants), NONE),
        roles=(*_sorted(role for grant in grants for role in grant.recipients), NONE),
    )


def is_alert(etype: str, purpose: str) -> bool:
    """Whether an event opens a door: an information préoccupante or a signalement, no copy of one."""
    return etype in ALERTS and (etype, purpose) != COPY


def transmission(etype: str, purpose: str) -> str:
    """The row in which an event counts that was delivered for a purpose."""
    return f"{etype}.{purpose}"


def _debtors(grant: Grant, spec: DutySpec) -> tuple[str, ...]:
    """The roles that may owe it."""
    if spec.debtor == "issuer":
        return grant.issuers
    if spec.debtor == "recipient":
        return spec.recipients or grant.recipients
    return (spec.debtor,)


def _sorted(names: Iterable[_Name]) -> tuple[_Name, ...]:
    return tuple(sorted(set(names)))
