"""A verdict on each record, a file a partition while replayed, told as one file.

    FOLDER/decisions-NN.jsonl    one object a line, in the order of the partition's records

A partition's records come in their order whoever reads them, so that the whole, partition behind
partition, is the same bytes from Kafka and from a bundle. It has event ids, as the log does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from contracts.encoding import canonical, rfc3339
from contracts.envelope.wire import Inbound
from contracts.log.replaying.finding import Judgement, decision_row
from services.audit.store import on_disk
from services.platform.process.durable_file import opened_first, unwritable
from services.platform.process.paris_time import paris

UNWRITABLE: Final = "decisions_unwritable"
SHOWN: Final = 500  # rows that a page has at most
Taken = Callable[[Iterable[Path]], None]  # is given the files, in the order of the verdict


class RowsAside:
    """The rows of a realm's partitions."""

    def __init__(self, folder: Path, realm: str) -> None:
        self._folder = folder
        self._realm = realm
        self._files: dict[int, BinaryIO] = {}

    def take(self, record: Inbound, evidence: bytes | None, judgement: Judgement) -> None:
        """Write a record's row.

        Raises:
            UsageError: `scratch_lost`.
        """
        number = record.partition
        row = decision_row(record, evidence, judgement)
        at = row["at"]
        row |= {
            "realm": self._realm, "partition": number, "offset": record.offset,
            "at": rfc3339(at), "paris": paris(at).isoformat(),
        }  # fmt: skip
        with on_disk():
            if number not in self._files:
                self._files[number] = (self._folder / f"decisions-{number:02}.jsonl").open("wb")
            self._files[number].write(canonical(row) + b"\n")

    def close(self) -> None:
        """Write what is left.

        Raises:
            UsageError: `scratch_lost`.
        """
        with on_disk():
            for file in self._files.values():
                file.close()

    def files(self) -> list[Path]:
        """The files there are, by partition."""
        return [Path(file.name) for _number, file in sorted(self._files.items())]


@dataclass
class DecisionTable:
    """The rows of a verdict: a file for who looks decisions up, and the first of them for a page.

    Attributes:
        file: None: none is written.
        first: the first `SHOWN` rows.
        count: how many there are.
    """

    file: BinaryIO | None = None
    first: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    def take(self, files: Iterable[Path]) -> None:
        """Take the rows over, in the order of the files; none without records.

        Raises:
            UsageError: `decisions_unwritable`.
        """
        for path in files:
            with path.open("rb") as rows:
                for row in rows:
                    self._take(row)

    def _take(self, row: bytes) -> None:
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(orjson.loads(row))
        if self.file is not None:
            try:
                self.file.write(row)
            except OSError as error:
                raise unwritable(Path(self.file.name), UNWRITABLE, error) from None


@contextmanager
def decision_table(path: Path | None) -> Iterator[DecisionTable]:
    """A table whose file is there once the block ended well; an older one stays until then.

    Raises:
        UsageError: `decisions_unwritable`, before anything is replayed.
    """
    if path is None:
        yield DecisionTable()
        return
    with opened_first(path, UNWRITABLE) as file:
        yield DecisionTable(file)
