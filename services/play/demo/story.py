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
from collections.abc import Callable
from typing import Any, Final

from contracts.conventions import read
from contracts.decision.draft import Draft, DraftAddressee, Portion
from contracts.encoding import digest
from contracts.vocabulary.categories import (
    Fact,
    Facts,
    HealthVital,
    Identity,
    Schooling,
    ThirdParty,
    ThirdPerson,
)
from services.play.demo.bus import Bus, ServiceAnswer
from services.play.demo.expected import Expectation, delays, expected_outcome, listed
from services.play.demo.scene import Scene, SentEvent
from services.play.demo.screen import Teller
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

Step = dict[str, Any]

_KINDS: Final = ("act", "ack", "outcome", "see", "adopt", "past_the_service")
# Words of a step that are no part of a record.
_OWN: Final = frozenset((
    "act", "record", "at", "by", "as", "acked", "says", "title", "gets", "opens", "closes", "moves",
    "quiet",
))  # fmt: skip
_DAY: Final = re.compile(r"(day|month) (-?\d+)(?: (\d\d:\d\d))?")
_CODED: Final = re.compile(r"[a-z0-9_/-]*|[^a-z]*")
_PICTURE: Final = "a picture"


class Story:
    """One story being played.

    Args:
        letter: under which it is announced.
        script: what its file says.
    """

    def __init__(self, bus: Bus, teller: Teller, letter: str, script: Step) -> None:
        self._bus = bus
        self._scene = Scene(bus, teller)
        self._letter = letter
        self._script = script
        self._sent: dict[str, SentEvent] = {}

    def play(self) -> None:
        """Play it from its title to its end.

        Raises:
            StoryBrokenError: a service refused what the rest needs.
        """
        script = self._script
        self._scene.begin(
            self._letter, sentence(script["title"]), script["begins"], script.get("not_before")
        )
        for step in script["steps"]:
            self._play(step)
        self._scene.end(listed(script.get("still", "")))

    def _play(self, step: Step) -> None:
        kind = next((kind for kind in _KINDS if kind in step), "note")
        step = {**step, **(step[kind] if isinstance(step.get(kind), dict) else {})}
        self._scene.hide(step.get("quiet", False))
        if "at" in step:
            self._scene.at(step["at"], listed(step.get("overdue", "")))
        getattr(self, f"_{kind}")(step)

    # --- one function a kind of step --------------------------------------------------------------

    def _note(self, step: Step) -> None:
        self._scene.note(sentence(step["says"]))

    def _act(self, step: Step) -> None:
        record = self._record(step)
        sent = self._publish(step, step["by"], lambda: self._bus.post(step["by"], record))
        if "acked" in step:
            self._scene.at(step["acked"])
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
        self._scene.sees_stage(sent, desk, stage)

    def _outcome(self, step: Step) -> None:
        desk, sent, code = step["by"], self._sent[step["of"]], step["code"]
        self._publish(step, desk, lambda: self._bus.outcome(desk, sent.by_desk[desk], code))

    def _see(self, step: Step) -> None:
        ((what, of),) = step["see"].items()
        names = of if isinstance(of, list) else [of]
        seen, expected = SIGHTS[what](self._bus, *(self._sent.get(one, one) for one in names))
        self._scene.view(sentence(step["says"]), seen, expected)

    def _adopt(self, step: Step) -> None:
        text = read(step["adopt"])
        self._scene.adopt(text)
        self._scene.view(sentence(step["says"]), self._bus.convention.digest, digest(text))

    def _past_the_service(self, step: Step) -> None:
        events = past_the_service(self._bus, step["by"], step["to"])
        self._sent[step["as"]] = SentEvent(step["by"], ServiceAnswer(202, {"events": events}), {})

    # --- inside -----------------------------------------------------------------------------------

    def _publish(
        self, step: Step, desk: str, send: Callable[[], ServiceAnswer], stage: str = ""
    ) -> SentEvent:
        expected = Expectation(
            gets={
                one: expected_outcome(text)
                for desks, text in step.get("gets", {}).items()
                for one in desks.split()
            },
            opens=delays(step.get("opens", ""), desk, self._scene.day),
            moves=delays(step.get("moves", ""), desk, self._scene.day),
            closes=listed(step.get("closes", "")),
        )
        words = {name: sentence(step[name]) for name in ("says", "title") if name in step}
        sent = self._scene.publish(desk, send, expected, stage=stage, reply="of" in step, **words)
        if "as" in step:
            self._sent[step["as"]] = sent
        return sent

    def _record(self, step: Step) -> Step:
        """The desk's own record; one that opens no case goes on with the story's own."""
        head = {name: value for name, value in step.items() if name not in _OWN}
        fields = head | step.get("record", {})
        if "reference" not in fields:
            fields.setdefault("case", self._script["case"])
        record = {name: self._filled(value) for name, value in fields.items()}
        for name in fields.keys() & {"case", "peer"}:
            record[name] = self._sent[fields[name]].case
        for name in fields.keys() & {"answers", "ends"}:
            several = fields[name] if isinstance(fields[name], list) else [fields[name]]
            record[name] = [self._reference(one) for one in several]
        return record

    def _reference(self, named: str | Step) -> dict[str, str]:
        """An entry of a record's `answers`."""
        more = {"of": named} if isinstance(named, str) else dict(named)
        return self._sent[more.pop("of")].ref(**more)

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
                return self._scene.moment(int(day), at)
            date = self._scene.day(int(day)).isoformat()
            return date[:7] if what == "month" else date
        if text == _PICTURE:
            return _picture(self._bus.marker)
        return text if _CODED.fullmatch(text) else f"{text} {self._bus.marker}".rstrip()


def sentence(english: str) -> Text:
    """A story's words, whose French stands in fr.po."""
    return Text(_.package, english)


def _picture(marker: str) -> dict[str, str]:
    """A picture that is none, with the marker inside."""
    data = base64.urlsafe_b64encode(b"\xff\xd8\xff\xe0 not a picture " + marker.encode())
    return {"media": "image/jpeg", "data": data.rstrip(b"=").decode()}


Sight = tuple[Any, Any]  # what is seen, what is expected


def _nothing_new(bus: Bus, desk: str) -> Sight:
    """A desk's inbox holds nothing new."""
    return [arrival.etype for arrival in bus.inbox(desk)], []


def _refused_by_router(bus: Bus, sent: SentEvent) -> Sight:
    """The log's evidence says that an event was refused, for no clause allows it."""
    decision = bus.decision_on(sent.event)
    reasons = [one["reasons"] for one in decision.get("addressees", ())]
    return (decision.get("refused"), reasons), (True, [["no_clause"]])


def _apart(_bus: Bus, one: SentEvent, other: SentEvent) -> Sight:
    """Two events have tokens of different cases."""
    return one.case != other.case, True


def _in_both_cases(_bus: Bus, link: SentEvent) -> Sight:
    """A link is two events, one in each case."""
    return len(link.answer.events), 2


SIGHTS: Final[dict[str, Callable[..., Sight]]] = {
    "nothing_new": _nothing_new,
    "refused_by_router": _refused_by_router,
    "apart": _apart,
    "in_both_cases": _in_both_cases,
}


def past_the_service(bus: Bus, by: str, to: str) -> list[str]:
    """What a school may not send, written into the log with its desk's keys; the events' ids."""

    def somebodys(text: str) -> str:
        return f"{text} {bus.marker}".rstrip()

    person = ThirdPerson(name=somebodys("Karim E."), role="peer")
    bodies = {
        "IDENTITY": Identity(first_name=somebodys("Inès"), birth_date="2011-04-12", sex="female"),
        "SCHOOLING": Schooling(half_days_absent=14, half_days_unjustified=11),
        "FACTS": Facts(facts=(Fact(observed=somebodys("une camarade raconte une rumeur")),)),
        "FACTS.third_party": ThirdParty(persons=(person,)),
        "HEALTH.vital": HealthVital(observed=somebodys("fatigue, ecchymoses aux bras")),
    }
    portions = {scope: Portion(body, ()) for scope, body in bodies.items()}
    addressees = (DraftAddressee(to, "assess", portions),)
    draft = Draft(issuer=by, realm="civil", etype="IP", reference=somebodys("X"), to=addressees)
    events = bus.publish_raw(by, draft)
    bus.settle()
    return events
