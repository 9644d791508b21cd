"""What lies in a sandbox's inboxes by a history of several steps, each taken once everybody has read the one before.

A desk that ends passes on what it was sent; the CRIP has cases evaluated, joins cases, looks them up, and asks why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from itertools import chain, islice
from typing import Any, Final

from contracts.errors import RelaisError
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn, short
from contracts.vocabulary.scopes import CIVIL, EVENT_TYPES
from services.agency.office.inbox.opened import opened
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest
from services.platform.http.problems import ProblemError
from services.sandbox.answering import ASE, CRIP
from services.sandbox.faults import FaultyFederation
from services.sandbox.records import synthetic_record
from services.sandbox.steering import UNSTEERED

MARKER: Final = "Exemple"
AGO_S: Final = 11 * 86_400  # no call and no decision in the records is yet to come

_TAKING_PART: Final = ("IP", "EVALREQ")  # who is sent one takes part in the case
_AS_EVER: Final = frozenset({"outcome", "asks"})  # words of cases on which nothing is amiss

Step = Callable[[FaultyFederation, int], Iterator[DeskRequest]]


def begin_history(federation: FaultyFederation, at: int) -> None:
    """Let the steps be taken, the first once the tested agency has read what there is.

    Args:
        at: instant of the records, seconds.
    """
    federation.later(0, partial(_go_on, federation, at, _STEPS))


def _go_on(federation: FaultyFederation, at: int, steps: Sequence[Step]) -> None:
    """Take one step, and the next once everybody has read what came of it."""
    for request in steps[0](federation, at):
        with suppress(RelaisError, ProblemError):  # no desk of this agency takes part so far
            federation.ask(request)
    if rest := steps[1:]:
        federation.later(0, partial(_go_on, federation, at, rest))


def _passed_on(federation: FaultyFederation, at: int) -> Iterator[DeskRequest]:
    """A tested desk that ends gives its heir the first case of which it was sent something, and that; the others wait."""
    office = federation.offices[federation.tested]
    for desk, heir in ending(office):
        view = office.view(desk)
        for event, arrival in islice(view.names.events.items(), 1):
            place = topics.inbox(CIVIL, office.agency.name), arrival.partition
            record, context = (
                federation.topics[place][arrival.offset],
                office.context(CIVIL, desk, at),
            )
            parts = opened(record, arrival, context, view).parts or {}
            yield DeskRequest(desk, "entrust", {"to": heir}, event, parts=parts)


def ending(office: Office) -> Iterator[tuple[str, str]]:
    """Desks that end, each with the first that follows it."""
    for desk in office.agency.desks:
        if ended := office.fold.successions.get(desk_urn(CIVIL, desk)):
            yield desk, short(ended.heirs[0])


def _evaluations(federation: FaultyFederation, at: int) -> Iterator[DeskRequest]:
    """The CRIP has a case of each desk evaluated that may be invited then."""
    for case, _desk in _assigned(federation):
        yield _of_child_welfare(CRIP, "evaluation_request", at, case=case)


def _invitations(federation: FaultyFederation, at: int) -> Iterator[DeskRequest]:
    """Who evaluates it invites that desk."""
    for case, desk in _assigned(federation):
        if desk != ASE:
            yield _of_child_welfare(ASE, "coordination_invitation", at, case=case, to=[desk])


def _joined(federation: FaultyFederation, at: int) -> Iterator[DeskRequest]:
    """A tested CRIP joins two cases with earlier ones, one of which is another child's after all; nobody else is told."""
    cases = _cases(federation, CRIP, "IP") if CRIP in tested_desks(federation) else []
    for kind, pairs in (("link", cases[:4]), ("unlink", cases[2:4])):
        for case, peer in zip(pairs[::2], pairs[1::2], strict=False):
            yield _of_child_welfare(CRIP, kind, at, case=case, peer=peer)


def _look_ups(federation: FaultyFederation, _at: int) -> Iterator[DeskRequest]:
    """The CRIP looks up who received what of a case of each desk."""
    first = (
        _cases(federation, desk)[:1] for desk in federation.offices[federation.tested].agency.desks
    )
    for case in dict.fromkeys(chain.from_iterable(first)):
        yield DeskRequest(CRIP, "look_up", {"case": case})


def _assigned(federation: FaultyFederation) -> list[tuple[str, str]]:
    """One case each of the tested desks that take part in one as a clause lets them: whom the CRIP asks, or itself."""
    found = {
        desk: _cases(federation, desk, *_TAKING_PART) for desk in sorted(tested_desks(federation))
    }
    return [(cases[0], desk) for desk, cases in found.items() if cases]


def _cases(federation: FaultyFederation, desk: str, *etypes: str) -> list[str]:
    """Cases of which a desk was sent something, and in which the CRIP takes part, but those on which something is amiss."""
    crip = federation.office(CRIP).view(CRIP)
    told = [(arrival.etype, arrival.case) for arrival in crip.names.events.values()]
    told += [(event.etype, event.case) for event in crip.own.values()]
    followed = {case for etype, case in told if etype in (*_TAKING_PART, "SIG")}
    came = (
        arrival.case
        for arrival in federation.office(desk).view(desk).names.events.values()
        if arrival.etype in (etypes or EVENT_TYPES) and arrival.case in followed
        and federation.steered.get(arrival.case, UNSTEERED).words.keys() <= _AS_EVER
    )  # fmt: skip
    return list(dict.fromkeys(came))


def _of_child_welfare(desk: str, kind: str, at: int, **more: Any) -> DeskRequest:
    """A record of a desk of child welfare, on a case that there is."""
    record = synthetic_record("child_welfare", kind, MARKER, today(at))
    return DeskRequest(desk, "record", record | {"reference": f"canned {kind}", **more})


def _questions(federation: FaultyFederation, _at: int) -> Iterator[DeskRequest]:
    """It asks each tested desk that the answers name why it had access."""
    tested, asked = tested_desks(federation) - {CRIP}, set[str]()
    for _realm, told in federation.office(CRIP).view(CRIP).accesses.answers.values():
        for row in told["rows"]:
            desk = short(row["desk"])
            if desk in tested - asked:
                asked.add(desk)
                yield DeskRequest(CRIP, "ask", {"of": desk}, row["event"]["jti"])


_STEPS: Final[Sequence[Step]] = (
    _passed_on,
    _evaluations,
    _invitations,
    _joined,
    _look_ups,
    _questions,
)


def today(at: int) -> date:
    """The day on which a record that is filed at an instant says that it is written."""
    return datetime.fromtimestamp(at - AGO_S, UTC).date()


def tested_desks(federation: FaultyFederation) -> frozenset[str]:
    """Short ids of the desks that somebody else plays."""
    return frozenset(federation.offices[federation.tested].agency.desks)
