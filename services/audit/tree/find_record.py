"""The record in which an event was decided: by id or leaf; if published, by leaf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from contracts.encoding import digest, json_object, leaf_hash
from contracts.errors import UsageError
from contracts.log.replaying.finding import EVENT_ID, event_of
from contracts.vocabulary import topics
from contracts.vocabulary.topics import MOST_PARTITIONS
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import LogBelow, find_entry, open_files


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record, and where its entry is.

    Attributes:
        value: bytes of the record.
        index: its number in its partition.
    """

    realm: str
    partition: int
    index: int
    value: bytes


def find_in_log(place: str, realm: str, leaf: bytes) -> FoundRecord | None:
    """The record with a leaf, in what is published or mirrored of a realm; or None.

    Args:
        place: address or folder in which the logs lie.
        leaf: 32 bytes.

    Raises:
        ProofError: what lies there is malformed.
    """
    files = open_files(place)
    with suppress(UnreachableError):  # behind the last partition
        for number in range(MOST_PARTITIONS):
            there = LogBelow(files, f"{realm}-{number}")
            if (place_there := find_entry(there, leaf)) is not None:
                return FoundRecord(realm, number, *place_there)
    return None


async def find_record(reader: LogReader, realm: str, wanted: str) -> FoundRecord | None:
    """The record of an event or leaf, None without one; of several, the one that decided.

    Args:
        reader: started.
        wanted: an event's id, or the leaf that its receipt names as `dec`.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    beside = await _leaves_of(reader, realm, wanted) if EVENT_ID.fullmatch(wanted) else {wanted: ""}
    records = await find_records(reader, realm, beside) if beside else {}
    return next((records[leaf] for leaf in beside if leaf in records), None)


async def find_records(
    reader: LogReader, realm: str, beside: Mapping[str, str]
) -> dict[str, FoundRecord]:
    """Records by leaf, those that are there.

    Args:
        beside: leaf → hash of its evidence; empty: whatever that is.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    records: dict[str, FoundRecord] = {}
    places = await reader.places([topics.decisions(realm)])
    async for batch in reader.read(dict.fromkeys(places)):
        for record in batch:
            value = record.value or b""
            leaf = leaf_hash(value)  # not its key, which no chain vouches for
            if leaf in beside and (index := _index(value, beside[leaf])) is not None:
                records[leaf] = FoundRecord(realm, record.partition, index, value)
    return records


async def _leaves_of(reader: LogReader, realm: str, event: str) -> dict[str, str]:
    """Leaves of the records about an event, its decision's first, with evidence's hashes."""
    places = await reader.places([topics.evidence(realm)])
    decided: dict[str, str] = {}
    other: dict[str, str] = {}
    async for batch in reader.read(dict.fromkeys(places)):
        for record in batch:
            beside = json_object(record.value)
            if event_of(beside) == event:
                leaf = (record.key or b"").decode("ascii", "replace")
                (decided if "decision" in beside else other)[leaf] = digest(record.value or b"")
    return decided | other


def _index(value: bytes, evidence: str) -> int | None:
    """A record's number; None without this evidence: anyone on Kafka may lay some beside."""
    record = json_object(value)
    index = record.get("index")
    if evidence not in ("", record.get("evd")) or not isinstance(index, int):
        return None
    return index


def unknown_event(realms: Sequence[str]) -> UsageError:
    """What is said of an id that nobody has decided."""
    expected = "an event's id, or the `dec` of its receipt, on {realms}"
    return UsageError("event_unknown", "another id", expected.format(realms=", ".join(realms)))
