"""What befalls records on their way to the tested agency: lost, late, twice, spoilt, or another decision."""

from __future__ import annotations

import copy
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

import orjson
import structlog

from contracts.encoding import sha256, unb64u
from contracts.envelope.deliver import notice_message, sign_by_router
from contracts.envelope.limits import NOTICE
from contracts.envelope.wire import Inbound, Outbound
from contracts.keys.directory import Directory
from contracts.keys.sealing_keys import EncryptionKeys
from contracts.log.orders.registry import Registry
from contracts.log.routing.batch import Batch
from contracts.log.routing.partition_router import RouterKeys
from contracts.vocabulary.events.notices import Decided, Quarantined
from services.agency.office.office import Office
from services.agency.office.sending.answer import Prepared
from services.agency.office.sending.sealing import Keyed, Sealed, seal
from services.sandbox.answering import AnsweringDesks
from services.sandbox.memory_federation import Now, Place, Random
from services.sandbox.steering import UNSTEERED, Steering

if TYPE_CHECKING:
    from contracts.log.orders.adopted_directories import AdoptedDirectories

_INBOX = ".inbox."
log = structlog.get_logger("relais.sandbox")
_DECIDED: Final = frozenset(Decided.model_fields) - frozenset(Quarantined.model_fields)
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

    def sealed(self, office: Office, prepared: Prepared, idem: Keyed | None) -> list[Sealed]:
        """As the office seals it; of a case that is steered so, what others send is sealed to keys that nobody has."""
        steered = (self.steered.get(event.case, UNSTEERED) for event in prepared.events)
        agency = office.agency
        if agency.name == self.tested or not any("unopenable" in one for one in steered):
            return super().sealed(office, prepared, idem)
        others = {realm: _of_other_keys(one) for realm, one in agency.registries.items()}
        blind, at_ms = replace(agency, registries=others), self._clock.now() * 1000
        return seal(blind, prepared, dict(office.outbox.chain), at_ms, self.random, idem)

    def told(self, batch: Batch) -> Iterable[Outbound]:
        """What a batch writes, as steering has it."""
        for record in batch.out:
            if _INBOX not in record.topic or not record.value:
                yield record
                continue
            try:
                befallen = list(self._on_its_way(record))
            except Exception:
                log.exception("not steered", topic=record.topic)
                befallen = [record]
            yield from befallen

    def _on_its_way(self, record: Outbound) -> Iterator[Outbound]:
        name, claims = _claims(record)
        steering = self.steered.get(claims["sub"], UNSTEERED)
        own = record.topic.endswith(f"{_INBOX}{self.tested}")
        stopped = "refuse" in steering or "quarantined" in steering
        if stopped and (own or claims["iss"].endswith(self._own)):
            if own and name == "notice" and claims["kind"] == "decided":
                yield self._instead(record, _not_taken(claims, steering))
            return
        if not own:
            yield record
            return
        if "drop" in steering:
            return
        sent = _spoilt(record, name) if "corrupt" in steering else record
        for each in [sent] * (2 if "duplicate" in steering else 1):
            yield from self._after_those_held(each, steering.delay_s)

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
        """What a reader has not been given yet; the tested agency alone reads a record twice, and no notice."""
        records = super().unread(reader, place)
        if records:
            again = self._tested_inbox(place[0])
            kept = [
                record if again and _is_delivery(record) else _emptied(record) for record in records
            ]
            self.topics[place][-len(records) :] = kept
        return records

    def _tested_inbox(self, topic: str) -> bool:
        return topic.endswith(f"{_INBOX}{self.tested}")

    def write(self, record: Outbound) -> Inbound:
        """Append a record; one that is to be erased or cut off is told of and read no more."""
        if record.topic.endswith(_UNREAD):
            record = replace(record, value=b"", headers=[])
        kept = super().write(record)
        if not self._tested_inbox(record.topic) or not record.value:
            return kept
        steering = self.steered.get(_claims(record)[1]["sub"], UNSTEERED)
        if "erased" in steering:
            self.gone.add((kept.topic, kept.partition, kept.offset))
        if "cut" in steering:
            self.begins[kept.topic, kept.partition] = kept.offset + 1
        return kept

    def _instead(self, record: Outbound, told: Mapping[str, Any]) -> Outbound:
        """Another notice in a decision's place."""
        realm = record.topic.split(".")[1]
        registry, now = self.registries[realm], self._clock.now()
        directory = registry.directories[registry.in_force(now)[1]]
        signer = self.routers[realm, record.partition].keys.signers.valid(directory, now)[0]
        token = sign_by_router(told, NOTICE, signer)
        return notice_message(record.topic, record.partition, told, token)


def _of_other_keys(registry: Registry) -> Registry:
    """What control has said, but for the desks' encryption keys: under the same ids others, whose private halves nobody has."""
    other, directories = copy.copy(registry), dict[str, Directory]()
    for digest, one in registry.directories.items():
        keys = {kid: replace(key, public=sha256(key.public)) for kid, key in one.encryption.items()}
        directories[digest] = replace(one, encryption=EncryptionKeys(apart=keys))
    other.directories = cast("AdoptedDirectories", directories)
    return other


def _not_taken(claims: Mapping[str, Any], steering: Steering) -> dict[str, Any]:
    """A decision's notice as if the convention had refused the event, or nobody could have routed it."""
    if "quarantined" in steering:
        told = {name: value for name, value in claims.items() if name not in _DECIDED}
        return told | {"kind": "quarantined", "code": "internal_error"}
    reason = steering.words["refuse"]
    addressees = [
        {"desk": one["desk"], "verdict": "refuse", "reasons": [reason]}
        for one in claims.get("addressees", ())
    ]
    told = {name: value for name, value in claims.items() if name not in ("duties", "addressees")}
    named = {"addressees": addressees} if addressees else {}  # a look-up names no desk
    return told | {"refused": True, "reasons": [reason]} | named


def _claims(record: Outbound) -> tuple[str, dict[str, Any]]:
    """Whether a record of an inbox is a delivery (`slip`) or a `notice`, and what that says."""
    data = orjson.loads(record.value or b"")["data"]
    name = "slip" if "slip" in data else "notice"
    claims: dict[str, Any] = orjson.loads(unb64u(data[name].split(".")[1]))
    return name, claims


def _is_delivery(record: Inbound) -> bool:
    return b'"slip":' in (record.value or b"")


def _emptied(record: Inbound) -> Inbound:
    return replace(record, value=b"", headers=())


def _spoilt(record: Outbound, name: str) -> Outbound:
    """The record with another character in the signature of its slip or notice."""
    value = record.value or b""
    token = orjson.loads(value)["data"][name].encode()
    other = b"A" if token[-10:-9] != b"A" else b"B"
    return replace(record, value=value.replace(token, token[:-10] + other + token[-9:]))
