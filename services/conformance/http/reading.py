"""What comes to the tested system's inbox: what asks for an answer, what does not open, a cursor that grew too old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.vocabulary.scopes import JUSTIFIED
from services.conformance import requirements as asks
from services.conformance.http.recording import GOOD, NOT_TRIED, TAKEN, HttpRecording, said_again
from services.conformance.http.trial import HttpCase, KitTask, no_task
from services.texts import Catalogue

_ = Catalogue(__name__)

GONE: Final = 410
BAD_GATEWAY: Final = 502
ACK: Final = "ACK:"
RECEIVED: Final = "received"  # what an acknowledgement without a stage says


def _to_the_end(recording: HttpRecording) -> str:
    """The last page says that no more waits."""
    pages = recording.pages()
    if not pages:
        return NOT_TRIED
    return "stopped" if pages[-1].told.get("more") else ""


def _goes_on(recording: HttpRecording) -> str:
    """Whoever had a page reads on with a cursor, until it is too old."""
    cursor, told = False, 0
    for read in recording.reads():
        if read.status == GONE:
            cursor = False
        elif read.status == GOOD:
            if cursor and not read.after:
                return "begins_again"
            cursor, told = True, told + 1
    return "" if told > 1 else NOT_TRIED


def _reads_again(recording: HttpRecording, status: int) -> str:
    """A page that did not come is asked for again, by the same cursor."""
    reads = recording.reads()
    lost = (place for place, read in enumerate(reads) if read.after and read.status == status)
    place = next(lost, None)
    if place is None:
        return NOT_TRIED
    if place + 1 == len(reads):
        return "stopped"
    return "" if reads[place + 1].after == reads[place].after else "begins_again"


def _passes_over(recording: HttpRecording) -> str:
    """Behind a page with an item that does not open, the next is read."""
    cursors = [
        page.told.get("cursor")
        for page in recording.pages()
        if any("error" in item for item in page.items)
    ]
    if not cursors:
        return NOT_TRIED
    return "" if any(read.after in cursors for read in recording.reads()) else "stopped"


def _after_gap(recording: HttpRecording) -> str:
    """After 410 the inbox is read again, with another cursor or none."""
    reads = recording.reads()
    gone = next((place for place, read in enumerate(reads) if read.status == GONE), None)
    if gone is None:
        return NOT_TRIED
    return "" if any(read.status == GOOD for read in reads[gone:]) else "stopped"


def _acknowledged(recording: HttpRecording) -> str:
    """Each arrival that asks for it is acknowledged, at a stage that it asks for."""
    owed = _owed(recording)
    if not owed:
        return NOT_TRIED
    told: dict[str, set[str]] = {}
    for event, one in recording.replies("acknowledge"):
        if one.status == TAKEN:
            told.setdefault(event, set()).add(one.stage or RECEIVED)
    if not owed.keys() <= told.keys():
        return "not_acknowledged"
    return "" if all(told[event] & stages for event, stages in owed.items()) else "another_stage"


def _owed(recording: HttpRecording) -> dict[str, set[str]]:
    """Event -> stages of which one is owed, as the pages said first."""
    owed: dict[str, set[str]] = {}
    for item in _items(recording):
        for duty in item.get("owes", []):
            if duty["act"] == f"{ACK}{JUSTIFIED}":
                continue  # the motive is a person's to say, when there is one to ask
            if duty["act"].startswith(ACK) and duty["state"] == "open":
                stages = duty["act"].removeprefix(ACK).split("|")
                owed.setdefault(item["event"], set(stages))
    return owed


def _items(recording: HttpRecording) -> list[Mapping[str, Any]]:
    return [item for page in recording.pages() for item in page.items]


def _acknowledged_once(recording: HttpRecording) -> str:
    """What was acknowledged and answered is not acknowledged again."""
    told = [
        (event, one.stage or RECEIVED)
        for event, one in recording.replies("acknowledge")
        if one.status == TAKEN
    ]
    if not told:
        return NOT_TRIED
    return "" if len(told) == len(set(told)) else "acknowledged_again"


def _only_arrivals(recording: HttpRecording) -> str:
    """What is acknowledged has come to the inbox: no acknowledgement does."""
    replies = recording.replies("acknowledge")
    arrived = {item.get("event") for item in _items(recording)}
    if not replies:
        return NOT_TRIED
    return "" if all(event in arrived for event, _one in replies) else "not_an_arrival"


def _outcome(recording: HttpRecording, case: str) -> str:
    """The outcome of a record is read."""
    tokens = {one.told["case"] for one in recording.sent(case) if one.status == TAKEN}
    if not tokens:
        return NOT_TRIED
    come = {item.get("case") for item in _items(recording)}
    return "" if tokens & come else "not_read"


CASES: Final = (
    HttpCase("inbox-to-its-end", _("An inbox that is read to its end"), asks.HTTP_CURSOR, no_task,
             look=_to_the_end),
    HttpCase("cursor-kept", _("Readings that go on where the last one ended"), asks.HTTP_CURSOR,
             no_task, look=_goes_on),
    HttpCase("page-cut", _("A page of the inbox that breaks off"), asks.HTTP_BROKEN, no_task,
             look=lambda recording: _reads_again(recording, 0), adverse=True),
    HttpCase("page-by-proxy", _("A proxy’s 502 in a page’s stead"), asks.HTTP_BROKEN, no_task,
             look=lambda recording: _reads_again(recording, BAD_GATEWAY), adverse=True),
    HttpCase("without-content", _("Items that do not open: a bad signature, one that came twice, one no longer kept"),
             asks.HTTP_UNOPENED, no_task, look=_passes_over, adverse=True),
    HttpCase("cursor-too-old", _("A cursor that is answered with 410, because less is kept than it asks for"),
             asks.HTTP_GONE, lambda: KitTask("outcome=closed cut"), look=_after_gap, adverse=True),
    HttpCase("acknowledged", _("Arrivals that ask for an acknowledgement"), asks.HTTP_ACK, no_task,
             look=_acknowledged),
    HttpCase("acknowledgement-unanswered", _("An acknowledgement whose connection is reset"),
             asks.HTTP_BROKEN, no_task, adverse=True,
             look=lambda recording: said_again(recording.replies("acknowledge"))),
    HttpCase("acknowledged-once", _("Arrivals that are told again, after 410 or a second time"),
             asks.HTTP_ACK_ONCE, no_task, look=_acknowledged_once, adverse=True),
    HttpCase("acknowledgement-left", _("Acknowledgements by others, which nobody acknowledges"),
             asks.HTTP_ACK_LEFT, no_task, look=_only_arrivals),
    HttpCase("outcome-read", _("An outcome of one’s own record, which comes after it"),
             asks.HTTP_CURSOR, lambda: KitTask("outcome=being_evaluated", "outcome"),
             look=lambda recording: _outcome(recording, "outcome-read")),
)  # fmt: skip
