"""Something that a desk asks to be published, and the arrival that it may be about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.decision.draft import Draft
from contracts.encoding import canonical
from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import LOOKUP
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.own_events import OwnEvent
from services.agency.office.requests import replies
from services.agency.office.responses.sending import AccessAnswer, Duties, EventStatus, Remark
from services.agency.office.sending.identity import Agency, day
from services.agency.office.sending.left_out import stage_not_expected
from services.platform.http.problems import ProblemError


@dataclass(frozen=True, slots=True)
class DeskRequest:
    """Something that a desk asks to be published.

    Attributes:
        kind: `record`, `acknowledge`, `outcome`, `withdraw`, `look_up`, or `ping` of the service.
        body: the parsed JSON body.
        event: id of the arrival or own event that it is about; empty for a record.
        key: idempotency key; empty if none.
    """

    desk: str
    kind: str
    body: Mapping[str, Any] = field(repr=False)
    event: str = ""
    key: str = ""

    @property
    def digestible(self) -> bytes:
        """What two requests with one key must share to be the same request."""
        return canonical({"kind": self.kind, "event": self.event, "body": dict(self.body)})


def answerable(view: DeskFold, event: str) -> Arrival:
    """An arrival of the desk that may be answered."""
    names = view.names
    if event in names.reused:
        expected = "their names, as inbox and duties have them"
        raise ProblemError(409, "id_of_two_events", "an id that came in two cases", expected)
    arrival = names.arrival(event)
    if arrival is None:
        raise not_found()
    return arrival


def not_found() -> ProblemError:
    """404; the same whether it does not exist or is another desk's."""
    return ProblemError(404, "event_unknown", "another id", "an event of this desk")


def key_reused() -> ProblemError:
    """409: two requests, one key."""
    return ProblemError(409, "key_reused", "another body", "the first request's body")


def draft_of(
    request: DeskRequest, view: DeskFold, agency: Agency, at: int, *, again: bool
) -> Draft:
    """What a request comes to, under what is in force at an instant.

    Args:
        view: of the desk that asks.
        again: whether it was published before: then it is drafted as it was then.
    """
    match request.kind:
        case "withdraw":
            draft = replies.withdrawal(request.desk, own_event(view, request.event), again=again)
        case "look_up":
            draft = replies.look_up(request.desk, request.body)
        case "ping":
            draft = replies.ping(request.desk, request.body)
        case _:
            draft = _reply(request, view, agency, at)
    return draft


def doubts(request: DeskRequest, view: DeskFold, draft: Draft) -> list[Remark]:
    """A stage of an acknowledgement that meets nothing of what the arrival made the desk owe."""
    if request.kind != "acknowledge":
        return []
    owed = view.stages_of(answerable(view, request.event))
    return stage_not_expected(str(draft.facts["stage"]), owed)


def _reply(request: DeskRequest, view: DeskFold, agency: Agency, at: int) -> Draft:
    arrival, body = answerable(view, request.event), dict(request.body)
    if request.kind == "acknowledge":
        return replies.acknowledgement(request.desk, arrival, body)
    book = agency.book(at)
    author = book.role_of(arrival.realm, short(arrival.iss)) or ""
    return replies.outcome(request.desk, book.role(request.desk), author, arrival, body, day(at))


def own_event(view: DeskFold, event: str) -> OwnEvent:
    """One of the desk's own events."""
    if (own := view.own.get(event)) is None:
        raise not_found()
    return own


def status_of(view: DeskFold, event: str, now: int) -> EventStatus:
    """Where an own event stands."""
    (status,) = view.statuses((own_event(view, event).id,), now)
    return status


def own_look_up(view: DeskFold, event: str) -> OwnEvent:
    """A look-up of the desk's own: of another event, 404 as if there were none."""
    if (own := own_event(view, event)).etype != LOOKUP:
        raise not_found()
    return own


def look_up_of(view: DeskFold, event: str) -> AccessAnswer:
    """A look-up of the desk's own, with what it was answered."""
    own = own_look_up(view, event)
    return AccessAnswer(
        event=own.id,
        case=own.case,
        realm=own.realm,
        state=own.state,
        reasons=own.reasons or None,
        participants=own.participants,
    )


def duties_of(view: DeskFold, now: int) -> Duties:
    """What a desk owes, overdue first."""
    return Duties(desk=view.desk, items=tuple(view.owes(now)))
