"""A story: a file of `stories/`, read and played.

A file says `title`, `begins` (a weekday and a Paris time: day 0), perhaps `not_before` (a date),
`case` (the event whose case a record goes on with that names none and has no `reference`), and
`steps`. Each is one of these; its words are `says`, in English, with the French in fr.po:

    at, overdue, says                         what happens off the bus
    act: {by, kind, …}, record: {…}           a desk files its record: all that is not a word below
      acked: DAY TIME                         when all who owe its acknowledgement give it
      title                                   of the act, where its clause's own would mislead
    ack: {by, of, stage}                      desks acknowledge what they got
    outcome: {by, of, code}                   a desk says what came of what it got
    see: {WHAT: …}                            something that is looked at (`SIGHTS`)
    adopt: FILE                               adopts a shipped convention
    past_the_service: {by, to}                an event that no agency's service made

`at` is a day and a time of the story; `as` names a step's event for `of`, `case`, `answers`, `ends`
and `peer`; a `quiet` step is not shown. What is expected, all of which is held:

    gets: {DESKS: CLAUSE SCOPES, left out SCOPES}       or what stands in the way, to all or to one:
          {DESKS: refused REASON | withheld REASON, by CLAUSE, left out SCOPES,
                  held back SCOPES:REASON, doors CLAUSES}
    opens, moves: DEBTORS[>CREDITOR] ACT DELAY, …     without a creditor: the acting desk
    closes, overdue: DEBTOR>CREDITOR ACT, …           an ack closes the acknowledgement that was due

In a record `day N` is the date of the story's day N, `day N HH:MM` an instant, `month N` its month.
A text that is no code, figure or word in capitals is somebody's: it carries the play's marker.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from contracts.conventions import read
from contracts.encoding import digest, rfc3339
from contracts.errors import RelaisError
from services.play.demo.bus import Bus, SeenArrival, SentEvent, ServiceAnswer
from services.play.demo.duties import Duty, OpenDuties, due_at, named, names_of
from services.play.demo.expected import (
    Expectation,
    Outcome,
    delays,
    due_after,
    expected_outcome,
    listed,
    observed,
)
from services.play.demo.screen import Teller
from services.play.demo.sights import SIGHTS, past_the_service
from services.play.demo.telling import Telling, stage_label
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

Step = dict[str, Any]

_WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
)  # fmt: skip
_KINDS: Final = ("act", "ack", "outcome", "see", "adopt", "past_the_service")
# Words of a step that are no part of a record.
_OWN: Final = frozenset((
    "act", "record", "at", "by", "as", "acked", "says", "title", "gets", "opens", "closes", "moves",
    "quiet",
))  # fmt: skip
_DAY: Final = re.compile(r"(day|month) (-?\d+)(?: (\d\d:\d\d))?")
_CODED: Final = re.compile(r"[a-z0-9_/-]*|[^a-z]*")
_PICTURE: Final = "a picture"


class StoryBrokenError(RelaisError):
    """A story cannot go on: what it told so far, and why, stands in the teller."""


class Story:
    """One story being played: each step's outcome is told, and held to what is expected.

    Nothing is read but what the services show to their own desks.

    Args:
        bus: the federation, in memory or real.
        teller: hears every line.
        letter: under which it is announced.
        script: what its file says.
    """

    def __init__(self, bus: Bus, teller: Teller, letter: str, script: Step) -> None:
        self._bus = bus
        self._teller = teller
        teller.now = bus.clock.now
        self._letter = letter
        self._script = script
        self._sent: dict[str, SentEvent] = {}
        self._calendar = bus.convention.calendar
        self._telling = Telling(teller, bus.convention, bus.roles)
        self._duties = OpenDuties(bus)
        self._day0 = self._calendar.date_of(bus.clock.now())

    def play(self) -> None:
        """Play it from its title to its end.

        Raises:
            StoryBrokenError: a service refused what the rest needs.
        """
        script, teller, bus = self._script, self._teller, self._bus
        title = _("{letter} · {title}")
        teller.quiet = False
        teller.tell("story", title.of(letter=self._letter, title=sentence(script["title"])))
        bus.settle()
        self._duties.look()
        teller.check("nobody owes anything before", self._duties.names, [])
        self._begin(script["begins"], script.get("not_before"))
        for step in script["steps"]:
            self._play(step)
        bus.settle()
        self._duties.look()
        owed = sorted(listed(script.get("still", "")))
        teller.check("what is still owed", self._duties.names, owed)
        for desk in bus.roles:
            unread = [arrival.etype or "unreadable" for arrival in bus.inbox(desk)]
            teller.check(f"unread at {desk}", unread, [])

    def _begin(self, begins: str, not_before: dt.date | None) -> None:
        """Move to the next such weekday and time: day 0."""
        (weekday, clock), now = begins.split(), self._bus.clock.now()
        first = max(self._calendar.date_of(now), not_before or dt.date.min)
        first += dt.timedelta(days=(_WEEKDAYS.index(weekday) - first.weekday()) % 7)
        late = self._instant(first, clock) < now
        self._day0 = first + dt.timedelta(days=7 * late)
        self._at(f"0 {clock}")

    def _play(self, step: Step) -> None:
        kind = next((kind for kind in _KINDS if kind in step), "note")
        step = {**step, **(step[kind] if isinstance(step.get(kind), dict) else {})}
        self._teller.quiet = step.get("quiet", False)
        if "at" in step:
            self._at(step["at"], listed(step.get("overdue", "")))
        getattr(self, f"_{kind}")(step)

    # --- one function a kind of step --------------------------------------------------------------

    def _note(self, step: Step) -> None:
        self._teller.tell("note", sentence(step["says"]))

    def _act(self, step: Step) -> None:
        record = self._record(step)
        sent = self._publish(step, step["by"], lambda: self._bus.post(step["by"], record))
        if "acked" in step:
            self._at(step["acked"])
            for duty in (duty for duty in sent.opened if " ACK:" in duty):
                debtor, stages = duty.split(">")[0], duty.partition(" ACK:")[2]
                self._acknowledge({}, sent, debtor, stages.split("|")[0])

    def _ack(self, step: Step) -> None:
        for desk in step["by"].split():
            self._acknowledge(step, self._sent[step["of"]], desk, step.get("stage", "received"))

    def _acknowledge(self, step: Step, sent: SentEvent, desk: str, stage: str) -> None:
        due = ", ".join(sent.due_from(desk, stage))
        step = {**step, "of": sent, "gets": {sent.desk: ""}, "closes": due}
        event = sent.by_desk[desk]
        self._publish(step, desk, lambda: self._bus.acknowledge(desk, event, stage), stage)
        status = self._bus.status(sent.desk, event)
        stages = [
            one["stage"] for progress in status.get("to", ()) if progress["desk"] == desk
            for one in progress["acknowledged"]
        ]  # fmt: skip
        self._teller.check(f"{sent.desk} sees stage {stage}", stage in stages, True)

    def _outcome(self, step: Step) -> None:
        desk, sent, code = step["by"], self._sent[step["of"]], step["code"]
        self._publish(step, desk, lambda: self._bus.outcome(desk, sent.by_desk[desk], code))

    def _see(self, step: Step) -> None:
        ((what, of),) = step["see"].items()
        names = of if isinstance(of, list) else [of]
        seen, expected = SIGHTS[what](self._bus, *(self._sent.get(one, one) for one in names))
        self._teller.held("view", sentence(step["says"]), seen, expected)

    def _adopt(self, step: Step) -> None:
        text = read(step["adopt"])
        self._bus.adopt(text)
        self._telling = Telling(self._teller, self._bus.convention, self._bus.roles)
        seen = self._bus.convention.digest
        self._teller.held("view", sentence(step["says"]), seen, digest(text))

    def _past_the_service(self, step: Step) -> None:
        events = past_the_service(self._bus, step["by"], step["to"])
        self._sent[step["as"]] = SentEvent(step["by"], ServiceAnswer(202, {"events": events}), {})

    # --- what comes of an act ---------------------------------------------------------------------

    def _publish(
        self, step: Step, desk: str, send: Callable[[], ServiceAnswer], stage: str = ""
    ) -> SentEvent:
        """A desk sends something; `stage`: what an acknowledgement says."""
        expected = self._expected(step, desk)
        first = self._bus.clock.now()
        answer = send()
        self._bus.settle()
        statuses = [self._bus.status(desk, event) for event in answer.events]
        etype = statuses[0].get("type", "") if statuses else ""
        found = [(status["event"], one) for status in statuses for one in status.get("to", ())]
        progress = {one["desk"]: one for _event, one in found}
        by_desk = {one["desk"]: event for event, one in found}
        grants = [one.get("clause", "") for one in progress.values()]
        act = stage_label(stage) if stage else self._telling.title(etype, grants)
        said = {name: sentence(step[name]) for name in ("title", "says") if name in step}
        kind, to = "reply" if "of" in step else "act", list(expected.gets)
        self._telling.act(kind, desk, to, said.get("title", act), said.get("says"))
        if not answer.accepted:
            self._broken(desk, answer)
        self._hold(etype, progress, by_desk, expected.gets)
        self._owed(expected, (first, self._bus.clock.now()), desk)
        sent = SentEvent(desk, answer, by_desk, tuple(expected.opens))
        if "as" in step:
            self._sent[step["as"]] = sent
        return sent

    def _expected(self, step: Step, desk: str) -> Expectation:
        return Expectation(
            gets={
                one: expected_outcome(text)
                for desks, text in step.get("gets", {}).items()
                for one in desks.split()
            },
            opens=delays(step.get("opens", ""), desk, self._day, self._calendar),
            moves=delays(step.get("moves", ""), desk, self._day, self._calendar),
            closes=listed(step.get("closes", "")),
        )

    def _broken(self, desk: str, answer: ServiceAnswer) -> None:
        """A service refused what the story needs: it cannot go on."""
        place = answer.body.get("place", "")
        problem = f"{desk}: {answer.status} {answer.code} {place}".rstrip()
        text = _("the service refused: {problem}").of(problem=problem)
        self._teller.tell("check", text, ok=False, checks=1)
        raise StoryBrokenError("story_broken", problem, "an accepted record")

    def _hold(
        self,
        etype: str,
        progress: Mapping[str, Mapping[str, Any]],
        by_desk: Mapping[str, str],
        gets: Mapping[str, Outcome],
    ) -> None:
        """Tell what became of an event at each desk, and hold it to what is expected."""
        seen, check = {desk: observed(one) for desk, one in progress.items()}, self._teller.check
        if etype != "ACK":
            self._telling.outcomes({desk: (progress[desk], seen[desk]) for desk in seen})
        for desk in dict.fromkeys((*gets, *seen)):
            arrival = self._arrival(desk, by_desk.get(desk, ""), etype)
            outcome = seen.get(desk)
            check(f"{desk}: outcome", outcome, gets.get(desk))
            if etype != "ACK" and outcome is not None:
                opened = arrival.scopes if arrival is not None and not arrival.error else None
                wanted = outcome.released if outcome.state == "delivered" else None
                check(f"{desk}: opened", opened, wanted)

    def _arrival(self, desk: str, event: str, etype: str) -> SeenArrival | None:
        """What came for a desk; an ACK comes as a notice, not as a delivery."""
        items = self._bus.inbox(desk)
        arrival = next((one for one in items if one.event == event), None)
        others = [one.etype or "unreadable" for one in items if one.event != event]
        self._teller.check(f"nothing else came to {desk} ({etype})", others, [])
        return arrival

    def _owed(self, expected: Expectation, span: tuple[int, int], actor: str = "") -> None:
        """Look at all duties; tell and hold what opened, closed, moved, fell overdue.

        Args:
            span: instants from before the act until after it.
        """
        changes, check = self._duties.look(), self._teller.check
        self._telling.changes(changes, actor)
        check("closed", names_of(changes.closed), sorted(expected.closes))
        self._dues("opened", changes.opened, expected.opens, span)
        self._dues("moved", changes.moved, expected.moves, span)
        check("overdue", names_of(changes.overdue), sorted(expected.overdue))

    def _dues(
        self, what: str, duties: Iterable[Duty], expected: Mapping[str, str], span: tuple[int, int]
    ) -> None:
        by_name = {named(duty): duty for duty in duties}
        self._teller.check(what, sorted(by_name), sorted(expected))
        for name, delay in expected.items():
            if name in by_name:
                first, last = (due_after(delay, at, self._calendar) for at in span)
                due = by_name[name]["due"]
                seen = delay if first <= due_at(by_name[name]) <= last else due
                self._teller.check(f"{name} {what}: due", seen, delay)

    # --- time -------------------------------------------------------------------------------------

    def _at(self, when: str, overdue: Iterable[str] = ()) -> None:
        """Move to a day of the story and a Paris wall time, `9 10:00`.

        Args:
            overdue: duties that fall overdue on the way; time alone changes nothing else.
        """
        day, clock = when.split()
        instant = self._instant(self._day(int(day)), clock)
        self._bus.settle()
        self._bus.clock.move_to(instant)
        self._bus.settle()
        self._owed(Expectation({}, overdue=overdue), (instant, instant))

    def _day(self, number: int) -> dt.date:
        """The date of a day of the story; its first is 0."""
        return self._day0 + dt.timedelta(days=number)

    def _instant(self, day: dt.date, at: str) -> int:
        hour, minute = at.split(":")
        return self._calendar.instant(day, int(hour), int(minute))

    # --- records ----------------------------------------------------------------------------------

    def _record(self, step: Step) -> Step:
        """The desk's own record; one that opens no case goes on with the story's own."""
        head = {name: value for name, value in step.items() if name not in _OWN}
        fields = head | step.get("record", {})
        if "reference" not in fields:
            fields.setdefault("case", self._script["case"])
        record = {name: self._filled(value) for name, value in fields.items()}
        for name in fields.keys() & {"case", "peer"}:
            record[name] = self._sent[fields[name]].answer.case
        for name in fields.keys() & {"answers", "ends"}:
            several = fields[name] if isinstance(fields[name], list) else [fields[name]]
            named = [{"of": one} if isinstance(one, str) else dict(one) for one in several]
            record[name] = [self._sent[one.pop("of")].ref(**one) for one in named]
        return record

    def _filled(self, value: Any) -> Any:
        """A record's value with this play's days and marker."""
        if isinstance(value, dict):
            return {name: self._filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        if isinstance(value, dt.date):
            return value.isoformat()
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str | dict[str, str]:
        if (match := _DAY.fullmatch(text)) is not None:
            what, day, at = match.groups()
            if at:
                return rfc3339(self._instant(self._day(int(day)), at))
            date = self._day(int(day)).isoformat()
            return date[:7] if what == "month" else date
        if text == _PICTURE:
            plain = b"\xff\xd8\xff\xe0 not a picture " + self._bus.marker.encode()
            data = base64.urlsafe_b64encode(plain)
            return {"media": "image/jpeg", "data": data.rstrip(b"=").decode()}
        return text if _CODED.fullmatch(text) else f"{text} {self._bus.marker}".rstrip()


def sentence(english: str) -> Text:
    """A story's words, whose French stands in fr.po."""
    return Text(_.package, english)
