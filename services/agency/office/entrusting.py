"""How a desk that ends gives its cases away: which wait for it, and the ENTRUST of one (rules §18).

With an arrival its case goes to an heir and, sealed anew, what the arrival holds. Pure: what it holds is handed in, opened for this request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from contracts.decision.draft import Draft, DraftAddressee, Portion
from contracts.decision.state import DeskSuccession
from contracts.encoding import rfc3339
from contracts.keys.directory import Directory
from contracts.vocabulary.events import read_body
from contracts.vocabulary.schema import Ref, desk_urn, short
from contracts.vocabulary.scopes import ENTRUST, ENTRUSTING
from services.agency.office.fold import Arrival, DeskFold
from services.agency.office.responses.standing import CaseToEntrust
from services.platform.http.problems import ProblemError, validated

Parts = Mapping[str, Mapping[str, Any]]  # scope -> body
_TAKEN: Final = (
    "published",
    "delivered",
)  # states of an addressee that has the case, or may have it yet


class EntrustRequest(BaseModel):
    """To which of the desks that follow the case goes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Annotated[
        str,
        Field(
            min_length=1, max_length=41, description="Short id of the heir.", examples=["home-2"]
        ),
    ]


def entrusting(
    view: DeskFold, arrival: Arrival, to: str, parts: Parts, directories: Iterable[Directory]
) -> Draft:
    """The ENTRUST of an arrival's case, and of what the arrival holds.

    Args:
        to: short id of the heir.
        parts: what the arrival holds; nothing if it was taken back or is not kept any more.
        directories: of the realm, all that were adopted: one of them knows the key it was sealed to.
    """
    ref = (Ref(iss=arrival.iss, jti=arrival.jti),) if parts else ()
    portions = {
        scope: Portion(read_body(arrival.etype, scope, body), ()) for scope, body in parts.items()
    }
    keys = (one.encryption.get(kid) for kid in arrival.kids for one in directories)
    keep = next((key.retention for key in keys if key is not None), "")
    return Draft(
        issuer=view.desk, realm=arrival.realm, etype=ENTRUST, reference="", case=arrival.case,
        to=(DraftAddressee(to, ENTRUSTING, portions, ref, keep),),
    )  # fmt: skip


def heir_asked(body: Mapping[str, Any]) -> str:
    """The short id of the heir that a request names.

    Raises:
        ProblemError: 422 `invalid_request`.
    """
    return validated(EntrustRequest, dict(body)).to.lower()


def check_may(arrival: Arrival, to: str, succession: DeskSuccession | None, at: int) -> None:
    """Refuse what routing would refuse, before anything is sealed.

    Raises:
        ProblemError: 409 `not_ending`; 422 `not_heir`.
    """
    if succession is None or succession.until <= at:
        raise ProblemError(409, "not_ending", "a desk that does not end, or has", "one that ends")
    if desk_urn(arrival.realm, to) not in succession.heirs:
        heirs = " or ".join(map(short, succession.heirs))
        raise ProblemError(422, "not_heir", "another desk", heirs, "to")


def check_once(view: DeskFold, arrival: Arrival, to: str, parts: Parts) -> None:
    """Refuse a case that another heir has, and what was passed on before.

    Raises:
        ProblemError: 409 `entrusted`.
    """
    given, passed = given_by(view)
    has = given.get((arrival.realm, arrival.case), to)
    again = (arrival.realm, arrival.case) in given and not parts
    if has != to or again or (arrival.case, arrival.jti) in passed:
        raise ProblemError(409, "entrusted", "what was passed on", f"what {has} does not have yet")


def given_by(view: DeskFold) -> tuple[dict[tuple[str, str], str], set[tuple[str, str]]]:
    """What a desk has given away: realm and case -> short id of the heir; case and id of what it passed on."""
    given: dict[tuple[str, str], str] = {}
    passed: set[tuple[str, str]] = set()
    for own in view.own.values():
        if own.etype == ENTRUST:
            for progress in own.to.values():
                if progress.state in _TAKEN:
                    given[own.realm, own.case] = progress.desk
                    passed |= {(own.case, event) for event in own.re}
    return given, passed


def to_entrust(
    view: DeskFold, successions: Mapping[str, DeskSuccession], now: int
) -> tuple[CaseToEntrust, ...]:
    """The cases that a desk which ends has still to give away, those first that it was sent first.

    Args:
        successions: of desks that end, by their urns.
    """
    waiting: dict[tuple[str, str], list[Arrival]] = {}
    for arrival in _readable(view, successions, now):
        waiting.setdefault((arrival.realm, arrival.case), []).append(arrival)
    if not waiting:
        return ()
    given, passed = given_by(view)
    told = []
    for (realm, case), arrivals in waiting.items():
        heir, succession = given.get((realm, case)), successions[desk_urn(realm, view.desk)]
        rest = [
            one
            for one in arrivals
            if one.kids and (case, one.jti) not in passed and not view.is_withdrawn(one)
        ]
        if events := rest or ([] if heir else arrivals[-1:]):
            told.append(
                CaseToEntrust(
                    realm=realm,
                    case=case,
                    heirs=(heir,) if heir else tuple(map(short, succession.heirs)),
                    until=rfc3339(succession.until),
                    events=tuple(view.name_of(one.jti, case) for one in events),
                )
            )
    return tuple(told)


def _readable(
    view: DeskFold, successions: Mapping[str, DeskSuccession], now: int
) -> Iterator[Arrival]:
    """What a desk was sent where it ends and has not ended yet, in the order of time."""
    for (realm, _), arrivals in view.arrivals.items():
        succession = successions.get(desk_urn(realm, view.desk))
        if succession is not None and succession.until > now:
            yield from (one for one in arrivals if not one.error)
