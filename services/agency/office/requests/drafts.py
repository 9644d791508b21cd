"""The draft that a request comes to which is no record: made of its body and of what the desk was told."""

from __future__ import annotations

from contracts.decision.draft import Draft
from contracts.vocabulary.schema import desk_urn, short
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.requests import entrusting, replies
from services.agency.office.requests.desk_request import DeskRequest, answerable, not_found
from services.agency.office.responses.sending import Remark
from services.agency.office.sending import remarks
from services.agency.office.sending.identity import Agency


def draft_of(
    request: DeskRequest, view: DeskFold, agency: Agency, at: int, *, again: bool
) -> Draft:
    """What a request comes to, under what is in force at an instant.

    Args:
        view: of the desk that asks.
        again: whether it was published before: then it is drafted as it was then.

    Raises:
        ProblemError.
    """
    match request.kind:
        case "withdraw":
            draft = agency.readdressed(_withdrawal(request, view, again=again), at)
        case "look_up":
            draft = replies.look_up(request.desk, request.body)
        case "alarm":
            draft = replies.alarm(request.desk, request.body)
        case "ping":
            draft = replies.ping(request.desk, request.body)
        case "ask":
            draft = replies.ask(request.desk, request.event, view.accesses, request.body)
        case "entrust" | "entrust_case":
            draft = _entrusting(request, view, agency, at, again=again)
        case _:
            draft = agency.readdressed(_reply(request, view, agency, at), at)
    return draft


def doubts(request: DeskRequest, view: DeskFold, draft: Draft) -> list[Remark]:
    """A stage of an acknowledgement that meets nothing of what the arrival made the desk owe."""
    if request.kind != "acknowledge":
        return []
    owed = view.stages_of(answerable(view, request.event))
    return remarks.stage_not_expected(str(draft.facts["stage"]), owed)


def _withdrawal(request: DeskRequest, view: DeskFold, *, again: bool) -> Draft:
    own = view.own.get(request.event)
    if own is None:
        raise not_found()
    return replies.withdrawal(request.desk, own, again=again)


def _entrusting(
    request: DeskRequest, view: DeskFold, agency: Agency, at: int, *, again: bool
) -> Draft:
    if request.kind == "entrust_case":
        arrival = entrusting.case_alone(view, request.event)
    else:
        arrival = answerable(view, request.event)
    if arrival is None:
        raise not_found()
    realm, to = arrival.realm, entrusting.heir_asked(request.body)
    if not again:
        succession = agency.successions(realm, at).get(desk_urn(realm, request.desk))
        entrusting.check_may(arrival, to, succession, at)
        entrusting.check_once(view, arrival, to, request.parts)
    directories = agency.registries[realm].directories.values()
    return entrusting.entrusting(view, arrival, to, request.parts, directories)


def _reply(request: DeskRequest, view: DeskFold, agency: Agency, at: int) -> Draft:
    arrival, body = answerable(view, request.event), dict(request.body)
    if request.kind == "acknowledge":
        return replies.acknowledgement(request.desk, arrival, body)
    book = agency.book(at)
    author = book.role_of(arrival.realm, short(arrival.answered[0])) or ""
    return replies.outcome(request.desk, book.role(request.desk), author, arrival, body)
