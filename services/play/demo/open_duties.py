"""What all desks owe in a story: looked at again after every step, and held against what it expects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.convention.calendar import Calendar
from services.play.demo.bus import Bus
from services.play.demo.expected import Difference, Span, difference, named
from services.play.demo.step_lines import Telling
from services.play.demo.wording import utc

Opens = Mapping[str, str]  # `crip>edu-s ACK:received` -> delay
Ledger = dict[str, dict[str, Any]]  # duty id -> duty


@dataclass(frozen=True, slots=True)
class ExpectedDuties:
    """What a step expects of duties.

    Attributes:
        opens, moves: duty -> delay of its due instant.
        closes: duties that it discharges.
    """

    opens: Opens | None
    closes: Iterable[str]
    moves: Opens | None


class OpenDuties:
    """The open duties of all desks, as the last look found them."""

    def __init__(self, bus: Bus, telling: Telling, calendar: Calendar) -> None:
        self._bus = bus
        self._telling = telling
        self._calendar = calendar
        self._ledger: Ledger = {}

    def none_before(self) -> None:
        """Look for the first time: a story begins with nothing owed."""
        self._ledger = self._open_now()
        seen = sorted(map(named, self._ledger.values()))
        self._telling.check("nobody owes anything before", seen, [])

    def changed(self, expected: ExpectedDuties, span: Span, actor: str) -> None:
        """Look again after an act; tell and hold what opened, closed, moved, fell overdue.

        Args:
            span: from before the act until after it.
        """
        change = self._look()
        self._telling.changes(change, actor)
        closed = sorted(map(named, change.closed.values()))
        self._telling.check("closed", closed, sorted(expected.closes))
        self._dues("opened", change.opened.values(), expected.opens or {}, span)
        self._dues("moved", change.moved.values(), expected.moves or {}, span)
        self._overdue(change, ())

    def grown_older(self, overdue: Iterable[str]) -> None:
        """Look again after time alone has passed."""
        change = self._look()
        self._overdue(change, overdue)
        changed = sorted(map(named, (*change.opened.values(), *change.closed.values())))
        self._telling.check("time alone opens and closes nothing", changed, [])

    def are_only(self, still: Iterable[str]) -> None:
        """What is still owed is only what was left on purpose."""
        owed = sorted(named(duty) for duty in self._open_now().values())
        self._telling.check("what is still owed", owed, sorted(still))

    def _dues(
        self, what: str, duties: Iterable[Mapping[str, Any]], expected: Opens, span: Span
    ) -> None:
        by_name = {named(duty): duty for duty in duties}
        self._telling.check(what, sorted(by_name), sorted(expected))
        for name, delay in expected.items():
            if name in by_name:
                due = self._calendar.local(utc(by_name[name]["due"]))
                seen = delay if span.holds(delay, due) else due.isoformat()
                self._telling.check(f"{name} {what}: due", seen, delay)

    def _overdue(self, change: Difference, expected: Iterable[str]) -> None:
        self._telling.overdue(change.overdue.values())
        seen = sorted(map(named, change.overdue.values()))
        self._telling.check("overdue", seen, sorted(expected))

    def _look(self) -> Difference:
        before, self._ledger = self._ledger, self._open_now()
        return difference(before, self._ledger)

    def _open_now(self) -> Ledger:
        return {duty["id"]: duty for desk in self._bus.roles for duty in self._bus.duties(desk)}
