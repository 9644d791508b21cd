"""Records by their leaves: in what is published of a log, or in Kafka."""

from __future__ import annotations

from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass

from contracts.encoding import json_object, leaf_hash
from contracts.vocabulary import topics
from contracts.vocabulary.topics import MOST_PARTITIONS
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.process.exit_codes import UnreachableError
from services.platform.tree.published_log import below, find_entry, open_files


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
            there = below(files.read, f"{realm}-{number}")
            if (place_there := find_entry(there, leaf)) is not None:
                return FoundRecord(realm, number, *place_there)
    return None


async def find_records(
    reader: LogReader, realm: str, leaves: Container[str]
) -> dict[str, FoundRecord]:
    """Records by leaf, those that are there.

    Args:
        reader: started.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    records: dict[str, FoundRecord] = {}
    places = await reader.places([topics.decisions(realm)])
    async for batch in reader.read(dict.fromkeys(places)):
        for record in batch:
            value = record.value or b""
            leaf = leaf_hash(value)  # not its key, which no chain vouches for
            index = json_object(value).get("index") if leaf in leaves else None
            if isinstance(index, int):
                records[leaf] = FoundRecord(realm, record.partition, index, value)
    return records
