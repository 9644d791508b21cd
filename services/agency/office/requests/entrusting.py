"""How a desk that ends gives its cases away: which wait for it, and the ENTRUST of one (rules §18).

With an arrival its case goes to an heir and, sealed anew, what the arrival holds. Pure: what it
holds is handed in, opened for this request.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict

from contracts.decision.draft import Draft, DraftAddressee, Portion
from contracts.decision.state.state import DeskSuccession
from contracts.encoding import rfc3339
from contracts.keys.directory import Directory
from contracts.vocabulary.events import read_body
from contracts.vocabulary.schema import Digest, Ref, desk_urn, short
from contracts.vocabulary.scopes import ENTRUST, ENTRUSTING, REALMS
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.own_events import refusals
from services.agency.office.responses.common import member
from services.agency.office.responses.standing import CaseToEntrust
from services.platform.http.problems import ProblemError

Parts = Mapping[str, Mapping[str, Any]]  # scope -> body
_Held = tuple[DeskFold, Arrival]  # to which of the desks that are read here it was sent


class EntrustRequest(BaseModel):
    """To which of the desks that follow the case goes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Annotated[str, member("Short id of the heir.", "home-2", min_length=1, max_length=41)]


class EntrustCasesRequest(EntrustRequest):
    """To which of the desks that follow, and which cases."""

    cases: Annotated[
        tuple[Digest, ...],
        member(
            "Tokens of the cases, as `GET /v1/duties` lists them; none: all that may be given to "
            "this desk.",
            ["ycGfuZA6zfU6UPp0_OUKwtlmZTSxDsb09qkUYG5xT6k"],
            max_length=1_000,
        ),
    ] = ()


def entrusting(
    view: DeskFold, arrival: Arrival, to: str, parts: Parts, directories: Iterable[Directory]
) -> Draft:
    """The ENTRUST of an arrival's case, and of what the arrival holds.

    Args:
        to: short id of the heir.
        parts: what the arrival holds; nothing if it was taken back or is not kept any more.
        directories: of the realm, all that were adopted: one of them knows the key it was sealed
            to.
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


def key_once(view: DeskFold, case: str, event: str, to: str) -> str:
    """The key of giving something away, where none came: once, and anew if it was refused.

    Args:
        event: name of the arrival; empty for the case alone.
    """
    kind, about = ("entrust", event) if event else ("entrust_case", case)
    again = refusals(view.entrusts.values(), case)
    return f"{kind} {about} {to} {again}" if again else f"{kind} {about} {to}"


def check_may(arrival: Arrival, to: str, succession: DeskSuccession | None, at: int) -> None:
    """Refuse what routing would refuse, before anything is sealed."""
    if succession is None or succession.until <= at:
        raise not_ending()
    if desk_urn(arrival.realm, to) not in succession.heirs:
        raise not_heir(map(short, succession.heirs))


def check_once(view: DeskFold, arrival: Arrival, to: str, parts: Parts) -> None:
    """Refuse a case that another heir has, and what was passed on before."""
    given, case = view.given, (arrival.realm, arrival.case)
    has = given.heirs.get(case, to)
    again = case in given.heirs and not parts
    if has != to or again or (arrival.case, arrival.jti) in given.passed:
        raise ProblemError(409, "entrusted", "what was passed on", f"what {has} does not have yet")


def waiting_for(view: DeskFold, to: str, cases: Collection[str], now: int) -> list[CaseToEntrust]:
    """Those of the cases that wait which may be given to an heir.

    Args:
        to: short id of the heir.
        cases: tokens of those that are asked for; empty: all.
    """
    ending = _ending(view, now)
    if not ending:
        raise not_ending()
    orders = [view.successions[desk_urn(realm, view.desk)] for realm in ending]
    heirs = {short(heir) for one in orders for heir in one.heirs}
    if to not in heirs:
        raise not_heir(heirs)
    waiting = to_entrust(view, now)
    return [one for one in waiting if to in one.heirs and (not cases or one.case in cases)]


def case_alone(view: DeskFold, case: str) -> Arrival | None:
    """A case as given without an arrival, on which the desk only wrote; None if nothing."""
    realms = (own.realm for own in view.own.values() if own.case == case)
    realm = next(realms, None)
    return None if realm is None else Arrival(realm, 0, 0, 0, case=case)


def not_ending() -> ProblemError:
    """409: it gives nothing away."""
    return ProblemError(409, "not_ending", "a desk that does not end, or has", "one that ends")


def not_heir(heirs: Iterable[str]) -> ProblemError:
    """422: it does not follow the desk."""
    return ProblemError(422, "not_heir", "another desk", " or ".join(sorted(heirs)), "to")


def to_entrust(view: DeskFold, now: int) -> tuple[CaseToEntrust, ...]:
    """The cases that a desk which ends has still to give away, those first that it was sent first.

    Those come last on which it only wrote.
    """
    waiting: dict[tuple[str, str], list[_Held]] = {}
    for holder, arrival in _readable(view, now):
        waiting.setdefault((arrival.realm, arrival.case), []).append((holder, arrival))
    for place in _written(view, now):
        waiting.setdefault(place, [])
    given, told = view.given, []
    for (realm, case), arrivals in waiting.items():
        heir = given.heirs.get((realm, case))
        succession = view.successions[desk_urn(realm, view.desk)]
        arrivals.sort(key=lambda held: held[1].at)
        rest = [
            (holder, one)
            for holder, one in arrivals
            if one.kids and (case, one.jti) not in given.passed and not view.is_withdrawn(one)
        ]
        events = rest or ([] if heir else arrivals[-1:])
        if events or not heir:
            told.append(
                CaseToEntrust(
                    realm=realm,
                    case=case,
                    heirs=(heir,) if heir else tuple(map(short, succession.heirs)),
                    until=rfc3339(succession.until),
                    events=tuple(holder.names.of(one.jti, case, realm) for holder, one in events),
                )
            )
    return tuple(told)


def _readable(view: DeskFold, now: int) -> Iterator[_Held]:
    """What a desk was sent, or one that it follows here and that ends: in order of time."""
    ending = _ending(view, now)
    for holder in reversed(view.read_here):
        for (realm, _), arrivals in holder.arrivals.items():
            if realm in ending:
                yield from ((holder, one) for one in arrivals if not one.error)


def _written(view: DeskFold, now: int) -> Iterator[tuple[str, str]]:
    """Realm and case of what it sent itself and routing has taken."""
    if ending := _ending(view, now):
        for event in view.order:
            own = view.own[event]
            if own.realm in ending and own.deliveries:
                yield own.realm, own.case


def _ending(view: DeskFold, now: int) -> frozenset[str]:
    """The realms in which it ends and has not ended yet."""
    found = ((realm, view.successions.get(desk_urn(realm, view.desk))) for realm in REALMS)
    return frozenset(realm for realm, one in found if one is not None and one.until > now)
