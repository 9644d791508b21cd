"""What other desks, the bus and Kafka do in a sandbox: at once, or as a case's steering says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson
import structlog

from contracts.encoding import unb64u
from contracts.envelope.cloudevent import notice_message
from contracts.envelope.limits import NOTICE
from contracts.envelope.wire import Inbound, LogPlace, Outbound
from contracts.keys.jose import sign_jws
from contracts.log.erasing.forgetting import message_of, write_blank
from contracts.vocabulary.schema import realm_of
from services.agency.loops.incoming import Incoming
from services.agency.loops.publisher import Publisher
from services.agency.office.inbox.inbox_fold import Said
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.responses.sending import SendAnswer
from services.agency.record.record import plain
from services.platform.process.clock import Clock
from services.sandbox.memory_federation import MemoryFederation
from services.sandbox.steering import REFUSE, Steering, steering_of

ACK: Final = "ACK:"
LATE_S: Final = 3600  # after a term, whoever answers late
LOOK_S: Final = 0.05  # until the next look at what was written and at the clock
TAKEN_BACK_S: Final = 1  # after it was sent: only what was delivered can be taken back
GIVES_OUTCOMES: Final = ("crip", "parq-civ")
CONCERNS: Final = ("IP", "SIG")
OUTCOME: Final = {"code": "being_evaluated"}
_INBOX: Final = ".inbox."

log = structlog.get_logger("relais.sandbox")


class AnsweringFederation(MemoryFederation):
    """A federation whose desks, but those that are tested, do at once what is asked of them.

    Attributes:
        tested: the agency whose desks somebody else plays.
        steered: case token -> what is to happen in the case.
    """

    def __init__(self, tested: str, *held: Any) -> None:
        super().__init__(*held)
        self.tested = tested
        self.steered: dict[str, Steering] = {}
        self._planned: list[tuple[int, DeskRequest, Steering]] = []

    @property
    def others(self) -> list[str]:
        """The agencies that are not tested."""
        return [name for name in self.offices if name != self.tested]

    def heard(self, desk: str, said: Said | None) -> None:
        """Plan the receipts that a delivery asks for, and an outcome where its case is steered."""
        if said is None or "slip" not in said:
            return
        iss, jti, etype, case, _purpose = said["slip"]
        steering = self.steered.get(case, {})
        event = self.office(desk).view(desk).names.of(jti, case, realm_of(iss))
        owed = [duty for duty in said["receipt"]["due"] if duty["act"].startswith(ACK)]
        at = max((duty["due"] for duty in owed), default=0) + LATE_S if "late" in steering else 0
        requests = [
            DeskRequest(desk, "acknowledge", {"stage": stage}, event)
            for stage in {duty["act"].removeprefix(ACK).partition("|")[0] for duty in owed}
        ]
        if case in self.steered and desk in GIVES_OUTCOMES and etype in CONCERNS:
            requests.append(DeskRequest(desk, "outcome", OUTCOME, event))
        self._planned += [(at, request, steering) for request in requests]

    def act(self) -> bool:
        """Do what is planned by now; whether there was anything."""
        now = self._now()
        due = [plan for plan in self._planned if plan[0] <= now]
        self._planned = [plan for plan in self._planned if plan[0] > now]
        for _at, request, steering in due:
            try:
                events = self.request(request).events
            except Exception:
                log.exception("not answered")
                continue
            if request.kind == "outcome" and "withdraw" in steering:
                self._planned += [
                    (now + TAKEN_BACK_S, DeskRequest(request.desk, "withdraw", {}, event), {})
                    for event in events
                ]
        return bool(due)

    def write(self, record: Outbound) -> None:
        """Append a record to its topic, as steering has it."""
        inbox = _INBOX in record.topic and record.value
        for one in self._on_its_way(record, *_claims(record.value)) if inbox else (record,):
            super().write(one)

    def _on_its_way(
        self, record: Outbound, name: str, claims: dict[str, Any]
    ) -> Iterator[Outbound]:
        steering = self.steered.get(claims["sub"], {})
        own = record.topic.endswith(f"{_INBOX}{self.tested}")
        if REFUSE in steering:
            if own and name == "notice" and claims["kind"] == "decided":
                yield self._refused(record, claims, steering[REFUSE])
            elif own:
                yield from self._blanks(record)
            return
        if own and "corrupt" in steering and name == "slip":  # decisions of one's own stay known
            signature = orjson.loads(record.value)["data"]["slip"].rpartition(".")[2].encode()
            spoilt = record.value.replace(signature, b"A" * len(signature))
            record = replace(record, value=spoilt)
        yield record
        if own and "twice" in steering:
            yield record

    def _refused(self, record: Outbound, claims: Mapping[str, Any], reason: str) -> Outbound:
        """A decision's notice as if the convention had refused the event."""
        told = {name: value for name, value in claims.items() if name != "duties"}
        told |= {"refused": True, "reasons": [reason]}
        if "addressees" in told:  # a look-up names no desk
            refused = {"verdict": "refuse", "reasons": [reason]}
            told["addressees"] = [{"desk": one["desk"]} | refused for one in told["addressees"]]
        realm = record.topic.split(".")[1]
        registry, now = self.registries[realm], self._now()
        directory = registry.directories[registry.in_force(now)[1]]
        signer = self.routers[realm, record.partition].keys.signers.valid(directory, now)[0]
        token = sign_jws(told, NOTICE, signer)
        return notice_message(record.topic, record.partition, told, token)

    def _blanks(self, record: Outbound) -> Iterator[Outbound]:
        """In place of what was never sent, its number alone: none is missing."""
        if (message := message_of(record.value)) is not None:
            secret = self.offices[self.tested].agency.blanking(record.topic.split(".")[1])
            place = record.topic, record.partition, record.key
            yield write_blank(*place, message.blank, secret)


def _claims(value: bytes) -> tuple[str, dict[str, Any]]:
    """Whether a record of an inbox is a delivery (`slip`) or a `notice`, and what that says."""
    data = orjson.loads(value)["data"]
    name = "slip" if "slip" in data else "notice"
    return name, orjson.loads(unb64u(data[name].split(".")[1]))


class MemoryKafka:
    """The topics of a federation as the tested agency's service reads and writes them.

    Attributes:
        incoming: what its desks are sent.
    """

    def __init__(self, federation: AnsweringFederation, clock: Clock) -> None:
        self._federation = federation
        self._one = asyncio.Lock()
        office = federation.offices[federation.tested]
        self.incoming = Incoming(office, clock, office.agency.inboxes(clock.now()), self)
        self.incoming.begin(dict.fromkeys(self.incoming.places, 0))

    async def write(self, records: Sequence[Outbound]) -> None:
        """All of it; nothing fails here."""
        for record in records:
            self._federation.write(record)

    async def begins(self, partitions: Iterable[LogPlace]) -> Mapping[LogPlace, int]:
        """The first offset that each partition still has."""
        return dict.fromkeys(partitions, 0)

    async def pick(
        self, wanted: Mapping[LogPlace, Iterable[int]]
    ) -> Mapping[tuple[LogPlace, int], Inbound]:
        """Single records by offset."""
        rows = self._federation.topics
        return {
            (place, offset): rows[place][offset]
            for place, offsets in wanted.items()
            for offset in offsets
        }

    async def run(self) -> None:
        """Route, deliver and answer what is written and what is due, until cancelled."""
        while True:
            await self.round()
            await asyncio.sleep(LOOK_S)

    async def round(self) -> None:
        """Route what waits, let everybody read and answer, until nobody has more to say.

        A fault of ours in it is logged, and ends neither the sandbox nor a request.
        """
        federation = self._federation
        async with self._one:
            try:
                again = True
                while again:
                    federation.route_all()
                    for name in federation.others:
                        federation.read_inboxes(name)
                    arrived = federation.arrived(federation.tested)
                    await self.incoming.take([record for _place, record in arrived])
                    again = federation.act()
            except Exception:
                log.exception("round broken off")


class SteeredPublisher(Publisher):
    """The tested agency's: the service's own, but for noting what a record's reference asks for."""

    def __init__(self, federation: AnsweringFederation, kafka: MemoryKafka, clock: Clock) -> None:
        super().__init__(kafka.incoming.office, kafka, clock)
        self._steered, self.ready = federation.steered, True

    async def publish(self, request: DeskRequest) -> SendAnswer:
        """As every agency's; before, a record steers its case on each bus that it may go to.

        Raises:
            ProblemError: `code_unknown`: the reference has a word that is in no table.
        """
        case, reference = request.body.get("case"), request.body.get("reference")
        if request.kind == "record" and (steering := steering_of(reference)) is not None:
            agency, known = self.office.agency, plain(str(case or reference))
            tokens = [agency.case_token(realm, request.desk, known) for realm in agency.realms]
            self._steered.update(dict.fromkeys([*tokens, known], steering))
        return await super().publish(request)
