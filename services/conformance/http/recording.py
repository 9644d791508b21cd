"""What the tested system has asked of the sandbox, as the kit recorded it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

VERSION: Final = "/v1"
TAKEN: Final = 202
GOOD: Final = 200
FAILING: Final = 500  # and above: nothing is known of what was asked
NOT_TRIED: Final = "not_tried"


@dataclass(frozen=True)
class RecordedRequest:
    """A request and its answer: codes, ids, cursors and digests, nothing of a record's content.

    Attributes:
        at, until: seconds by one clock, when it came and when its answer began.
        desk: whose token it showed in its header; empty: nobody's.
        body: digest of its bytes.
        status: 0: no whole answer.
        answer: members that the kit looks at.
    """

    at: float
    until: float
    method: str
    path: str
    status: int
    after: str = ""
    dry_run: bool = False
    desk: str = ""
    token_in_address: bool = False
    key: str = field(default="", repr=False)
    kind: str = ""
    stage: str = ""
    reference: str = ""
    body: str = ""
    retry_after: int = 0
    answer: Any = None

    @property
    def told(self) -> Mapping[str, Any]:
        """Its answer as an object."""
        return self.answer if isinstance(self.answer, dict) else {}

    @property
    def items(self) -> Sequence[Mapping[str, Any]]:
        """The items of a page, none if it is none."""
        items: list[dict[str, Any]] = self.told.get("items", [])
        return items


@dataclass(frozen=True)
class HttpRecording:
    """All that was asked, in the order in which it came."""

    requests: Sequence[RecordedRequest]

    @classmethod
    def of(cls, lines: Sequence[Mapping[str, Any]]) -> HttpRecording:
        """From what the recorder wrote."""
        return cls(sorted((RecordedRequest(**line) for line in lines), key=lambda one: one.at))

    def asked(self, method: str, path: str) -> list[RecordedRequest]:
        """Requests of a path, by either of its names."""
        return [
            request
            for request in self.requests
            if request.method == method and request.path.removeprefix(VERSION) == path
        ]

    def sent(self, case: str = "") -> list[RecordedRequest]:
        """Records sent in earnest, all or those of a case."""
        return [
            request
            for request in self.asked("POST", "/referrals")
            if not request.dry_run and (not case or request.reference.endswith(f"# {case}"))
        ]

    def events(self, case: str) -> set[str]:
        """The events that the records of a case have become."""
        return {event for one in self.sent(case) for event in one.told.get("events", [])}

    def reads(self) -> list[RecordedRequest]:
        """Readings of the inbox."""
        return self.asked("GET", "/inbox")

    def pages(self) -> list[RecordedRequest]:
        """Readings of the inbox that were answered with a page."""
        return [read for read in self.reads() if read.status == GOOD]

    def replies(self, act: str) -> list[tuple[str, RecordedRequest]]:
        """Acknowledgements (`/inbox`) or withdrawals (`/referrals`) with the event that they name."""
        replies = []
        for request in self.requests:
            pieces = request.path.removeprefix(VERSION).split("/")
            if request.method == "POST" and len(pieces) == 4 and pieces[3] == act:
                replies.append((pieces[2], request))
        return replies


def said_again(replies: Sequence[tuple[str, RecordedRequest]]) -> str:
    """What is wrong with replies of which the first was not answered: it is said once more.

    Until it is taken, or refused for what it says: to an ASK, whichever comes first, a motive is a person's to give.
    """
    place = next((place for place, (_event, one) in enumerate(replies) if not one.status), None)
    if place is None:
        return NOT_TRIED
    event, lost = replies[place]
    again = any(
        0 < one.status < FAILING and (other, one.stage) == (event, lost.stage)
        for other, one in replies[place:]
    )
    return "" if again else "not_said_again"
