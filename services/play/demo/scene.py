"""A story being played: acts, time, and what is expected of them, held against what is seen.

Every step says what it expects: who gets which scopes by which clause, who gets nothing and why,
which duties open, close, move or fall overdue, over *all* desks. What was not expected is shown as
well, and the line is not `ok`. Nothing is read but what the services show to their own desks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from contracts.encoding import rfc3339
from contracts.errors import RelaisError
from services.play.demo.bus import Bus, SeenArrival, ServiceAnswer
from services.play.demo.expected import Expected, Gets, Span, months_later, observed
from services.play.demo.screen import Kind, Sentence, Teller, told
from services.play.demo.step_lines import ExpectedDuties, OpenDuties, Opens, Telling
from services.play.demo.wording import ConventionWords
from services.texts import Catalogue

_ = Catalogue(__name__)


class StoryBrokenError(RelaisError):
    """A story cannot go on: what it told so far, and why, stands in the teller."""


@dataclass(frozen=True, slots=True)
class SentEvent:
    """What a desk sent in a story.

    Attributes:
        by_desk: addressee -> id of the event that names it.
        arrived: addressee -> what it got.
    """

    desk: str
    answer: ServiceAnswer
    by_desk: Mapping[str, str]
    arrived: Mapping[str, SeenArrival] = field(repr=False)

    @property
    def event(self) -> str:
        """Id of the first event."""
        return self.answer.events[0]

    @property
    def case(self) -> str:
        """Token of the case."""
        return self.answer.case

    def ref(self, desk: str = "", **more: str) -> dict[str, str]:
        """An entry of a record's `answers` that names this event.

        Args:
            desk: the addressee whose event is meant, if the record led to several.
            more: `to`, `realm`.
        """
        return {"issuer": self.desk, "event": self.by_desk.get(desk, self.event), **more}


class Scene:
    """What a story is told with.

    Args:
        bus: the federation, in memory or real.
        teller: hears every line.
    """

    def __init__(self, bus: Bus, teller: Teller) -> None:
        self.bus = bus
        self._calendar = bus.convention.calendar
        words = ConventionWords(bus.convention, bus.roles)
        self._telling = Telling(teller, words, bus.clock.now)
        self._owed = OpenDuties(bus, self._telling, self._calendar)
        self._day0 = self._calendar.date_of(bus.clock.now())

    # --- time -------------------------------------------------------------------------------------

    def begin(
        self, letter: str, title: Sentence, *, weekday: int, at: str, not_before: str = ""
    ) -> None:
        """Open the story: no desk owes anything; move to the next such weekday and time (day 0).

        Args:
            not_before: YYYY-MM-DD, for a story of a season (school goes on again, a new year).
        """
        text = told(_("{letter} · {title}"), letter=letter, title=title)
        self._telling.tell("story", text, story=letter)
        self.bus.settle()
        self._owed.none_before()
        now = self._calendar.local(self.bus.clock.now())
        first = max(now.date(), dt.date.fromisoformat(not_before) if not_before else dt.date.min)
        day = first + timedelta(days=(weekday - first.weekday()) % 7)
        if self._instant(day, at) < self.bus.clock.now():
            day += timedelta(days=7)
        self._day0 = day
        self._move(self._instant(day, at), ())

    def at(self, day: int, at: str, overdue: Iterable[str] = ()) -> None:
        """Move to a Paris wall time, `day` days after the story's first.

        Args:
            overdue: duties that fall overdue on the way.
        """
        self._move(self._instant(self._day0 + timedelta(days=day), at), overdue)

    def date(self, day: int = 0) -> str:
        """The date of a day of the story, YYYY-MM-DD."""
        return (self._day0 + timedelta(days=day)).isoformat()

    def moment(self, day: int, at: str) -> str:
        """A Paris wall time of the story, as records write instants."""
        instant = self._instant(self._day0 + timedelta(days=day), at)
        return rfc3339(instant)

    def months_after(self, day: int, months: int) -> str:
        """The date `months` after a day of the story, date to date: when that duty is due."""
        return months_later(self._day0 + timedelta(days=day), months).isoformat()

    def today(self) -> int:
        """How many days after the story's first it is."""
        return (self._calendar.date_of(self.bus.clock.now()) - self._day0).days

    # --- telling ----------------------------------------------------------------------------------

    def note(self, text: Sentence) -> None:
        """Tell what happens off the bus."""
        self._telling.tell("note", text)

    def view(self, text: Sentence, seen: object, expected: object) -> None:
        """Tell something that was looked at, and hold it against what is expected."""
        self._telling.held("view", text, seen, expected)

    @contextmanager
    def untold(self) -> Iterator[None]:
        """What is like something told before: held against what is expected, and not shown."""
        self._telling.untold = True
        try:
            yield
        finally:
            self._telling.untold = False

    def check(self, what: str, seen: object, expected: object) -> None:
        """Hold something against what is expected; shown only if it differs."""
        self._telling.check(what, seen, expected)

    # --- acts -------------------------------------------------------------------------------------

    def post(
        self,
        desk: str,
        record: Mapping[str, Any],
        text: Sentence | None,
        *,
        to: Mapping[str, Expected],
        opens: Opens | None = None,
        closes: Iterable[str] = (),
        moves: Opens | None = None,
        title: Sentence | None = None,
    ) -> SentEvent:
        """A desk files its own record.

        Args:
            title: of the act, where its clause's own would mislead (the end of a search).
            to: addressee -> what it is expected to get.
            opens, moves: duty -> delay of its due instant.
            closes: duties that this discharges.
        """
        first = self._wall()
        answer = self.bus.post(desk, record)
        return self._published(
            desk, answer, text, to, first, ExpectedDuties(opens, closes, moves), "act", title=title
        )

    def ack(
        self,
        desk: str,
        sent: SentEvent,
        stage: str = "received",
        *,
        opens: Opens | None = None,
        closes: Iterable[str] = (),
        text: Sentence | None = None,
    ) -> None:
        """A desk acknowledges a stage of what it got; its issuer sees it."""
        first = self._wall()
        event = sent.by_desk[desk]
        answer = self.bus.acknowledge(desk, event, stage)
        self._published(
            desk, answer, text, {sent.desk: Gets("")}, first,
            ExpectedDuties(opens, closes, None), "reply", stage,
        )  # fmt: skip
        status = self.bus.status(sent.desk, event)
        stages = [
            told["stage"] for progress in status.get("to", ()) if progress["desk"] == desk
            for told in progress["acknowledged"]
        ]  # fmt: skip
        self.check(f"{sent.desk} sees stage {stage}", stage in stages, True)

    def outcome(
        self,
        desk: str,
        sent: SentEvent,
        text: Sentence | None,
        *,
        to: Mapping[str, Expected],
        code: str = "",
        opens: Opens | None = None,
        closes: Iterable[str] = (),
        **more: Any,
    ) -> SentEvent:
        """A desk gives the outcome of what it got to its author (R39 to R41)."""
        first = self._wall()
        answer = self.bus.outcome(desk, sent.by_desk[desk], code, **more)
        return self._published(
            desk, answer, text, to, first, ExpectedDuties(opens, closes, None), "reply"
        )

    def withdraw(
        self,
        sent: SentEvent,
        text: Sentence | None,
        *,
        to: Mapping[str, Expected],
        opens: Opens | None = None,
        closes: Iterable[str] = (),
    ) -> SentEvent:
        """A desk takes an event back."""
        first = self._wall()
        answer = self.bus.withdraw(sent.desk, sent.event)
        return self._published(
            sent.desk, answer, text, to, first, ExpectedDuties(opens, closes, None), "act"
        )

    def nothing_new(self, desk: str, text: Sentence) -> None:
        """A desk's inbox holds nothing new."""
        seen = [arrival.etype for arrival in self.bus.inbox(desk)]
        self.view(text, seen, [])

    def end(self, still: Iterable[str] = ()) -> None:
        """Close the story: what is still owed, over all desks, is only what was left on purpose."""
        self.bus.settle()
        self._owed.are_only(still)
        for desk in self.bus.roles:
            unread = [arrival.etype or "unreadable" for arrival in self.bus.inbox(desk)]
            self.check(f"unread at {desk}", unread, [])

    # --- inside -----------------------------------------------------------------------------------

    def _published(
        self,
        desk: str,
        answer: ServiceAnswer,
        text: Sentence | None,
        to: Mapping[str, Expected],
        first: datetime,
        duties: ExpectedDuties,
        kind: Kind,
        stage: str = "",
        title: Sentence | None = None,
    ) -> SentEvent:
        self.bus.settle()
        statuses = [self.bus.status(desk, event) for event in answer.events]
        etype = statuses[0].get("type", "") if statuses else ""
        grants = [one.get("clause", "") for status in statuses for one in status.get("to", ())]
        words = self._telling.words
        act = title or (words.stage(stage) if stage else words.title(etype, grants))
        label = words.act(desk, list(to), act, text)
        facts: dict[str, Any] = {"desk": desk, "to": list(to), "type": etype}
        facts["events"] = answer.events
        self._telling.tell(kind, label, **facts)
        if not answer.accepted:
            self._broken(desk, answer)
        progress = {one["desk"]: one for status in statuses for one in status.get("to", ())}
        by_desk = {
            one["desk"]: status["event"] for status in statuses for one in status.get("to", ())
        }
        seen = {one: observed(progress[one]) for one in progress}
        if etype != "ACK":
            self._telling.outcomes({one: (progress[one], seen[one]) for one in progress})
        arrived = {}
        for addressee in dict.fromkeys((*to, *seen)):
            arrival = self._arrival(addressee, by_desk.get(addressee, ""), etype)
            if arrival is not None:
                arrived[addressee] = arrival
            self._hold(addressee, seen.get(addressee), to.get(addressee), arrival, etype)
        self._owed.changed(duties, Span(first, self._wall()), desk)
        return SentEvent(desk, answer, by_desk, arrived)

    def _broken(self, desk: str, answer: ServiceAnswer) -> None:
        """A service refused what the story needs: it cannot go on."""
        place = answer.body.get("place", "")
        problem = f"{desk}: {answer.status} {answer.code} {place}".rstrip()
        text = told(_("the service refused: {problem}"), problem=problem)
        self._telling.tell("check", text, ok=False, checks=1)
        raise StoryBrokenError("story_broken", problem, "an accepted record")

    def _arrival(self, desk: str, event: str, etype: str) -> SeenArrival | None:
        """What came for a desk; an ACK comes as a notice, not as a delivery."""
        items = self.bus.inbox(desk)
        arrival = next((one for one in items if one.event == event), None)
        others = [one.etype or "unreadable" for one in items if one.event != event]
        self.check(f"nothing else came to {desk} ({etype})", others, [])
        return arrival

    def _hold(
        self,
        desk: str,
        seen: Mapping[str, Any] | None,
        expected: Expected | None,
        arrival: SeenArrival | None,
        etype: str,
    ) -> None:
        """Hold what became of an event at one desk against what was expected."""
        self.check(f"{desk}: outcome", seen, None if expected is None else expected.json())
        if etype == "ACK" or seen is None:
            return
        opened = arrival.scopes if arrival is not None and not arrival.error else None
        wanted = seen["released"] if seen["state"] == "delivered" else None
        self.check(f"{desk}: opened", opened, wanted)

    def _move(self, instant: int, overdue: Iterable[str]) -> None:
        self.bus.settle()
        self.bus.clock.move_to(instant)
        self.bus.settle()
        self._owed.grown_older(overdue)

    def _wall(self) -> datetime:
        return self._calendar.local(self.bus.clock.now())

    def _instant(self, day: dt.date, at: str) -> int:
        hour, minute = at.split(":")
        return self._calendar.instant(day, int(hour), int(minute))
