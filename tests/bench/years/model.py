"""A département's situations as they go through the bus: who writes what to whom, when, in answer to what.

Pure and seeded: a situation's life is planned from the seed and its number alone, so any of them can be
planned without the others. Shares and delays are those of the issue and of `shared/notes/stats.md`
(Essonne 2018: 45 % evaluated, 15 % to the prosecutor, a quarter passed on); where nothing is public they are
assumptions, which stand here as numbers and nowhere else. What no service was late with would say nothing
of duties: some acknowledgements, feedbacks and evaluations are late, a few never come.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from contracts.convention.calendar import Calendar
from tests.bench.years.parties import FIRST, desks

A_DAY: Final = 27  # situations a working day
EVALUATED: Final = 0.45
REPORTED: Final = 0.15  # to the prosecutor, from the field or by the CRIP after an evaluation
AT_ONCE: Final = 0.05  # of them from the field
PASSED_ON: Final = 0.6  # of these: not placed at once, so that the CRIP evaluates
ISSUERS: Final = {"EDU-S": 38, "EDU-H": 20, "POL": 20, "PMI": 10, "ASSO": 8, "PSP": 4}
REPORTERS: Final = {"EDU-H": 45, "EDU-S": 35, "PMI": 12, "ASSO": 8}
LATE: Final = 0.08  # of acknowledgements
SLOW: Final = 0.2  # of evaluations and of last feedbacks, which the law wants within three months
NEVER: Final = 0.02
TWICE: Final = 0.005  # of alerts: published again after a crash
SPOILT: Final = 0.002  # of alerts: cut off on their way, or published when they had expired
ATTEMPTED: Final = 0.01
WITHDRAWN: Final = 0.01
LINKED: Final = 0.03
OPENS, CLOSES = 8 * 60, 18 * 60  # minutes of the day


@dataclass(frozen=True, slots=True)
class To:
    """An addressee: its desk, why, and which steps of the same life it answers."""

    desk: str
    purpose: str
    re: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """An event that a desk publishes.

    Attributes:
        at: seconds.
        facts: clear facts, as `issue` takes them.
        ends: steps that it ends.
        peer: number of the situation that it links.
        flaw: `twice`, `cut`, `expired`, `attempt` or none.
    """

    at: int
    issuer: str
    etype: str
    to: tuple[To, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    ends: tuple[int, ...] = ()
    peer: int | None = None
    flaw: str = ""


@dataclass(frozen=True)
class Model:
    """All situations of some years.

    Attributes:
        days: working days that situations begin on; what follows from them may lie behind.
        a_day: situations that begin on each.
    """

    seed: str
    calendar: Calendar
    days: int
    a_day: int = A_DAY

    @cached_property
    def working(self) -> Sequence[date]:
        """Every working day from the first on, with two years behind the last situation."""
        found: list[date] = []
        day = FIRST
        while len(found) < self.days + 520:
            if self.calendar.is_working(day):
                found.append(day)
            day += timedelta(days=1)
        return found

    @property
    def situations(self) -> int:
        """How many there are."""
        return self.days * self.a_day

    @property
    def last_day(self) -> int:
        """How many days after the first the last situation begins."""
        return (self.working[self.days] - FIRST).days

    def life(self, number: int) -> list[Step]:
        """The steps of a situation, in the order of time."""
        return _Life(self, number).planned()

    def begins(self, number: int) -> int:
        """The working day on which a situation begins."""
        return number // self.a_day


class _Life:
    """A situation being planned: steps by number, each some time after another."""

    def __init__(self, model: Model, number: int) -> None:
        self._model = model
        self._number = number
        self._random = random.Random(f"{model.seed}/{number}")
        self._steps: list[Step] = []
        self._when: list[tuple[int, int]] = []  # working day and minute of each step

    def planned(self) -> list[Step]:
        """Plan it all; answers are named by their place in the order of time."""
        start = self._model.begins(self._number), self._random.randint(OPENS, CLOSES)
        if self._chance(AT_ONCE):
            self._report(start)
        else:
            self._alert(start)
        order = sorted(range(len(self._steps)), key=lambda at: (self._steps[at].at, at))
        place = {old: new for new, old in enumerate(order)}
        return [_placed(self._steps[old], place) for old in order]

    # --- doors ----------------------------------------------------------------------------------

    def _alert(self, start: tuple[int, int]) -> None:
        role = self._weighed(ISSUERS)
        issuer = self._one(role)
        if self._chance(ATTEMPTED):
            self._add(start, self._one("EDU-H"), "IP", To(self._one("POL"), ""), flaw="attempt")
            start = self._later(start, 1, 3)
        flaw = "twice" if self._chance(TWICE) else ""
        if self._chance(SPOILT):
            self._add(
                start, issuer, "IP", To("crip-1", "assess"), flaw=self._any(("cut", "expired"))
            )
            start = self._later(start, 1, 3)
        alert = self._add(start, issuer, "IP", To("crip-1", "assess"), flaw=flaw)
        self._acknowledge(alert, "crip-1", 0, 1)
        if self._chance(WITHDRAWN):
            self._withdraw(alert, issuer)
        if self._chance(LINKED) and self._number:
            peer = self._random.randrange(max(0, self._number - 2_000), self._number)
            self._add(self._after(alert, 1, 10), "crip-1", "LINK", peer=peer)
        if self._chance((EVALUATED - AT_ONCE * PASSED_ON) / (1 - AT_ONCE)):
            if self._chance(0.5):
                self._feed_back(alert, issuer, self._after(alert, 3, 8), final=False)
            end, how = self._evaluate(alert, role, issuer)
            if how != "unfinished":
                self._feed_back(alert, issuer, self._later(end, 1, 5), final=True)
        elif not self._chance(NEVER):
            slow = self._chance(SLOW / 4)
            late = self._after(alert, *((66, 110) if slow else (2, 20)))
            self._feed_back(alert, issuer, late, final=True)

    def _report(self, start: tuple[int, int]) -> None:
        """A report from the field to the prosecutor, its copy to the CRIP, and what becomes of it."""
        role = self._weighed(REPORTERS)
        issuer, prosecutor = self._one(role), To("parq-civ-1", "protect_now")
        copied = self._chance(0.6)
        to = (prosecutor, To("crip-1", "avoid_duplicates")) if copied else (prosecutor,)
        report = self._add(start, issuer, "SIG", *to)
        self._soon(report, "parq-civ-1", 110)
        if copied:
            self._acknowledge(report, "crip-1", 0, 1)
        else:
            again = To("crip-1", "avoid_duplicates", (report,))
            copy = self._add(self._after(report, 0, 2), issuer, "SIG", again)
            self._acknowledge(copy, "crip-1", 0, 1)
        if role != "ASSO" and self._chance(0.7):
            self._add(
                self._after(report, 5, 18), "parq-civ-1", "FEEDBACK", To(issuer, "close_loop", (report,)),
                final=True,
            )  # fmt: skip
        if not self._chance(PASSED_ON):
            self._placed_at_once(report)
        else:
            when = self._after(report, 1, 6)
            sent = self._add(
                when, "parq-civ-1", "ST", To("crip-1", "evaluate"), due=self._day(when, 60)
            )
            self._acknowledge(sent, "crip-1", 0, 1)
            end, how = self._evaluate(sent, role, issuer)
            if how == "closed":
                told = self._later(end, 1, 5)
                self._add(
                    told, "crip-1", "FEEDBACK", To("parq-civ-1", "close_loop", (sent,)), final=True
                )

    # --- evaluation -----------------------------------------------------------------------------

    def _evaluate(self, source: int, role: str, issuer: str) -> tuple[tuple[int, int], str]:
        """An evaluation; when it ended and how: `closed`, `reported`, `helped`, `unfinished`."""
        ase = self._one("ASE")
        asked = self._add(self._after(source, 1, 4), "crip-1", "EVALREQ", To(ase, "evaluate"))
        if self._chance(0.8):
            self._acknowledge(asked, ase, 0, 3)
        taking_part = ["crip-1"]
        if role == "EDU-S" and self._chance(0.6):
            self._contribute(asked, issuer)
            taking_part.append(issuer)
        if self._chance(0.4):
            taking_part.append(self._contribute(asked, self._one("PMI")))
        if self._chance(0.15):
            taking_part.append(self._evaluate_together(asked, ase))
        if self._chance(0.35):
            self._meet(asked, ase, taking_part)
        if self._chance(NEVER):
            return self._when[asked], "unfinished"
        when = self._after(asked, *((66, 160) if self._chance(SLOW) else (25, 58)))
        report = self._add(when, ase, "EVALREP", To("crip-1", "decide", (asked,)))
        self._acknowledge(report, "crip-1", 1, 5, stage="decided")
        return self._conclude(report, source, ase)

    def _conclude(self, report: int, source: int, ase: str) -> tuple[tuple[int, int], str]:
        wanted = (REPORTED - AT_ONCE) / (EVALUATED - AT_ONCE * PASSED_ON) / (1 - NEVER)
        chosen = self._random.random()
        if (
            chosen < wanted and self._steps[source].etype != "ST"
        ):  # the prosecutor has those already
            return self._seize(report, ase), "reported"
        if chosen < wanted + 0.3:
            self._help_at_home(report, ase)
            return self._when[report], "helped"
        if chosen < wanted + 0.4:
            self._follow_up(report, ase)
            return self._when[report], "helped"
        return self._when[report], "closed"

    def _contribute(self, asked: int, desk: str) -> str:
        """A contribution that the CRIP asks for, and gets."""
        request = self._add(self._after(asked, 0, 2), "crip-1", "EVALREQ", To(desk, "contribute"))
        late = self._chance(LATE * 2)
        when = self._after(request, *((11, 20) if late else (2, 10)))
        answer = self._add(when, desk, "EVALREP", To("crip-1", "evaluate", (request,)))
        self._acknowledge(answer, "crip-1", 0, 1)
        return desk

    def _evaluate_together(self, asked: int, ase: str) -> str:
        asso = self._one("ASSO")
        wanted = self._add(
            self._after(asked, 1, 4), "crip-1", "SPECREF", To(asso, "joint_evaluation")
        )
        self._acknowledge(wanted, asso, 0, 2, stage="accepted")
        to = (To("crip-1", "decide", (wanted,)), To(ase, "decide", (wanted,)))
        told = self._add(self._after(wanted, 8, 20), asso, "EVALREP", *to)
        self._acknowledge(told, "crip-1", 0, 1)
        self._acknowledge(told, ase, 0, 1)
        return asso

    def _meet(self, asked: int, ase: str, desks_: list[str]) -> None:
        """A meeting that the ASE calls, and what was decided there."""
        invited = self._add(
            self._after(asked, 5, 15), ase, "COORD", *(To(desk, "invite") for desk in desks_)
        )
        for desk in desks_:
            self._acknowledge(invited, desk, 0, 5, stage="accepted")
        decided = self._add(
            self._after(invited, 6, 12), ase, "COORD", *(To(desk, "decisions") for desk in desks_)
        )
        for desk in desks_:
            self._acknowledge(decided, desk, 0, 2)

    # --- measures -------------------------------------------------------------------------------

    def _seize(self, report: int, ase: str) -> tuple[int, int]:
        """The CRIP seizes the prosecutor, who seizes the judge; when it was sent."""
        when = self._after(report, 1, 5)
        sent = self._add(when, "crip-1", "SIG", To("parq-civ-1", "seize_judge"))
        self._acknowledge(sent, "parq-civ-1", 0, 2)
        judge = self._one("JE")
        seized = self._add(self._after(sent, 1, 6), "parq-civ-1", "ST", To(judge, "seize_judge"))
        if not self._chance(0.3):
            fed = To("crip-1", "close_loop", (sent,))
            self._add(self._after(sent, 5, 20), "parq-civ-1", "FEEDBACK", fed)
        self._order(seized, judge, ase)
        return when

    def _placed_at_once(self, report: int) -> None:
        """The prosecutor places the child; the judge is seized within eight days."""
        ase, home, judge = self._one("ASE"), self._one("HOME"), self._one("JE")
        when = self._later(self._when[report], 0, 2)
        to = (To(ase, "execute_opp"), To(home, "execute_opp"))
        placed = self._add(when, "parq-civ-1", "MEASURE", *to, decided_on=self._day(when))
        for desk in (ase, home):
            self._soon(placed, desk, 55)
        seized = self._add(
            self._after(placed, 1, 4), "parq-civ-1", "ST", To(judge, "seize_judge", (placed,))
        )
        self._order(seized, judge, ase, home)

    def _order(self, seized: int, judge: str, ase: str, home: str = "") -> None:
        """The judge's measure: a home or support at home, reported on each month, ended."""
        where = home or self._one("HOME" if self._chance(0.5) else "MO")
        months = self._random.randint(3, 8)
        when, answered = self._after(seized, 4, 9), (seized,)
        ends = self._day(when, months * 30)
        to = (To(ase, "execute", answered), To(where, "execute", answered))
        measure = self._add(when, judge, "MEASURE", *to, phase="start", ends_on=ends)
        for desk in (ase, where):
            self._acknowledge(measure, desk, 0, 1)
            self._acknowledge(measure, desk, 2, 9, stage="started")
        if where.startswith("home"):
            self._at_a_home(measure, where, ase)
        else:
            for month in range(1, months):
                self._progress(measure, where, ase, month)
            last = To(judge, "judge", (measure,))
            self._add(
                self._after(measure, months * 21 - 18, months * 21 - 13), where, "EVALREP", last
            )
        end = self._after(measure, months * 21 - 2, months * 21 + 3)
        over = (To(ase, "execute"), To(where, "execute"))
        ended = self._add(end, judge, "MEASURE", *over, phase="end", ends=(measure,))
        for desk in (ase, where):
            self._acknowledge(ended, desk, 0, 1)

    def _at_a_home(self, measure: int, home: str, ase: str) -> None:
        if self._chance(0.5):
            told = To(self._one("EDU-H"), "keep_schooling")
            moved = self._add(self._after(measure, 3, 10), ase, "MEASURE", told)
            self._acknowledge(moved, told.desk, 0, 2)
        for _ in range(self._random.randint(0, 2)):
            noted = self._add(self._after(measure, 10, 80), home, "IP", To(ase, "adapt_measure"))
            self._soon(noted, ase, 180)
        if self._chance(0.25):
            self._run_away(measure, home, ase)

    def _run_away(self, measure: int, home: str, ase: str) -> None:
        police = self._one("POL")
        gone = self._add(self._after(measure, 10, 70), home, "MISSING", To(police, "search"))
        self._soon(gone, police, 14)
        told = self._add(self._shortly(gone, 5, 30), home, "MISSING", To(ase, "protect"))
        self._soon(told, ase, 55)
        back = self._add(
            self._after(gone, 1, 6), police, "MISSING", To(home, "return"), To(ase, "return")
        )
        self._soon(back, home, 55)
        self._soon(back, ase, 55)

    def _help_at_home(self, report: int, ase: str) -> None:
        """Support at home that the parents agree to, reported on each month."""
        mo = self._one("MO")
        helped = self._add(
            self._after(report, 6, 15), ase, "MEASURE", To(mo, "aed_home"), phase="start"
        )
        self._acknowledge(helped, mo, 2, 9, stage="started")
        months = self._random.randint(3, 8)
        for month in range(1, months):
            self._progress(helped, mo, ase, month)
        self._end(helped, mo, ase, "MEASURE", "aed_home", months)

    def _follow_up(self, report: int, ase: str) -> None:
        asso = self._one("ASSO")
        asked = self._add(
            self._after(report, 6, 12),
            ase,
            "SPECREF",
            To(asso, "specialist_followup"),
            phase="start",
        )
        self._acknowledge(asked, asso, 0, 2, stage="accepted")
        months = self._random.randint(2, 5)
        for month in range(1, months):
            self._progress(asked, asso, ase, month)
        self._end(asked, asso, ase, "SPECREF", "specialist_followup", months)

    def _end(self, begun: int, desk: str, ase: str, etype: str, purpose: str, months: int) -> None:
        end = self._after(begun, months * 21 - 2, months * 21 + 3)
        self._add(end, ase, etype, To(desk, purpose), phase="end", ends=(begun,))

    def _progress(self, measure: int, desk: str, ase: str, month: int) -> None:
        if self._chance(0.95):
            when = self._after(measure, month * 21 - 6, month * 21 - 1)
            noted = self._add(when, desk, "EVALREP", To(ase, "progress", (measure,)))
            if self._chance(0.2):
                self._acknowledge(noted, ase, 0, 4)

    # --- answers --------------------------------------------------------------------------------

    def _acknowledge(
        self, event: int, desk: str, least: int, most: int, *, stage: str = "received"
    ) -> None:
        """In time or late; a few never."""
        if self._chance(NEVER / 2):
            return
        if self._chance(LATE):
            least, most = most + 1, most + 4
        self._ack(event, desk, self._after(event, least, most), stage)

    def _soon(self, event: int, desk: str, most: int) -> None:
        """Within minutes, or too late."""
        late = self._chance(LATE)
        when = self._shortly(event, *((most + 5, most + 120) if late else (2, most)))
        self._ack(event, desk, when, "received")

    def _ack(self, event: int, desk: str, when: tuple[int, int], stage: str) -> None:
        told = To(self._steps[event].issuer, "acknowledge", (event,))
        self._add(when, desk, "ACK", told, stage=stage)

    def _feed_back(self, event: int, issuer: str, when: tuple[int, int], *, final: bool) -> None:
        told = To(issuer, "close_loop", (event,))
        facts: dict[str, Any] = {"final": True} if final else {}
        fed = self._add(when, "crip-1", "FEEDBACK", told, **facts)
        if self._chance(0.3):
            self._acknowledge(fed, issuer, 0, 4)

    def _withdraw(self, event: int, issuer: str) -> None:
        told = To("crip-1", "withdraw", (event,))
        taken = self._add(self._after(event, 0, 3), issuer, "WITHDRAW", told)
        self._acknowledge(taken, "crip-1", 0, 1, stage="withdrawn")

    # --- time and chance ------------------------------------------------------------------------

    def _add(
        self,
        when: tuple[int, int],
        issuer: str,
        etype: str,
        *to: To,
        ends: tuple[int, ...] = (),
        peer: int | None = None,
        flaw: str = "",
        **facts: Any,
    ) -> int:
        day, minute = when
        at = self._model.calendar.instant(self._model.working[day]) + minute * 60
        at += self._random.randrange(60)
        self._steps.append(Step(at, issuer, etype, to, facts, ends, peer, flaw))
        self._when.append(when)
        return len(self._steps) - 1

    def _after(self, event: int, least: int, most: int) -> tuple[int, int]:
        return self._later(self._when[event], least, most)

    def _later(self, when: tuple[int, int], least: int, most: int) -> tuple[int, int]:
        """So many working days later; on the same day, some time later."""
        day, minute = when
        more = self._random.randint(least, most)
        if more:
            return day + more, self._random.randint(OPENS, CLOSES)
        return day, min(minute + self._random.randint(5, 180), 23 * 60)

    def _shortly(self, event: int, least: int, most: int) -> tuple[int, int]:
        day, minute = self._when[event]
        return day, min(minute + self._random.randint(least, most), 23 * 60 + 58)

    def _day(self, when: tuple[int, int], more: int = 0) -> str:
        return (self._model.working[when[0]] + timedelta(days=more)).isoformat()

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _any(self, among: Sequence[str]) -> str:
        return self._random.choice(among)

    def _one(self, role: str) -> str:
        return self._random.choice(desks(role))

    def _weighed(self, weights: dict[str, int]) -> str:
        return self._random.choices(list(weights), list(weights.values()))[0]


def _placed(step: Step, place: dict[int, int]) -> Step:
    """A step that names others by their place in the order of time."""
    to = tuple(To(one.desk, one.purpose, tuple(place[at] for at in one.re)) for one in step.to)
    ends = tuple(place[at] for at in step.ends)
    return Step(step.at, step.issuer, step.etype, to, step.facts, ends, step.peer, step.flaw)
