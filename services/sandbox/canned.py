"""What lies in the inboxes when a sandbox begins: nearly every kind of arrival that a desk can be sent, the bad ones too.

All of it goes the usual way. What others file without being asked comes from the synthetic records; what only
answers something comes to records that are sent in the tested desk's own name, each steered into another end, or
is filed once more in a case that both desks know. What takes a history of several steps is filed once the
tested desks have read the first ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice, product
from typing import Any, Final

import orjson

from contracts.errors import RelaisError
from contracts.vocabulary.schema import short
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.trade import trade_of
from services.platform.http.problems import ProblemError
from services.sandbox.faults import FaultyFederation
from services.sandbox.history import MARKER, begin_history, ending, tested_desks, today
from services.sandbox.records import synthetic_record
from services.sandbox.steering import PREFIX, UNSTEERED, read_words

LED: Final = (  # ends of a record of one's own
    "outcome=being_evaluated", "withdrawn", "asks", "silent", "declined", "refuse=not_informed", "quarantined",
)  # fmt: skip
SPOILT: Final = ("withdrawn", "corrupt", "unopenable", "erased", "duplicate")  # of what arrives
LOST: Final = "drop"

CASES: Final = 3  # in which a record is tried that answers what was said in one

Filing = tuple[str, dict[str, Any]]  # desk, record


def fill(federation: FaultyFederation, at: int, come_to_now: Callable[[], int]) -> None:
    """File all of it, every other arrival at `at` (seconds), the rest now; the tested agency reads it in its own time.

    Args:
        come_to_now: moves the clock, past what is owed for some of them; the instant that it then shows.
    """
    own = federation.offices[federation.tested]
    early = _all_filed(federation, islice(_coming(federation, at), 0, None, 2))
    _routed(federation)
    at = come_to_now()
    coming = list(_coming(federation, at))
    late = _all_filed(federation, coming[1::2])
    plain = [*zip(coming[::2], early, strict=True), *zip(coming[1::2], late, strict=True)]
    _routed(federation)
    arrived = (filing for filing, sent in plain if _has_come(federation, filing[0], sent))
    spoilt = list(islice(arrived, 1))
    for filing, words in product(spoilt, (*SPOILT, LOST)):
        _filed(federation, filing, f"canned {words}", words)
    closed = dict(ending(own))
    for desk, heir in closed.items():
        for filing in islice(_instead(coming, heir, desk), CASES):
            _filed(federation, filing, f"canned for {desk}", "")
    for desk in (one for one in own.agency.desks if one not in closed):
        may = (filing for filing in _filings(own, at, by=desk) if _for_whom(federation, filing, at))
        for filing, words in product(islice(may, 1), LED):
            _filed(federation, filing, f"{PREFIX}{words} # canned", words)
    _routed(federation)
    for filing in spoilt:  # what comes behind it in the case shows that it is missing
        _filed(federation, filing, f"canned {LOST}", "")
    for filing, sent in plain:
        if not _has_come(federation, filing[0], sent):
            _file_in_a_case(federation, filing)
    begin_history(federation, at)


def _instead(filings: Iterable[Filing], named: str, desk: str) -> Iterator[Filing]:
    """Records that name a desk, for another one."""
    for issuer, record in filings:
        text = orjson.dumps(record)
        if (there := text.replace(f'"{named}"'.encode(), f'"{desk}"'.encode())) != text:
            yield issuer, orjson.loads(there)


def _all_filed(federation: FaultyFederation, filings: Iterable[Filing]) -> list[Sequence[str]]:
    """The events of each."""
    return [_filed(federation, filing, "canned", "") for filing in filings]


def _coming(federation: FaultyFederation, at: int) -> Iterator[Filing]:
    """What others file unasked that would be sent to a tested desk, dated as if it were filed at an instant."""
    own = federation.offices[federation.tested]
    book, tested = own.agency.book(at), tested_desks(federation)
    roles = {book.role(desk) for desk in own.agency.desks}
    for office in federation.offices.values():
        if office is not own:
            filings = _filings(office, at, to=roles)
            yield from (one for one in filings if _for_whom(federation, one, at) & tested)


def _routed(federation: FaultyFederation) -> None:
    """Route what was filed, and let the others read it."""
    federation.route_due()
    for name in federation.offices:
        if name != federation.tested:
            federation.read_inboxes(name)


def _file_in_a_case(federation: FaultyFederation, filing: Filing) -> None:
    """File once more what comes in a case alone, in those that its desk shares with a tested one, until it comes."""
    desk, record = filing
    view, tested = federation.office(desk).view(desk), tested_desks(federation)
    shared = [own.case for own in view.own.values() if _desks(own.delivered_to()) & tested]
    shared += [
        arrival.case for arrival in view.names.events.values() if short(arrival.iss) in tested
    ]
    for case in islice(dict.fromkeys(shared), CASES):
        named = record | {"case": case, "reference": f"canned {case}"}
        events = federation.ask(DeskRequest(desk, "record", named))  # the case's own steering stays
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
    for kind, model in trade_of(agency.name).kinds.items():
        desks = {book.role(desk): desk for desk in reversed(agency.desks)}
        if by:
            desks = {book.role(by): by}
        if to and not any(set(to) & set(event.to) for event in model.events_of_kind()):
            continue
        for role, desk in sorted(desks.items()):
            if not model.roles or role in model.roles:
                yield desk, synthetic_record(agency.name, kind, MARKER, today(at))


def _for_whom(federation: FaultyFederation, filing: Filing, at: int) -> frozenset[str]:
    """The desks that a record would be sent to, as far as its agency can tell."""
    desk, record = filing
    try:
        tried = federation.office(desk).try_out(
            DeskRequest(desk, "record", record), at * 1000, federation.random
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
    request, steering = DeskRequest(desk, "record", named), read_words(words)
    federation.steer(request, steering)
    return federation.ask(request, UNSTEERED if desk in tested_desks(federation) else steering)


def _has_come(federation: FaultyFederation, desk: str, events: Iterable[str]) -> bool:
    """Whether a tested desk was delivered one of a desk's events."""
    own = federation.office(desk).view(desk).own
    tested = tested_desks(federation)
    return any(_desks(own[event].delivered_to()) & tested for event in events)


def _desks(urns: Iterable[str]) -> frozenset[str]:
    return frozenset(map(short, urns))
