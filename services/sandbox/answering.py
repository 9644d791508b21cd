"""What other desks, the bus and Kafka do in a sandbox: at once, or as a case's steering says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import orjson
import structlog

from contracts.encoding import unb64u
from contracts.envelope.deliver import notice_message, sign_by_router
from contracts.envelope.limits import NOTICE
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import RelaisError
from contracts.log.routing.batch import Batch
from contracts.vocabulary.schema import realm_of
from services.agency.loops.incoming import Incoming
from services.agency.loops.publisher import Publisher
from services.agency.office.inbox.inbox_fold import Said
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.responses.sending import SendAnswer
from services.agency.record.record import plain
from services.platform.http.problems import ProblemError
from services.platform.kafka.reading.log_place import LogPlace
from services.platform.process.clock import Clock
from services.platform.process.progress import ServiceHealth
from services.sandbox.memory_federation import MemoryFederation
from services.sandbox.steering import REFUSE, Steering, steering_of

ACK: Final = "ACK:"
LATE_S: Final = 3600  # after a term, whoever answers late
LOOK_S: Final = 0.2  # until the next look at the clock, where nothing is written
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
        steered: case token -> what is to befall the case.
    """

    def __init__(self, *held: Any) -> None:
        super().__init__(*held)
        self.tested = ""
        self.steered: dict[str, Steering] = {}
        self._planned: list[tuple[int, DeskRequest]] = []

    def steer(self, request: DeskRequest) -> None:
        """Note what a record's reference asks for its case, on each bus that it may go to.

        Raises:
            ProblemError: `code_unknown`: the reference has a word that is in no table.
        """
        case, reference = request.body.get("case"), request.body.get("reference")
        if (steering := steering_of(reference)) is None:
            return
        agency, known = self.office(request.desk).agency, plain(str(case or reference))
        tokens = [agency.case_token(realm, request.desk, known) for realm in agency.realms]
        self.steered |= dict.fromkeys([*tokens, known], steering)

    def heard(self, desk: str, said: Said | None) -> None:
        """Plan the receipts that a delivery asks for, and an outcome where its case is steered."""
        if said is None or "slip" not in said:
            return
        iss, jti, etype, case, _purpose = said["slip"]
        steering = self.steered.get(case)
        event = self.office(desk).view(desk).names.of(jti, case, realm_of(iss))
        owed = [duty for duty in said["receipt"]["due"] if duty["act"].startswith(ACK)]
        late = steering is not None and "late" in steering
        at = max((duty["due"] for duty in owed), default=0) + LATE_S if late else 0
        for stage in {duty["act"].removeprefix(ACK).partition("|")[0] for duty in owed}:
            self._planned.append((at, DeskRequest(desk, "acknowledge", {"stage": stage}, event)))
        if steering is not None and desk in GIVES_OUTCOMES and etype in CONCERNS:
            self._planned.append((at, DeskRequest(desk, "outcome", OUTCOME, event)))

    def act(self) -> bool:
        """Do what is planned by now; whether there was anything."""
        now = self._now()
        due = [request for at, request in self._planned if at <= now]
        self._planned = [plan for plan in self._planned if plan[0] > now]
        for request in due:
            try:
                answer = self.request(request)
            except (RelaisError, ProblemError) as error:
                log.warning("not answered", code=error.code, error=str(error))
            except Exception:
                log.exception("not answered")
            else:
                self._take_back(request, answer.events, now)
        return bool(due)

    def _take_back(self, request: DeskRequest, events: Iterable[str], now: int) -> None:
        """Plan to withdraw an outcome of a case that is steered so."""
        if request.kind != "outcome":
            return
        own = self.office(request.desk).view(request.desk).own
        for event in events:
            if "withdraw" in self.steered.get(own[event].case, {}):
                again = DeskRequest(request.desk, "withdraw", {}, event)
                self._planned.append((now + TAKEN_BACK_S, again))

    def told(self, batch: Batch) -> Iterable[Outbound]:
        """What a batch writes, as steering has it."""
        for record in batch.out:
            if _INBOX in record.topic and record.value:
                yield from self._on_its_way(record, *_claims(record))
            else:
                yield record

    def _on_its_way(
        self, record: Outbound, name: str, claims: dict[str, Any]
    ) -> Iterator[Outbound]:
        steering = self.steered.get(claims["sub"], {})
        own = record.topic.endswith(f"{_INBOX}{self.tested}")
        desks = tuple(f":{desk}" for desk in self.offices[self.tested].agency.desks)
        if REFUSE in steering and (own or claims["iss"].endswith(desks)):
            if own and name == "notice" and claims["kind"] == "decided":
                yield self._instead(record, _refused(claims, steering[REFUSE]))
            return
        if own and "corrupt" in steering and name == "slip":  # decisions of one's own stay known
            record = _spoilt(record)
        yield record
        if own and "twice" in steering:
            yield record

    def _instead(self, record: Outbound, told: Mapping[str, Any]) -> Outbound:
        """Another notice in a decision's place."""
        realm = record.topic.split(".")[1]
        registry, now = self.registries[realm], self._now()
        directory = registry.directories[registry.in_force(now)[1]]
        signer = self.routers[realm, record.partition].keys.signers.valid(directory, now)[0]
        token = sign_by_router(told, NOTICE, signer)
        return notice_message(record.topic, record.partition, told, token)


def _refused(claims: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """A decision's notice as if the convention had refused the event."""
    told = {name: value for name, value in claims.items() if name not in ("duties", "addressees")}
    addressees = [
        {"desk": one["desk"], "verdict": "refuse", "reasons": [reason]}
        for one in claims.get("addressees", ())
    ]
    named = {"addressees": addressees} if addressees else {}  # a look-up names no desk
    return told | {"refused": True, "reasons": [reason]} | named


def _claims(record: Outbound) -> tuple[str, dict[str, Any]]:
    """Whether a record of an inbox is a delivery (`slip`) or a `notice`, and what that says."""
    data = orjson.loads(record.value or b"")["data"]
    name = "slip" if "slip" in data else "notice"
    claims: dict[str, Any] = orjson.loads(unb64u(data[name].split(".")[1]))
    return name, claims


def _spoilt(record: Outbound) -> Outbound:
    """The delivery with another character in the signature of its slip."""
    value = record.value or b""
    token = orjson.loads(value)["data"]["slip"].encode()
    other = b"A" if token[-10:-9] != b"A" else b"B"
    return replace(record, value=value.replace(token, token[:-10] + other + token[-9:]))


class MemoryKafka:
    """The topics of a federation as an agency's service reads and writes them."""

    def __init__(self, federation: AnsweringFederation) -> None:
        self._federation = federation
        self._written = asyncio.Event()
        self._one = asyncio.Lock()

    async def write(self, records: Sequence[Outbound]) -> None:
        """All of it; nothing fails here."""
        for record in records:
            self._federation.write(record)
        self._written.set()

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

    async def run(self, incoming: Incoming, health: ServiceHealth) -> None:
        """Route, deliver and answer what is written and what is due, until cancelled."""
        while True:
            await self.round(incoming)
            for loop in health.loops.values():
                loop.report(incoming.taken, 0)
            self._written.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._written.wait()

    async def round(self, incoming: Incoming) -> None:
        """Route what waits, let everybody read and answer, until nobody has more to say.

        A fault of ours in it is logged, and ends neither the sandbox nor a request.
        """
        async with self._one:
            try:
                while await self._step(incoming):
                    await asyncio.sleep(0)
            except Exception:
                log.exception("round broken off")

    async def _step(self, incoming: Incoming) -> bool:
        """Route, read, answer; whether anybody answered."""
        federation, tested = self._federation, self._federation.tested
        federation.route_due()
        for name in federation.offices:
            if name != tested:
                federation.read_inboxes(name)
        await incoming.take([record for _place, record in federation.arrived(tested)])
        return federation.act()


class SteeredPublisher(Publisher):
    """The tested agency's: the service's own, but for noting what a record's reference asks for."""

    def __init__(self, federation: AnsweringFederation, kafka: MemoryKafka, clock: Clock) -> None:
        super().__init__(federation.offices[federation.tested], kafka, clock)
        self._federation = federation

    async def publish(self, request: DeskRequest) -> SendAnswer:
        """As every agency's.

        Raises:
            ProblemError: as `AnsweringFederation.steer`.
        """
        if request.kind == "record":
            self._federation.steer(request)
        return await super().publish(request)
