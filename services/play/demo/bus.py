"""What a story may do: post records, read inboxes, move time. Two worlds implement it.

`tests/world.py` holds a whole federation in memory, `http_bus.py` drives the running one over its
public HTTP. A story cannot tell them apart, so what it proves in one holds in the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from contracts.convention.model import Convention
from contracts.decision.draft import Draft

START: str = "2026-09-07T08:00"  # Paris wall time of a Monday: where every play begins
WEEKS: int = 60  # that the six stories last at most; keys and directory must cover them


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What a service answered to a request.

    Attributes:
        status: of HTTP: 202 accepted, 200 a dry run or an answer found again, 4xx a problem.
        body: the answer, or the problem document.
    """

    status: int
    body: dict[str, Any] = field(repr=False)

    @property
    def accepted(self) -> bool:
        """Whether it was taken."""
        return 200 <= self.status < 300

    @property
    def events(self) -> list[str]:
        """Ids of the events that it led to, in order; empty if it was not taken."""
        return list(self.body.get("events", ()))

    @property
    def case(self) -> str:
        """Token of the case; empty if it was not taken."""
        return str(self.body.get("case", ""))

    @property
    def code(self) -> str:
        """Code of the problem; empty if it was taken."""
        return "" if self.accepted else str(self.body.get("code", ""))


@dataclass(frozen=True, slots=True)
class SeenArrival:
    """One item of a desk's inbox, opened, as `GET /v1/inbox` shows it."""

    desk: str
    item: Mapping[str, Any] = field(repr=False)

    @property
    def event(self) -> str:
        """Id of the event; empty if the delivery did not verify."""
        return self.item.get("event") or ""

    @property
    def etype(self) -> str:
        """Event type."""
        return self.item.get("type") or ""

    @property
    def scopes(self) -> list[str]:
        """What was delivered and opened, sorted; empty if the delivery did not verify."""
        return sorted(self.item.get("clauses") or {})

    @property
    def error(self) -> str:
        """Code of a failed verification or opening, `withdrawn` if taken back; else empty."""
        return "withdrawn" if self.item.get("withdrawn") else self.item.get("error") or ""


@dataclass(frozen=True, slots=True)
class SentEvent:
    """What a desk sent in a story.

    Attributes:
        by_desk: addressee -> id of the event that names it.
        opened: duties that it opened, as expected.
    """

    desk: str
    answer: ServiceAnswer
    by_desk: Mapping[str, str]
    opened: Iterable[str] = ()

    def ref(self, **more: str) -> dict[str, str]:
        """An entry of a record's `answers` that names this event; `more` is `to` or `realm`."""
        return {"issuer": self.desk, "event": self.answer.events[0], **more}

    def due_from(self, desk: str, stage: str) -> list[str]:
        """The duty that a desk discharges when it acknowledges a stage of this."""
        acts = {name: name.partition(" ACK:")[2].split("|") for name in self.opened}
        return [name for name in acts if name.startswith(f"{desk}>") and stage in acts[name]]


class FederationClock(Protocol):
    """The federation's clock, which only goes forward."""

    def now(self) -> int:
        """Seconds since 1970, UTC."""

    def move_to(self, instant: int) -> None:
        """Move forward to an instant; past ones are ignored."""


class Bus(Protocol):
    """A whole federation, seen from its desks."""

    @property
    def marker(self) -> str:
        """Stands in every free-form personal field that a story writes: a canary."""

    @property
    def clock(self) -> FederationClock:
        """The federation's clock."""

    @property
    def convention(self) -> Convention:
        """The one in force, for words and the calendar of Paris."""

    @property
    def roles(self) -> Mapping[str, str]:
        """Short id of every desk -> its role."""

    def post(self, desk: str, record: Mapping[str, Any]) -> ServiceAnswer:
        """`POST /v1/referrals`: the desk's own record."""

    def inbox(self, desk: str) -> Sequence[SeenArrival]:
        """`GET /v1/inbox`: deliveries that arrived since the last call, opened, in order."""

    def acknowledge(self, desk: str, event_id: str, stage: str = "received") -> ServiceAnswer:
        """`POST /v1/inbox/{event_id}/acknowledge`."""

    def outcome(self, desk: str, event_id: str, code: str) -> ServiceAnswer:
        """`POST /v1/inbox/{event_id}/outcome`."""

    def status(self, desk: str, event_id: str) -> dict[str, Any]:
        """`GET /v1/referrals/{event_id}`: where an own event stands; empty if there is none."""

    def duties(self, desk: str) -> Sequence[dict[str, Any]]:
        """`GET /v1/duties`: what a desk owes, overdue first."""

    def publish_raw(self, desk: str, draft: Draft) -> list[str]:
        """Write a draft straight into the outbox topic, past the agency's service. Event ids.

        It is sealed and signed with the desk's valid keys, whatever the convention says of it.
        """

    def adopt(self, text: bytes) -> None:
        """Put a version of the convention in force: its parties sign it, its owner orders it."""

    def settle(self) -> None:
        """Wait until routing is quiet.

        What was published is decided, what fell due is recorded, and every agency's own view
        (inbox, status, duties) has read all of it.
        """

    def audit(self) -> dict[str, Any]:
        """Replay the log: `clean`, `records`, `findings` (each with `code` and `alarm`)."""

    def decision_on(self, event_id: str) -> dict[str, Any]:
        """What the log's evidence says was decided of an event, read without any key.

        `refused`, `reasons`, `addressees` (desk, verdict, released …); empty if the log knows no
        such event.
        """
