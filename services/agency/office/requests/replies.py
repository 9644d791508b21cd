"""Answers to an arrival, withdrawals, look-ups: drafts without a record.

Acknowledgements (ACK, a stage), outcomes (FEEDBACK, R39 to R41 by the role of the desk),
withdrawals (WITHDRAW, to the desks that have it), look-ups of a case (LOOKUP). Pure: from the
fold's metadata to drafts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from contracts.decision.draft import Draft, DraftAddressee, Portion
from contracts.vocabulary.categories import Measure, Outcome, ProcedureStatus
from contracts.vocabulary.fields import Past
from contracts.vocabulary.schema import Ref, desk_urn, short
from contracts.vocabulary.scopes import (
    ACK_STAGES,
    ACKNOWLEDGE,
    FINAL_OUTCOMES,
    JUDICIAL_OUTCOMES,
    LOOKUP,
    OUTCOME_CODES,
    PING,
    REALMS,
    WITHDRAWAL,
)
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.own_events import PUBLISHED, OwnEvent
from services.agency.office.responses.common import member
from services.platform.http.problems import ProblemError, validated

_TOKEN_LENGTH: Final = 43  # of a case token, characters
CLOSE_LOOP: Final = "close_loop"  # the purpose of R39, R40 and R41
CODES_OF_ROLE: Final = {  # role -> the outcome codes that it may give
    "CRIP": OUTCOME_CODES,
    "PARQ-CIV": JUDICIAL_OUTCOMES,
    "PARQ-CRIM": JUDICIAL_OUTCOMES,
}
# What a code or a status says of itself: a `final` that says otherwise would close a duty that the
# law imposes while work goes on, or keep one open that has ended.
_GOES_ON: Final = frozenset({"received", "being_evaluated", "inquiry_open"})
_ENDED: Final = frozenset({"not_ip", "closed", "closed_no_action"})


class _Request(BaseModel):
    """A request body: closed; lists become tuples, blanks around a text go."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class AcknowledgeRequest(_Request):
    """How far the desk is with an arrival; once a stage."""

    stage: Annotated[
        Literal[ACK_STAGES],  # type: ignore[valid-type]
        member("How far the desk is."),
    ] = "received"


class OutcomeRequest(_Request):
    """The outcome given to an author, or, by the prosecutor to the CRIP, status and measure.

    `code` for R39 and R41; `status` or `measure` for R40. `final` defaults to what the code says.
    """

    code: Annotated[
        Literal[JUDICIAL_OUTCOMES] | None,  # type: ignore[valid-type]
        member("R39, R41: the outcome, as a code.", "closed"),
    ] = None
    on: Past | None = member("Day of the outcome.", "2026-12-14", default=None)
    final: bool | None = member(
        "Whether it is the last word; absent: as the code says. It must not contradict it.",
        default=None,
    )
    status: ProcedureStatus | None = member("R40: the status of the procedure.", default=None)
    measure: Measure | None = member("R40: the measure that was ordered.", default=None)


class LookUpRequest(_Request):
    """Which case, by its token or the agency's own reference."""

    case: str = member(
            "Token of the case, or the agency's own reference.",
            "ycGfuZA6zfU6UPp0_OUKwtlmZTSxDsb09qkUYG5xT6k",
            min_length=1, max_length=200,
        )  # fmt: skip
    realm: Annotated[
        Literal[REALMS],  # type: ignore[valid-type]
        member("Which bus.", "civil"),
    ] = "civil"


def acknowledgement(desk: str, arrival: Arrival, body: dict[str, Any]) -> Draft:
    """The ACK of an arrival to its issuer."""
    request = validated(AcknowledgeRequest, body)
    return Draft(
        issuer=desk, realm=arrival.realm, etype="ACK", reference="", case=arrival.case,
        to=(DraftAddressee(short(arrival.iss), ACKNOWLEDGE, {}, (_ref(arrival),)),),
        facts={"stage": request.stage},
    )  # fmt: skip


def outcome(
    desk: str, role: str, author: str, arrival: Arrival, body: dict[str, Any], day: str = ""
) -> Draft:
    """The FEEDBACK on an arrival to its author.

    Args:
        role: of the answering desk.
        author: role of the desk that issued the arrival.
    """
    request = validated(OutcomeRequest, body, day)
    if role not in CODES_OF_ROLE:
        raise ProblemError(422, "no_feedback_by_role", role, "CRIP, PARQ-CIV or PARQ-CRIM")
    facts: dict[str, Any] = {}
    if role == "PARQ-CIV" and author == "CRIP":  # R40
        _check_alone(request, ("status", "measure"), ("code", "on"))
        portions = _status(request)
        _check_final(request, request.status.status if request.status else "")
        if request.final is not None:
            facts["final"] = request.final
    else:  # R39, R41
        _check_alone(request, ("code", "on"), ("status", "measure"))
        portions = _coded(request, CODES_OF_ROLE[role])
        _check_final(request, request.code or "")
        facts["final"] = request.code in FINAL_OUTCOMES if request.final is None else request.final
    return Draft(
        issuer=desk, realm=arrival.realm, etype="FEEDBACK", reference="", case=arrival.case,
        to=(DraftAddressee(short(arrival.iss), CLOSE_LOOP, portions, (_ref(arrival),)),),
        facts=facts,
    )  # fmt: skip


def withdrawal(desk: str, own: OwnEvent, *, again: bool = False) -> Draft:
    """The WITHDRAW of one of our events from every desk that has it.

    Args:
        again: a repeated request: desks that it was withdrawn from count too.
    """
    desks = own.delivered_to(withdrawn=again)
    if own.etype in ("ACK", "WITHDRAW") or not desks:
        raise ProblemError(409, "not_delivered", own.state, "an event that a desk was delivered")
    ref = Ref(iss=desk_urn(own.realm, own.desk), jti=own.id)
    return Draft(
        issuer=desk, realm=own.realm, etype="WITHDRAW", reference="", case=own.case,
        to=tuple(DraftAddressee(short(desk), WITHDRAWAL, {}, (ref,)) for desk in desks),
    )  # fmt: skip


def check_withdrawn_once(draft: Draft, view: DeskFold, ahead: Iterable[OwnEvent]) -> None:
    """Refuse to withdraw from a desk what is being withdrawn from it and is not decided."""
    for desk, event in ((one.desk, ref.jti) for one in draft.to for ref in one.re):
        for one in (*view.replies.get(event, ()), *ahead):
            waits = one.etype == "WITHDRAW" and one.state == PUBLISHED and event in one.re
            if waits and desk_urn(draft.realm, desk) in one.to:
                expected = f"what the bus decides of {one.id}"
                raise ProblemError(409, "withdrawal_pending", "a second withdrawal", expected)


def ping(desk: str, body: Mapping[str, Any]) -> Draft:
    """The PING of a desk's service: of no case, so of a reference that names none."""
    return Draft(issuer=desk, realm=body["realm"], etype=PING, reference=PING, to=(), facts={})


def look_up(desk: str, body: Mapping[str, Any]) -> Draft:
    """The LOOKUP of a case, by its token or the agency's own reference.

    Nothing here asks whether there is such a case: the router answers alike to whoever may not
    know.
    """
    request = validated(LookUpRequest, dict(body))
    token = request.case if len(request.case) == _TOKEN_LENGTH else None
    return Draft(
        issuer=desk, realm=request.realm, etype=LOOKUP, reference=request.case, case=token, to=(),
    )  # fmt: skip


def _ref(arrival: Arrival) -> Ref:
    return Ref(iss=arrival.iss, jti=arrival.jti)


def _check_alone(request: OutcomeRequest, taken: tuple[str, ...], other: tuple[str, ...]) -> None:
    """Whoever is told a code is told no status, and vice versa: nothing goes in silence."""
    for name in other:
        if getattr(request, name) is not None:
            expected = f"{' or '.join(taken)} alone, for this author"
            raise ProblemError(422, "contradiction", f"{name} too", expected, name)


def _check_final(request: OutcomeRequest, code: str) -> None:
    if request.final is True and code in _GOES_ON:
        raise ProblemError(422, "contradiction", f"true with {code}", "false, or no final", "final")
    if request.final is False and code in _ENDED:
        raise ProblemError(422, "contradiction", f"false with {code}", "true, or no final", "final")


def _coded(request: OutcomeRequest, codes: tuple[str, ...]) -> dict[str, Portion]:
    if request.code is None:
        raise ProblemError(422, "outcome_missing", "no code", " or ".join(codes), "code")
    if request.code not in codes:
        raise ProblemError(422, "code_not_for_role", "another code", " or ".join(codes), "code")
    on = {"on": request.on} if request.on else {}  # a body has no nulls
    body = Outcome(outcome=request.code, **on)
    return {"CODE.outcome": Portion(body, ("code", "on") if request.on else ("code",))}


def _status(request: OutcomeRequest) -> dict[str, Portion]:
    portions: dict[str, Portion] = {}
    if request.status is not None:
        portions["PROCEDURE.status"] = Portion(request.status, ("status",))
    if request.measure is not None:
        portions["MEASURE"] = Portion(request.measure, ("measure",))
    if not portions:
        raise ProblemError(422, "outcome_missing", "neither", "status or measure", "status")
    return portions
