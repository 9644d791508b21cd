"""What a step shows: outcomes by desk, duties that changed, expectations that were not met.

Desks that got the same by the same clause are told in one line; so are desks that owe the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from contracts.convention.calendar import Calendar
from services.play.demo.bus import Bus
from services.play.demo.expected import Difference, Expectation, Outcome, Span, difference, named
from services.play.demo.screen import Kind, Sentence, Teller
from services.play.demo.wording import ConventionWords, utc
from services.texts import Catalogue

_ = Catalogue(__name__)

_USUAL: Final = ("not_permitted",)  # the legend says it

Outcomes = Mapping[str, tuple[Mapping[str, Any], Outcome]]  # desk -> progress, observed


class Telling:
    """Turns what was observed into lines.

    Args:
        now: instant of the next line, seconds.
    """

    def __init__(self, teller: Teller, words: ConventionWords, now: Callable[[], int]) -> None:
        self.words = words
        self.untold = False
        self._teller = teller
        self._now = now

    def tell(self, kind: Kind, text: Sentence, *, ok: bool = True, **data: Any) -> None:
        """Add a line."""
        if self.untold:
            data["quiet"] = True
        self._teller.tell(kind, self._now(), text, ok=ok, **data)

    def held(self, kind: Kind, text: Sentence, seen: object, expected: object) -> None:
        """Add a line that holds something against what is expected."""
        ok = seen == expected
        if not ok:
            facts = {"text": text, "expected": repr(expected), "seen": repr(seen)}
            text = _("{text} Expected: {expected}; observed: {seen}").of(**facts)
        self.tell(kind, text, ok=ok, checks=1)

    def check(self, what: str, seen: object, expected: object) -> None:
        """Hold something against what is expected; shown only if it differs."""
        self.held("check", _("{what}.").of(what=what), seen, expected)

    def outcomes(self, outcomes: Outcomes) -> None:
        """What became of an event, desk by desk."""
        for desks, seen in _alike(outcomes, lambda one: (one.state, one.grant, one.released)):
            if seen.state == "delivered":
                text = self.words.arrived(desks, seen.grant, seen.released)
                self.tell("arrived", text, desks=desks, clause=seen.grant, **_scopes(seen))
        for desks, seen in _alike(outcomes, lambda one: (one.state, one.reasons)):
            if seen.state != "delivered":
                self.tell(
                    "refused", self.words.refused(desks, seen.reasons),
                    desks=desks, reasons=list(seen.reasons),
                )  # fmt: skip
        self._kept_back(outcomes, "withheld")
        self._kept_back(outcomes, "left_out")
        self._doors(outcomes)

    def _kept_back(self, outcomes: Outcomes, kind: Kind) -> None:
        for desks, seen in _alike(outcomes, lambda one: (getattr(one, kind), one.reasons)):
            if scopes := getattr(seen, kind):
                known = (seen.reasons, _USUAL)
                text = self.words.kept_back(desks, scopes, known, by_router=kind == "withheld")
                self.tell(kind, text, desks=desks, scopes=scopes)

    def _doors(self, outcomes: Outcomes) -> None:
        """Where no clause leads to a desk and nobody got the act, the clauses that lead elsewhere.

        Not where the case stands in the way (`not_assigned`), nor where others got it: nobody else
        is meant then.
        """
        if any(seen.state == "delivered" for _, seen in outcomes.values()):
            return
        doors = {
            tuple(door.values()): door
            for progress, seen in outcomes.values()
            for door in progress.get("doors", ())
            if "no_clause" in seen.reasons
        }
        for door in doors.values():
            self.tell("door", self.words.door(door), door=dict(door))

    def changes(self, difference: Difference, actor: str = "") -> None:
        """Duties that are done, that opened, that moved, by an act of `actor`."""
        told_already = set()
        for duty in difference.closed.values():
            # That an acknowledgement is done is what the line before has just said.
            quiet = duty["act"].startswith("ACK:") and not duty["overdue"]
            quiet = quiet or named(duty) in told_already  # one act may do what was owed twice
            told_already.add(named(duty))
            by_itself = actor in ("", duty["debtor"])
            text = self.words.done(duty) if by_itself else self.words.ended(duty)
            self.tell("done", text, duty=named(duty), quiet=quiet)
        same = ("act", "creditor", "due")
        opened: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for duty in sorted(difference.opened.values(), key=lambda one: (one["due"], one["debtor"])):
            opened.setdefault(tuple(duty[name] for name in same), []).append(duty)
        for duties in opened.values():
            text = self.words.owed(duties, utc(duties[0]["due"]))
            self.tell("owed", text, duties=[named(duty) for duty in duties], due=duties[0]["due"])
        for duty in difference.moved.values():
            text = self.words.moved(duty, utc(duty["due"]))
            self.tell("moved", text, duty=named(duty), due=duty["due"])

    def overdue(self, duties: Iterable[Mapping[str, Any]]) -> None:
        """Duties that fell due."""
        for duty in duties:
            self.tell("overdue", self.words.overdue(duty), duty=named(duty), due=duty["due"])


def _scopes(seen: Outcome) -> dict[str, Any]:
    return {"scopes": list(seen.released)}


def _alike(outcomes: Outcomes, key: Callable[[Outcome], object]) -> list[tuple[list[str], Outcome]]:
    """Desks whose outcomes are alike, and the outcome, in order."""
    groups: dict[str, tuple[list[str], Outcome]] = {}
    for desk, (_, seen) in outcomes.items():
        groups.setdefault(repr(key(seen)), ([], seen))[0].append(desk)
    return list(groups.values())


Ledger = dict[str, dict[str, Any]]  # duty id -> duty


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

    def changed(self, expected: Expectation, span: Span, actor: str) -> None:
        """Look again after an act; tell and hold what opened, closed, moved, fell overdue.

        Args:
            span: from before the act until after it.
        """
        change = self._look()
        self._telling.changes(change, actor)
        closed = sorted(map(named, change.closed.values()))
        self._telling.check("closed", closed, sorted(expected.closes))
        self._dues("opened", change.opened.values(), expected.opens, span)
        self._dues("moved", change.moved.values(), expected.moves, span)
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
        self,
        what: str,
        duties: Iterable[Mapping[str, Any]],
        expected: Mapping[str, str],
        span: Span,
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
