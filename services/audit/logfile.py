"""A recorded log as one file: what `simulate --save` writes and `--log FILE` reads.

JSON lines, compressed if the name ends in `.gz`. The first says `{"relais-log": 1, "records": n}`;
each further one is a record of a topic: `{"topic", "partition", "offset", "key", "value"}`, key and
value in base64. A realm's control comes first, then one partition after the other, its records and
their evidence in any order. Signatures in headers are left out: a file is tried on, not audited.
"""

from __future__ import annotations

import gzip
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from itertools import count as count_from
from pathlib import Path
from typing import Any, Final, cast

import orjson

from contracts.envelope.wire import Inbound
from contracts.errors import UsageError

_LINE: Final = "line {n}"

FORMAT: Final = "relais-log"
VERSION: Final = 1
MAX_LINE: Final = 16 << 20  # bytes; a record is at most about a megabyte


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[BufferedIOBase]:
    if path.suffix == ".gz":
        with gzip.open(path, mode) as packed:
            yield cast("BufferedIOBase", packed)
    else:
        with path.open(mode) as plain:
            yield cast("BufferedIOBase", plain)


@contextmanager
def writing(path: Path, records: int) -> Iterator[Callable[[Inbound], None]]:
    """Write a log file, record by record.

    Args:
        records: how many there will be, about, for the reader's progress.
    """
    path.touch(mode=0o600)  # covers and case tokens are for routing and audit alone
    path.chmod(0o600)
    with _opened(path, "wb") as file:
        file.write(orjson.dumps({FORMAT: VERSION, "records": records}) + b"\n")

        def write(record: Inbound) -> None:
            file.write(_line(record))

        yield write


def count(path: Path) -> int:
    """How many records a log file says to hold.

    Raises:
        UsageError: `log_malformed`.
    """
    with _opened(path, "rb") as file:
        return _header(path, file)


def read(path: Path) -> Iterator[Inbound]:
    """The records of a log file, in its order.

    Raises:
        UsageError: `log_malformed`.
    """
    with _opened(path, "rb") as file:
        _header(path, file)
        for number in count_from(2):
            here = _LINE.format(n=number)
            line = _next(path, file, here)
            if not line:
                return
            try:
                record = _record(orjson.loads(line))
            except (KeyError, TypeError, ValueError):
                raise _malformed(path, here) from None
            yield record


def _header(path: Path, file: BufferedIOBase) -> int:
    line = _next(path, file, "no header")
    try:
        head = orjson.loads(line)
        if head[FORMAT] != VERSION:
            raise _malformed(path, "another version")
        return int(head["records"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise _malformed(path, "no header") from None


def _next(path: Path, file: BufferedIOBase, got: str) -> bytes:
    """One line, empty at the end; however much it would unpack to, no more than MAX_LINE is held."""
    try:
        line = file.readline(MAX_LINE + 1)
    except (OSError, EOFError, zlib.error):  # cut off, or not what was packed
        raise _malformed(path, got) from None
    if len(line) > MAX_LINE:
        raise _malformed(path, got)
    return line


def _malformed(path: Path, got: str) -> UsageError:
    expected = f"a {FORMAT} file, version {VERSION}"
    return UsageError("log_malformed", got, expected, path.name)


def _line(record: Inbound) -> bytes:
    row: dict[str, Any] = {
        "topic": record.topic, "partition": record.partition, "offset": record.offset,
        "key": b64encode(record.key or b"").decode(),
        "value": b64encode(record.value or b"").decode(),
    }  # fmt: skip
    return orjson.dumps(row) + b"\n"


def _record(row: dict[str, Any]) -> Inbound:
    numbers = row["partition"], row["offset"]
    if not isinstance(row["topic"], str) or not all(isinstance(number, int) for number in numbers):
        raise TypeError
    return Inbound(
        row["topic"], row["partition"], row["offset"], b64decode(row["key"]),
        b64decode(row["value"]), (), 0,
    )  # fmt: skip
