"""What lies in the inboxes when a sandbox begins: nearly every kind of arrival that a desk can be sent, the bad ones too.

All of it goes the usual way. What others file without being asked comes from the synthetic records; what only
answers something comes to records that are sent in the tested desk's own name, each steered into another end, or
is filed once more in a case that both desks know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice, product
from typing import Any, Final

from contracts.errors import RelaisError
from contracts.vocabulary.schema import short
from services.agency.office.office import Office, Request
from services.agency.trade import trade_of
from services.platform.http.problems import ProblemError
from services.sandbox.faults import FaultyFederation
from services.sandbox.records import synthetic_record
from services.sandbox.steering import PREFIX, UNSTEERED, read_words

MARKER: Final = "Exemple"
LED: Final = (  # ends of a record of one's own
    "outcome=being_evaluated", "withdrawn", "asks", "silent", "declined", "refuse=not_informed",
)  # fmt: skip
SPOILT: Final = ("withdrawn", "corrupt", "erased", "duplicate", "drop")  # of what arrives

AGO_S: Final = 11 * 86_400  # no call and no decision in the records is yet to come
CASES: Final = 3  # in which a record is tried that answers what was said in one

Filing = tuple[str, dict[str, Any]]  # desk, record


def fill(federation: FaultyFederation, at: int) -> None:
    """File all of it, from `at` (seconds) on; the tested agency reads it in its own time."""
    own = federation.offices[federation.tested]
    others = [office for office in federation.offices.values() if office is not own]
    book = own.agency.book(at)
    roles = {book.role(desk) for desk in own.agency.desks}
    plain = [
        (filing, _filed(federation, filing, "canned", ""))
        for office in others
        for filing in _filings(office, at, to=roles)
        if _for_whom(federation, filing, at) & _tested(federation)
    ]
    _routed(federation)
    arrived = (filing for filing, events in plain if _has_come(federation, filing[0], events))
    for filing, words in product(islice(arrived, 1), SPOILT):
        _filed(federation, filing, f"canned {words}", words)
    for desk in own.agency.desks:
        sent = (
            filing for filing in _filings(own, at, by=desk) if _for_whom(federation, filing, at)
        )
        for filing, words in product(islice(sent, 1), LED):
            _filed(federation, filing, f"{PREFIX}{words} # canned", words)
    _routed(federation)
    for filing, events in plain:
        if not _has_come(federation, filing[0], events):
            _file_in_a_case(federation, filing)


def _routed(federation: FaultyFederation) -> None:
    """Route what was filed, and let the others read it."""
    federation.route_due()
    for name in federation.offices:
        if name != federation.tested:
            federation.read_inboxes(name)


def _file_in_a_case(federation: FaultyFederation, filing: Filing) -> None:
    """File once more what comes in a case alone, in those that its desk shares with a tested one, until it comes."""
    desk, record = filing
    view, tested = federation.office(desk).view(desk), _tested(federation)
    shared = [own.case for own in view.own.values() if _desks(own.delivered_to()) & tested]
    shared += [arrival.case for arrival in view.events.values() if short(arrival.iss) in tested]
    for case in islice(dict.fromkeys(shared), CASES):
        named = record | {"case": case, "reference": f"canned {case}"}
        events = federation.ask(Request(desk, "record", named))  # the case's own steering stays
        _routed(federation)
        if _has_come(federation, desk, events):
            return


def _filings(office: Office, at: int, to: Collection[str] = (), by: str = "") -> Iterator[Filing]:
    """Each kind of record of an agency, as the first desk of each role files it.

    Args:
        to: only what becomes an event for one of these roles.
        by: one desk's own alone.
    """
    agency, book = office.agency, office.agency.book(at)
    today = datetime.fromtimestamp(at - AGO_S, UTC).date()
    for kind, model in trade_of(agency.name).kinds.items():
        desks = {book.role(desk): desk for desk in reversed(agency.desks)}
        if by:
            desks = {book.role(by): by}
        if to and not any(set(to) & set(event.to) for event in model.events_of_kind()):
            continue
        for role, desk in sorted(desks.items()):
            if not model.roles or role in model.roles:
                yield desk, synthetic_record(agency.name, kind, MARKER, today)


def _for_whom(federation: FaultyFederation, filing: Filing, at: int) -> frozenset[str]:
    """The desks that a record would be sent to, as far as its agency can tell."""
    desk, record = filing
    try:
        tried = federation.office(desk).try_out(
            Request(desk, "record", record), at * 1000, federation.random
        )
    except (RelaisError, ProblemError):
        return frozenset()  # it answers something that never was
    return frozenset(tried.sent_to)


def _filed(
    federation: FaultyFederation, filing: Filing, reference: str, words: str
) -> Sequence[str]:
    """File a record under a reference of its own: the events; in a tested desk's name nothing is taken back."""
    desk, record = filing
    named = record | {"reference": f"{reference} {record['kind']}"}
    request, steering = Request(desk, "record", named), read_words(words)
    federation.steer(request, steering)
    return federation.ask(request, UNSTEERED if desk in _tested(federation) else steering)


def _has_come(federation: FaultyFederation, desk: str, events: Iterable[str]) -> bool:
    """Whether a tested desk was delivered one of a desk's events."""
    own = federation.office(desk).view(desk).own
    tested = _tested(federation)
    return any(_desks(own[event].delivered_to()) & tested for event in events)


def _desks(urns: Iterable[str]) -> frozenset[str]:
    return frozenset(map(short, urns))


def _tested(federation: FaultyFederation) -> frozenset[str]:
    return frozenset(federation.offices[federation.tested].agency.desks)
