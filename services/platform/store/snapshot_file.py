"""A snapshot as one file: of each partition the state that a record of its log tells the digest of.

JSON lines, one a thing, so that no more than one is held beside the state itself:

    {"relais-snapshot": 1}
    {"realm", "partitions"}   findings, []   event ids, []     the auditor's own: nobody's proof
    {"decisions", "evidence", "tally", "tail"}   rows, []      of each partition: held to the log
    {"sha256"}                                                 of all lines before: against accidents

`decisions` is where the record lies that tells the state, `evidence` where its evidence does; null if a
partition has no such record. Who reads a state from here holds it to that record, in the log as it is now.
A snapshot holds case tokens, event ids and urns, as the log does, no content and no key.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from contracts.decision.state.rows import Row, tail_json
from contracts.decision.state.state import State
from contracts.decision.state.sums import told_rows
from contracts.errors import Phrase, UsageError
from services.platform.process.os_errors import why
from services.texts import Catalogue

_ = Catalogue(__name__)

FORMAT: Final = "relais-snapshot"
VERSION: Final = 1
END: Final[list[Any]] = []  # of findings, of ids, of a partition's rows
_END_LINE: Final = orjson.dumps(END) + b"\n"
_OFFSETS: Final = 1 << 63  # Kafka's are lower
_LISTS: Final = 2  # of a realm, before its partitions
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
# What reading a line of another form raises: its author is not to be trusted.
MALFORMED: Final = (
    AttributeError, LookupError, OverflowError, TypeError, ValueError, StopIteration,
)  # fmt: skip


def check_target(path: Path) -> None:
    """That a snapshot can be written here, tried before a replay of hours.

    Raises:
        UsageError: `snapshot_unwritable`.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError
        new = _new(path)
        _created(new).close()
        new.unlink()
    except OSError as error:
        raise _unwritable(path, error) from None


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """Write a file, readable by its owner alone; one that was there is replaced whole, or stays.

    Raises:
        OSError: it cannot be written.
    """
    new = _new(path)
    try:
        with _created(new) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a crash could leave the new name without its content
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise


def write(path: Path, lines: Iterable[Any]) -> None:
    """Write a snapshot, as `replaced` writes.

    Raises:
        UsageError: `snapshot_unwritable`; one that was there is left as it was.
    """
    told = hashlib.sha256()
    try:
        with replaced(path) as file:
            for value in chain([{FORMAT: VERSION}], lines):
                line = orjson.dumps(value) + b"\n"
                told.update(line)
                file.write(line)
            file.write(_digest_line(told.hexdigest()))
    except OSError as error:
        raise _unwritable(path, error) from None


def state_lines(
    decisions: int | None, evidence: int | None, tally: dict[str, Any], state: State
) -> Iterator[Any]:
    """A partition's part of a snapshot, by the state as it was told last."""
    yield {
        "decisions": decisions, "evidence": evidence, "tally": tally,
        "tail": tail_json(state.summed.tail),
    }  # fmt: skip
    for name, key, value in told_rows(state):
        yield name, b64encode(key).decode(), b64encode(value).decode()
    yield END


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a snapshot that is whole, behind its first line.

    Raises:
        UsageError: `snapshot_missing`; `snapshot_malformed`: cut off, altered, or of another version.
    """
    try:
        with path.open("rb") as file:
            if not _is_whole(file):
                raise malformed(path, _("another digest"))
            file.seek(0)
            if orjson.loads(file.readline()) != {FORMAT: VERSION}:
                raise malformed(path, _("another version"))
            yield file
    except OSError as error:
        raise UsageError(
            "snapshot_missing", why(error), _("what --save wrote"), str(path)
        ) from None
    except MALFORMED:
        raise malformed(path, _("another form")) from None


def find(file: BinaryIO, realm: str, partition: int) -> dict[str, Any] | None:
    """The head of a partition's part, whose rows follow; None if there is no such partition.

    Raises:
        MALFORMED: a line of another form.
    """
    while "realm" in (head := orjson.loads(file.readline())):
        is_it = head["realm"] == realm
        if is_it and partition >= head["partitions"]:
            return None
        for _list in range(_LISTS + (partition if is_it else head["partitions"])):
            while (line := file.readline()) != _END_LINE:
                if not line:
                    raise ValueError
        if is_it:
            part: dict[str, Any] = orjson.loads(file.readline())
            return part
    return None


def places(head: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Where the record that tells a partition's state lies, and where its evidence does.

    Raises:
        MALFORMED: no offsets.
    """
    decisions, evidence = head["decisions"], head["evidence"]
    for offset in (decisions, evidence):
        if offset is not None and not (type(offset) is int and 0 <= offset < _OFFSETS):
            raise ValueError
    if (decisions is None) != (evidence is None):
        raise ValueError
    return decisions, evidence


def rows_of(values: Iterator[Any]) -> Iterator[Row]:
    """The rows of a part, up to its end."""
    for name, key, value in part(values):
        yield name, b64decode(key), b64decode(value)


def part(values: Iterator[Any]) -> Iterator[Any]:
    """The lines up to the next end of a part; the file's last line, a digest, fits in none."""
    return iter(values.__next__, END)


def malformed(path: Path, got: Phrase) -> UsageError:
    """A file that is no snapshot of ours."""
    expected = _("a {form} file, version {version}").of(form=FORMAT, version=str(VERSION))
    return UsageError("snapshot_malformed", got, expected, path.name)


def _new(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _created(new: Path) -> BinaryIO:
    """A file that was not there, and not what a link of another's leads to."""
    new.unlink(missing_ok=True)
    return os.fdopen(os.open(new, _CREATE, 0o600), "wb")


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError("snapshot_unwritable", why(error), _("a file that can be written"), str(path))


def _is_whole(file: BinaryIO) -> bool:
    """Whether the last line is the digest of all before."""
    told, last = hashlib.sha256(), b""
    for line in file:
        told.update(last)
        last = line
    return last == _digest_line(told.hexdigest())


def _digest_line(told: str) -> bytes:
    return orjson.dumps({"sha256": told}) + b"\n"
