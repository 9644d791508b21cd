"""What befalls records on their way to the tested agency: lost, late, twice, spoilt, or another decision."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from contracts.encoding import unb64u
from contracts.envelope.deliver import notice_message, sign_by_router
from contracts.envelope.limits import NOTICE
from contracts.envelope.wire import Inbound, Outbound
from contracts.log.batch import Batch
from contracts.log.orders import Registry
from contracts.log.partition_router import RouterKeys
from services.sandbox.answering import AnsweringDesks
from services.sandbox.memory_federation import Now, Place, Random
from services.sandbox.steering import UNSTEERED

_INBOX = ".inbox."
_UNREAD = (".decisions", ".evidence")  # nobody audits a sandbox, and no order erases in it


class FaultyFederation(AnsweringDesks):
    """A federation whose bus does to the tested agency's cases what their steering asks for.

    Attributes:
        gone: topic, partition and offset of records that are erased.
        begins: topic and partition -> first offset that is kept, where something was cut off.
    """

    def __init__(
        self,
        registries: Mapping[str, Registry],
        keys: Callable[[str], RouterKeys],
        clock: Now,
        random: Random,
    ) -> None:
        super().__init__(registries, keys, clock, random)
        self.gone: set[tuple[str, int, int]] = set()
        self.begins: dict[Place, int] = {}
        self._held: dict[Place, deque[tuple[int, Outbound]]] = defaultdict(deque)

    def told(self, batch: Batch) -> Iterable[Outbound]:
        """What a batch writes, as steering has it."""
        for record in batch.out:
            if _INBOX not in record.topic or not record.value:
                yield record
                continue
            yield from self._on_its_way(record)

    def _on_its_way(self, record: Outbound) -> Iterator[Outbound]:
        name, claims = _claims(record)
        steering = self.steered.get(claims["sub"], UNSTEERED)
        own = record.topic.endswith(f"{_INBOX}{self.tested}")
        if "refuse" in steering and (own or claims["iss"].endswith(self._own)):
            if own and name == "notice" and claims["kind"] == "decided":
                yield self._refusal(record, claims, steering.words["refuse"])
            return
        if not own:
            yield record
            return
        if "drop" in steering:
            return
        sent = _spoilt(record, name) if "corrupt" in steering else record
        for copy in [sent] * (2 if "duplicate" in steering else 1):
            yield from self._after_those_held(copy, steering.delay_s)

    def _after_those_held(self, record: Outbound, delay_s: int) -> Iterator[Outbound]:
        """The record, unless it waits: a partition keeps its order."""
        held = self._held[record.topic, record.partition]
        if delay_s or held:
            held.append((self._clock.now() + delay_s, record))
        else:
            yield record

    def route_due(self) -> None:
        """Route what waits or is due, and let go what has waited long enough."""
        super().route_due()
        now = self._clock.now()
        for held in self._held.values():
            while held and held[0][0] <= now:
                self.write(held.popleft()[1])

    def unread(self, reader: str, place: Place) -> list[Inbound]:
        """What a reader has not been given yet; the tested agency alone reads a record twice."""
        records = super().unread(reader, place)
        if records and not self._tested_inbox(place[0]):
            kept = self.topics[place]
            kept[-len(records) :] = [replace(record, value=b"") for record in records]
        return records

    def _tested_inbox(self, topic: str) -> bool:
        return topic.endswith(f"{_INBOX}{self.tested}")

    def write(self, record: Outbound) -> Inbound:
        """Append a record; one that is to be erased or cut off is told of and read no more."""
        if record.topic.endswith(_UNREAD):
            record = replace(record, value=b"")
        kept = super().write(record)
        if not self._tested_inbox(record.topic) or not record.value:
            return kept
        steering = self.steered.get(_claims(record)[1]["sub"], UNSTEERED)
        if "erased" in steering:
            self.gone.add((kept.topic, kept.partition, kept.offset))
        if "cut" in steering:
            self.begins[kept.topic, kept.partition] = kept.offset + 1
        return kept

    def _refusal(self, record: Outbound, claims: Mapping[str, Any], reason: str) -> Outbound:
        """The decision's notice as if the convention had refused the event."""
        realm = record.topic.split(".")[1]
        addressees = [
            {"desk": one["desk"], "verdict": "refuse", "reasons": [reason]}
            for one in claims["addressees"]
        ]
        told = {name: value for name, value in claims.items() if name != "duties"}
        told |= {"refused": True, "reasons": [reason], "addressees": addressees}
        registry, now = self.registries[realm], self._clock.now()
        directory = registry.directories[registry.in_force(now)[1]]
        signer = self.routers[realm, record.partition].keys.signers.valid(directory, now)[0]
        token = sign_by_router(told, NOTICE, signer)
        return notice_message(record.topic, record.partition, told, token)


def _claims(record: Outbound) -> tuple[str, dict[str, Any]]:
    """Whether a record of an inbox is a delivery (`slip`) or a `notice`, and what that says."""
    data = orjson.loads(record.value or b"")["data"]
    name = "slip" if "slip" in data else "notice"
    claims: dict[str, Any] = orjson.loads(unb64u(data[name].split(".")[1]))
    return name, claims


def _spoilt(record: Outbound, name: str) -> Outbound:
    """The record with another character in the signature of its slip or notice."""
    value = record.value or b""
    token = orjson.loads(value)["data"][name].encode()
    other = b"A" if token[-10:-9] != b"A" else b"B"
    return replace(record, value=value.replace(token, token[:-10] + other + token[-9:]))
