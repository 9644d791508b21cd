"""From planned steps to published events: sealed, signed and chained as an intake does it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.encoding import b64u, partition_of, sha256
from contracts.envelope.event import Event
from contracts.envelope.issue import Recipient, issue
from contracts.envelope.part import read_part
from contracts.envelope.wire import Inbound
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from contracts.vocabulary.conditions import Call, Declared, Informed
from contracts.vocabulary.schema import LeftOut, Linked, Ref, desk_urn
from tests.bench.years.drawing import drawn
from tests.bench.years.model import Model, Step, To
from tests.bench.years.parties import REALM, ROLES, desks, signer_of
from tests.contracts.envelope.kit import DAY, ROUTING_SECRET, Seeded

PARTS: Final = 3  # of an addressee, where its clause has so many scopes
ROLE_OF: Final = {desk: role for role in ROLES for desk in desks(role)}
_INFORMED: Final = Informed(parents="informed", minor="informed")


def token_of(seed: str, number: int) -> str:
    """The case token of a situation."""
    return b64u(sha256(f"{seed} situation {number}".encode()))


class Told(NamedTuple):
    """An event as it comes to a partition.

    Attributes:
        at: instant of its arrival, seconds.
        event: what is decided on; None of a record that was cut off on its way.
        flaw: as its step has it; `again` of what comes a second time.
    """

    at: int
    record: Inbound
    event: Event | None
    flaw: str


@dataclass
class Publishing:
    """The events of one partition, in the order of time.

    Sealed and signed as an intake does it; or drawn: its cover signed, but nobody has sealed the parts or
    signed the slips that it names. Of those a log has digests alone, and neither routing nor an auditor could
    tell; it takes a quarter of the time.

    Attributes:
        registry: what is in force when.
        drawn: whether all are drawn.
    """

    model: Model
    registry: Registry
    partition: int
    partitions: int = topics.PARTITIONS
    drawn: bool = True
    _offsets: dict[str, int] = field(default_factory=dict)
    _chains: dict[str, str] = field(default_factory=dict)
    _open: dict[int, _Case] = field(default_factory=dict)

    def events(self) -> Iterator[Told]:
        """All of them, until the last day has ended.

        Of situations that are still open then the rest is left out: years end in the middle of things.
        """
        model, waiting, number = self.model, list[tuple[int, int]](), 0
        for day in range(model.days):
            while number < model.situations and model.begins(number) == day:
                if self._owns(number):
                    self._open[number] = _Case(token_of(model.seed, number), model.life(number))
                    heapq.heappush(waiting, (self._open[number].steps[0].at, number))
                number += 1
            end = model.calendar.instant(model.working[day + 1])
            while waiting and waiting[0][0] < end:
                at, chosen = heapq.heappop(waiting)
                yield from self._published(chosen)
                if chosen in self._open:
                    case = self._open[chosen]
                    heapq.heappush(waiting, (max(at, case.steps[len(case.refs)].at), chosen))

    def begun(self, first: int, count: int) -> Iterator[Told]:
        """The first events alone of so many situations, from a number on."""
        for number in filter(self._owns, range(first, first + count)):
            self._open[number] = _Case(token_of(self.model.seed, number), self.model.life(number))
            yield from self._published(number)

    def _owns(self, number: int) -> bool:
        token = token_of(self.model.seed, number)
        return partition_of(ROUTING_SECRET, REALM, token, self.partitions) == self.partition

    def _published(self, number: int) -> Iterator[Told]:
        """The next step of a situation; twice, if it was published again."""
        case = self._open[number]
        place = len(case.refs)
        step = case.steps[place]
        at = step.at - 9 * DAY if step.flaw == "expired" else step.at
        convd, dird = _in_force(self.registry, at // 3600 * 3600)
        directory = self.registry.directories[dird]
        given = _given(step, case, self.registry.conventions[convd], at)
        own = signer_of(step.issuer)
        if step.peer is not None:
            day = datetime.fromtimestamp(at - 20 * DAY, UTC).date().isoformat()
            given["linked"] = Linked(peer=token_of(self.model.seed, step.peer), date=day)
        given |= {
            "signer": own, "directory": directory, "etype": step.etype, "convd": convd, "sub": case.token,
            "at_ms": at * 1000, "random": Seeded(f"{self.model.seed} {number} {place}"),
            "prev": self._chains.get(step.issuer),
        }  # fmt: skip
        event, value, headers = drawn(**given) if self.drawn else _sealed(**given)
        case.refs.append(Ref(iss=own.owner, jti=event.cover.jti))
        if step.flaw == "cut":
            value = value[: len(value) // 2]
        else:
            self._chains[step.issuer] = event.digest
        topic = topics.outbox(REALM, directory.desks[own.owner].agency)
        for flaw in (step.flaw, "again") if step.flaw == "twice" else (step.flaw,):
            offset = self._offsets.get(topic, 0)
            self._offsets[topic] = offset + 1
            record = Inbound(
                topic, self.partition, offset, event.digest.encode(), value, headers, at * 1000
            )
            yield Told(step.at + 1, record, None if flaw == "cut" else event, flaw)
        if len(case.refs) == len(case.steps):
            del self._open[number]


def _given(step: Step, case: _Case, convention: Convention, at: int) -> dict[str, Any]:
    """What a step says, as `issue` takes it."""
    if step.flaw == "attempt":
        left = [
            LeftOut(desk=desk_urn(REALM, one.desk), scopes=("FACTS", "IDENTITY")) for one in step.to
        ]
        return {
            "attempt": True, "left_out": left, "facts": step.facts,
            "to": [Recipient(desk_urn(REALM, one.desk), None) for one in step.to],
        }  # fmt: skip
    grants = [
        convention.grant(REALM, ROLE_OF[step.issuer], step.etype, one.purpose, ROLE_OF[one.desk])
        for one in step.to
    ]
    to = [_recipient(step, *one, case) for one in zip(step.to, grants, strict=True)]
    ends = [case.refs[at_] for at_ in step.ends]
    return {"to": to, "facts": step.facts, "ends": ends, "declared": _declared(grants, at)}


def _sealed(**given: Any) -> tuple[Event, bytes, tuple[tuple[str, bytes], ...]]:
    """A whole event, as an intake publishes it."""
    issued = issue(**given)
    heads = {head.digest: head for head, _ in (read_part(part, "") for part in issued.parts)}
    listed = (part for one in issued.claims.to for part in one.parts or ())
    event = Event(issued.claims, issued.cover, issued.digest, tuple(heads[part] for part in listed))
    return event, issued.value(), tuple(issued.headers())


@dataclass
class _Case:
    """A situation whose events are being published."""

    token: str
    steps: list[Step]
    refs: list[Ref] = field(default_factory=list)


@lru_cache(maxsize=64)
def _in_force(registry: Registry, at: int) -> tuple[str, str]:
    return registry.in_force(at)


def _recipient(step: Step, one: To, grant: Grant | None, case: _Case) -> Recipient:
    """Some of what its clause releases, in a few words each; nothing in events of the bus's own."""
    re = [case.refs[at] for at in one.re]
    if grant is None:
        return Recipient(desk_urn(REALM, one.desk), one.purpose, re=re)
    scopes = sorted(grant.scopes)
    first = step.at if step.etype != "SIG" else 0  # a copy has nothing that its report had not
    chosen = sorted({scopes[(first + at) % len(scopes)] for at in range(PARTS)})
    bodies: Mapping[str, dict[str, str]] = {
        scope: {"text": f"{step.etype} {scope}"} for scope in chosen
    }
    return Recipient(desk_urn(REALM, one.desk), one.purpose, bodies, grant.keep, re)


def _declared(grants: list[Grant | None], at: int) -> Declared | None:
    """What the clauses ask for."""
    wanted = {condition for grant in grants if grant is not None for condition in grant.conditions}
    reference = "A" * 22
    said: dict[str, Any] = {
        "informed": {"informed": _INFORMED},
        "urgent": {"call": Call(to="duty_magistrate", at=at - 60, ref=reference)},
        "danger": {"danger": True},
        "authorised": {"auth": reference},
        "authorised_if_inquiry": {"inquiry": False},
        "parents_told": {"parents_told": "written"},
        "parents_agree": {"parents_agree": True},
    }  # fmt: skip
    members = {name: value for one in sorted(wanted) for name, value in said.get(one, {}).items()}
    return Declared(**members) if members else None
