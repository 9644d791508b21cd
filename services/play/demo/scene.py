"""A story being played: acts, time, and what is expected of them, held against what is seen.

Every step says what it expects: who gets which scopes by which clause, who gets nothing and why,
which duties open, close, move or fall overdue, over *all* desks. What was not expected is shown as
well, and the line is not `ok`. Nothing is read but what the services show to their own desks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.encoding import rfc3339
from contracts.errors import RelaisError
from services.play.demo.bus import Bus, SeenArrival, ServiceAnswer
from services.play.demo.expected import Expectation, Span, observed
from services.play.demo.screen import Sentence, Teller
from services.play.demo.step_lines import OpenDuties, Telling
from services.play.demo.wording import ConventionWords
from services.texts import Catalogue

_ = Catalogue(__name__)

_WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
)  # fmt: skip


class StoryBrokenError(RelaisError):
    """A story cannot go on: what it told so far, and why, stands in the teller."""


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

    @property
    def event(self) -> str:
        """Id of the first event."""
        return self.answer.events[0]

    @property
    def case(self) -> str:
        """Token of the case."""
        return self.answer.case

    def ref(self, **more: str) -> dict[str, str]:
        """An entry of a record's `answers` that names this event; `more` is `to` or `realm`."""
        return {"issuer": self.desk, "event": self.event, **more}

    def due_from(self, desk: str, stage: str) -> list[str]:
        """The duty that a desk discharges when it acknowledges a stage of this."""
        acts = {name: name.partition(" ACK:")[2].split("|") for name in self.opened}
        return [name for name in acts if name.startswith(f"{desk}>") and stage in acts[name]]


class Scene:
    """Where a story is played.

    Args:
        bus: the federation, in memory or real.
        teller: hears every line.
    """

    def __init__(self, bus: Bus, teller: Teller) -> None:
        self._bus = bus
        self._calendar = bus.convention.calendar
        words = ConventionWords(bus.convention, bus.roles)
        self._telling = Telling(teller, words, bus.clock.now)
        self._owed = OpenDuties(bus, self._telling, self._calendar)
        self._day0 = self._calendar.date_of(bus.clock.now())

    # --- time -------------------------------------------------------------------------------------

    def begin(
        self, letter: str, title: Sentence, at: str, not_before: dt.date | None = None
    ) -> None:
        """Open the story: no desk owes anything; move to the next such weekday and time (day 0).

        Args:
            at: `Monday 08:15`.
            not_before: for a story of a season (school goes on again, a new year).
        """
        text = _("{letter} · {title}").of(letter=letter, title=title)
        self._telling.tell("story", text, story=letter)
        self._bus.settle()
        self._owed.none_before()
        weekday, clock = at.split()
        first = self._calendar.date_of(self._bus.clock.now())
        first = max(first, not_before or first)
        day = first + dt.timedelta(days=(_WEEKDAYS.index(weekday) - first.weekday()) % 7)
        if self._instant(day, clock) < self._bus.clock.now():
            day += dt.timedelta(days=7)
        self._day0 = day
        self._move(self._instant(day, clock), ())

    def at(self, when: str, overdue: Iterable[str] = ()) -> None:
        """Move to a day of the story and a Paris wall time, `9 10:00`.

        Args:
            overdue: duties that fall overdue on the way.
        """
        day, clock = when.split()
        self._move(self._instant(self.day(int(day)), clock), overdue)

    def day(self, number: int) -> dt.date:
        """The date of a day of the story; its first is 0."""
        return self._day0 + dt.timedelta(days=number)

    def moment(self, day: int, at: str) -> str:
        """A Paris wall time of the story, as records write instants."""
        return rfc3339(self._instant(self.day(day), at))

    # --- telling ----------------------------------------------------------------------------------

    def hide(self, hidden: bool) -> None:
        """From now on hold lines to what is expected and keep them from the screen, or do not."""
        self._telling.untold = hidden

    def note(self, text: Sentence) -> None:
        """Tell what happens off the bus."""
        self._telling.tell("note", text)

    def adopt(self, text: bytes) -> None:
        """Put a version of the convention in force, and speak by it from then on."""
        self._bus.adopt(text)
        self._telling.words = ConventionWords(self._bus.convention, self._bus.roles)

    def view(self, text: Sentence, seen: object, expected: object) -> None:
        """Tell something that was looked at, and hold it against what is expected."""
        self._telling.held("view", text, seen, expected)

    # --- acts -------------------------------------------------------------------------------------

    def publish(
        self,
        desk: str,
        send: Callable[[], ServiceAnswer],
        expected: Expectation,
        *,
        says: Sentence | None = None,
        title: Sentence | None = None,
        stage: str = "",
        reply: bool = False,
    ) -> SentEvent:
        """A desk sends something, and what comes of it is told and held to what is expected.

        Args:
            send: asks the desk's service.
            title: of the act, where its clause's own would mislead (the end of a search).
            stage: what an acknowledgement says.

        Raises:
            StoryBrokenError: the service refused it.
        """
        first = self._calendar.local(self._bus.clock.now())
        answer = send()
        self._bus.settle()
        statuses = [self._bus.status(desk, event) for event in answer.events]
        etype = statuses[0].get("type", "") if statuses else ""
        progress = {one["desk"]: one for status in statuses for one in status.get("to", ())}
        words = self._telling.words
        grants = [one.get("clause", "") for one in progress.values()]
        act = title or (words.stage(stage) if stage else words.title(etype, grants))
        to = list(expected.gets)
        self._telling.tell(
            "reply" if reply else "act", words.act(desk, to, act, says),
            desk=desk, to=to, type=etype, events=answer.events,
        )  # fmt: skip
        if not answer.accepted:
            self._broken(desk, answer)
        by_desk = {
            one["desk"]: status["event"] for status in statuses for one in status.get("to", ())
        }
        self._hold(etype, progress, by_desk, expected)
        last = self._calendar.local(self._bus.clock.now())
        self._owed.changed(expected, Span(first, last), desk)
        return SentEvent(desk, answer, by_desk, tuple(expected.opens))

    def sees_stage(self, sent: SentEvent, desk: str, stage: str) -> None:
        """The issuer of an event sees that a desk acknowledged a stage of it."""
        status = self._bus.status(sent.desk, sent.by_desk[desk])
        stages = [
            one["stage"] for progress in status.get("to", ()) if progress["desk"] == desk
            for one in progress["acknowledged"]
        ]  # fmt: skip
        self._telling.check(f"{sent.desk} sees stage {stage}", stage in stages, True)

    def end(self, still: Iterable[str] = ()) -> None:
        """Close the story: what is still owed, over all desks, is only what was left on purpose."""
        self._bus.settle()
        self._owed.are_only(still)
        for desk in self._bus.roles:
            unread = [arrival.etype or "unreadable" for arrival in self._bus.inbox(desk)]
            self._telling.check(f"unread at {desk}", unread, [])

    # --- inside -----------------------------------------------------------------------------------

    def _broken(self, desk: str, answer: ServiceAnswer) -> None:
        """A service refused what the story needs: it cannot go on."""
        place = answer.body.get("place", "")
        problem = f"{desk}: {answer.status} {answer.code} {place}".rstrip()
        text = _("the service refused: {problem}").of(problem=problem)
        self._telling.tell("check", text, ok=False, checks=1)
        raise StoryBrokenError("story_broken", problem, "an accepted record")

    def _hold(
        self,
        etype: str,
        progress: Mapping[str, Mapping[str, Any]],
        by_desk: Mapping[str, str],
        expected: Expectation,
    ) -> None:
        """Tell what became of an event at each desk, and hold it to what is expected."""
        seen = {desk: observed(one) for desk, one in progress.items()}
        if etype != "ACK":
            self._telling.outcomes({desk: (progress[desk], seen[desk]) for desk in seen})
        for desk in dict.fromkeys((*expected.gets, *seen)):
            arrival = self._arrival(desk, by_desk.get(desk, ""), etype)
            outcome = seen.get(desk)
            self._telling.check(f"{desk}: outcome", outcome, expected.gets.get(desk))
            if etype != "ACK" and outcome is not None:
                opened = arrival.scopes if arrival is not None and not arrival.error else None
                wanted = outcome.released if outcome.state == "delivered" else None
                self._telling.check(f"{desk}: opened", opened, wanted)

    def _arrival(self, desk: str, event: str, etype: str) -> SeenArrival | None:
        """What came for a desk; an ACK comes as a notice, not as a delivery."""
        items = self._bus.inbox(desk)
        arrival = next((one for one in items if one.event == event), None)
        others = [one.etype or "unreadable" for one in items if one.event != event]
        self._telling.check(f"nothing else came to {desk} ({etype})", others, [])
        return arrival

    def _move(self, instant: int, overdue: Iterable[str]) -> None:
        self._bus.settle()
        self._bus.clock.move_to(instant)
        self._bus.settle()
        self._owed.grown_older(overdue)

    def _instant(self, day: dt.date, at: str) -> int:
        hour, minute = at.split(":")
        return self._calendar.instant(day, int(hour), int(minute))
