"""The desks that nobody plays: they acknowledge, answer, and send what begins the cases of those who are there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

import structlog

from contracts.errors import RelaisError
from contracts.vocabulary.schema import short
from services.agency.http.desk_request import Parts, sent_by
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.known_duties import ACKNOWLEDGED
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.training.allowed import latest
from services.agency.training.cases import CASES, GuidedCase
from services.agency.training.position import arrived
from services.agency.training.records import record_of
from services.platform.http.problems import ProblemError

AGAIN_S: Final = 180  # after the end of a case: one reads how it ended before the next one comes
OUTCOME: Final = "help_in_place"

log = structlog.get_logger("relais.training")


class PlayedReply(NamedTuple):
    """What a desk does of itself with an arrival: a record that answers it, or the outcome of what began the case.

    Attributes:
        of: desk that sent it; empty: any.
        becomes: type of the event that it comes to: once in a case.
        kind: of the record; empty: the outcome is told.
    """

    desk: str
    etype: str
    of: str
    becomes: str
    kind: str = ""


REPLIES: Final = (
    PlayedReply("crip", "IP", "edu-s", "EVALREQ", "contribution_request"),
    PlayedReply("crip", "EVALREP", "edu-s", "FEEDBACK"),
    PlayedReply("ase", "EVALREQ", "", "EVALREP", "evaluation_report"),
    PlayedReply("edu-s", "EVALREQ", "", "EVALREP", "evaluation_contribution"),
)


class Players:
    """The desks of one agency, as far as nobody plays them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._failed: set[str] = set()

    async def act(self, played: Collection[str]) -> int:
        """Do what is to be done now; how much it was.

        Args:
            played: desks at which somebody sits, of this agency and others.
        """
        done = 0
        for desk in self._parts.office.agency.desks:
            if desk in played:
                continue
            view = self._parts.office.view(desk)
            for request in [
                *self._acknowledgements(view),
                *_replies(view, self._at),
                *self._openings(view, played),
            ]:
                done += await self._sent(request)
        return done

    @property
    def _at(self) -> int:
        return self._parts.clock.now()

    async def _sent(self, request: DeskRequest) -> bool:
        name = f"{request.desk} {request.key}"
        if name in self._failed:
            return False
        try:
            await sent_by(self._parts, request)
        except (RelaisError, ProblemError) as error:
            if getattr(error, "status", 0) != 503:
                self._failed.add(name)
            log.warning("not played", desk=request.desk, request=request.kind, code=error.code)
            return False
        return True

    def _acknowledgements(self, view: DeskFold) -> Iterable[DeskRequest]:
        """Every receipt that is owed, in its first stage."""
        for duty in view.owes(self._at):
            if (
                not duty.act.startswith(ACKNOWLEDGED)
                or (event := duty.event) not in view.names.events
            ):
                continue
            stage = duty.act.removeprefix(ACKNOWLEDGED).partition("|")[0]
            if not _is_left(view, view.names.events[event]) and not _told(
                view, view.names.events[event]
            ):
                yield DeskRequest(
                    view.desk, "acknowledge", {"stage": stage}, event, f"training {event} {stage}"
                )

    def _openings(self, view: DeskFold, played: Collection[str]) -> Iterable[DeskRequest]:
        """What begins the case of somebody who is there and has none."""
        for case in CASES.values():
            if case.opened_by != view.desk or case.desk not in played:
                continue
            mine = [one for one in view.own.values() if _opens(one.etype, one.to, case)]
            if any(
                not (at := _ended(case, one.case, view)) or self._at - at < AGAIN_S for one in mine
            ):
                continue
            record = record_of(view.desk, case.opening, self._at)
            yield DeskRequest(view.desk, "record", record, key=f"training {case.desk} {len(mine)}")


def _opens(etype: str, to: Iterable[str], case: GuidedCase) -> bool:
    return etype == case.begins and case.desk in {short(urn) for urn in to}


def _ended(case: GuidedCase, token: str, view: DeskFold) -> int:
    """When a case came to its end, as its opener was told; 0: not yet."""
    ends = [one.at for one in arrived(view) if (one.etype, one.case) == (case.ended, token)]
    return max(ends, default=0)


def _replies(view: DeskFold, at: int) -> Iterable[DeskRequest]:
    for reply in REPLIES:
        if reply.desk != view.desk:
            continue
        for arrival in list(arrived(view)):
            wanted = arrival.etype == reply.etype and reply.of in ("", short(arrival.iss))
            if wanted and not _is_left(view, arrival) and not _answered(view, reply, arrival):
                yield _reply(view, reply, arrival, at)


def _reply(view: DeskFold, reply: PlayedReply, arrival: Arrival, at: int) -> DeskRequest:
    key = f"training {reply.becomes} {arrival.jti}"
    if not reply.kind:
        event = latest(view, CASES[view.desk].begins, arrival.case)
        return DeskRequest(view.desk, "outcome", {"code": OUTCOME}, event, key)
    record = record_of(view.desk, reply.kind, at) | {"case": arrival.case}
    if reply.becomes == "EVALREP":
        names = {"issuer": short(arrival.iss), "event": arrival.jti, "realm": arrival.realm}
        record["answers"] = [names]
    return DeskRequest(view.desk, "record", record, key=key)


def _answered(view: DeskFold, reply: PlayedReply, arrival: Arrival) -> bool:
    return any(
        (one.etype, one.case) == (reply.becomes, arrival.case) for one in view.own.values()
    )  # fmt: skip


def _told(view: DeskFold, arrival: Arrival) -> bool:
    """Whether a receipt is on its way already."""
    return any(
        one.etype == "ACK" and arrival.jti in one.re and one.case == arrival.case
        for one in view.own.values()
    )  # fmt: skip


def _is_left(view: DeskFold, arrival: Arrival) -> bool:
    """Whether an arrival belongs to a case that is somebody's to learn by: nobody plays it in their place."""
    case = CASES.get(view.desk)
    if case is None or not case.opened_by:
        return False
    begun = (
        one for one in arrived(view)
        if (one.etype, short(one.iss), one.case) == (case.begins, case.opened_by, arrival.case)
    )  # fmt: skip
    return any(begun)
