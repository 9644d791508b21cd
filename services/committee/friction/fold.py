"""One bus's log folded into its cases: record after record, each beside its evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from contracts.convention.clauses import act_name
from contracts.decision.conditions import clause_of
from contracts.decision.heirs_in_time import HeirsInTime
from contracts.encoding import unb64u
from contracts.envelope.model import Cover
from contracts.keys.directory import Directory
from contracts.vocabulary import reasons
from contracts.vocabulary.schema import Ref
from contracts.vocabulary.scopes import BUS_EVENTS, SERVICE_EVENTS
from services.committee.friction.case_facts import (
    CANCELLED,
    KEPT,
    LATE,
    OPEN,
    CaseFacts,
    CountedDuty,
    CountedEvent,
    DeliveredTo,
    LeftOutCategory,
    RefusedSending,
    SaidOfMeasure,
)
from services.committee.friction.measures import BEGAN, END, MEASURE, START, measures_of

_OF_THE_BUS: Final = frozenset(BUS_EVENTS)
OUTCOME: Final = "FEEDBACK"
Of = tuple[str, str]  # a case's token, and the role whose event it is
NOBODY: Final[Of] = ("", "")


class CaseFold:
    """The cases of one realm; never those of two.

    Attributes:
        cases: token -> its facts.
        spoke: desk -> instants at which it published something, in the order of the log.
        heirs: who follows desks that end.
        erased: records of which nothing can be counted any more, by an owners' order.
    """

    def __init__(self, directories: Mapping[str, Directory]) -> None:
        self.cases: dict[str, CaseFacts] = defaultdict(CaseFacts)
        self.spoke: dict[str, list[int]] = defaultdict(list)
        self.heirs = HeirsInTime()
        self.erased = 0
        self._directories = directories
        self._ordered: dict[str, tuple[str, ...]] = {}  # event that orders measures -> which

    def take(self, record: Mapping[str, Any], evidence: Mapping[str, Any]) -> Of:
        """Fold one record that an auditor has decided again; the case and the role that it is of."""
        if "erased" in evidence:
            self.erased += 1
            return NOBODY
        at: int = record["at"]
        of = NOBODY
        if record["kind"] == "decided":
            of = self._decided(at, evidence, self._directories[record["dird"]])
        effects = evidence.get("effects", ())
        self._passed_on(at, effects)
        self._duties(at, effects, record.get("dird", ""))
        return of

    def _decided(self, at: int, evidence: Mapping[str, Any], directory: Directory) -> Of:
        payload = unb64u(evidence["cover"].split(".")[1])
        cover = Cover.model_validate_json(payload)
        self.spoke[cover.iss].append(at)
        if cover.etype in SERVICE_EVENTS:
            return NOBODY
        case, decision = self.cases[cover.sub], evidence["decision"]
        if not decision["refused"]:
            case.measures += self._measures(at, cover, decision, directory)
        if cover.etype == "ACK":
            _acknowledged(case, at, cover, decision, directory)
        elif cover.etype not in _OF_THE_BUS:
            _released(case, at, cover, decision, directory)
            case.refused += _refusals(at, cover, decision, directory)
            case.left_out += _left_out(at, cover, decision, directory)
        return cover.sub, directory.role_of(cover.iss)

    def _measures(
        self, at: int, cover: Cover, decision: Mapping[str, Any], directory: Directory
    ) -> Iterator[SaidOfMeasure]:
        reached = _reached(cover, decision, directory)
        known_to = frozenset(to.desk for to in reached)
        for row in self._rows(cover, reached):
            yield SaidOfMeasure(at, row, directory.role_of(cover.iss), cover.iss, known_to)

    def _rows(self, cover: Cover, reached: Iterable[DeliveredTo]) -> Iterator[str]:
        """What an event says of measures: an end is of those that it names."""
        if cover.etype == MEASURE:
            ordered = measures_of((to.purpose, to.role) for to in reached)
            self._ordered[cover.jti] = ordered
            phase = cover.phase or START
            ended = self._of(cover.ends or ()) if phase == END else []
            yield from (f"{measure}.{phase}" for measure in ended or ordered)
        elif cover.etype == "ACK" and cover.stage == "started":
            refs = [ref for to in cover.to for ref in to.re or ()]
            yield from (f"{measure}.{BEGAN}" for measure in self._of(refs))

    def _of(self, refs: Iterable[Ref]) -> list[str]:
        """The measures that these events ordered."""
        return sorted({kind for ref in refs for kind in self._ordered.get(ref.jti, ())})

    def _passed_on(self, at: int, effects: Iterable[Mapping[str, Any]]) -> None:
        for effect in effects:
            if effect["k"] == "succession":
                self.heirs.take(at, effect)
            elif effect["k"] == "entrusted":
                self.heirs.give(at, effect, self.cases[effect["sub"]].given)

    def _duties(self, at: int, effects: Iterable[Mapping[str, Any]], dird: str) -> None:
        for effect in effects:
            kind = effect["k"]
            if not kind.startswith("duty_"):
                continue
            duties = self.cases[effect["sub"]].duties
            if kind == "duty_opened":
                duty = effect["duty"]
                duties[duty["id"]] = self._owed(at, duty, self._directories[dird])
                continue
            known = duties.get(effect["id"])
            if known is None:  # it was opened in evidence that is erased
                continue
            if kind == "duty_closed":
                known.change(at, KEPT if effect["in_time"] else LATE)
            elif kind == "duty_cancelled":
                known.change(at, CANCELLED)
            elif kind == "duty_reopened":
                known.change(at, OPEN)
            elif kind == "duty_moved":
                known.change(at, OPEN, effect["due"])

    def _owed(self, at: int, duty: Mapping[str, Any], directory: Directory) -> CountedDuty:
        act = act_name(duty["acts"], duty["stages"], final=duty["final"])
        debtor, issuer = (self._role(at, duty[who], directory) for who in ("debtor", "issuer"))
        changes = [(at, OPEN, duty["due"])]
        return CountedDuty(
            act, debtor, duty["debtor"], issuer, duty["issuer"], duty["legal"], changes
        )

    def _role(self, at: int, desk: str, directory: Directory) -> str:
        """A desk's role; one that has left the directory had that of its heirs."""
        entry = self.heirs.at(at).entry(directory, desk)
        return entry.role if entry is not None else ""


def _agency_of(urn: str, directory: Directory) -> str:
    entry = directory.desk(urn)
    return entry.agency if entry is not None else ""


def _acknowledged(
    case: CaseFacts, at: int, cover: Cover, decision: Mapping[str, Any], directory: Directory
) -> None:
    """The first time that a desk of a role says it has something."""
    if decision["refused"]:
        return
    role = directory.role_of(cover.iss)
    for ref in (ref for to in cover.to for ref in to.re or ()):
        event = case.events.get(ref.jti)
        if event is not None:
            event.acknowledged.setdefault(role, at)


def _reached(
    cover: Cover, decision: Mapping[str, Any], directory: Directory
) -> tuple[DeliveredTo, ...]:
    """Those to whom something of an event was released."""
    released = {
        addressee["desk"]
        for addressee in decision.get("addressees", ())
        if addressee["verdict"] == "release"
    }
    return tuple(
        DeliveredTo(
            addressee.desk,
            directory.role_of(addressee.desk),
            addressee.purpose or "",
            tuple(ref.jti for ref in addressee.re or ()),
        )
        for addressee in cover.to
        if addressee.desk in released
    )


def _released(
    case: CaseFacts, at: int, cover: Cover, decision: Mapping[str, Any], directory: Directory
) -> None:
    to = _reached(cover, decision, directory)
    if not to or decision["refused"]:
        return
    issuer, agency = directory.role_of(cover.iss), _agency_of(cover.iss, directory)
    case.events[cover.jti] = CountedEvent(at, cover.iat, issuer, agency, cover.iss, cover.etype, to)
    if cover.etype == OUTCOME:
        for jti in (jti for addressee in to for jti in addressee.answers):
            if (event := case.events.get(jti)) is not None:
                event.answered.setdefault(issuer, at)


def _refusals(
    at: int, cover: Cover, decision: Mapping[str, Any], directory: Directory
) -> Iterator[RefusedSending]:
    """One of each event at most: the first addressee's that did not get what was sent."""
    issuer, agency = directory.role_of(cover.iss), _agency_of(cover.iss, directory)
    for addressee in decision.get("addressees", ()):
        why = [*addressee.get("reasons", ())]
        why += [code for each in addressee.get("withheld", ()) for code in each["reasons"]]
        if addressee["verdict"] != "withhold" and not why:
            continue
        doors = tuple(dict.fromkeys(door["role"] for door in addressee.get("doors", ())))
        yield RefusedSending(
            at, issuer, agency, clause_of(addressee.get("clause", "")), _first(why), doors
        )
        return
    if decision["refused"]:
        yield RefusedSending(at, issuer, agency, "", _first(decision.get("reasons", ())), ())


def _first(why: Iterable[str]) -> str:
    """The first reason that says something: that it was an attempt says nothing of why."""
    told = [code for code in why if code != reasons.ATTEMPT]
    return told[0] if told else reasons.ATTEMPT


def _left_out(
    at: int, cover: Cover, decision: Mapping[str, Any], directory: Directory
) -> Iterator[LeftOutCategory]:
    issuer = directory.role_of(cover.iss)
    might: dict[str, bool] = {}
    for addressee in decision.get("addressees", ()):
        for each in addressee.get("not_published", ()):
            category = each["scope"].partition(".")[0]
            passes = each["reasons"] == [reasons.NOT_SENT]
            might[category] = might.get(category, False) or passes
    if not cover.attempt:  # an attempt leaves everything out: it is counted as what it is
        yield from (LeftOutCategory(at, issuer, name, passes) for name, passes in might.items())


def read(value: bytes) -> dict[str, Any]:
    """A record, or evidence, that an auditor has read before."""
    row: dict[str, Any] = orjson.loads(value)
    return row
